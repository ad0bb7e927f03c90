"""Checks of Slack: whether it is reached, what the tokens are and may do, and whether they belong to one app."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.health import machine
from bot.health.finding import Finding, NotCheckedError, fail, ok, warn
from bot.health.settings import require
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from handlers.slack.errors import text_at
from handlers.slack.installations.factory import app_id_of
from handlers.slack.installations.scopes import NEEDED, USEFUL, scopes_in
from workspace.manifest_rules import EVENT_SCOPES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.clock import ClockSkew
    from bot.config import Settings
    from handlers.slack.web_client import WebClient

_INSTALL: Final = "Compare the app's scopes with app.yaml, and install the app again."
_COPY: Final = "Copy it again from the app's settings at api.slack.com/apps."
_TOKEN: Final = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "TOKEN_KEYS")
_REASONS: Final = {
    "unresolved": ("Its name cannot be resolved (DNS).", "See that this machine resolves it: getent hosts slack.com"),
    "untrusted_certificate": (
        "Its certificate is from an authority that this machine does not trust.",
        "Where a proxy opens TLS, set SSL_CERT_FILE to a file with its certificate: docs/configuration.md, Proxies.",
    ),
    "tls_failed": ("The connection fails within TLS.", "See what stands between: a proxy or firewall that opens TLS."),
    "proxy_unreached": ("The proxy cannot be reached, or refuses.", "Correct HTTPS_PROXY, or let the proxy pass it."),
    "unreached": ("No connection can be made.", "See that the network and the firewall let HTTPS out to it."),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What auth.test says of a bot token; `scopes` is None where Slack does not list them."""

    user: str
    team: str
    team_name: str
    bot: str
    scopes: frozenset[str] | None


