"""Parse a rule from English, as typed after `subscribe`, and format one.

`infrastructure weekdays 9`, `adoption first monday 9am UK`, `all fortnightly tue 17:30 America/New_York`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.recurrence.phrase_days import take_days
from bot.recurrence.phrase_holidays import ParsedHolidays, take_calendar, take_holidays
from bot.recurrence.phrase_times import take_date, take_hour, take_part_of_day, take_time, take_zone
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
_UNSAID: Final = ParsedHolidays()
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
    invalid; `days`, `at`, `tz` ("" for none) and `holidays` then hold what was understood, and `wrong` a sentence for
    each of them, by its field's name in the form, that is missing or invalid.
    """

    rule: Rule | None
    rest: str
    problem: str = ""
    days: Days | None = None
    at: time | None = None
    tz: str = ""
    holidays: ParsedHolidays = _UNSAID
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def not_understood(self) -> str:
        """The first sentence of `wrong` on what was said, not on what is missing; empty for none."""
        return next((each for each in self.wrong.values() if each not in (_ASK_DAYS, _ASK_TIME)), "")


def read_rule(words: str, *, default_tz: str, today: date, calendar: Calendar | None = None) -> ParsedRule:
    """Parse days, time, zone and bank holidays. `today` is the user's local date. Never raises.

    `default_tz` and `calendar` are those of words that name none.
    """
    phrases = Scanner(words, MAX_CHARACTERS)
    holidays = take_holidays(phrases)
    bad_date = take_date(phrases, today)
    at, bad_time = take_time(phrases)
    days, bad_days = take_days(phrases, today)
    part = take_part_of_day(phrases)
    if not at and not bad_time:
        at, bad_time = take_hour(phrases)
        part = part if part.said else take_part_of_day(phrases)
    bad_time = bad_time or part.problem_with(at)
    tz, bad_zone = take_zone(phrases)
    if not holidays.calendar:
        holidays = replace(holidays, calendar=take_calendar(phrases) or calendar)
    is_schedule = at or days or tz
    ask_days, ask_time = _ASK_DAYS if is_schedule and not days else "", _ASK_TIME if is_schedule and not at else ""
    wrong = {
        "days": bad_date or bad_days or ask_days,
        "at": bad_time or ask_time,
        "tz": bad_zone,
        "calendar": holidays.problem or _whose(holidays, tz or default_tz),
    }
    wrong = {name: sentence for name, sentence in wrong.items() if sentence}
    problem = bad_date or bad_time or bad_zone or next(iter(wrong.values()), "")
    rule = rule_of(days, at, tz or default_tz, holidays) if days and at and not problem else None
    return ParsedRule(rule, phrases.rest(), problem, days, at, tz, holidays, wrong)


def _whose(holidays: ParsedHolidays, tz: str) -> str:
    """Ask whose bank holidays are meant, where nobody can tell."""
    if holidays.calendar or holidays.on_holiday in {None, OnHoliday.POST} or knows_holidays(tz):
        return ""
    return "Whose bank holidays? For example: not on bank holidays in Scotland."


def rule_of(days: Days, at: time, tz: str, holidays: ParsedHolidays) -> Rule:
    """Return the rule for days and a time, with the default calendar and treatment of bank holidays where unsaid.

    In UK time zones a rule for five or more days of each week, or for weekends, skips bank holidays; any other posts on
    the next working day. No holidays are known elsewhere.
    """
    calendar = holidays.calendar or _UK_CALENDARS.get(tz, Calendar.NONE)
    return Rule(days, at, tz, calendar, holidays.on_holiday or default_on_holiday(days, calendar))


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
        OnHoliday.POST: ", on bank holidays too",
    }
    exception = "" if rule.calendar is Calendar.NONE else holidays[rule.on_holiday]
    if exception and rule.on_holiday is not OnHoliday.POST and rule.days.repeat is Repeat.MONTHLY_ON_WORKING_DAY:
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
