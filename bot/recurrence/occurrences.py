"""Expand a recurrence rule into occurrences: pure functions of rule, moment and bank holidays.

1. The rule's days are local dates in its time zone (see `Days`).
2. A day that is a bank holiday in the rule's calendar, or a day off of its channel, is left out (`skip`), or moved to
   the next day that is neither, nor Saturday or Sunday (`next_working_day`); `post` keeps bank holidays, but not days
   off. Days that coincide after a move count once.
3. The post is due at the rule's local time. A local time that occurs twice, when the clocks go back, is the first of
   the two. One in a gap, when they go forward, is shifted by the length of the gap (02:30 becomes 03:30); if that would
   be the next day, it is the first moment after the gap.
4. A local day that does not exist (30 December 2011 in Apia) has no post.

So a day has at most one post, and a later day's post is always later. Time zones are those of the IANA tz database, by
zoneinfo (PEP 495: `fold=0` gives the first of two, and the time after a gap).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.recurrence.rule import LAST, Calendar, OnHoliday, Repeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Days, Rule

LONGEST_WAIT_DAYS: Final = 400
"""A rule without a post in so many days has none at all: it has no days, or all of them are holidays."""
_SATURDAY: Final = 5
_WEEK: Final = 7
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_EARLIEST: Final = datetime(1, 2, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 1, tzinfo=UTC)
"""Limits of the search: a month inside those of `date`, so that no time zone leads beyond them."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence of a rule; `starts_at` is UTC. `is_moved`: it was moved here from a bank holiday."""

    local_date: date
    starts_at: datetime
    is_moved: bool = False


def next_at(rule: Rule, after: datetime, holidays: BankHolidays) -> Occurrence | None:
    """Return the first occurrence later than a moment, or None when there is none within LONGEST_WAIT_DAYS.

    Like all functions here, raises ZoneInfoNotFoundError when the rule's zone is unknown.
    """
    zone = ZoneInfo(rule.tz)
    for day in _days_from(_local_day(after, zone) - 1, LONGEST_WAIT_DAYS + 2):
        occurrence = _occurrence_on(rule, zone, day, holidays)
        if occurrence is not None and occurrence.starts_at > after:
            return occurrence
    return None


def begun_after(rule: Rule, now: datetime) -> Rule:
    """Return a new rule; a fortnightly one with no occurrence left in its first week begins a week later."""
    anchor, local = rule.days.anchor, now.astimezone(ZoneInfo(rule.tz))
    if rule.days.repeat is not Repeat.FORTNIGHTLY or anchor is None:
        return rule
    last = anchor + timedelta(days=max(rule.days.weekdays) - anchor.weekday())
    if (last, rule.at) > (local.date(), local.time()):
        return rule
    return replace(rule, days=replace(rule.days, anchor=anchor + timedelta(weeks=1)))


def occurrences(rule: Rule, begin: datetime, end: datetime, holidays: BankHolidays) -> Iterator[Occurrence]:
    """Yield the occurrences from `begin` on, before `end`, in order."""
    zone = ZoneInfo(rule.tz)
    for day in _days_between(begin, end, zone):
        occurrence = _occurrence_on(rule, zone, day, holidays)
        if occurrence is not None and begin <= occurrence.starts_at < end:
            yield occurrence


def skipped(rule: Rule, begin: datetime, end: datetime, holidays: BankHolidays) -> Iterator[tuple[date, str]]:
    """Yield the rule's days without a post because of a bank holiday, with the holiday's name.

    A day counts when its post would be due between `begin` and `end`, moved to a later day or not.
    """
    ignores_holidays = rule.on_holiday is OnHoliday.POST or rule.calendar is Calendar.NONE
    if ignores_holidays and not rule.days_off:
        return
    zone = ZoneInfo(rule.tz)
    for day in _days_between(begin, end, zone):
        holiday = "" if ignores_holidays else holidays.name(rule.calendar, day)
        name = "a day off here" if rule.is_off(day) else holiday
        if name and _has_day(rule.days, day):
            at = _moment(day, rule.at, zone)
            if at is not None and begin <= at < end:
                yield day, name


def clock_change(earlier: datetime, later: datetime, tz: str) -> timedelta:
    """Return the change of a zone's UTC offset between two moments; positive when the clocks went forward."""
    zone = ZoneInfo(tz)
    return _offset(later.astimezone(zone)) - _offset(earlier.astimezone(zone))


def same_cadence(rule: Rule) -> Rule:
    """Return a rule without the week it begins in: equal for rules that post together once both have begun."""
    if rule.days.anchor is None:
        return rule
    monday = date.fromordinal(_week(rule.days.anchor) % 2 * _WEEK + 1)
    return replace(rule, days=replace(rule.days, anchor=monday))


