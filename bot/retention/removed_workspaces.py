"""Erases all that is kept of a workspace that removed the app, ERASE_AFTER_DAYS after it did so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from bot.retention.erasure import forget_workspace
from bot.store.installation_tables import installed_workspaces as table

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.store.database import Database

_log = structlog.stdlib.get_logger(__name__)


async def erase_removed(database: Database, clock: Clock) -> None:
    """Erase each workspace whose time is over, in a transaction of its own. Raises StoreError.

    One that installs the app again at this moment keeps everything, or begins anew: its row is locked meanwhile.
    """
    is_due = table.c.removed_at.is_not(None) & (table.c.erase_after <= clock.now())
    async with database.reading() as connection:
        due = list(await connection.scalars(select(table.c.workspace).where(is_due)))
    for workspace in due:
        still_due = select(table.c.workspace).where(table.c.workspace == workspace, is_due)
        async with database.transaction() as connection:
            if await connection.scalar(still_due.with_for_update(skip_locked=True)) is None:
                continue
            counts = await forget_workspace(connection, workspace)
        _log.info("workspace.erased", workspace=workspace, rows=sum(counts.values()))
