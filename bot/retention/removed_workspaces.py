"""Erases all that is kept of a workspace that removed the app, ERASE_AFTER_DAYS after it did so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from bot.audit.audit import BOT, AuditEntry, record
from bot.retention.erasure import forget_workspace
from bot.store.installation_tables import installed_workspaces as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from bot.clock import Clock
    from bot.store.database import Database

_log = structlog.stdlib.get_logger(__name__)


def is_over(workspace: str, now: datetime) -> Select[tuple[str]]:
    """Select a workspace if it has removed the app and its time is over."""
    return select(table.c.workspace).where(table.c.workspace == workspace, _is_due(now))


async def removed_and_over(database: Database, now: datetime) -> list[str]:
    """Return the workspaces whose time is over."""
    async with database.reading() as connection:
        return list(await connection.scalars(select(table.c.workspace).where(_is_due(now))))


async def erase_removed(database: Database, clock: Clock) -> None:
    """Erase each workspace whose time is over, in a transaction of its own. Raises StoreError.

    One that installs the app again at this moment keeps everything, or begins anew: its row is locked meanwhile.
    """
    now = clock.now()
    for workspace in await removed_and_over(database, now):
        async with database.transaction() as connection:
            if await connection.scalar(is_over(workspace, now).with_for_update(skip_locked=True)) is None:
                continue
            counts = await forget_workspace(connection, workspace)
            await record(connection, AuditEntry("", BOT, "workspace.forgotten", workspace), now)
        _log.info("workspace.erased", workspace=workspace, rows=sum(counts.values()))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return table.c.removed_at.is_not(None) & (table.c.erase_after <= now)
