"""Parse a rule from English, as typed after `subscribe`, and format one.

`infrastructure weekdays 09:00`, `adoption first monday 9am UK`, `all fortnightly tue 17:30 America/New_York`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.recurrence.phrase_days import take_days
from bot.recurrence.phrase_times import take_date, take_hour, take_time, take_zone
from bot.recurrence.rule import EVERY_DAY, LAST, MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule
from bot.recurrence.scanner import Scanner
from bot.text import MONTHS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, time

MAX_CHARACTERS: Final = 500
"""Characters that are parsed; the rest is ignored."""
_ASK_TIME: Final = "At what time? For example: weekdays 09:00."
_ASK_DAYS: Final = "On which days? For example: weekdays 09:00, mon,thu 09:00 or first monday 09:00."
_UK_CALENDARS: Final = {
    "Europe/London": Calendar.ENGLAND_AND_WALES,
    "GB": Calendar.ENGLAND_AND_WALES,
    "GB-Eire": Calendar.ENGLAND_AND_WALES,
    "Europe/Belfast": Calendar.NORTHERN_IRELAND,
}
_MANY_DAYS: Final = 5
_WEEKEND: Final = frozenset({5, 6})
_ORDINAL_WORDS: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST: "last"}
_SHORTEST_MONTH: Final = 28
_LONGEST_MONTH: Final = 31
CALENDAR_NAMES: Final = {
    Calendar.ENGLAND_AND_WALES: "England and Wales",
    Calendar.SCOTLAND: "Scotland",
    Calendar.NORTHERN_IRELAND: "Northern Ireland",
    Calendar.NONE: "none",
}
"""Display names of the bank holiday calendars."""


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """Result of parsing: a rule, a problem, or neither when the words contain no days, time or zone.

    `rest` are the words that are not part of a rule. `problem` is a sentence for the user on what is missing or
    invalid; `days`, `at` and `tz` ("" for none) then hold what was understood, and `wrong` a sentence for each of them,
    by name, that is missing or invalid.
    """

    rule: Rule | None
    rest: str
    problem: str = ""
    days: Days | None = None
    at: time | None = None
    tz: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)


def read_rule(words: str, *, default_tz: str, today: date) -> ParsedRule:
    """Parse days, time and zone; the zone defaults to `default_tz`. `today` is the user's local date. Never raises."""
    phrases = Scanner(words, MAX_CHARACTERS)
    bad_date = take_date(phrases, today)
    at, bad_time = take_time(phrases)
    days, bad_days = take_days(phrases, today)
    if not at and not bad_time:
        at, bad_time = take_hour(phrases)
    tz, bad_zone = take_zone(phrases)
    is_schedule = at or days or tz
    ask_days, ask_time = _ASK_DAYS if is_schedule and not days else "", _ASK_TIME if is_schedule and not at else ""
    problem = bad_date or bad_time or bad_zone or bad_days or ask_days or ask_time
    rule = rule_of(days, at, tz or default_tz) if days and at and not problem else None
    wrong = {"days": bad_date or bad_days or ask_days, "at": bad_time or ask_time, "tz": bad_zone}
    wrong = {name: sentence for name, sentence in wrong.items() if sentence}
    return ParsedRule(rule, phrases.rest(), problem, days, at, tz, wrong)


def rule_of(days: Days, at: time, tz: str) -> Rule:
    """Return the rule for days and a time, with the default calendar and treatment of bank holidays.

    In UK time zones a rule for five or more days of each week, or for weekends, skips bank holidays; any other posts on
    the next working day. No holidays are known elsewhere.
    """
    calendar = _UK_CALENDARS.get(tz, Calendar.NONE)
    return Rule(days, at, tz, calendar, default_on_holiday(days, calendar))


def default_on_holiday(days: Days, calendar: Calendar) -> OnHoliday:
    """Return the default treatment of bank holidays."""
    if calendar is Calendar.NONE:
        return OnHoliday.POST
    if days.repeat is Repeat.WEEKLY and (len(days.weekdays) >= _MANY_DAYS or set(days.weekdays) <= _WEEKEND):
        return OnHoliday.SKIP
    return OnHoliday.NEXT_WORKING_DAY


def knows_holidays(tz: str) -> bool:
    """Whether the bank holidays of a time zone's country are known."""
    return tz in _UK_CALENDARS


def say_rule(rule: Rule) -> str:
    """Format a rule: Every weekday at 09:00 (Europe/London), not on bank holidays in Scotland."""
    where = CALENDAR_NAMES[rule.calendar]
    holidays = {
        OnHoliday.SKIP: f", not on bank holidays in {where}",
        OnHoliday.NEXT_WORKING_DAY: f", or on the next working day if that is a bank holiday in {where}",
        OnHoliday.POST: "",
    }
    exception = "" if rule.calendar is Calendar.NONE else holidays[rule.on_holiday]
    if exception and rule.days.repeat is Repeat.MONTHLY_ON_WORKING_DAY:
        exception = f", by the bank holidays in {where}"
    return f"{_say_days(rule.days)} at {rule.at:%H:%M} ({rule.tz}){exception}"


def say_when(moment: datetime, tz: str) -> str:
    """Format a moment as local time: Mon 30 Nov 09:00."""
    local = moment.astimezone(ZoneInfo(tz))
    return f"{say_day(local.date())} {local:%H:%M}"


def say_day(day: date) -> str:
    """Format a day: Mon 30 Nov."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


def _say_days(days: Days) -> str:
    names = [WEEKDAYS[weekday] for weekday in days.weekdays]
    if days.repeat is Repeat.MONTHLY_ON_WEEKDAY:
        return f"On the {_ORDINAL_WORDS[days.ordinal]} {names[0]} of each month"
    if days.repeat is Repeat.MONTHLY_ON_WORKING_DAY:
        return f"On the {_ORDINAL_WORDS[days.ordinal]} working day of each month"
    if days.repeat is Repeat.MONTHLY_ON_DAY:
        if days.day == _LONGEST_MONTH:
            return "On the last day of each month"
        nth = f"{days.day}{_suffix(days.day)}"
        return f"On the {nth} of each month" + (" (or its last day)" if days.day > _SHORTEST_MONTH else "")
    listed = {MONDAY_TO_FRIDAY: "weekday", EVERY_DAY: "day"}.get(days.weekdays) or joined(names)
    return f"Every other week on {listed}" if days.repeat is Repeat.FORTNIGHTLY else f"Every {listed}"


def _suffix(number: int) -> str:
    tens, ones = divmod(number, 10)
    return "th" if tens == 1 else {1: "st", 2: "nd", 3: "rd"}.get(ones, "th")


def joined(names: Sequence[str]) -> str:
    """Format a list: one, two and three."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