class Slack:
    """What Slack says, each thing asked once for all checks."""

    def __init__(
        self,
        settings: Settings,
        faults: Mapping[str, str],
        web: WebClient | None,
        skew: ClockSkew,
        find_token: Callable[[], Awaitable[str]],
    ) -> None:
        """`web` has no token of its own, and is None where the proxy cannot be used; its session measures `skew`.

        `find_token` returns the bot token, empty for none.
        """
        self._settings = settings
        self._faults = faults
        self._web = web
        self._skew = skew
        self._find_token = find_token
        self.token = ""
        """The bot token, once `identity` has returned."""
        self._asked: asyncio.Task[Identity | NotDeliveredError] | None = None

    @property
    def web(self) -> WebClient:
        """The client. Raises NotCheckedError."""
        if self._web is None:
            raise NotCheckedError("The proxy cannot be used: see the finding on it.")
        return self._web

    async def _answer(self) -> Identity | NotDeliveredError:
        """Return Slack's answer to auth.test, or its refusal."""
        if self._asked is None:
            self._asked = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asked)

    async def _ask(self) -> Identity | NotDeliveredError:
        self.token = await self._find_token()
        try:
            answer = await self.web.auth_test(token=self.token)
            user, team_name = (str(answer.get(name, "")) for name in ("user", "team"))
            team, bot = text_at(answer, "team_id"), text_at(answer, "bot_id")
            return Identity(user, team, team_name, bot, scopes_in(answer.headers))
        except NotDeliveredError as error:
            return error

    async def identity(self) -> Identity:
        """Return what auth.test says of the bot token. Raises NotCheckedError."""
        require(self._faults, *_TOKEN, "SLACK_API_URL")
        answer = await self._answer()
        if not self.token:
            raise NotCheckedError(self._tokenless)
        if isinstance(answer, NotDeliveredError):
            is_refused = answer.error_class is ErrorClass.AUTH
            raise NotCheckedError("Slack refuses the bot token." if is_refused else "Slack is not reached.")
        return answer

    @property
    def _tokenless(self) -> str:
        if self._settings.slack_client_id:
            return "There is no token of a workspace that could be tried: see the finding on workspaces."
        return "SLACK_BOT_TOKEN is not set."

    async def granted(self) -> frozenset[str] | None:
        """Return the bot token's scopes; None where Slack does not list them. Raises NotCheckedError."""
        return (await self.identity()).scopes

    async def reached(self) -> Finding:
        """Whether Slack can be reached, and if not, why."""
        require(self._faults, "SLACK_API_URL")
        address = self._settings.slack_api_url
        answer = await self._answer()
        if isinstance(answer, NotDeliveredError):
            if answer.code in _REASONS:
                reason, to_do = _REASONS[answer.code]
                return fail("slack", f"{address} is not reached: {reason}", to_do)
            if answer.error_class in (ErrorClass.UNCONFIRMED, ErrorClass.WAIT):
                to_do = "See status.slack.com, and what stands between: a proxy may answer in its place."
                return fail("slack", f"{address} gives no answer of Slack's ({answer.code}).", to_do)
        return ok("slack", f"{address} answers.")

    async def clock(self) -> Finding:
        """Whether the clock agrees with the `Date` of Slack's answers."""
        require(self._faults, "SLACK_API_URL")
        answer = await self._answer()
        if isinstance(answer, NotDeliveredError) and answer.error_class in (ErrorClass.UNCONFIRMED, ErrorClass.WAIT):
            raise NotCheckedError("Slack is not reached.")
        return machine.clock(self._skew.seconds)

    async def bot_token(self) -> Finding:
        """Whether Slack takes the bot token, and whose it is."""
        require(self._faults, *_TOKEN, "SLACK_API_URL")
        answer = await self._answer()
        if not self.token:
            raise NotCheckedError(self._tokenless)
        if isinstance(answer, NotDeliveredError):
            if answer.error_class is ErrorClass.AUTH and self._settings.slack_client_id:
                what = f"Slack refuses the token of a workspace ({answer.code})."
                return warn("bot token", what, "Nothing where it has run out: the running bot refreshes it.")
            if answer.error_class is ErrorClass.AUTH:
                return fail("bot token", f"Slack refuses SLACK_BOT_TOKEN ({answer.code}).", _COPY)
            raise NotCheckedError("Slack is not reached.")
        return ok("bot token", f"It is {answer.user} in {answer.team_name} ({answer.team}).")

    async def scopes(self) -> Finding:
        """Whether the bot token has the scopes of app.yaml, and what is missing without each."""
        granted = await self.granted()
        if granted is None:
            return warn("scopes", "Slack did not list the token's scopes.", "Something between may drop headers.")
        told = [f"without {scope} {effect}" for scope, effect in {**NEEDED, **USEFUL}.items() if scope not in granted]
        if not told:
            return ok("scopes", "All of app.yaml's are granted.")
        what = f"{'; '.join(told)}."
        return (
            fail("scopes", what.capitalize(), _INSTALL)
            if NEEDED.keys() - granted
            else warn("scopes", what.capitalize(), _INSTALL)
        )

    async def app_token(self) -> Finding:
        """Whether the app-level token opens a connection; none is made, so it takes no requests from a running bot."""
        require(self._faults, "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL")
        token = self._settings.slack_app_token
        if token is None:
            if self._settings.slack_signing_secret is None:
                raise NotCheckedError("Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set.")
            what = "HTTP mode: whether SLACK_SIGNING_SECRET is right, only a request of Slack's can tell."
            return ok("app token", f"{what} One that is wrong is logged as request.refused with the reason signature.")
        try:
            text_at(await self.web.apps_connections_open(app_token=token.get_secret_value()), "url")
        except NotDeliveredError as error:
            return _refused_app_token(error)
        return ok("app token", "It may open a Socket Mode connection.")

    async def one_app(self) -> Finding:
        """Whether bot token and app-level token belong to one app: else requests of one are answered as the other."""
        require(self._faults, "SLACK_APP_TOKEN")
        token = self._settings.slack_app_token
        if token is None:
            return ok("one app", "HTTP mode: there is no app-level token to compare.")
        identity = await self.identity()
        theirs = app_id_of(self._settings)
        try:
            answer = await self.web.bots_info(token=self.token, bot=identity.bot)
            ours = text_at(answer, "bot", "app_id")
        except NotDeliveredError as error:
            raise NotCheckedError(f"Slack does not tell the bot token's app ({error.code}).", _COMPARE) from None
        if not theirs:
            raise NotCheckedError("SLACK_APP_TOKEN does not name its app.", _COMPARE)
        if ours != theirs:
            what = f"The bot token is of the app {ours}, and SLACK_APP_TOKEN of another, {theirs}."
            return fail("one app", what, "Copy both from the same app at api.slack.com/apps.")
        return ok("one app", f"Both tokens are of the app {ours}.")

    async def manifest(self, described: Mapping[str, Any]) -> Finding:
        """Whether the events of app.yaml can arrive, as far as the token's scopes tell."""
        granted = await self.granted()
        if granted is None:
            raise NotCheckedError("Slack did not list the token's scopes.")
        wanted = described["settings"]["event_subscriptions"]["bot_events"]
        lost = [event for event in wanted if EVENT_SCOPES.get(event) and EVENT_SCOPES[event] not in granted]
        rest = (
            "Slack tells only in the app's settings which events it subscribes to, and if it is an agent (agent_view)"
        )
        if lost:
            return warn("manifest", f"For want of scopes these events cannot come: {', '.join(lost)}.", _INSTALL)
        kind = "agent_view" if "assistant:write" in granted else "no agent: assistant:write is not granted"
        return ok(
            "manifest", f"The scopes allow every event of app.yaml ({kind}). {rest}: compare `briefing-bot manifest`."
        )


_COMPARE: Final = "Compare them by hand: both are shown in the settings of one app at api.slack.com/apps."


def _refused_app_token(error: NotDeliveredError) -> Finding:
    if error.error_class is ErrorClass.AUTH:
        what = f"Slack refuses SLACK_APP_TOKEN ({error.code})."
        to_do = "Give it connections:write." if error.code == "missing_scope" else _COPY
        return fail("app token", what, to_do)
    if error.error_class in (ErrorClass.UNCONFIRMED, ErrorClass.WAIT):
        raise NotCheckedError(f"Slack gave no answer ({error.code}).")
    return fail(
        "app token", f"Slack opens no connection ({error.code}).", "See that Socket Mode is on in the app's settings."
    )
