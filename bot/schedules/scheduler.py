"""Schedules that come due: each second, those whose time has come get a post in the ledger and their next time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.recurrence.phrase import say_when
from bot.recurrence.zones import DEFAULT_ZONE
from bot.schedules.catch_up import jitter
from bot.schedules.dispatch import BATCH, DueBatch, same_minute_counts
from bot.schedules.reconcile import reconcile_batch
from bot.schedules.schedules import NOTHING_NEW
from bot.store.errors import StoreError
from bot.store.tables import schedules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

_log = structlog.stdlib.get_logger(__name__)


class Scheduler:
    """Sees to it that schedules come due. One in each process; any number of processes may share a database.

    `next_due` is the next time of all schedules that run, as it was at the last tick. `last` says what came due last.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        holidays: Callable[[], BankHolidays],
        wake: Callable[[], None],
        *,
        batch: int = BATCH,
    ) -> None:
        """`holidays` returns those of the newest revision; `wake` says that something was enqueued."""
        self.next_due: datetime | None = None
        self.last = ""
        self._database = database
        self._clock = clock
        self._holidays = holidays
        self._wake = wake
        self._batch = batch
        self._reconciled: tuple[datetime, BankHolidays] | None = None
        self._reconcile_after: str | None = None  # the id of the last schedule reconciled; None when all are
        self._looking = asyncio.Event()

    def look(self) -> None:
        """Tick now: the clock was put forward or back."""
        self._looking.set()

    async def run(self) -> None:
        """Tick at each full second, until cancelled. A database that fails is waited for."""
        while True:
            self._looking.clear()
            try:
                await self.run_due()
            except (StoreError, SQLAlchemyError, OSError) as error:
                _log.error("schedules wait for the database", reason=str(error).partition("\n")[0])
            except Exception:  # noqa: BLE001 — a fault in one tick must not end all that follow
                _log.exception("schedules could not be looked at")
            into_second_s = self._clock.now().microsecond / 1e6
            try:
                await asyncio.wait_for(self._looking.wait(), 1.001 - into_second_s)
            except TimeoutError:
                continue

    async def run_due(self) -> int:
        """Let everything come due whose time has come; return how many schedules that were."""
        now, holidays = self._clock.now(), self._holidays()
        await self._reconcile(now, holidays)
        async with self._database.reading() as connection:
            self.next_due = await connection.scalar(
                select(func.min(schedules.c.next_at)).where(schedules.c.paused_at.is_(None))
            )
        if self.next_due is None or self.next_due > now:
            return 0
        tick, count, batch = DueBatch(now, holidays), 0, self._batch
        while batch == self._batch:
            async with self._database.transaction() as connection:
                batch = await tick.dispatch(connection, self._batch)
            count += batch
            self._wake()
        if count:
            self.last = _told(tick, now)
        return count

    async def _reconcile(self, now: datetime, holidays: BankHolidays) -> None:
        """Reconcile the next batch after a start, a change of bank holidays, or when the clock was set back."""
        before, self._reconciled = self._reconciled, (now, holidays)
        if before is None or now < before[0] or holidays is not before[1]:
            self._reconcile_after = ""
        if self._reconcile_after is not None:
            self._reconcile_after = await reconcile_batch(self._database, self._reconcile_after, now, holidays)


def _told(tick: DueBatch, now: datetime) -> str:
    """Return what a tick came to, with its moment by London's clocks: Mon 23 Nov 09:00: 1 to post, 2 missed."""
    counts = {"to post": tick.posts, f"skipped ({NOTHING_NEW})": tick.skipped, "missed": tick.missed}
    told = [f"{count} {what}" for what, count in counts.items() if count] or ["nothing to post"]
    return f"{say_when(now, DEFAULT_ZONE)}: {', '.join(told)}"


async def expected(connection: AsyncConnection, kept: Sequence[Schedule]) -> tuple[datetime | None, ...]:
    """Return when the next post of each schedule goes out, in a busy minute later than its time; None: never."""
    minutes = {(each.place.team, each.next_at) for each in kept if each.next_at}
    found = await same_minute_counts(connection, minutes)
    return tuple(_expected_at(each, found) for each in kept)


def _expected_at(schedule: Schedule, crowded: Mapping[tuple[str, datetime], int]) -> datetime | None:
    if schedule.next_at is None or schedule.next_on is None:
        return None
    crowd = crowded.get((schedule.place.team, schedule.next_at), 1)
    return schedule.next_at + jitter(schedule.id, schedule.next_on, crowd)
