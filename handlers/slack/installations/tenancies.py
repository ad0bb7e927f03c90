"""Tenancies: who installed the app, with their tokens, in memory, so that no request waits for the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.installations import workspaces
from bot.installations.token_keys import UnreadableTokenError
from handlers.slack.installations.store import EncryptedInstallationStore

if TYPE_CHECKING:
    from slack_sdk.oauth.installation_store.models.bot import Bot
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.installations.workspaces import InstalledWorkspace
    from bot.store.database import Database
    from handlers.slack.installations.store import AppCredentials

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A workspace and its tokens; without them, `bot` is None: it is covered by its organisation, or unreadable."""

    row: InstalledWorkspace
    bot: Bot | None = None


class Tenancies(dict[str, Tenancy]):
    """The tenancies by the id of their workspace or organisation, also of those that have removed the app."""

    def __init__(self, database: Database, app: AppCredentials) -> None:
        super().__init__()
        self._database = database
        self._app = app

    def serving(self, workspace: str) -> Tenancy | None:
        """Return whose tokens are used in a workspace that has the app: its own, or its organisation's."""
        found = self.get(workspace)
        if found is None or found.row.removed_at:
            return None
        return self.serving(found.row.enterprise) if found.row.is_covered else found

    async def load(self) -> None:
        """Read the rows whose revision is new, with their tokens; what is being stored as covered stays known.

        Raises StoreError.
        """
        async with self._database.reading() as connection:
            rows = await workspaces.all_workspaces(connection)
            known: dict[str, Tenancy] = {}
            for row in rows:
                before = self.get(row.workspace)
                is_same = before is not None and before.row == row
                known[row.workspace] = before if before and is_same else await self._read(connection, row)
        for team, each in self.items():
            stored = known.get(team)
            if each.row.revision == 0 and not (stored and (stored.row.is_covered or stored.row.removed_at)):
                known[team] = each
        self.clear()
        self.update(known)

    async def _read(self, connection: AsyncConnection, row: InstalledWorkspace) -> Tenancy:
        if row.is_covered or row.removed_at:
            return Tenancy(row)
        team = None if row.is_organisation else row.workspace
        try:
            bot = await EncryptedInstallationStore(connection, self._app).async_find_bot(
                enterprise_id=row.enterprise or None, team_id=team, is_enterprise_install=row.is_organisation
            )
        except UnreadableTokenError as error:
            _log.error("installation.unreadable", workspace=row.workspace, reason=str(error))
            return Tenancy(row)
        if bot is None:
            _log.error("installation.unreadable", workspace=row.workspace, reason="It is of another SLACK_CLIENT_ID.")
        return Tenancy(row, bot)
