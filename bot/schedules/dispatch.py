"""Dispatch due schedules: record the day's run, enqueue its post and set the next run, in one transaction per batch.

A batch is atomic, and safe to run in several processes: `schedule_runs` has one row per schedule and day. The post is
rendered later, when the outbox claims it. An area is posted once in a channel for a time (posted_areas.py).
"""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import structlog
from sqlalchemy import func, select, update

from bot.audit.audit import BOT, AuditEntry, record_all
from bot.content.turns import among_tasks
from bot.outbox.delivery import NOTHING_NEW
from bot.outbox.enqueuing import enqueue
from bot.recurrence.occurrences import Occurrence
from bot.recurrence.phrase import joined
from bot.recurrence.rule import WhenUnchanged
from bot.schedules.catch_up import decide, delivery_of, is_overdue, jitter, request_of
from bot.schedules.due import (
    areas_of,
    delete_missed,
    existing_runs,
    lock_due,
    read_due,
    same_minute_counts,
    set_next_runs,
)
from bot.schedules.news import NEVER, change_set, last_posts, news, revision_at
from bot.schedules.posted_areas import claim
from bot.schedules.runs import POSTED_BY_ANOTHER, REPLACED, RunState, cancel_posts
from bot.schedules.schedules import INVALID_RULE
from bot.store.engine import insert_rows
from bot.store.tables import schedule_runs, schedules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Delivery
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Rule
    from bot.schedules.catch_up import DueDecision
    from bot.schedules.due import DueSchedule
    from bot.schedules.news import ChangeSet, LastPosts

    _Due: TypeAlias = tuple[DueSchedule, DueDecision]


class _Wanted(NamedTuple):
    """A day's post of a schedule; `is_whole`: it is more than the line that nothing is new."""

    schedule: DueSchedule
    day: Occurrence
    is_whole: bool


