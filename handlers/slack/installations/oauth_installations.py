"""The workspaces that installed the app by OAuth: their tokens, decrypted once, and read again when they change.

Requests are judged and answered from memory: only the first of a workspace that this process does not know yet asks
the database. Another process's changes are noticed within POLL_S, by the revision of each row.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog
from slack_bolt.authorization import AuthorizeResult

from bot.errors import ConfigError
from bot.installations import workspaces
from bot.installations.token_keys import UnreadableTokenError
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from bot.store.errors import StoreError
from bot.store.periodic import repeat
from bot.subscriptions.channel_events import store_patiently
from handlers.slack.installations.installations import Installations
from handlers.slack.installations.organisations import Organisations
from handlers.slack.installations.store import EncryptedInstallationStore
from handlers.slack.installations.tenancies import Tenancies, Tenancy
from handlers.slack.installations.token_refresh import TokenRefresh, is_due, is_expired

if TYPE_CHECKING:
    from datetime import datetime

    from slack_sdk.oauth.installation_store.models.installation import Installation

    from bot.clock import Clock
    from bot.store.database import Database
    from bot.subscriptions.channel_events import ChannelEvents
    from handlers.slack.installations.store import AppCredentials
    from handlers.slack.web_client import WebClient
    from handlers.tasks import Tasks

POLL_S: Final = 5.0
"""Seconds between two looks for what other processes have changed, and for tokens that are to be refreshed."""
_AGAIN: Final = (
    "A workspace has removed the app or revoked its token. Its alerts and schedules are paused, its tokens are erased, "
    "and the rest is erased when its time is over. To have it back, install the app there again: {url}/slack/install"
)
_NONE_READABLE: Final = "No key of TOKEN_KEYS decrypts the tokens of the workspaces that installed the app."
_OTHER_APP: Final = "SLACK_APP_TOKEN is of the app {ours}, and the workspaces have installed {theirs}."
_ONE_APP: Final = "Take SLACK_APP_TOKEN, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET from one app."
_PUT_BACK: Final = "Put the key that was used before at the end of TOKEN_KEYS. briefing-bot installations lists them."

_log = structlog.stdlib.get_logger(__name__)


class OAuthInstallations(Installations):
    """Any number of workspaces, each with its own token."""

    def __init__(  # noqa: PLR0913, PLR0917 — the parts that it uses
        self,
        database: Database,
        clock: Clock,
        client: WebClient,
        app: AppCredentials,
        events: ChannelEvents,
        tasks: Tasks,
        *,
        public_url: str,
        home: str,
    ) -> None:
        """`client` carries no token; `home` is the maintainers' workspace, empty where none is named."""
        self._database = database
        self._clock = clock
        self._client = client
        self._app = app
        self.events = events
        self._tasks = tasks
        self._public_url = public_url
        self._home = home
        self._tenancies = Tenancies(database, app)
        self._told: dict[str, datetime] = {}
        self._organisations = Organisations(database, client, events)
        self._refresh = TokenRefresh(database, clock, client, app)

    @property
    def home(self) -> str:
        """The id of the maintainers' workspace; empty where none is named."""
        return self._home

    def allows(self, team: str, scope: str) -> bool:
        """Whether a workspace granted a scope; where that is not known, it is tried."""
        found = self._tenancies.serving(team)
        return found is None or found.bot is None or scope in found.bot.bot_scopes

    def enterprise_of(self, team: str) -> str:
        """Return the id of the organisation that a workspace belongs to; nothing for none."""
        found = self._tenancies.get(team)
        return found.row.enterprise if found else ""

    async def token_of(self, team: str) -> str:
        """Return the token for calls in a workspace. Raises NotDeliveredError without one."""
        found = self._tenancies.serving(team)
        if found is None:
            words = "This workspace has not installed the app, or has removed it."
            raise NotDeliveredError(words, code="not_installed", error_class=ErrorClass.AUTH)
        if found.bot is None:
            words = str(UnreadableTokenError())
            raise NotDeliveredError(words, code="token_unreadable", error_class=ErrorClass.AUTH)
        if is_expired(found.bot, self._clock.now()):
            await self._refresh_one(found)
            found = self._tenancies.serving(team) or found
        return found.bot.bot_token if found.bot else ""

    async def serves(self, team: str | None, enterprise: str | None, happened_at: datetime | None = None) -> bool:
        """Whether a workspace, or its organisation, has installed the app; what names neither is Slack's own.

        Of a workspace that has removed an organisation's app, only an event that happened since then is answered: the
        organisation has added it there again, and Slack tells of that by nothing else.
        """
        if not team and not enterprise:
            return True
        if self._is_served(team or "", enterprise or "", happened_at):
            return True
        with suppress(StoreError):
            await self._tenancies.load()
        return self._is_served(team or "", enterprise or "", happened_at)

    def _is_served(self, team: str, enterprise: str, happened_at: datetime | None) -> bool:
        if not team or self._tenancies.serving(team):
            return bool(self._tenancies.serving(team or enterprise))
        found = self._tenancies.get(team)
        removed_at = found.row.removed_at if found else None
        is_back = removed_at is None or (happened_at is not None and happened_at > removed_at)
        return is_back and bool(self._tenancies.serving(enterprise))

    def cover(self, team: str, enterprise: str, happened_at: datetime | None, *, is_by_organisation: bool) -> None:
        """Know a workspace from now on as one of an organisation, unless it has the app by itself.

        Once its organisation has the app, Slack says so with each request from it, and takes its own token no more.
        """
        found = self._tenancies.get(team)
        stays = found and self._tenancies.serving(team) and (found.row.is_covered or not is_by_organisation)
        if stays or not (team and self._tenancies.serving(enterprise)):
            return
        now = self._clock.now()
        since = min(happened_at or now, now)
        row = workspaces.InstalledWorkspace(team, enterprise, "", True, since, None, None, 0)  # noqa: FBT003 — is_covered
        self._tenancies[team] = Tenancy(row)
        self._tasks.start(store_patiently(partial(self._organisations.cover, team, enterprise, since, happened_at)))

    async def reload(self) -> None:
        """Read what other processes have stored. Raises StoreError."""
        await self._tenancies.load()

    def is_covered(self, team: str, enterprise: str) -> bool:
        """Whether a workspace has the app by this organisation alone."""
        found = self._tenancies.get(team)
        return found is not None and found.row.is_covered and found.row.enterprise == enterprise

    async def __call__(self, **request: Any) -> AuthorizeResult:  # noqa: ANN401 — Bolt's own signature
        """Return as whom a request is answered; whether it is answered at all, `serves` says."""
        team, enterprise = str(request.get("team_id") or ""), str(request.get("enterprise_id") or "")
        await self.serves(team, enterprise)  # it reads what is not known yet
        found = self._tenancies.serving(team) or self._tenancies.serving(enterprise)
        bot = found.bot if found else None
        return AuthorizeResult(
            enterprise_id=enterprise or None,
            team_id=team or None,
            bot_id=bot.bot_id if bot else None,
            bot_user_id=bot.bot_user_id if bot else None,
        )

    def removed(self, workspace: str, organisation: str) -> str:
        """Forget a workspace's tokens, and return what the operator is told; nothing for one that was told of."""
        found = self._tenancies.get(workspace)
        if organisation not in {"", workspace}:
            self._tasks.start(self._remove_if_gone(organisation))
        if found is None or found.row.removed_at:
            return ""
        self._tenancies[workspace] = Tenancy(replace(found.row, removed_at=self._clock.now()))
        if self._told.get(workspace) == found.row.installed_at:  # read again before its removal was stored
            return ""
        self._told[workspace] = found.row.installed_at
        return _AGAIN.format(url=self._public_url)

    async def _remove_if_gone(self, organisation: str) -> None:
        """Remove an organisation if it has removed the app as a whole: Slack sends events for its workspaces only."""
        found = self._tenancies.get(organisation)
        if found and found.bot and await self._organisations.is_gone(found.bot):
            self._tenancies.pop(organisation, None)
            await store_patiently(partial(self.events.removed, organisation))

    async def _take_over(self, organisation: str) -> None:
        """Cover the workspaces of an organisation that had installed the app before, where Slack ended their tokens."""
        for each in list(self._tenancies.values()):
            is_its = each.row.enterprise == organisation and not each.row.is_organisation
            if is_its and each.bot and await self._organisations.is_gone(each.bot):
                self.cover(each.row.workspace, organisation, None, is_by_organisation=True)

    def app_ids(self) -> set[str]:
        """Return the ids of the app, as those know it that have installed it."""
        return {each.bot.app_id or "" for each in self._tenancies.values() if each.bot}

    async def warm(self) -> None:
        """Read what is installed.

        Raises ConfigError where no key decrypts any of it or it is of another app, NotDeliveredError while the
        database cannot be read.
        """
        try:
            await self._tenancies.load()
        except StoreError as error:
            raise NotDeliveredError(error.message, code="database", error_class=ErrorClass.WAIT) from None
        own = [each for each in self._tenancies.values() if not each.row.is_covered and not each.row.removed_at]
        if own and not any(each.bot for each in own):
            raise ConfigError(_NONE_READABLE, _PUT_BACK)
        if self._app.app_id and (others := self.app_ids() - {self._app.app_id}):
            raise ConfigError(_OTHER_APP.format(ours=self._app.app_id, theirs=", ".join(sorted(others))), _ONE_APP)
        _log.info("installations.read", count=len(own))

    async def run(self) -> None:
        """Notice what other processes change, and refresh tokens that are to be, until cancelled."""
        await repeat(self.look, POLL_S, self._database, "installations")

    async def look(self) -> None:
        """Read what other processes have changed, then refresh the tokens that are due. Raises StoreError."""
        await self._tenancies.load()
        now = self._clock.now()
        for each in list(self._tenancies.values()):
            if each.bot and is_due(each.bot, now):
                await self._refresh_one(each)

    async def install(self, installation: Installation) -> None:
        """Store an installation, and resume what was paused, all or nothing. Raises StoreError."""
        now, organisation = self._clock.now(), installation.enterprise_id or ""
        workspace = organisation if installation.is_enterprise_install else installation.team_id or ""
        name = (installation.enterprise_name if installation.is_enterprise_install else installation.team_name) or ""
        async with self._database.transaction() as connection:
            removed = await workspaces.removed(connection)
            await workspaces.forget_tokens(connection, workspace)
            await EncryptedInstallationStore(connection, self._app).async_save(installation)
            await workspaces.install(connection, workspace, now, enterprise=organisation, name=name)
            for team in await workspaces.bring_back(connection, workspace, now) or (workspace,):
                await self.events.resume_all(connection, team, was_removed=team in removed)
        await self._tenancies.load()
        _log.info("installation.added", workspace=workspace, enterprise=organisation)
        if installation.is_enterprise_install:
            self._tasks.start(self._take_over(organisation))

    async def _refresh_one(self, tenancy: Tenancy) -> None:
        """Refresh the tokens of a workspace, unless another process does, and know the new ones."""
        fresh = await self._refresh.refreshed(tenancy.row, tenancy.bot) if tenancy.bot else None
        if fresh:
            self._tenancies[tenancy.row.workspace] = Tenancy(tenancy.row, fresh)
        await self._tenancies.load()
