"""Compute the next run of schedules that are created, changed or resumed: no change loses or doubles a post."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from bot.recurrence.bank_holidays import bank_holidays_of
from bot.recurrence.occurrences import next_at, same_cadence
from bot.schedules import schedules
from bot.schedules.runs import RunState
from bot.store.tables import schedule_runs
from bot.store.tables import schedules as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

_LOCK: Final = 0x7363_6865  # any number: an advisory lock of PostgreSQL
_INSTANT: Final = timedelta(microseconds=1)
_DAYS_APART: Final = timedelta(days=2)  # two moments of the same local day are never further apart


def newest_holidays(database: Database) -> BankHolidays:
    """Return the bank holidays of the newest revision known; the same object until they change."""
    return bank_holidays_of(database.known.content.memorandum.bank_holidays if database.known else ())


async def lock_schedules(connection: AsyncConnection) -> None:
    """Lock out other transactions that add schedules or change rules: duplicates would both post."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def has_duplicate(existing: Iterable[Schedule], wanted: Schedule) -> bool:
    """Whether another of these schedules of a channel posts the same at the same times."""
    return any(each.id != wanted.id and are_duplicates(each, wanted) for each in existing)


def are_duplicates(one: Schedule, other: Schedule) -> bool:
    """Whether two schedules of a channel post the same at the same times."""
    same = (one.areas, one.is_digest) == (other.areas, other.is_digest)
    return same and same_cadence(one.rule) == same_cadence(other.rule)


async def with_next_run(
    connection: AsyncConnection, schedule: Schedule, after: datetime, holidays: BankHolidays
) -> Schedule:
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
    """Return a schedule with the next run of its changed rule; a paused one has none.

    A run that is due, and not dispatched yet, still counts.
    """
    if schedule.paused_at is not None:
        return replace(schedule, next_on=None, next_at=None)
    is_due = schedule.next_at is not None and schedule.next_at <= now
    after = schedule.next_at - _INSTANT if is_due and schedule.next_at else now
    return await with_next_run(connection, schedule, after, holidays)


async def resume(
    connection: AsyncConnection, schedule_id: str, now: datetime, holidays: BankHolidays
) -> Schedule | None:
    """Resume a paused schedule from its next run on; return it. Runs missed meanwhile stay missed."""
    schedule = await schedules.get(connection, schedule_id, for_update=True)
    if schedule is None or schedule.paused_at is None or not schedule.is_readable:
        return schedule
    resumed = await with_next_run(
        connection, replace(schedule, paused_at=None, pause_reason="", paused_until=None), now, holidays
    )
    running = {"paused_at": None, "pause_reason": None, "paused_until": None}
    next_run = {"next_on": resumed.next_on, "next_at": resumed.next_at}
    await connection.execute(update(table).where(table.c.id == schedule_id).values(**running, **next_run))
    return resumed