def _local_day(moment: datetime, zone: ZoneInfo) -> int:
    """Return the ordinal of the local day at a moment."""
    return min(max(moment, _EARLIEST), _LATEST).astimezone(zone).toordinal()


def _days_between(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Yield the local days from the day before `begin` to the day of `end`."""
    first = _local_day(begin, zone) - 1
    return _days_from(first, _local_day(end, zone) - first + 1)


def _days_from(first: int, count: int) -> Iterator[date]:
    return map(date.fromordinal, range(first, min(first + count, _LATEST.toordinal())))


def _occurrence_on(rule: Rule, zone: ZoneInfo, day: date, holidays: BankHolidays) -> Occurrence | None:
    """Return the rule's occurrence on a local day, or None."""
    if _posts_on(rule, day, holidays):
        is_moved = False
    elif rule.on_holiday is OnHoliday.NEXT_WORKING_DAY and _is_moved_to(rule, day, holidays):
        is_moved = True
    else:
        return None
    at = _moment(day, rule.at, zone)
    return None if at is None else Occurrence(day, at, is_moved)


def _posts_on(rule: Rule, day: date, holidays: BankHolidays) -> bool:
    """Whether a day is one of the rule's, and not left out or moved as a bank holiday."""
    if rule.is_off(day):
        return False
    calendar = Calendar.NONE if rule.on_holiday is OnHoliday.POST else rule.calendar
    if rule.days.repeat is Repeat.MONTHLY_ON_WORKING_DAY:
        return _is_outermost_working_day(replace(rule, calendar=calendar), day, holidays)
    return _has_day(rule.days, day) and not holidays.is_holiday(calendar, day)


def _is_outermost_working_day(rule: Rule, day: date, holidays: BankHolidays) -> bool:
    """Whether a day is the first working day of its month, or the last one for LAST."""
    step = _DAY if rule.days.ordinal == LAST else -_DAY
    beyond = day + step
    while beyond.month == day.month and not _is_working_day(rule, beyond, holidays):
        beyond += step
    return beyond.month != day.month and _is_working_day(rule, day, holidays)


def _has_day(days: Days, day: date) -> bool:
    """Whether a rule has a day, bank holidays aside; False where its days depend on them."""
    if days.repeat is Repeat.MONTHLY_ON_DAY:
        return day.day == days.day or (day.day < days.day and (day + _DAY).month != day.month)
    if day.weekday() not in days.weekdays:
        return False
    if days.repeat is Repeat.FORTNIGHTLY:
        weeks = _week(day) - _week(days.anchor or date.min)
        return weeks >= 0 and weeks % 2 == 0
    if days.repeat is Repeat.MONTHLY_ON_WEEKDAY:
        if days.ordinal == LAST:
            return (day + timedelta(days=_WEEK)).month != day.month
        return (day.day - 1) // _WEEK + 1 == days.ordinal
    return True


def _week(day: date) -> int:
    """Return the number of a day's week, Monday to Sunday; 1 January of the year 1 was a Monday."""
    return (day.toordinal() - 1) // _WEEK


def _is_moved_to(rule: Rule, day: date, holidays: BankHolidays) -> bool:
    """Whether a day is the first working day after a bank holiday on one of the rule's days."""
    before = day - _DAY
    has_moved = False
    while not _is_working_day(rule, before, holidays):
        is_left_out = rule.is_off(before) or holidays.is_holiday(rule.calendar, before)
        has_moved = has_moved or (is_left_out and _has_day(rule.days, before))
        before -= _DAY
    return has_moved and _is_working_day(rule, day, holidays)


def _is_working_day(rule: Rule, day: date, holidays: BankHolidays) -> bool:
    is_free = rule.is_off(day) or holidays.is_holiday(rule.calendar, day)
    return day.weekday() < _SATURDAY and not is_free


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Return a local day and time in UTC, or None when there is no such day."""
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    if moment.astimezone(zone).date() == day:
        return moment
    gap_end = _gap_end(datetime.combine(day, at, zone))
    begins = datetime.combine(day, time.min, zone).astimezone(UTC).astimezone(zone).date() == day
    return gap_end if begins or gap_end.astimezone(zone).date() == day else None


def _gap_end(missing: datetime) -> datetime:
    """Return the end, in UTC, of the gap that a local time falls into."""
    before = missing.replace(fold=1).astimezone(UTC)
    after = missing.astimezone(UTC)
    offset = _offset(after.astimezone(missing.tzinfo))
    while after - before > _SECOND:
        middle = before + (after - before) // 2 // _SECOND * _SECOND
        if _offset(middle.astimezone(missing.tzinfo)) == offset:
            after = middle
        else:
            before = middle
    return after


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()
