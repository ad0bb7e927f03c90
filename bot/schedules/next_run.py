"""When schedules post next, as they are planned, changed and resumed: no change loses a post, and none doubles one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from bot.recurrence.bank_holidays import bank_holidays_of
from bot.recurrence.occurrences import next_at, same_cadence
from bot.schedules import schedules
from bot.schedules.schedules import RunState
from bot.store.tables import schedule_runs
from bot.store.tables import schedules as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

_LOCK: Final = 0x7363_6865  # any number: the advisory lock of those who queue on PostgreSQL
_INSTANT: Final = timedelta(microseconds=1)
_DAYS_APART: Final = timedelta(days=2)  # a day’s moment is never further than that from any other of the same day


def newest_holidays(database: Database) -> BankHolidays:
    """Return the bank holidays of the newest revision known; the same object until they change."""
    return bank_holidays_of(database.known.content.memorandum.bank_holidays if database.known else ())


async def lock_schedules(connection: AsyncConnection) -> None:
    """Wait for others who add schedules or change rules, and let others wait: two alike would both post."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def has_alike(standing: Iterable[Schedule], wanted: Schedule) -> bool:
    """Whether another of these schedules of a place posts the same at the same times."""
    return any(each.id != wanted.id and are_alike(each, wanted) for each in standing)


def are_alike(one: Schedule, other: Schedule) -> bool:
    """Whether two schedules of a place would post the same at the same times."""
    same = (one.areas, one.is_digest) == (other.areas, other.is_digest)
    return same and same_cadence(one.rule) == same_cadence(other.rule)


async def planned(connection: AsyncConnection, schedule: Schedule, after: datetime, holidays: BankHolidays) -> Schedule:
    """Return a schedule with its next run after a moment, on a day without a run other than a missed one."""
    runs = schedule_runs.c
    days = select(runs.local_date).where(runs.schedule_id == schedule.id, runs.state != RunState.MISSED)
    known = set((await connection.scalars(days.where(runs.scheduled_for > after - _DAYS_APART))).all())
    found = next_at(schedule.rule, after, holidays)
    while found is not None and found.local_date in known:
        found = next_at(schedule.rule, found.starts_at, holidays)
    if found is None:
        return replace(schedule, next_on=None, next_at=None)
    return replace(schedule, next_on=found.local_date, next_at=found.starts_at)


async def reschedule(
    connection: AsyncConnection, schedule: Schedule, now: datetime, holidays: BankHolidays
) -> Schedule:
    """Return a schedule that has another rule with its next time by it; a paused one has none.

    A time that has come, and that no tick has taken, still counts.
    """
    if schedule.paused_at is not None:
        return replace(schedule, next_on=None, next_at=None)
    waits = schedule.next_at is not None and schedule.next_at <= now
    after = schedule.next_at - _INSTANT if waits and schedule.next_at else now
    return await planned(connection, schedule, after, holidays)


async def resume(
    connection: AsyncConnection, schedule_id: str, now: datetime, holidays: BankHolidays
) -> Schedule | None:
    """Let a paused schedule run again, from its next time on; return it as it is then. What was missed stays so."""
    schedule = await schedules.get(connection, schedule_id, is_held=True)
    if schedule is None or schedule.paused_at is None or not schedule.is_readable:
        return schedule
    resumed = await planned(connection, replace(schedule, paused_at=None, pause_reason=""), now, holidays)
    running = {"next_on": resumed.next_on, "next_at": resumed.next_at, "paused_at": None, "pause_reason": None}
    await connection.execute(update(table).where(table.c.id == schedule_id).values(**running))
    return resumed
