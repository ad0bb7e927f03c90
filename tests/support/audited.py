"""Replays the audit of channels' settings: what each entry had before must stand, and what is left must be true."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select, union

from bot.alerts.settings_audit import settings_of
from bot.audit.audit import AuditFilter, read_audit
from bot.messages import ChannelRef
from bot.store import tables

if TYPE_CHECKING:
    from bot.audit.audit import AuditEntry
    from bot.store.database import Database

_SETTINGS = ("alerts", "schedule", "days_off")
_OF_NO_SETTING = ("schedule.kept", "schedule.posted_now")
_MOST = 100_000


async def audited(database: Database, action: str = "") -> list[AuditEntry]:
    """Return the entries of the audit, in their order."""
    async with database.reading() as connection:
        return [each.entry for each in await read_audit(connection, AuditFilter(action=action), limit=_MOST)]


async def require_audited(database: Database) -> None:
    """Fail unless every change of what a channel gets was recorded: from nothing on, the entries lead to what is."""
    left: dict[ChannelRef, list[str]] = defaultdict(list)
    for entry in await audited(database):
        if entry.action.partition(".")[0] not in _SETTINGS or entry.action in _OF_NO_SETTING:
            continue
        here = left[ChannelRef(entry.team, entry.subject)]
        if entry.before:
            assert entry.before in here, f"{entry} follows a change that was not recorded: {here}"
            here.remove(entry.before)
        after = (
            entry.after.rpartition("(")[0].rstrip() if entry.after.endswith(")") and _has_cause(entry) else entry.after
        )
        if after:
            here.append(after)
    for place in {*left, *await _places(database)}:
        async with database.reading() as connection:
            now = sorted(map(str, (await settings_of(connection, place)).values()))
        assert sorted(left[place]) == now, place


def _has_cause(entry: AuditEntry) -> bool:
    causes = ("Undo", "asked after inactivity", "the pause is over", "subscriptions import")
    return any(entry.after.endswith(f"({cause})") for cause in causes)


async def _places(database: Database) -> list[ChannelRef]:
    of = (tables.subscriptions, tables.schedules, tables.days_off)
    async with database.reading() as connection:
        rows = await connection.execute(union(*(select(each.c.team, each.c.channel) for each in of)))
        return [ChannelRef(row.team, row.channel) for row in rows]
