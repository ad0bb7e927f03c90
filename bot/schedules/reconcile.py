"""Reconcile next runs with their rules: time zones and bank holidays change, and the clock may be set back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import and_, select, update

from bot.recurrence.occurrences import next_at
from bot.schedules.next_run import with_next_run
from bot.schedules.schedules import INVALID_RULE, read
from bot.store.tables import schedules

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.store.database import Database

BATCH: Final = 200

_log = structlog.stdlib.get_logger(__name__)


async def reconcile_batch(database: Database, after: str, now: datetime, holidays: BankHolidays) -> str | None:
    """Reconcile up to BATCH schedules that follow an id; return the last one's id, or None at the end."""
    columns = schedules.c
    query = select(schedules).where(columns.id > after, columns.paused_at.is_(None)).order_by(columns.id)
    async with database.reading() as connection:
        found = (await connection.execute(query.limit(BATCH))).all()
    outdated = [row for row in found if _is_outdated(row, now, holidays)]
    if outdated:
        async with database.transaction() as connection:
            moved = sum([await _replan(connection, row, now, holidays) for row in outdated])
        if moved:
            _log.info("schedules.replanned", count=moved)
    return found[-1].id if len(found) == BATCH else None


def _is_outdated(row: Row[Any], now: datetime, holidays: BankHolidays) -> bool:
    """Whether a schedule’s next run differs from its rule; one that is due is left to the scheduler."""
    if row.next_at is not None and row.next_at <= now:
        return False
    try:
        found = next_at(read(row).rule, now, holidays)
    except INVALID_RULE:
        return False  # the scheduler pauses it when it is due
    return (row.next_on, row.next_at) != ((found.local_date, found.starts_at) if found else (None, None))


async def _replan(connection: AsyncConnection, row: Row[Any], now: datetime, holidays: BankHolidays) -> bool:
    """Set the next run unless it is right already, or was changed since it was read; say whether it was set."""
    right = await with_next_run(connection, read(row), now, holidays)
    if (right.next_on, right.next_at) == (row.next_on, row.next_at):
        return False
    unchanged = and_(schedules.c.id == row.id, schedules.c.next_at.is_not_distinct_from(row.next_at))
    moved = update(schedules).where(unchanged).values(next_on=right.next_on, next_at=right.next_at)
    return (await connection.execute(moved)).rowcount == 1
