"""Simulate schedules over a period, by the same rules as the scheduler. Pure: no store, no clock, nothing is sent.

Up to now, recorded changes decide whether there was something to post; what came before the period counts as posted.
From now on the revision last posted counts, and a post that depends on future changes is marked so. A schedule begins
when it was created. Downtime, and pauses that have ended, are not replayed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.outbox.delivery import NOTHING_NEW
from bot.recurrence.occurrences import clock_change, occurrences, skipped
from bot.recurrence.phrase import CALENDAR_NAMES
from bot.recurrence.rule import OnHoliday, WhenUnchanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.occurrences import Occurrence
    from bot.schedules.schedules import Schedule
    from bot.store.revision import Recorded

_DAY = timedelta(days=1)


class SimulatedOutcome(StrEnum):
    """Outcome of a schedule on one of its days."""

    POSTED = "posted"
    IF_CHANGED = "posted if changed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class SimulatedPost:
    """A day of a schedule; `starts_at` is UTC, `reason` "" where the outcome is the plain one."""

    starts_at: datetime
    local_date: date
    schedule: Schedule
    outcome: SimulatedOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _ChangedRevision:
    """A revision, when it was published, and the areas whose facts it changed."""

    number: int
    at: datetime
    areas: frozenset[str]


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both included, in each schedule's zone, as seen at `now`."""

    first: date
    last: date
    now: datetime


def simulate(
    schedules: Sequence[Schedule], period: Period, holidays: BankHolidays, changes: Sequence[Recorded]
) -> Iterator[SimulatedPost]:
    """Yield every post of a period, and every day without a post and the reason, in order of time.

    `changes` are all that are recorded.
    """
    by_revision = groupby(sorted(changes, key=attrgetter("revision")), key=attrgetter("revision"))
    revisions = [
        _ChangedRevision(
            number, first.published_at, frozenset(first.change.areas).union(*(each.change.areas for each in rest))
        )
        for number, (first, *rest) in by_revision
    ]
    return merge(*(_posts(each, period, holidays, revisions) for each in schedules), key=attrgetter("starts_at"))


def _posts(
    schedule: Schedule, period: Period, holidays: BankHolidays, revisions: Sequence[_ChangedRevision]
) -> Iterator[SimulatedPost]:
    first, last = period.first, period.last
    begin, end = _begin(schedule, first), _begin(schedule, last + _DAY)
    if schedule.paused_at is not None:
        yield SimulatedPost(begin, first, schedule, SimulatedOutcome.SKIPPED, f"paused: {schedule.pause_reason}")
        return
    if not schedule.is_readable:
        yield SimulatedPost(begin, first, schedule, SimulatedOutcome.SKIPPED, "its rule cannot be read")
        return
    replay = _Replay(schedule, revisions, begin, period.now)
    wider = schedule.rule, begin - _DAY, end + _DAY, holidays  # a time in a gap at midnight may fall on the next day
    since = schedule.created_at
    posts = (
        replay.post_for(each)
        for each in occurrences(*wider)
        if first <= each.local_date <= last and each.starts_at > since
    )
    on_holidays = (_on_holiday(schedule, on, name) for on, name in skipped(*wider) if first <= on <= last)
    yield from merge(posts, (day for day in on_holidays if day.starts_at > since), key=attrgetter("starts_at"))


def _begin(schedule: Schedule, on: date) -> datetime:
    return datetime.combine(on, time.min, ZoneInfo(schedule.rule.tz)).astimezone(UTC)


def _on_holiday(schedule: Schedule, on: date, name: str) -> SimulatedPost:
    rule = schedule.rule
    reason = f"{name}, a bank holiday in {CALENDAR_NAMES[rule.calendar]}"
    if rule.on_holiday is OnHoliday.NEXT_WORKING_DAY:
        reason += ": the next working day instead"
    at = datetime.combine(on, rule.at, ZoneInfo(rule.tz)).astimezone(UTC)
    return SimulatedPost(at, on, schedule, SimulatedOutcome.SKIPPED, reason)


class _Replay:
    """State of a schedule on its way through the period: the revision last posted, and when."""

    def __init__(
        self, schedule: Schedule, revisions: Sequence[_ChangedRevision], begin: datetime, now: datetime
    ) -> None:
        self._schedule = schedule
        self._revisions = revisions
        self._now = now
        self._is_past = True
        self._has_posted = schedule.created_at < begin
        self._last_posted = self._newest(begin)
        self._before = max(begin, schedule.created_at)

    def post_for(self, occurrence: Occurrence) -> SimulatedPost:
        """Return the outcome of the next occurrence."""
        at, tz = occurrence.starts_at, self._schedule.rule.tz
        if self._is_past and at > self._now:
            self._is_past = False
            self._last_posted = self._schedule.last_posted_revision
            self._has_posted = self._last_posted > 0
        outcome, reason = self._outcome(at)
        notes = [reason, "moved from a bank holiday" if occurrence.is_moved else ""]
        shift = clock_change(self._before, at, tz)
        if shift:
            notes.append(f"the clocks went {'forward' if shift > timedelta() else 'back'}")
        local = at.astimezone(ZoneInfo(tz)).replace(tzinfo=None)
        if local != datetime.combine(occurrence.local_date, self._schedule.rule.at):
            notes.append(f"{self._schedule.rule.at:%H:%M} does not exist that day")
        self._before = at
        if outcome is SimulatedOutcome.POSTED:
            self._has_posted = True
            self._last_posted = self._newest(at)
        return SimulatedPost(at, occurrence.local_date, self._schedule, outcome, "; ".join(filter(None, notes)))

    def _outcome(self, at: datetime) -> tuple[SimulatedOutcome, str]:
        """Return the outcome and the reason, decided as in dispatch."""
        when_unchanged = self._schedule.rule.when_unchanged
        if not self._has_posted:
            return SimulatedOutcome.POSTED, "the first post"
        if self._has_news(at):
            return SimulatedOutcome.POSTED, "something changed since the last post"
        if at > self._now:
            return {
                WhenUnchanged.SKIP: (SimulatedOutcome.IF_CHANGED, "only if something changes by then"),
                WhenUnchanged.SHORT: (SimulatedOutcome.POSTED, "one line if nothing changes by then"),
                WhenUnchanged.FULL: (SimulatedOutcome.POSTED, ""),
            }[when_unchanged]
        return {
            WhenUnchanged.SKIP: (SimulatedOutcome.SKIPPED, NOTHING_NEW),
            WhenUnchanged.SHORT: (SimulatedOutcome.POSTED, f"one line: {NOTHING_NEW}"),
            WhenUnchanged.FULL: (SimulatedOutcome.POSTED, f"in full: {NOTHING_NEW}"),
        }[when_unchanged]

    def _newest(self, until: datetime) -> int:
        return max((each.number for each in self._revisions if each.at <= until), default=0)

    def _has_news(self, until: datetime) -> bool:
        """Whether a revision published by then, after the one last posted, changed what this schedule posts."""
        wanted = None if self._schedule.is_digest else set(self._schedule.areas)
        later = (each for each in self._revisions if each.number > self._last_posted and each.at <= until)
        return any(wanted is None or wanted & each.areas for each in later)
