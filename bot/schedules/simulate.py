"""Simulate schedules over a period, by the same rules as the scheduler. Pure: no store, no clock, nothing is sent.

Up to now, recorded changes decide whether there was something to post; what came before the period counts as posted.
Contents are compared, and an area is posted once for a time in a channel. Alerts are not simulated.
From now on the revision last posted counts, and a post that depends on future changes is marked so. A schedule begins
when it was created. Downtime, and pauses that have ended, are not replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.changes.detect import merged
from bot.outbox.delivery import NOTHING_NEW
from bot.recurrence.occurrences import clock_change, occurrences, skipped
from bot.recurrence.phrase import CALENDAR_NAMES
from bot.recurrence.rule import OnHoliday, WhenUnchanged
from bot.schedules.news import ChangeSet, news
from bot.schedules.runs import POSTED_BY_ANOTHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from bot.messages import ChannelRef
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
    history = _History(changes)
    days = merge(*(_days(each, period, holidays, history) for each in schedules), key=attrgetter("starts_at"))
    for _, together in groupby(days, key=attrgetter("starts_at")):
        yield from _shared_out([each.post() if isinstance(each, _Day) else each for each in together])


class _History:
    """The recorded changes, and what of them was posted: by channel and area, the newest revision."""

    def __init__(self, changes: Sequence[Recorded]) -> None:
        self._changes = sorted(changes, key=lambda each: (each.revision, each.change.position))
        self.posted: dict[tuple[ChannelRef, str, bool], int] = {}
        self._changed: dict[tuple[int, int], ChangeSet] = {}

    def newest(self, until: datetime) -> int:
        """Return the newest revision that was published by then and changed something."""
        return max((each.revision for each in self._changes if each.published_at <= until), default=0)

    def has_news(self, since: Mapping[str, int], until: datetime) -> bool:
        """Whether the contents of areas differ from those of the revisions last posted."""
        newest = self.newest(until)
        changed = {revision: self._between(revision, newest) for revision in set(since.values())}
        return bool(news(since, changed))

    def _between(self, since: int, until: int) -> ChangeSet:
        if (since, until) not in self._changed:
            found = merged(each.change for each in self._changes if since < each.revision <= until)
            self._changed[since, until] = ChangeSet({each.fact_id: each for each in found}, {})
        return self._changed[since, until]


@dataclass(frozen=True, slots=True)
class _Day:
    """An occurrence of a schedule that is still to be decided."""

    starts_at: datetime
    occurrence: Occurrence
    replay: _Replay

    def post(self) -> SimulatedPost:
        """Return its outcome."""
        return self.replay.post_for(self.occurrence)


def _shared_out(posts: Sequence[SimulatedPost]) -> Iterator[SimulatedPost]:
    """Yield posts of one moment, each area once in a channel, as in dispatch."""
    wanted = [each for each in posts if each.outcome is not SimulatedOutcome.SKIPPED]
    first: dict[tuple[ChannelRef, str], SimulatedPost] = {}
    for each in sorted(
        wanted, key=lambda post: ("one line" not in post.reason, len(post.schedule.areas)), reverse=True
    ):
        for area in each.schedule.keys:
            first.setdefault((each.schedule.place, area), each)
    for each in posts:
        mine = [first.get((each.schedule.place, area)) is each for area in each.schedule.keys]
        if each.outcome is SimulatedOutcome.SKIPPED or any(mine):
            yield each
        else:
            yield replace(each, outcome=SimulatedOutcome.SKIPPED, reason=POSTED_BY_ANOTHER)


def _days(
    schedule: Schedule, period: Period, holidays: BankHolidays, history: _History
) -> Iterator[SimulatedPost | _Day]:
    first, last = period.first, period.last
    begin, end = _begin(schedule, first), _begin(schedule, last + _DAY)
    if schedule.paused_at is not None:
        yield SimulatedPost(begin, first, schedule, SimulatedOutcome.SKIPPED, f"paused: {schedule.pause_reason}")
        return
    if not schedule.is_readable:
        yield SimulatedPost(begin, first, schedule, SimulatedOutcome.SKIPPED, "its rule cannot be read")
        return
    replay = _Replay(schedule, history, begin, period.now)
    wider = schedule.rule, begin - _DAY, end + _DAY, holidays  # a time in a gap at midnight may fall on the next day
    since = schedule.created_at
    days: Iterator[SimulatedPost | _Day] = (
        _Day(each.starts_at, each, replay)
        for each in occurrences(*wider)
        if first <= each.local_date <= last and each.starts_at > since
    )
    on_holidays = (_on_holiday(schedule, on, name) for on, name in skipped(*wider) if first <= on <= last)
    yield from merge(days, (day for day in on_holidays if day.starts_at > since), key=attrgetter("starts_at"))


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

    def __init__(self, schedule: Schedule, history: _History, begin: datetime, now: datetime) -> None:
        self._schedule = schedule
        self._history = history
        self._now = now
        self._is_past = True
        self._has_posted = schedule.created_at < begin or schedule.is_digest
        self._last_posted = history.newest(max(begin, schedule.created_at) if schedule.is_digest else begin)
        self._before = max(begin, schedule.created_at)

    def post_for(self, occurrence: Occurrence) -> SimulatedPost:
        """Return the outcome of the next occurrence."""
        at, tz = occurrence.starts_at, self._schedule.rule.tz
        if self._is_past and at > self._now:
            self._is_past = False
            self._last_posted = self._schedule.last_posted_revision
            self._has_posted = self._last_posted > 0 or self._schedule.is_digest
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
            self._last_posted = self._history.newest(at)
            for area in self._schedule.areas:
                self._history.posted[self._schedule.place, area, self._schedule.is_digest] = self._last_posted
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

    def _has_news(self, until: datetime) -> bool:
        """Whether what this schedule posts differs from what was last posted in its channel."""
        schedule, posted = self._schedule, self._history.posted
        keys = {area: (schedule.place, area, schedule.is_digest) for area in schedule.areas}
        since = {area: max(self._last_posted, posted.get(key, 0)) for area, key in keys.items()}
        return self._history.has_news(since, until)
