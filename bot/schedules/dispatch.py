"""One tick of the schedules: whatever has come due gets its post, its note and its next time.

All three happen in one transaction for a batch of schedules, and each day is noted once (`schedule_runs`, one row for
each schedule and day): who is killed in the middle has done nothing, and two processes never do the same. What a post
says is written later, when the ledger claims it.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import delete, func, insert, select, tuple_, update

from bot.outbox.outbox import enqueue
from bot.recurrence.occurrences import Occurrence
from bot.recurrence.rule import WhenUnchanged
from bot.schedules.catch_up import decide, delivery_of, is_late, jitter
from bot.schedules.schedules import NOT_UNDERSTOOD, NOTHING_NEW, RunState, cancel_pending, read
from bot.store.revisions import changed_since, newest_number
from bot.store.tables import schedule_runs, schedules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Delivery
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Rule
    from bot.schedules.catch_up import DueDecision
    from bot.schedules.schedules import Schedule

BATCH: Final = 500
"""Schedules in one transaction: others that write wait no longer than for these."""
TOO_LATE: Final = "the time had passed by more than an hour"

_log = structlog.stdlib.get_logger(__name__)


class DueBatch:
    """One tick: what is the same for many is worked out once. It counts what it enqueued, skipped and missed."""

    def __init__(self, now: datetime, holidays: BankHolidays) -> None:
        """Begin with nothing known."""
        self._now = now
        self._holidays = holidays
        self._turns: dict[tuple[Rule, Occurrence], DueDecision] = {}
        self._news: dict[tuple[tuple[str, ...], int], bool] = {}
        self._sizes: dict[tuple[str, datetime], int] = {}
        self._late: dict[str, int] = {}
        self._newest = 0
        self.posts = 0
        self.skipped = 0
        self.missed = 0

    async def dispatch(self, connection: AsyncConnection, limit: int) -> int:
        """Dispatch up to `limit` schedules that are due; return how many there were."""
        self._newest = await newest_number(connection)
        is_due = schedules.c.next_at <= self._now, schedules.c.paused_at.is_(None)
        wanted = select(schedules).where(*is_due).order_by(schedules.c.next_at)
        rows = (await connection.execute(wanted.limit(limit).with_for_update(skip_locked=True))).all()
        turns, broken = [], []
        for row in rows:
            try:
                schedule = read(row)
                turns.append((schedule, self._turn(schedule, Occurrence(row.next_on, row.next_at))))
            except NOT_UNDERSTOOD as fault:
                _log.error("a schedule cannot be understood: it is paused", schedule=row.id, reason=str(fault))
                broken.append(row.id)
        await self._carry_out(connection, turns)
        await _advance(connection, turns)
        await _put_aside(connection, broken, self._now)
        return len(rows)

    def _turn(self, schedule: Schedule, first: Occurrence) -> DueDecision:
        key = (schedule.rule, first)
        if key not in self._turns:
            self._turns[key] = decide(schedule.rule, first, self._now, self._holidays)
        return self._turns[key]

    async def _carry_out(self, connection: AsyncConnection, turns: Sequence[tuple[Schedule, DueDecision]]) -> None:
        """Note each day once, with its post where one is to be made."""
        known = await _known(connection, turns)
        await self._measure(connection, turns)
        runs: list[dict[str, Any]] = []
        posts: list[tuple[datetime, str, Delivery]] = []
        for schedule, its in turns:
            fresh = [each for each in its.missed if (schedule.id, each.local_date) not in known]
            self.missed += len(fresh)
            runs += [_run(schedule, each, RunState.MISSED, why=TOO_LATE) for each in fresh]
            if its.now is None or known.get((schedule.id, its.now.local_date), RunState.MISSED) != RunState.MISSED:
                continue
            delivery = await self._delivery(connection, schedule, its.now)
            if delivery is None:
                self.skipped += 1
                runs.append(_run(schedule, its.now, RunState.SKIPPED, why=NOTHING_NEW))
            else:
                posts.append((delivery.due_at or self._now, schedule.id, delivery))
                runs.append(_run(schedule, its.now, RunState.DUE, delivery=delivery.id))
        await cancel_pending(connection, [schedule_id for _, schedule_id, _ in posts], "a newer post took its place")
        if runs:
            known_runs = [run for run in runs if (run["schedule_id"], run["local_date"]) in known]
            await _delete_missed(connection, known_runs)
            await connection.execute(insert(schedule_runs), runs)
        self.posts += len(posts)
        await enqueue(connection, [each for *_, each in sorted(posts, key=itemgetter(0, 1))], self._now)

    async def _delivery(self, connection: AsyncConnection, schedule: Schedule, here: Occurrence) -> Delivery | None:
        """Return the post of a day, or None when there is nothing to say."""
        wish = schedule.rule.when_unchanged
        is_unchanged = bool(schedule.last_posted_revision) and not await self._is_news(connection, schedule)
        if is_unchanged and wish is WhenUnchanged.SKIP:
            return None
        was_missed = is_late(here.starts_at, self._now)
        if was_missed:
            begin, size = self._now, self._late.get(schedule.place.team, 1)
        else:
            begin, size = here.starts_at, self._sizes.get((schedule.place.team, here.starts_at), 1)
        return delivery_of(
            schedule,
            here.local_date,
            due_at=begin + jitter(schedule.id, here.local_date, size),
            is_late=was_missed,
            only_line=is_unchanged and wish is WhenUnchanged.SHORT,
        )

    async def _is_news(self, connection: AsyncConnection, schedule: Schedule) -> bool:
        """Whether anything changed in a schedule's areas since its last post."""
        if schedule.last_posted_revision >= self._newest:
            return False
        areas = None if schedule.is_digest else schedule.areas
        key = (areas or (), schedule.last_posted_revision)
        if key not in self._news:
            self._news[key] = bool(await changed_since(connection, areas, schedule.last_posted_revision))
        return self._news[key]

    async def _measure(self, connection: AsyncConnection, turns: Sequence[tuple[Schedule, DueDecision]]) -> None:
        """Count, once, how many schedules of a workspace have the same times, and how many are late together."""
        posted = [(schedule.place.team, its.now.starts_at) for schedule, its in turns if its.now]
        late = {team for team, at in posted if is_late(at, self._now)}
        if late.difference(self._late):
            waiting = select(schedules.c.team, func.count().label("size")).where(schedules.c.next_at <= self._now)
            for row in await connection.execute(waiting.group_by(schedules.c.team)):
                self._late.setdefault(row.team, row.size)
        minutes = {(team, at) for team, at in posted if not is_late(at, self._now)}
        if minutes.difference(self._sizes):
            self._sizes |= await same_minute_counts(connection, minutes.difference(self._sizes))