BATCH: Final = 1000
"""Schedules per transaction; other writers wait no longer than for these, some tenth of a second on SQLite."""
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
        self._decisions: dict[tuple[str, date, datetime], DueDecision] = {}
        self._changed: dict[int, ChangeSet] = {}
        self._are_news: dict[frozenset[tuple[str, int]], bool] = {}
        self._same_minute: dict[tuple[str, datetime], int] = {}
        self._late: dict[str, int] = {}

    async def dispatch(self, connection: AsyncConnection, limit: int) -> int:
        """Dispatch up to `limit` schedules that are due; return how many there were."""
        rows = await lock_due(connection, self._now, limit)
        due: list[_Due] = []
        invalid: list[Row[Any]] = []
        async for row in among_tasks(rows):
            try:
                schedule = read_due(row)
                due.append((schedule, self._decide(schedule.rule, row)))
            except INVALID_RULE as fault:
                _log.error("schedule.rule_unreadable", schedule=row.id, reason=str(fault))
                invalid.append(row)
        await self._count_same_minute(connection, due)
        await self._record(connection, due)
        await set_next_runs(connection, ((schedule.id, decision.next) for schedule, decision in due))
        await _pause_invalid(connection, invalid, self._now)
        return len(rows)

    def _decide(self, rule: Rule, row: Row[Any]) -> DueDecision:
        key = (row.rule, row.next_on, row.next_at)  # the hash of a text costs less than that of its Rule
        if key not in self._decisions:
            self._decisions[key] = decide(rule, Occurrence(row.next_on, row.next_at), self._now, self._holidays)
        return self._decisions[key]

    async def _record(self, connection: AsyncConnection, due: Sequence[_Due]) -> None:
        """Insert the runs of days that have none yet, and enqueue their posts."""
        days = [each.local_date for _, decision in due for each in (*decision.missed, decision.current) if each]
        if not days:
            return
        existing = await existing_runs(connection, (schedule.id for schedule, _ in due), min(days))
        runs: list[dict[str, Any]] = []
        wanted = await self._wanted(connection, due, existing.states, runs)
        posts: list[Delivery] = []
        replaced: dict[str, Sequence[str]] = {}
        async for each, areas in among_tasks(await _shared_out(connection, wanted, self._now)):
            if areas:
                posts.append(self._delivery_for(each, areas))
                runs.append(_run(each.schedule, each.day, RunState.DUE, delivery_id=posts[-1].id))
                if each.schedule.id in existing.waiting:
                    replaced[each.schedule.id] = existing.waiting[each.schedule.id]
            else:
                runs.append(_run(each.schedule, each.day, RunState.SKIPPED, reason=POSTED_BY_ANOTHER))
        await cancel_posts(connection, replaced, REPLACED)
        written = {(run["schedule_id"], run["local_date"]) for run in runs}
        await delete_missed(connection, existing.states.keys() & written)
        await insert_rows(connection, schedule_runs, runs)
        self.posts += len(posts)
        self.skipped.update(run["reason"] for run in runs if run["state"] == RunState.SKIPPED)
        await enqueue(connection, sorted(posts, key=attrgetter("due_at")), self._now)

    async def _wanted(
        self,
        connection: AsyncConnection,
        due: Sequence[_Due],
        states: Mapping[tuple[str, date], str],
        runs: list[dict[str, Any]],
    ) -> list[_Wanted]:
        """Return the posts that are wanted today; add the runs of days that get none to `runs`."""
        wanted: list[_Wanted] = []
        known = await last_posts(
            connection, {each.place for each, _ in due if each.is_digest or each.last_posted_revision}
        )
        for schedule, decision in due:
            missed = [each for each in decision.missed if (schedule.id, each.local_date) not in states]
            self.missed += len(missed)
            runs += [_run(schedule, each, RunState.MISSED, reason=TOO_LATE) for each in missed]
            today = decision.current
            if today is None or states.get((schedule.id, today.local_date), RunState.MISSED) != RunState.MISSED:
                continue
            when_unchanged = schedule.rule.when_unchanged
            has_news = await self._has_news(connection, schedule, known)
            if has_news or when_unchanged is not WhenUnchanged.SKIP:
                wanted.append(_Wanted(schedule, today, has_news or when_unchanged is WhenUnchanged.FULL))
            else:
                runs.append(_run(schedule, today, RunState.SKIPPED, reason=NOTHING_NEW))
        return wanted

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

    async def _has_news(self, connection: AsyncConnection, schedule: DueSchedule, known: LastPosts) -> bool:
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
        key = frozenset(since.items())
        if key not in self._are_news:
            self._are_news[key] = bool(news(since, self._changed))
        return self._are_news[key]

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
    first: dict[tuple[str, str, str], _Wanted] = {}
    keys = [each.schedule.keys for each in order]
    for each, its_keys in zip(order, keys, strict=True):
        for key in its_keys:
            first.setdefault(key, each)
    claimed = await claim(connection, {key: each.day.starts_at for key, each in first.items()}, now)
    shares: list[tuple[_Wanted, tuple[str, ...]]] = []
    for each, its_keys in zip(order, keys, strict=True):
        mine = tuple(key[-1] for key in its_keys if key in claimed and first[key] is each)
        shares.append((each, each.schedule.areas if mine and each.schedule.is_digest else mine))
    return shares


async def _pause_invalid(connection: AsyncConnection, rows: Sequence[Row[Any]], now: datetime) -> None:
    """Pause schedules by their rows. The audit has no more than that: who records a whole channel, locks it first."""
    if rows:
        reason = "its rule cannot be read"
        paused = {"next_on": None, "next_at": None, "paused_at": now, "pause_reason": reason}
        await connection.execute(update(schedules).where(schedules.c.id.in_([row.id for row in rows])).values(**paused))
        entries = [
            AuditEntry(row.team, BOT, "schedule.paused", row.channel, joined(areas_of(row.areas)), f"paused ({reason})")
            for row in rows
        ]
        await record_all(connection, entries, now)


def _run(
    schedule: DueSchedule, day: Occurrence, state: RunState, *, reason: str = "", delivery_id: str = ""
) -> dict[str, Any]:
    return {
        "schedule_id": schedule.id,
        "local_date": day.local_date,
        "scheduled_for": day.starts_at,
        "state": state.value,
        "reason": reason or None,
        "delivery_id": delivery_id or None,
    }
