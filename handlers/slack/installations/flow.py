"""Installing the app (Slack: "Installing with OAuth"): /slack/install leads to Slack, /slack/oauth_redirect back.

Anybody can open both. What comes back is taken only from the browser that began, within ten minutes, once; and nothing
is stored before all of it is known to be right.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urljoin

import structlog
from aiohttp import web
from slack_sdk.oauth.installation_store.models.installation import Installation

from bot.errors import ConfigError
from bot.installations.oauth_states import LIFE
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from bot.store.errors import StoreError
from handlers.slack.errors import text_at
from handlers.slack.installations import pages
from handlers.slack.installations.scopes import ASKED, require
from handlers.slack.installations.store import whole_seconds
from handlers.slack.installations.token_refresh import BAD_CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock
    from bot.installations.oauth_states import OAuthStates
    from handlers.connections import Routes
    from handlers.slack.installations.oauth_installations import OAuthInstallations
    from handlers.slack.installations.pages import Problem
    from handlers.slack.installations.store import AppCredentials
    from handlers.slack.web_client import WebClient

INSTALL_PATH: Final = "/slack/install"
REDIRECT_PATH: Final = "/slack/oauth_redirect"
COOKIE: Final = "briefing-bot-install"
_LONGEST: Final = 1_000
"""Characters of a parameter that is looked at."""
_MOST_AT_ONCE: Final = 4
"""Installations that ask Slack at a time: anybody can begin one."""
_TEAM = re.compile(r"T[A-Z0-9]{2,30}")
_ORGANISATION = re.compile(r"E[A-Z0-9]{2,30}")

_log = structlog.stdlib.get_logger(__name__)


class _NotInstalledError(Exception):
    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(problem.reason)
        self.problem = problem
        self.detail = detail


class InstallFlow:
    """The two pages of an installation."""

    def __init__(  # noqa: PLR0913 — the parts that it uses
        self,
        client: WebClient,
        app: AppCredentials,
        states: OAuthStates,
        installations: OAuthInstallations,
        clock: Clock,
        *,
        public_url: str,
        allowed: frozenset[str],
    ) -> None:
        """`client` carries no token. `allowed` are the ids of those that may install the app; empty for every one."""
        self._client = client
        self._app = app
        self._states = states
        self._installations = installations
        self._clock = clock
        self._public_url = public_url
        self._allowed = allowed
        self._finishing = asyncio.Semaphore(_MOST_AT_ONCE)

    @property
    def routes(self) -> Routes:
        """What answers a GET of each path."""
        return {INSTALL_PATH: self.begin, REDIRECT_PATH: self.finish}

    async def begin(self, request: web.BaseRequest) -> web.StreamResponse:
        """Send the browser to Slack, with a state that is also in its cookie."""
        state = self._states.issue()
        asked = {
            "client_id": self._app.client_id,
            "scope": ",".join(ASKED),
            "redirect_uri": self._redirect_uri,
            "state": state,
        }
        team = request.query.get("team", "")
        if _TEAM.fullmatch(team):
            asked["team"] = team
        address = f"{urljoin(self._client.base_url, '../oauth/v2/authorize')}?{urlencode(asked)}"
        response = web.Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE,
            state,
            max_age=int(LIFE.total_seconds()),
            path=REDIRECT_PATH,
            secure=self._public_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
        return response

    async def finish(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take what Slack sends the browser back with, and say what came of it."""
        try:
            async with self._finishing:
                installation = await self._installation(request)
            await self._installations.install(installation)
        except _NotInstalledError as error:
            response = self._failed(error.problem, error.detail)
        except StoreError as error:
            response = self._failed(pages.NOT_SAVED, error.message)
        else:
            response = pages.success_page(installation.team_name or installation.enterprise_name or "")
        response.del_cookie(COOKIE, path=REDIRECT_PATH)
        return response

    def _failed(self, problem: Problem, detail: str) -> web.Response:
        _log.warning("installation.failed", reason=problem.reason, detail=detail)
        return pages.problem_page(problem)

    @property
    def _redirect_uri(self) -> str:
        return f"{self._public_url}{REDIRECT_PATH}"

    async def _installation(self, request: web.BaseRequest) -> Installation:
        """Return what Slack grants. Raises _NotInstalledError, StoreError."""
        query = request.query
        if error := query.get("error"):
            raise _NotInstalledError(pages.DENIED if error == "access_denied" else pages.REFUSED)
        state, code = query.get("state", ""), query.get("code", "")
        cookie = request.cookies.get(COOKIE, "")
        if not 0 < len(state) <= _LONGEST or not hmac.compare_digest(state.encode(), cookie.encode()):
            raise _NotInstalledError(pages.OTHER_BROWSER)
        if not await self._states.consume(state):
            raise _NotInstalledError(pages.EXPIRED)
        if not 0 < len(code) <= _LONGEST:
            raise _NotInstalledError(pages.BAD_CODE)
        try:
            answer = await self._client.oauth_v2_access(
                client_id=self._app.client_id,
                client_secret=self._app.client_secret,
                code=code,
                redirect_uri=self._redirect_uri,
            )
            found = self._read(answer)
            self._judge(found)
            found.bot_id = text_at(await self._client.auth_test(token=found.bot_token), "bot_id")
        except NotDeliveredError as failure:
            raise _NotInstalledError(_problem_of(failure), failure.code) from None
        return found

    def _read(self, answer: AsyncSlackResponse) -> Installation:
        """Read the answer of oauth.v2.access. Raises NotDeliveredError for one that is incomplete."""
        is_organisation = answer.get("is_enterprise_install") is True
        team, organisation, installer = (_object(answer.get(name)) for name in ("team", "enterprise", "authed_user"))
        now, lives_s = self._clock.now(), answer.get("expires_in")
        expires_at = int(now.timestamp()) + lives_s if isinstance(lives_s, int) else None
        text_at(answer, *(("enterprise", "id") if is_organisation else ("team", "id")))
        return Installation(
            app_id=text_at(answer, "app_id"),
            enterprise_id=_text(organisation, "id"),
            enterprise_name=_text(organisation, "name"),
            team_id=None if is_organisation else _text(team, "id"),
            team_name=None if is_organisation else _text(team, "name"),
            bot_token=text_at(answer, "access_token"),
            bot_user_id=text_at(answer, "bot_user_id"),
            bot_scopes=text_at(answer, "scope"),
            bot_refresh_token=_text(answer, "refresh_token"),
            bot_token_expires_at=expires_at,
            user_id=_text(installer, "id") or "",
            is_enterprise_install=is_organisation,
            token_type="bot",  # noqa: S106 — the type
            installed_at=whole_seconds(now),
        )

    def _judge(self, found: Installation) -> None:
        """Raise _NotInstalledError for what is not to be stored."""
        team, organisation = found.team_id or "", found.enterprise_id or ""
        is_named = _ORGANISATION.fullmatch(organisation) if found.is_enterprise_install else _TEAM.fullmatch(team)
        if not is_named:
            raise _NotInstalledError(pages.NO_ANSWER, "ids")
        ours = {self._app.app_id, *self._installations.app_ids()} - {""}
        if ours and found.app_id not in ours:
            raise _NotInstalledError(pages.OTHER_APP, str(found.app_id))
        if self._allowed and not self._allowed & {team, organisation}:
            raise _NotInstalledError(pages.NOT_ALLOWED, team or organisation)
        try:
            require(frozenset(found.bot_scopes or ()))
        except ConfigError as error:
            raise _NotInstalledError(pages.LACKS_SCOPES, error.message) from None


def _problem_of(error: NotDeliveredError) -> Problem:
    """Return what an answer of Slack's means for an installation."""
    if error.code in BAD_CREDENTIALS:
        return pages.MISCONFIGURED
    is_lost = error.error_class in (ErrorClass.UNCONFIRMED, ErrorClass.WAIT)
    return pages.NO_ANSWER if is_lost else pages.BAD_CODE


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(found: Mapping[str, Any] | AsyncSlackResponse, name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) and value else None