async def same_minute_counts(
    connection: AsyncConnection, minutes: Collection[tuple[str, datetime]]
) -> dict[tuple[str, datetime], int]:
    """Return how many schedules of a workspace have these times, come due or not."""
    found: dict[tuple[str, datetime], int] = {}
    times = {at for _, at in minutes}
    waiting = select(schedules.c.team, schedules.c.next_at.label("scheduled_for")).where(schedules.c.next_at.in_(times))
    begun = (
        select(schedules.c.team, schedule_runs.c.scheduled_for)
        .join(schedules, schedules.c.id == schedule_runs.c.schedule_id)
        .where(schedule_runs.c.scheduled_for.in_(times))
    )
    each = waiting.union_all(begun).subquery()
    counted = select(each.c.team, each.c.scheduled_for, func.count().label("size")).group_by(
        each.c.team, each.c.scheduled_for
    )
    for row in await connection.execute(counted):
        found[row.team, row.scheduled_for] = row.size
    return found


async def _delete_missed(connection: AsyncConnection, runs: Sequence[Mapping[str, Any]]) -> None:
    """Delete missed runs of days that are due after all: the clock was ahead, or the rule has changed."""
    if runs:
        here = tuple_(schedule_runs.c.schedule_id, schedule_runs.c.local_date).in_(
            [(run["schedule_id"], run["local_date"]) for run in runs]
        )
        await connection.execute(delete(schedule_runs).where(here, schedule_runs.c.state == RunState.MISSED))


async def _known(
    connection: AsyncConnection, turns: Sequence[tuple[Schedule, DueDecision]]
) -> Mapping[tuple[str, date], str]:
    """Return the states of the runs that these days have already: a rule was changed after the day's post."""
    days = [each.local_date for _, its in turns for each in (*its.missed, its.now) if each]
    if not days:
        return {}
    columns = schedule_runs.c
    ids = [schedule.id for schedule, _ in turns]
    query = select(columns.schedule_id, columns.local_date, columns.state)
    found = await connection.execute(query.where(columns.schedule_id.in_(ids), columns.local_date >= min(days)))
    return {(row.schedule_id, row.local_date): row.state for row in found}


async def _advance(connection: AsyncConnection, turns: Sequence[tuple[Schedule, DueDecision]]) -> None:
    """Give each its next time: a statement for all that have the same, and many have."""
    alike: dict[Occurrence | None, list[str]] = {}
    for schedule, its in turns:
        alike.setdefault(its.next, []).append(schedule.id)
    for following, ids in alike.items():
        later = {
            "next_on": following.local_date if following else None,
            "next_at": following.starts_at if following else None,
        }
        await connection.execute(update(schedules).where(schedules.c.id.in_(ids)).values(**later))


async def _put_aside(connection: AsyncConnection, broken: Collection[str], now: datetime) -> None:
    """Pause schedules whose rule cannot be understood: its time zone is gone, or a newer version wrote it."""
    if broken:
        why = "its rule cannot be understood"
        paused = {"next_on": None, "next_at": None, "paused_at": now, "pause_reason": why}
        await connection.execute(update(schedules).where(schedules.c.id.in_(broken)).values(**paused))


def _run(schedule: Schedule, day: Occurrence, state: RunState, *, why: str = "", delivery: str = "") -> dict[str, Any]:
    return {
        "schedule_id": schedule.id,
        "local_date": day.local_date,
        "scheduled_for": day.starts_at,
        "state": state.value,
        "reason": why or None,
        "delivery_id": delivery or None,
    }
