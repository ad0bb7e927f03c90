"""The one client of Slack's Web API: every answer is judged by handlers/slack/errors.py, and no call is made twice."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.outbox.delivery import ErrorClass, NotDeliveredError
from handlers.metrics.metrics import Metrics
from handlers.slack.errors import counted_code, judge, judge_response_url, no_answer
from handlers.slack.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from handlers.rendering.replies import Payload

TokenSource: TypeAlias = "Callable[[], Awaitable[str]]"
"""Returns the token for a call, or raises NotDeliveredError."""

_AUTHORIZATION: Final = "Authorization"
_SLACKS: Final = (".slack.com", ".slack-gov.com")
"""Ends of the hosts to which a response_url may lead: hooks.slack.com, and GovSlack's."""
_ELSEWHERE: Final = "Slack named an address for the answer that is not Slack’s."


class Websocket(aiohttp.ClientWebSocketResponse):
    """A websocket that is not given up for want of a pong that has come: an event loop that is late reads it late."""

    def _pong_not_received(self) -> None:
        if not self._need_heartbeat_reset:  # set by what has just come, which aiohttp heeds a round of the loop later
            super()._pong_not_received()


class WebClient(AsyncWebClient):
    """slack_sdk's client with our own sending: each method returns what was done or raises NotDeliveredError.

    slack_sdk trips over answers that are not an object of JSON, and retries of its own accord doubled 6 of 400 posts
    when connections were cut. Proxies are the session's business (`trust_env`): slack_sdk knows no NO_PROXY.
    """

    def __init__(
        self,
        api_url: str,
        session: aiohttp.ClientSession,
        token: TokenSource | None = None,
        metrics: Metrics | None = None,
        *,
        team: str = "",
    ) -> None:
        """Call the Web API at `api_url` by a shared session.

        `token` is asked at each call that names none itself; what SlackClients makes has that of its workspace.
        `team` is named in each call, if given (slack_sdk: `team_id`).
        """
        super().__init__(team_id=team or None, base_url=api_url, session=session, retry_handlers=[])
        self.proxy = None
        self._shared = session
        self._token = token
        self._metrics = metrics or Metrics()

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        """Make one call for slack_sdk, which only sees answers that it understands."""
        headers = req_args["headers"]
        if self._token and _AUTHORIZATION not in headers:  # without a token no call is made, and none is counted
            headers = {**headers, _AUTHORIZATION: f"Bearer {await self._token()}"}
            req_args = {**req_args, "headers": headers}
        with self._counted(api_url.rpartition("/")[2]):
            # A redirect is no answer of Slack's, and following it would turn the call into another one.
            status, headers, body = await self._send_once(http_verb, api_url, allow_redirects=False, **req_args)
            return {"data": judge(status, headers, body), "headers": headers, "status_code": HTTPStatus.OK}

    async def respond(self, response_url: str, payload: Payload) -> None:
        """Use a response_url (five times in 30 minutes), unless it leads elsewhere than to Slack.

        Raises NotDeliveredError.
        """
        if not self._is_slacks(response_url):
            raise NotDeliveredError(_ELSEWHERE, code="foreign_response_url", error_class=ErrorClass.MESSAGE)
        with self._counted("response_url"):
            judge_response_url(*await self._send_once("POST", response_url, allow_redirects=False, json=payload))

    @contextmanager
    def _counted(self, method: str) -> Iterator[None]:
        """Count a call, and trace it."""
        began, code = perf_counter(), ""
        with self._metrics.spans.span("slack.call", method=method) as span:
            try:
                yield
            except NotDeliveredError as error:
                code = counted_code(error.code)
                span.set_attribute("code", code)
                raise
            finally:
                self._metrics.called(method, perf_counter() - began, code)

    def _is_slacks(self, address: str) -> bool:
        """Whether an address is one of Slack's, or on the host of the Web API: what we say goes nowhere else."""
        try:
            parts = urlsplit(address)
            host, is_ours = parts.hostname or "", parts.netloc == urlsplit(self.base_url).netloc
        except ValueError:
            return False
        return is_ours or (parts.scheme == "https" and f".{host}".endswith(_SLACKS) and parts.port in (None, 443))

    async def websocket(
        self, address: str, *, timeout_s: float, ping_every_s: float
    ) -> aiohttp.ClientWebSocketResponse:
        """Open a websocket (Slack: "Using Socket Mode"), pinged every so many seconds. Raises NotDeliveredError."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._shared.ws_connect(address, heartbeat=ping_every_s, proxy=proxy_for(address))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise no_answer(error) from None

    async def _send_once(self, verb: str, url: str, **how: Any) -> tuple[int, Any, bytes]:  # noqa: ANN401 — aiohttp's arguments
        """Return status, headers and body. Raises NotDeliveredError."""
        try:
            async with self._shared.request(verb, url, **how) as answer:
                return answer.status, answer.headers, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise no_answer(error) from None
