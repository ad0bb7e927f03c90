"""Dispatch due schedules: record the day's run, enqueue its post and set the next run, in one transaction per batch.

A batch is atomic, and safe to run in several processes: `schedule_runs` has one row per schedule and day. The post is
rendered later, when the outbox claims it. An area is posted once in a channel for a time (posted_areas.py).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import structlog
from sqlalchemy import delete, func, select, tuple_, update

from bot.audit.audit import BOT, AuditEntry, record_all
from bot.outbox.delivery import NOTHING_NEW
from bot.outbox.enqueuing import enqueue
from bot.recurrence.occurrences import Occurrence
from bot.recurrence.phrase import joined
from bot.recurrence.rule import WhenUnchanged
from bot.schedules.catch_up import decide, delivery_of, is_overdue, jitter, request_of
from bot.schedules.news import NEVER, change_set, last_posts, news, revision_at
from bot.schedules.posted_areas import claim
from bot.schedules.runs import POSTED_BY_ANOTHER, REPLACED, RunState, cancel_pending
from bot.schedules.schedules import INVALID_RULE, read
from bot.store.engine import insert_rows, row_parameter, row_source
from bot.store.tables import schedule_runs, schedules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.messages import ChannelRef
    from bot.outbox.delivery import Delivery
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Rule
    from bot.schedules.catch_up import DueDecision
    from bot.schedules.news import ChangeSet, LastPosts
    from bot.schedules.schedules import Schedule

    _Due: TypeAlias = tuple[Schedule, DueDecision]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A day's post of a schedule; `is_whole`: it is more than the line that nothing is new."""

    schedule: Schedule
    day: Occurrence
    is_whole: bool


BATCH: Final = 500
"""Schedules per transaction; other writers wait no longer than for these."""
TOO_LATE: Final = "more than an hour late"

_log = structlog.stdlib.get_logger(__name__)


