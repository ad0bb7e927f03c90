"""Next times that no longer hold are worked out anew: time zones and bank holidays change, and clocks are put back.

After a start, and when the bank holidays of a revision are others, every schedule is looked over, some at each tick.
When the clock was put back, what was noted of times that now lie ahead is taken back, unless it was posted: that day
stays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import and_, delete, or_, select, update

from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.outbox.queries import SKEW
from bot.recurrence.bank_holidays import BankHolidays, bank_holidays_of
from bot.recurrence.occurrences import next_at
from bot.schedules.catch_up import is_in_time
from bot.schedules.next_run import planned
from bot.schedules.schedules import NOT_UNDERSTOOD, NOTHING_NEW, RunState, read
from bot.store.tables import deliveries, schedule_runs, schedules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.bank_holidays import BankHoliday
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

BATCH: Final = 200
"""Schedules that are looked over, or taken back, at a time."""
_MISSED_LATELY: Final = timedelta(days=2)  # what was missed before that is made up for by no rule

_log = structlog.stdlib.get_logger(__name__)


class NewestHolidays:
    """The bank holidays of the newest revision, when called: the same object for as long as they are the same."""

    def __init__(self, database: Database) -> None:
        """Take the database that knows the revision."""
        self._database = database
        self._overrides: Sequence[BankHoliday] = ()
        self._holidays = BankHolidays()

    def __call__(self) -> BankHolidays:
        """Return them."""
        revision = self._database.known
        memorandum = revision.content.memorandum if revision else None
        if memorandum is not None and memorandum.bank_holidays != self._overrides:
            self._overrides, self._holidays = memorandum.bank_holidays, bank_holidays_of(memorandum.bank_holidays)
        return self._holidays


class Reconciler:
    """Keeps the next times of schedules right, as one process sees them."""

    def __init__(self, database: Database) -> None:
        """Begin with nothing looked over."""
        self._database = database
        self._seen_at: datetime | None = None
        self._holidays: BankHolidays | None = None
        self._after: str | None = None  # the id of the last that was looked over; None when all are

    async def reconcile_batch(self, now: datetime, holidays: BankHolidays) -> None:
        """Take back what a wrong clock did, and look over some schedules if there is a reason to."""
        was_put_back = self._seen_at is None or now < self._seen_at
        if was_put_back:
            await self._take_back(now, holidays)
        if was_put_back or holidays is not self._holidays:
            self._after = ""
        self._seen_at, self._holidays = now, holidays
        if self._after is not None:
            self._after = await self._look_after(self._after, now, holidays)

    async def _look_after(self, after: str, now: datetime, holidays: BankHolidays) -> str | None:
        """Look over the schedules that follow an id, in batches; return the last one's, None at the end."""
        columns = schedules.c
        query = select(schedules).where(columns.id > after, columns.paused_at.is_(None)).order_by(columns.id)
        async with self._database.reading() as connection:
            found = (await connection.execute(query.limit(BATCH))).all()
        wrong = [row for row in found if _is_wrong(row, now, holidays)]
        if wrong:
            async with self._database.transaction() as connection:
                moved = sum([await _plan_anew(connection, row, now, holidays) for row in wrong])
            _log.info("time zones or bank holidays have changed: schedules have another next time", moved=moved)
        return found[-1].id if len(found) == BATCH else None

    async def _take_back(self, now: datetime, holidays: BankHolidays) -> None:
        """Take back what was noted of times that lie ahead, schedule by schedule."""
        async with self._database.reading() as connection:
            ids = sorted(set(await connection.scalars(select(schedule_runs.c.schedule).where(_is_doubtful(now)))))
        for begin in range(0, len(ids), BATCH):
            async with self._database.transaction() as connection:
                for row in await _locked(connection, ids[begin : begin + BATCH]):
                    try:
                        await _set_back(connection, read(row), now, holidays)
                    except NOT_UNDERSTOOD:
                        continue  # the tick pauses it when its time has come
        async with self._database.transaction() as connection:
            await _hurry(connection, now)


