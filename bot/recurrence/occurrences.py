"""When a rule posts: pure functions of the rule, the moment and the bank holidays.

1. The rule's days are days of the calendar, by the local date in its time zone (`Days` says which).
2. A day of the rule that is a bank holiday of its calendar is left out (`skip`), stays (`post`), or moves to the next
   day that is no bank holiday, Saturday or Sunday (`next_working_day`). Days that then fall together are one.
3. On such a day it posts at the rule's local time. A time that comes twice, when the clocks go back, is the first of
   the two. A time that is left out, when they go forward, is as much later as was left out (02:30 becomes 03:30); if
   that were the next day, it is the first moment after the gap.
4. A day that does not exist there (30 December 2011 in Apia) has no post.

So each day has at most one post, and a later day's post is always later. Time zones are those of the tz database
(IANA), by zoneinfo (PEP 495: `fold=0` gives the first of two, and the time after a gap).
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
"""A rule that has no post in so many days has none: it names no day, or every day of its is a holiday."""
_SATURDAY: Final = 5
_WEEK: Final = 7
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_EARLIEST: Final = datetime(1, 2, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 1, tzinfo=UTC)
"""As far as days are looked at: Python's calendar ends a month later, so that no time zone leads beyond it."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One post of a rule: the local day on which it is posted, the moment in UTC.

    `is_moved`: the day is none of the rule's own; a bank holiday before it brought it here.
    """

    local_date: date
    starts_at: datetime
    is_moved: bool = False


def next_at(rule: Rule, after: datetime, holidays: BankHolidays) -> Occurrence | None:
    """Return the first occurrence later than a moment, or None when there is none within LONGEST_WAIT_DAYS.

    Raises ZoneInfoNotFoundError when the rule's zone is unknown; so do all functions here.
    """
    zone = ZoneInfo(rule.tz)
    for day in _days_from(_local_day(after, zone) - 1, LONGEST_WAIT_DAYS + 2):
        occurrence = _on(rule, zone, day, holidays)
        if occurrence is not None and occurrence.starts_at > after:
            return occurrence
    return None


def begun_after(rule: Rule, now: datetime) -> Rule:
    """Return a rule that is new at a moment: a fortnight whose first week holds no time to come begins in the next."""
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
        occurrence = _on(rule, zone, day, holidays)
        if occurrence is not None and begin <= occurrence.starts_at < end:
            yield occurrence


def skipped(rule: Rule, begin: datetime, end: datetime, holidays: BankHolidays) -> Iterator[tuple[date, str]]:
    """Yield the rule's days on which nothing is posted because they are bank holidays, each with the holiday's name.

    A day counts when its post would fall between `begin` and `end`. By `next_working_day` it is posted later instead.
    """
    if rule.on_holiday is OnHoliday.POST or rule.calendar is Calendar.NONE:
        return
    zone = ZoneInfo(rule.tz)
    for day in _days_between(begin, end, zone):
        name = holidays.name(rule.calendar, day)
        if name and _is_named(rule.days, day):
            at = _moment(day, rule.at, zone)
            if at is not None and begin <= at < end:
                yield day, name


def clock_change(earlier: datetime, later: datetime, tz: str) -> timedelta:
    """Return by how much the clocks of a zone stand later at `later` than at `earlier`; nothing if they agree."""
    zone = ZoneInfo(tz)
    return _offset(later.astimezone(zone)) - _offset(earlier.astimezone(zone))


def same_cadence(rule: Rule) -> Rule:
    """Return a rule without the week that it begins in: two of one rhythm post together once both have begun."""
    if rule.days.anchor is None:
        return rule
    monday = date.fromordinal(_week(rule.days.anchor) % 2 * _WEEK + 1)
    return replace(rule, days=replace(rule.days, anchor=monday))


def _local_day(moment: datetime, zone: ZoneInfo) -> int:
    """Return the number of the local day at a moment."""
    return min(max(moment, _EARLIEST), _LATEST).astimezone(zone).toordinal()


def _days_between(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Yield the local days from the one before `begin` to that of `end`."""
    first = _local_day(begin, zone) - 1
    return _days_from(first, _local_day(end, zone) - first + 1)


def _days_from(first: int, count: int) -> Iterator[date]:
    return map(date.fromordinal, range(first, min(first + count, _LATEST.toordinal())))


def _on(rule: Rule, zone: ZoneInfo, day: date, holidays: BankHolidays) -> Occurrence | None:
    """Return the rule's occurrence on a local day, if it has one."""
    if _is_named(rule.days, day) and (rule.on_holiday is OnHoliday.POST or not holidays.is_holiday(rule.calendar, day)):
        is_moved = False
    elif rule.on_holiday is OnHoliday.NEXT_WORKING_DAY and _takes_over(rule, day, holidays):
        is_moved = True
    else:
        return None
    at = _moment(day, rule.at, zone)
    return None if at is None else Occurrence(day, at, is_moved)


def _is_named(days: Days, day: date) -> bool:
    """Whether a day is one of the rule's own."""
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
    """Return the number of a day's week, from Monday; 1 January of the year 1 was a Monday."""
    return (day.toordinal() - 1) // _WEEK


def _takes_over(rule: Rule, day: date, holidays: BankHolidays) -> bool:
    """Whether a day is the next working day after a holiday that the rule names."""
    before = day - _DAY
    is_owed = False
    while not _is_working(rule.calendar, before, holidays):
        is_owed = is_owed or (holidays.is_holiday(rule.calendar, before) and _is_named(rule.days, before))
        before -= _DAY
    return is_owed and _is_working(rule.calendar, day, holidays)


def _is_working(calendar: Calendar, day: date, holidays: BankHolidays) -> bool:
    return day.weekday() < _SATURDAY and not holidays.is_holiday(calendar, day)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Return when it is `at` on a local day, in UTC, or None when there is no such day."""
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    if moment.astimezone(zone).date() == day:
        return moment
    gap_end = _gap_end(datetime.combine(day, at, zone))
    begins = datetime.combine(day, time.min, zone).astimezone(UTC).astimezone(zone).date() == day
    return gap_end if begins or gap_end.astimezone(zone).date() == day else None


def _gap_end(missing: datetime) -> datetime:
    """Return the first moment, in UTC, after the gap that holds a local time."""
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