class DueBatch:
    """Schedules due at a moment, dispatched in batches; counts and decisions are shared.

    Has the totals; of posts skipped, those for each reason.
    """

    def __init__(self, now: datetime, holidays: BankHolidays) -> None:
        """`now` is the moment for all batches."""
        self.posts = 0
        self.skipped: Counter[str] = Counter()
        self.missed = 0
        self._now = now
        self._holidays = holidays
        self._decisions: dict[tuple[Rule, Occurrence], DueDecision] = {}
        self._changed: dict[int, ChangeSet] = {}
        self._same_minute: dict[tuple[str, datetime], int] = {}
        self._late: dict[str, int] = {}

    async def dispatch(self, connection: AsyncConnection, limit: int) -> int:
        """Dispatch up to `limit` schedules that are due; return how many there were."""
        is_due = schedules.c.next_at <= self._now, schedules.c.paused_at.is_(None)
        query = select(schedules).where(*is_due)
        query = query.order_by(schedules.c.next_at, schedules.c.team, schedules.c.channel, schedules.c.id)
        rows = (await connection.execute(query.limit(limit).with_for_update(skip_locked=True))).all()
        due: list[_Due] = []
        invalid: list[Row[Any]] = []
        for row in rows:
            try:
                schedule = read(row)
                due.append((schedule, self._decide(schedule, Occurrence(row.next_on, row.next_at))))
            except INVALID_RULE as fault:
                _log.error("schedule.rule_unreadable", schedule=row.id, reason=str(fault))
                invalid.append(row)
        await self._count_same_minute(connection, due)
        await self._record(connection, due)
        await _set_next_runs(connection, due)
        await _pause_invalid(connection, invalid, self._now)
        return len(rows)

    def _decide(self, schedule: Schedule, first: Occurrence) -> DueDecision:
        key = (schedule.rule, first)
        if key not in self._decisions:
            self._decisions[key] = decide(schedule.rule, first, self._now, self._holidays)
        return self._decisions[key]

    async def _record(self, connection: AsyncConnection, due: Sequence[_Due]) -> None:
        """Insert the runs of days that have none yet, and enqueue their posts."""
        existing = await _existing_runs(connection, due)
        runs: list[dict[str, Any]] = []
        wanted: list[_Wanted] = []
        known = await last_posts(
            connection, {each.place for each, _ in due if each.is_digest or each.last_posted_revision}
        )
        for schedule, decision in due:
            missed = [each for each in decision.missed if (schedule.id, each.local_date) not in existing]
            self.missed += len(missed)
            runs += [_run(schedule, each, RunState.MISSED, reason=TOO_LATE) for each in missed]
            today = decision.current
            if today is None or existing.get((schedule.id, today.local_date), RunState.MISSED) != RunState.MISSED:
                continue
            when_unchanged = schedule.rule.when_unchanged
            has_news = await self._has_news(connection, schedule, known)
            if has_news or when_unchanged is not WhenUnchanged.SKIP:
                wanted.append(_Wanted(schedule, today, has_news or when_unchanged is WhenUnchanged.FULL))
            else:
                runs.append(_run(schedule, today, RunState.SKIPPED, reason=NOTHING_NEW))
        posts: list[Delivery] = []
        for each, areas in await _shared_out(connection, wanted, self._now):
            if areas:
                posts.append(self._delivery_for(each, areas))
                runs.append(_run(each.schedule, each.day, RunState.DUE, delivery_id=posts[-1].id))
            else:
                runs.append(_run(each.schedule, each.day, RunState.SKIPPED, reason=POSTED_BY_ANOTHER))
        posted = [run["schedule_id"] for run in runs if run["state"] == RunState.DUE]
        await cancel_pending(connection, posted, REPLACED)
        days = {(run["schedule_id"], run["local_date"]) for run in runs}
        await _delete_missed(connection, days.intersection(existing))
        await insert_rows(connection, schedule_runs, runs)
        self.posts += len(posts)
        self.skipped.update(run["reason"] for run in runs if run["state"] == RunState.SKIPPED)
        await enqueue(connection, sorted(posts, key=attrgetter("due_at")), self._now)

    def _delivery_for(self, wanted: _Wanted, areas: tuple[str, ...]) -> Delivery:
        """Return a day's post of these areas."""
        schedule, day = wanted.schedule, wanted.day
        is_late = is_overdue(day.starts_at, self._now)
        if is_late:
            begin, count = self._now, self._late.get(schedule.place.team, 1)
        else:
            begin, count = day.starts_at, self._same_minute.get((schedule.place.team, day.starts_at), 1)
        request = request_of(schedule, day.local_date, areas, is_late=is_late)
        return delivery_of(schedule, request, begin + jitter(schedule.id, day.local_date, count))

    async def _has_news(self, connection: AsyncConnection, schedule: Schedule, known: LastPosts) -> bool:
        """Whether a schedule posts for the first time, or its areas differ from what was last posted in its channel."""
        own = schedule.last_posted_revision
        if schedule.is_digest:
            own = own or await revision_at(connection, schedule.created_at)
        elif not own:
            return True
        places = ((area, known.get((schedule.place, area, schedule.is_digest), NEVER)) for area in schedule.areas)
        since = {area: max(own, last.revision) for area, last in places}
        for revision in set(since.values()):
            if revision not in self._changed:
                self._changed[revision] = await change_set(connection, revision)
        return bool(news(since, self._changed))

    async def _count_same_minute(self, connection: AsyncConnection, due: Sequence[_Due]) -> None:
        """Count, once, the schedules of each workspace that are due at the same time, or late together."""
        times = [(schedule.place.team, decision.current.starts_at) for schedule, decision in due if decision.current]
        late = {team for team, at in times if is_overdue(at, self._now)}
        if late.difference(self._late):
            query = select(schedules.c.team, func.count().label("size")).where(schedules.c.next_at <= self._now)
            for row in await connection.execute(query.group_by(schedules.c.team)):
                self._late.setdefault(row.team, row.size)
        minutes = {(team, at) for team, at in times if not is_overdue(at, self._now)}
        if minutes.difference(self._same_minute):
            self._same_minute |= await same_minute_counts(connection, minutes.difference(self._same_minute))