def _is_wrong(row: Row[Any], now: datetime, holidays: BankHolidays) -> bool:
    """Whether a schedule’s next time is not what its rule says; one that has come is the tick’s."""
    if row.next_at is not None and row.next_at <= now:
        return False
    try:
        found = next_at(read(row).rule, now, holidays)
    except NOT_UNDERSTOOD:
        return False  # the tick pauses it when its time has come
    return (row.next_on, row.next_at) != ((found.local_date, found.starts_at) if found else (None, None))


async def _plan_anew(connection: AsyncConnection, row: Row[Any], now: datetime, holidays: BankHolidays) -> bool:
    """Give a schedule its next time, unless somebody has changed it meanwhile; False when it stays as it is."""
    right = await planned(connection, read(row), now, holidays)
    if (right.next_on, right.next_at) == (row.next_on, row.next_at):
        return False
    unchanged = and_(schedules.c.id == row.id, schedules.c.next_at.is_not_distinct_from(row.next_at))
    moved = update(schedules).where(unchanged).values(next_on=right.next_on, next_at=right.next_at)
    return (await connection.execute(moved)).rowcount == 1


def _is_doubtful(now: datetime) -> Any:  # noqa: ANN401 — SQLAlchemy's and_ and or_ are of two types
    """Say which runs a wrong clock may have noted."""
    columns = schedule_runs.c
    lately = and_(columns.state == RunState.MISSED, columns.at > now - _MISSED_LATELY)
    return or_(columns.at > now + SKEW, lately)


async def _locked(connection: AsyncConnection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return those of these schedules that run, locked."""
    query = select(schedules).where(schedules.c.id.in_(ids), schedules.c.paused_at.is_(None)).with_for_update()
    return (await connection.execute(query)).all()


async def _set_back(connection: AsyncConnection, schedule: Schedule, now: datetime, holidays: BankHolidays) -> None:
    """Take back what was noted of a schedule’s days and not posted, and begin again with the first of them."""
    query = select(schedule_runs).where(schedule_runs.c.schedule == schedule.id, _is_doubtful(now))
    undone = [run for run in await connection.execute(query) if await _is_undone(connection, run, schedule, now)]
    if undone:
        days = [run.on for run in undone]
        these = and_(schedule_runs.c.schedule == schedule.id, schedule_runs.c.on.in_(days))
        await connection.execute(delete(schedule_runs).where(these))
    is_due = schedule.next_at is not None and schedule.next_at <= now  # the tick has not taken it yet
    right = schedule if is_due else await planned(connection, schedule, now, holidays)
    first = min(undone, key=lambda run: run.at, default=None)
    if first is not None and (right.next_at is None or first.at < right.next_at):
        right = replace(right, next_on=first.on, next_at=first.at)
    moved = update(schedules).where(schedules.c.id == schedule.id)
    await connection.execute(moved.values(next_on=right.next_on, next_at=right.next_at))


async def _is_undone(connection: AsyncConnection, run: Row[Any], schedule: Schedule, now: datetime) -> bool:
    """Whether what was noted of a day is to be taken back; a post of it that waits is dropped."""
    if run.state == RunState.MISSED:
        return is_in_time(schedule.rule, run.at, now)
    if run.state == RunState.SKIPPED:
        return bool(run.why == NOTHING_NEW)
    if run.state == RunState.DUE:
        waits = and_(deliveries.c.id == run.delivery, deliveries.c.state == DeliveryState.PENDING)
        dropped = (
            update(deliveries).where(waits).values(state=DeliveryState.DROPPED.value, error="the clock was put back")
        )
        return (await connection.execute(dropped)).rowcount == 1
    return False


async def _hurry(connection: AsyncConnection, now: datetime) -> None:
    """Let scheduled posts go that were enqueued by a clock that was ahead, and whose time has come."""
    columns = deliveries.c
    ahead = (
        columns.state == DeliveryState.PENDING,
        columns.kind == DeliveryKind.SCHEDULED,
        columns.created_at > now + SKEW,
    )
    for row in (await connection.execute(select(deliveries).where(*ahead))).all():
        values = {"created_at": now, "due_at": now, "expires_at": now + (row.expires_at - row.due_at)}
        await connection.execute(update(deliveries).where(columns.id == row.id).values(**values))
