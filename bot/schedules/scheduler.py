"""Scheduler: dispatches due schedules each second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import func, select

from bot.recurrence.phrase import say_when
from bot.recurrence.zones import DEFAULT_ZONE
from bot.schedules.catch_up import jitter
from bot.schedules.dispatch import BATCH, DueBatch
from bot.schedules.due import same_minute_counts
from bot.schedules.reconcile import reconcile_batch
from bot.store.periodic import outages_logged
from bot.store.tables import schedules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

AT_ONCE: Final = 2
"""Batches at a time on PostgreSQL: while the server writes one, the next is made. SQLite has one writer."""

_log = structlog.stdlib.get_logger(__name__)


class Scheduler:
    """Dispatches due schedules. One per process; any number of processes may share a database.

    `next_due` is the earliest next run, and `last_summary` a line on the last dispatch, for the workspace's page.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        holidays: Callable[[], BankHolidays],
        on_enqueued: Callable[[], None],
        *,
        batch: int = BATCH,
    ) -> None:
        """`holidays` returns those of the newest revision. A transaction dispatches up to `batch` schedules."""
        self.next_due: datetime | None = None
        self.last_summary = ""
        self._database = database
        self._clock = clock
        self._holidays = holidays
        self._on_enqueued = on_enqueued
        self._batch = batch
        self._reconciled: tuple[datetime, BankHolidays] | None = None
        self._reconcile_after: str | None = None  # the id of the last schedule reconciled; None when all are
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Run now: the clock was set."""
        self._woken.set()

    async def run(self) -> None:
        """Run at each full second, until cancelled. Errors are logged."""
        while True:
            self._woken.clear()
            try:
                with outages_logged(self._database.outages, "schedules"):
                    await self.run_due()
            except Exception:  # noqa: BLE001 — a fault in one run must not end all that follow
                _log.exception("schedules.tick_failed")
            into_second_s = self._clock.now().microsecond / 1e6
            try:
                await asyncio.wait_for(self._woken.wait(), 1.001 - into_second_s)
            except TimeoutError:
                continue

    async def run_due(self) -> int:
        """Dispatch all schedules that are due; return how many there were."""
        now, holidays = self._clock.now(), self._holidays()
        await self._reconcile(now, holidays)
        async with self._database.reading() as connection:
            self.next_due = await connection.scalar(
                select(func.min(schedules.c.next_at)).where(schedules.c.paused_at.is_(None))
            )
        if self.next_due is None or self.next_due > now:
            return 0
        due = DueBatch(now, holidays)
        count = await self._dispatch_batch(due)
        if count == self._batch:
            at_once = 1 if self._database.is_sqlite else AT_ONCE
            counts = await asyncio.gather(*(self._dispatch_rest(due) for _ in range(at_once)), return_exceptions=True)
            for each in counts:
                if isinstance(each, BaseException):
                    raise each
                count += each
        if count:
            self.last_summary = _summary(due, now)
        return count

    async def _dispatch_rest(self, due: DueBatch) -> int:
        """Dispatch batches until one is not full; return how many schedules there were."""
        count = batch = await self._dispatch_batch(due)
        while batch == self._batch:
            batch = await self._dispatch_batch(due)
            count += batch
        return count

    async def _dispatch_batch(self, due: DueBatch) -> int:
        """Dispatch a batch in a transaction of its own; return how many schedules there were."""
        async with self._database.transaction() as connection:
            count = await due.dispatch(connection, self._batch)
        self._on_enqueued()
        return count

    async def _reconcile(self, now: datetime, holidays: BankHolidays) -> None:
        """Reconcile the next batch after a start, a change of bank holidays, or when the clock was set back."""
        before, self._reconciled = self._reconciled, (now, holidays)
        if before is None or now < before[0] or holidays is not before[1]:
            self._reconcile_after = ""
        if self._reconcile_after is not None:
            self._reconcile_after = await reconcile_batch(self._database, self._reconcile_after, now, holidays)


def _summary(due: DueBatch, now: datetime) -> str:
    """Format the counts of a dispatch, in London time: Mon 23 Nov 09:00: 1 to post, 2 missed."""
    skipped = {f"skipped ({reason})": count for reason, count in due.skipped.items()}
    counts = {"to post": due.posts, **skipped, "missed": due.missed}
    parts = [f"{count} {outcome}" for outcome, count in counts.items() if count] or ["nothing to post"]
    return f"{say_when(now, DEFAULT_ZONE)}: {', '.join(parts)}"


async def expected_post_times(connection: AsyncConnection, listed: Sequence[Schedule]) -> tuple[datetime | None, ...]:
    """Return when each schedule's next post goes out, its share of a busy minute included; None: never."""
    counts = await same_minute_counts(connection, {(each.place.team, each.next_at) for each in listed if each.next_at})
    return tuple(
        each.next_at + jitter(each.id, each.next_on, counts.get((each.place.team, each.next_at), 1))
        if each.next_at and each.next_on
        else None
        for each in listed
    )