async def _shared_out(
    connection: AsyncConnection, wanted: Sequence[_Wanted], now: datetime
) -> list[tuple[_Wanted, tuple[str, ...]]]:
    """Share the areas out: each is posted once in a channel for a time, and by the newest of those that are late.

    A whole post comes before the line that nothing is new, then the schedule with the most areas.
    """
    order = sorted(wanted, key=lambda each: (each.day.starts_at, each.is_whole, len(each.schedule.areas)), reverse=True)
    first: dict[tuple[ChannelRef, str], _Wanted] = {}
    for each in order:
        for area in each.schedule.keys:
            first.setdefault((each.schedule.place, area), each)
    claimed = await claim(connection, {key: each.day.starts_at for key, each in first.items()}, now)
    shares: list[tuple[_Wanted, tuple[str, ...]]] = []
    for each in order:
        keys = [(each.schedule.place, area) for area in each.schedule.keys]
        mine = tuple(key[1] for key in keys if key in claimed and first[key] is each)
        shares.append((each, each.schedule.areas if mine and each.schedule.is_digest else mine))
    return shares


async def same_minute_counts(
    connection: AsyncConnection, minutes: Collection[tuple[str, datetime]]
) -> dict[tuple[str, datetime], int]:
    """Return how many schedules of a workspace are due at these times, dispatched or not."""
    times = {at for _, at in minutes}
    waiting = select(schedules.c.team, schedules.c.next_at.label("scheduled_for")).where(schedules.c.next_at.in_(times))
    begun = (
        select(schedules.c.team, schedule_runs.c.scheduled_for)
        .join(schedules, schedules.c.id == schedule_runs.c.schedule_id)
        .where(schedule_runs.c.scheduled_for.in_(times))
    )
    each = waiting.union_all(begun).subquery().c
    counts = select(each.team, each.scheduled_for, func.count().label("size")).group_by(each.team, each.scheduled_for)
    return {(row.team, row.scheduled_for): row.size for row in await connection.execute(counts)}


async def _delete_missed(connection: AsyncConnection, days: Collection[tuple[str, date]]) -> None:
    """Delete missed runs of days that are due after all: the clock was ahead, or the rule has changed."""
    if days:
        here = tuple_(schedule_runs.c.schedule_id, schedule_runs.c.local_date).in_(days)
        await connection.execute(delete(schedule_runs).where(here, schedule_runs.c.state == RunState.MISSED))


async def _existing_runs(connection: AsyncConnection, due: Sequence[_Due]) -> Mapping[tuple[str, date], str]:
    """Return the states of the runs that these days have already."""
    days = [each.local_date for _, decision in due for each in (*decision.missed, decision.current) if each]
    if not days:
        return {}
    columns = schedule_runs.c
    due_ids = select(row_source(connection, schedules, "id"))
    query = select(columns.schedule_id, columns.local_date, columns.state)
    query = query.where(columns.schedule_id.in_(due_ids), columns.local_date >= min(days))
    found = await connection.execute(query, row_parameter(connection, [{"id": schedule.id} for schedule, _ in due]))
    return {(row.schedule_id, row.local_date): row.state for row in found}


async def _set_next_runs(connection: AsyncConnection, due: Sequence[_Due]) -> None:
    """Set the next runs."""
    next_runs = row_source(connection, schedules, "id", "next_on", "next_at")
    statement = update(schedules).where(schedules.c.id == next_runs.c.id)
    rows = [
        {
            "id": schedule.id,
            "next_on": decision.next and decision.next.local_date,
            "next_at": decision.next and decision.next.starts_at,
        }
        for schedule, decision in due
    ]
    columns = {"next_on": next_runs.c.next_on, "next_at": next_runs.c.next_at}
    await connection.execute(statement.values(**columns), row_parameter(connection, rows))


async def _pause_invalid(connection: AsyncConnection, rows: Sequence[Row[Any]], now: datetime) -> None:
    """Pause schedules by their rows. The audit has no more than that: who records a whole channel, locks it first."""
    if rows:
        reason = "its rule cannot be read"
        paused = {"next_on": None, "next_at": None, "paused_at": now, "pause_reason": reason}
        await connection.execute(update(schedules).where(schedules.c.id.in_([row.id for row in rows])).values(**paused))
        entries = [
            AuditEntry(row.team, BOT, "schedule.paused", row.channel, joined(list(row.areas)), f"paused ({reason})")
            for row in rows
        ]
        await record_all(connection, entries, now)


def _run(
    schedule: Schedule, day: Occurrence, state: RunState, *, reason: str = "", delivery_id: str = ""
) -> dict[str, Any]:
    return {
        "schedule_id": schedule.id,
        "local_date": day.local_date,
        "scheduled_for": day.starts_at,
        "state": state.value,
        "reason": reason or None,
        "delivery_id": delivery_id or None,
    }
