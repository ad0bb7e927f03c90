"""What schedules post over a period, by the real rules and on paper: nothing is read, written or sent.

Up to now the recorded changes say whether there was something to tell; what came before the period counts as told. From
now on it counts what the channel was told in fact, and nobody knows what will change: a post that depends on it is
marked so. A schedule begins when it was made. What the bot was down for, and pauses that have ended, are not replayed.
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

from bot.recurrence.occurrences import clock_change, occurrences, skipped
from bot.recurrence.phrase import CALENDAR_NAMES
from bot.recurrence.rule import OnHoliday, WhenUnchanged
from bot.schedules.schedules import NOTHING_NEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.occurrences import Occurrence
    from bot.schedules.schedules import Schedule
    from bot.store.revision import Recorded

_DAY = timedelta(days=1)


class SimulatedOutcome(StrEnum):
    """What a schedule does on one of its days."""

    POSTED = "posted"
    IF_CHANGED = "posted if changed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class SimulatedPost:
    """One day of a schedule: `on` is the local day, `at` the moment in UTC, `why` what is worth knowing, or empty."""

    at: datetime
    on: date
    schedule: Schedule
    what: SimulatedOutcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class _News:
    """A revision that changed facts: when, and in which areas."""

    number: int
    at: datetime
    areas: frozenset[str]


@dataclass(frozen=True, slots=True)
class Period:
    """The local days from `first` to `last`, both included, by each schedule's own zone; seen from `now`."""

    first: date
    last: date
    now: datetime


def simulate(
    schedules: Sequence[Schedule], period: Period, holidays: BankHolidays, changes: Sequence[Recorded]
) -> Iterator[SimulatedPost]:
    """Yield every post of a period, and every day without one for a reason, in the order of their moments.

    `changes` are all that are recorded.
    """
    news = [
        _News(number, recorded[0].published_at, frozenset(area for each in recorded for area in each.change.areas))
        for number, recorded in _by_revision(changes)
    ]
    return merge(*(_lines(each, period, holidays, news) for each in schedules), key=attrgetter("at"))


def _by_revision(changes: Sequence[Recorded]) -> Iterator[tuple[int, list[Recorded]]]:
    in_order = sorted(changes, key=attrgetter("revision"))
    return ((number, list(recorded)) for number, recorded in groupby(in_order, key=attrgetter("revision")))


def _lines(
    schedule: Schedule, period: Period, holidays: BankHolidays, news: Sequence[_News]
) -> Iterator[SimulatedPost]:
    """Yield the lines of one schedule."""
    first, last = period.first, period.last
    begin, end = _begin(schedule, first), _begin(schedule, last + _DAY)
    if schedule.paused_at is not None:
        yield SimulatedPost(begin, first, schedule, SimulatedOutcome.SKIPPED, f"paused: {schedule.paused_why}")
        return
    if not schedule.is_readable:
        yield SimulatedPost(begin, first, schedule, SimulatedOutcome.SKIPPED, "its rule cannot be read")
        return
    replay = _Replay(schedule, news, begin, period.now)
    wider = schedule.rule, begin - _DAY, end + _DAY, holidays  # a time in a gap at midnight may fall on the next day
    since = schedule.created_at
    posts = (
        replay.line(each) for each in occurrences(*wider) if first <= each.local_date <= last and each.starts_at > since
    )
    on_holidays = (_on_holiday(schedule, on, name) for on, name in skipped(*wider) if first <= on <= last)
    yield from merge(posts, (line for line in on_holidays if line.at > since), key=attrgetter("at"))


def _begin(schedule: Schedule, on: date) -> datetime:
    return datetime.combine(on, time.min, ZoneInfo(schedule.rule.tz)).astimezone(UTC)


def _on_holiday(schedule: Schedule, on: date, name: str) -> SimulatedPost:
    rule = schedule.rule
    why = f"{name}, a bank holiday in {CALENDAR_NAMES[rule.calendar]}"
    if rule.on_holiday is OnHoliday.NEXT_WORKING_DAY:
        why += ": the next working day instead"
    at = datetime.combine(on, rule.at, ZoneInfo(rule.tz)).astimezone(UTC)
    return SimulatedPost(at, on, schedule, SimulatedOutcome.SKIPPED, why)


class _Replay:
    """A schedule on its way through the period: what its channel has been told, and when it was last posted."""

    def __init__(self, schedule: Schedule, news: Sequence[_News], begin: datetime, now: datetime) -> None:
        self._schedule = schedule
        self._news = news
        self._now = now
        self._is_past = True
        self._has_posted = schedule.created_at < begin
        self._told = self._newest(begin)
        self._before = max(begin, schedule.created_at)

    def line(self, occurrence: Occurrence) -> SimulatedPost:
        """Return what becomes of the next of its times."""
        at, tz = occurrence.starts_at, self._schedule.rule.tz
        if self._is_past and at > self._now:
            self._is_past = False
            self._has_posted, self._told = self._schedule.told_revision > 0, self._schedule.told_revision
        what, why = self._verdict(at)
        notes = [why, "for the bank holiday before" if occurrence.is_moved else ""]
        shift = clock_change(self._before, at, tz)
        if shift:
            notes.append(f"the clocks went {'forward' if shift > timedelta() else 'back'}")
        local = at.astimezone(ZoneInfo(tz)).replace(tzinfo=None)
        if local != datetime.combine(occurrence.local_date, self._schedule.rule.at):
            notes.append(f"{self._schedule.rule.at:%H:%M} is left out that day")
        self._before = at
        if what is SimulatedOutcome.POSTED:
            self._has_posted = True
            self._told = self._newest(at)
        return SimulatedPost(at, occurrence.local_date, self._schedule, what, "; ".join(filter(None, notes)))

    def _verdict(self, at: datetime) -> tuple[SimulatedOutcome, str]:
        """Return whether a post is made, and why; the same questions as the tick's, in the same order."""
        wish = self._schedule.rule.when_unchanged
        if not self._has_posted:
            return SimulatedOutcome.POSTED, "the first"
        if self._is_news(at):
            return SimulatedOutcome.POSTED, "something changed since the last"
        if at > self._now:
            return {
                WhenUnchanged.SKIP: (SimulatedOutcome.IF_CHANGED, "only if anything changes by then"),
                WhenUnchanged.SHORT: (SimulatedOutcome.POSTED, "one line if nothing changes by then"),
                WhenUnchanged.FULL: (SimulatedOutcome.POSTED, ""),
            }[wish]
        return {
            WhenUnchanged.SKIP: (SimulatedOutcome.SKIPPED, NOTHING_NEW),
            WhenUnchanged.SHORT: (SimulatedOutcome.POSTED, f"one line: {NOTHING_NEW}"),
            WhenUnchanged.FULL: (SimulatedOutcome.POSTED, f"in full: {NOTHING_NEW}"),
        }[wish]

    def _newest(self, until: datetime) -> int:
        return max((each.number for each in self._news if each.at <= until), default=0)

    def _is_news(self, until: datetime) -> bool:
        """Whether a revision by then changed what this schedule posts, and its channel has not been told."""
        wanted = None if self._schedule.is_digest else set(self._schedule.areas)
        later = (each for each in self._news if each.number > self._told and each.at <= until)
        return any(wanted is None or wanted & each.areas for each in later)
