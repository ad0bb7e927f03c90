"""The one workspace whose token is in the settings, and the session for calls to Slack."""

from __future__ import annotations

import socket
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from slack_bolt.authorization import AuthorizeResult

from bot.config.values import is_local
from bot.errors import ConfigError
from bot.outbox.delivery import NotDeliveredError
from handlers.slack.errors import text_at
from handlers.slack.installations.installations import Installations
from handlers.slack.installations.scopes import require, scopes_in
from handlers.slack.proxies import require_usable_proxy
from handlers.slack.web_client import Websocket

if TYPE_CHECKING:
    from datetime import datetime

    from aiohttp.connector import AddrInfoType

    from bot.clock import ClockSkew
    from handlers.slack.web_client import WebClient

REQUEST_TIMEOUT_S: Final = 30
SILENT_S: Final = 10.0
"""Seconds without a sign from the other end after which a connection to Slack is given up."""

_GONE: Final = (
    "This workspace has removed the app or revoked its token: nothing can be posted or answered. Its alerts and "
    "schedules are paused. Install the app again, set SLACK_BOT_TOKEN to the new token, and start the bot."
)
_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission"}
)


class SingleInstallation(Installations):
    """Authorizes every request with one token, by one auth.test for the life of the process.

    Bolt is given this explicitly: with SLACK_CLIENT_ID and SLACK_CLIENT_SECRET in the environment it would otherwise
    turn to OAuth and ignore the token. Its own installation stores ask auth.test anew for each request.
    """

    def __init__(self, client: WebClient, token: str, app_id: str = "") -> None:
        """`client` carries no token of its own; `app_id` is what the app-level token names, empty without one."""
        self._client = client
        self._token = token
        self._app_id = app_id
        self._result: AuthorizeResult | None = None
        self._scopes: frozenset[str] | None = None

    @property
    def home(self) -> str:
        """The workspace's id; empty until Slack has said it."""
        return (self._result.team_id or "") if self._result else ""

    def allows(self, _team: str, scope: str) -> bool:
        """Whether the token has a scope; where Slack did not say, it is tried."""
        return self._scopes is None or scope in self._scopes

    def enterprise_of(self, _team: str) -> str:
        """Return the id of the organisation that the workspace belongs to; nothing for none."""
        return (self._result.enterprise_id or "") if self._result else ""

    async def token_of(self, _team: str) -> str:
        """Return the one token."""
        return self._token

    async def serves(self, team: str | None, enterprise: str | None, _happened_at: datetime | None = None) -> bool:
        """Whether a request of this workspace or organisation is for us; what names neither is Slack's own."""
        ours = {self.home, self.enterprise_of(self.home)} - {""}
        return not (team or enterprise) or not ours or team in ours or (not team and enterprise in ours)

    def removed(self, _workspace: str, _organisation: str) -> str:
        """Note that the workspace has removed the app, and return what the operator is told, once."""
        told = "" if self.is_removed else _GONE
        self.is_removed = True
        return told

    async def warm(self) -> AuthorizeResult:
        """Ask Slack who we are, and what we may do.

        Raises ConfigError for a token that Slack refuses, that lacks a needed scope or is of another app than the
        app-level token, NotDeliveredError when Slack cannot be asked now.
        """
        if self._result is None:
            try:
                answer = await self._client.auth_test(token=self._token)
            except NotDeliveredError as error:
                raise_if_refused(error, "SLACK_BOT_TOKEN")
                raise
            for name in ("team_id", "user_id"):  # without them it is somebody else's answer, a proxy's perhaps
                text_at(answer, name)
            self._scopes = scopes_in(answer.headers)
            if self._scopes is not None:
                require(self._scopes)
            await self._require_one_app(str(answer.get("bot_id") or ""))
            self._result = AuthorizeResult.from_auth_test_response(bot_token=self._token, auth_test_response=answer)
        return self._result

    async def _require_one_app(self, bot: str) -> None:
        """Raise ConfigError where requests come for another app than the token's, as far as Slack tells."""
        if not (self._app_id and self.allows("", "users:read")):
            return
        try:
            found = text_at(await self._client.bots_info(token=self._token, bot=bot), "bot", "app_id")
        except NotDeliveredError:
            return
        if found != self._app_id:
            raise ConfigError(
                f"SLACK_BOT_TOKEN is of the app {found}, and SLACK_APP_TOKEN of another, {self._app_id}.",
                "Copy both from the settings of one app at api.slack.com/apps.",
            )

    async def __call__(self, **_request: Any) -> AuthorizeResult:  # noqa: ANN401 — Bolt's own signature, none of it used
        """Return the one installation."""
        return await self.warm()


def raise_if_refused(error: NotDeliveredError, setting: str) -> None:
    """Raise ConfigError when Slack's answer says that the token in `setting` will never do."""
    code = error.code
    if code in _REFUSED or code == "not_allowed_token_type":
        raise ConfigError(
            f"Slack refuses the token in {setting} ({code}).", "Copy it again from the app's settings at api.slack.com."
        ) from None
    if code == "missing_scope":
        raise ConfigError(
            f"The token in {setting} lacks a scope. {error.message}",
            "Compare the app's scopes with app.yaml and install it again.",
        ) from None


def session_to(address: str, skew: ClockSkew, *, quiet_s: float = 2 * SILENT_S) -> aiohttp.ClientSession:
    """Return a session for calls to Slack's Web API; each answer measures `skew`. Local calls use no proxy.

    What was sent is not sent again by TCP after half of `quiet_s` (DELIVERY_QUIET_S), also once the call is given up:
    it would arrive after we have looked whether it did. Raises ConfigError for a proxy that cannot be used.
    """
    require_usable_proxy(address)

    async def measure(_session: object, _context: object, call: aiohttp.TraceRequestEndParams) -> None:
        with suppress(KeyError, TypeError, ValueError):  # what a proxy answers may have no date, or no valid one
            skew.measure(parsedate_to_datetime(call.response.headers["Date"]))

    traces = aiohttp.TraceConfig()
    traces.on_request_end.append(measure)
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    connector = aiohttp.TCPConnector(socket_factory=partial(_socket, silent_s=min(SILENT_S, quiet_s / 2)))
    how: dict[str, Any] = {
        "timeout": timeout,
        "trace_configs": [traces],
        "connector": connector,
        "ws_response_class": Websocket,
    }
    return aiohttp.ClientSession(trust_env=not is_local(address), **how)


def _socket(address: AddrInfoType, *, silent_s: float) -> socket.socket:
    """Return a socket that the kernel gives up when the other end says nothing for so long (Linux: tcp(7))."""
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    made.settimeout(0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {"TCP_USER_TIMEOUT": round(silent_s * 1000), "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2}
    for name, value in options.items():
        if (option := getattr(socket, name, None)) is not None:  # not every system has each
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made
