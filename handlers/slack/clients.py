"""Slack's clients, one for each workspace: nothing calls Slack without saying for which."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from handlers.metrics.metrics import Metrics
from handlers.slack.client import SlackClient
from handlers.slack.web_client import WebClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

_KEPT: Final = 1_000
"""Workspaces whose client is kept; another one's is made anew."""


class SlackClients:
    """Makes the client of a workspace, whose token is asked for at each call."""

    def __init__(
        self,
        api_url: str,
        session: aiohttp.ClientSession,
        token_of: Callable[[str], Awaitable[str]],
        metrics: Metrics | None = None,
        *,
        names_team: bool = False,
    ) -> None:
        """`token_of` returns a workspace's token, or raises NotDeliveredError; `metrics` counts each call.

        `names_team`: each call names its workspace, as those with a token of an organisation have to.
        """
        self._names_team = names_team
        self._api_url = api_url
        self._session = session
        self._token_of = token_of
        self._metrics = metrics or Metrics()
        self.web = lru_cache(_KEPT)(self._web)
        """Returns slack_sdk's client for a workspace, by its id."""

    def of(self, team: str) -> SlackClient:
        """Return the client of a workspace, by its id."""
        return SlackClient(self.web(team))

    def _web(self, team: str) -> WebClient:
        named = team if self._names_team else ""
        return WebClient(self._api_url, self._session, partial(self._token_of, team), self._metrics, team=named)
