"""Parse the bank holidays of a rule: `not on bank holidays`, `bank holidays of Scotland`, `or the next working day`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.recurrence.rule import Calendar, OnHoliday
from bot.recurrence.scanner import HOLE
from bot.text import shown

if TYPE_CHECKING:
    from bot.recurrence.scanner import Scanner

_FLAGS: Final = re.IGNORECASE | re.ASCII
_PLACES: Final = {
    "england": Calendar.ENGLAND_AND_WALES,
    "english": Calendar.ENGLAND_AND_WALES,
    "wales": Calendar.ENGLAND_AND_WALES,
    "welsh": Calendar.ENGLAND_AND_WALES,
    "scotland": Calendar.SCOTLAND,
    "scottish": Calendar.SCOTLAND,
    "northern": Calendar.NORTHERN_IRELAND,
}
"""By the first word of the place's name."""
_PLACE: Final = (
    r"england(?: (?:and|&) wales)?|wales|scotland|northern ireland|english(?: (?:and|&) welsh)?|welsh|scottish"
    r"|northern irish"
)
_HOLIDAYS: Final = r"(?:bank|public) holidays?"
_WHERE: Final = rf"(?: (?:in|of|for) (?:the )?(?P<where>{_PLACE}|[^\s,;()]+))?"
_END: Final = r"(?![\w-])"


def _phrase(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern}){_END}", _FLAGS)


_TREATMENTS: Final = (
    (
        OnHoliday.NEXT_WORKING_DAY,
        _phrase(
            rf"or (?:on )?(?:the )?next (?:working|business) day(?: (?:if|when|where) [a-z ]*?{_HOLIDAYS}{_WHERE})?"
        ),
    ),
    (
        OnHoliday.SKIP,
        _phrase(
            rf"(?:but )?(?:not|never|except|excluding|excl\.?|skip(?:ping)?|without|no) (?:on )?(?:the )?"
            rf"{_HOLIDAYS}{_WHERE}"
        ),
    ),
    (OnHoliday.POST, _phrase(rf"(?:on )?{_HOLIDAYS}{_WHERE} too|(?:including|even on|also on) {_HOLIDAYS}")),
)
_CALENDAR: Final = _phrase(
    rf"(?:(?:with|by|on) )?(?:the )?(?:{_HOLIDAYS} (?:in|of|for) (?:the )?(?P<of>{_PLACE}|[^\s,;()]+)"
    rf"|(?P<its>{_PLACE}) (?:(?:bank|public) )?holidays?)"
)
_AFTER: Final = re.compile(rf"{HOLE} ?\(?(?:in )?(?P<of>{_PLACE})\)?{_END}", _FLAGS)


@dataclass(frozen=True, slots=True)
class ParsedHolidays:
    """What words say of bank holidays: whose, and what becomes of a post on one; None for what they do not say.

    `problem` is a sentence for the user on what cannot be used.
    """

    calendar: Calendar | None = None
    on_holiday: OnHoliday | None = None
    problem: str = ""


def take_holidays(phrases: Scanner) -> ParsedHolidays:
    """Cut what is said of bank holidays out of a text; to be called before its days and times are."""
    said: list[str] = []
    treatments: list[OnHoliday] = []
    for treatment, pattern in _TREATMENTS:
        for match in phrases.take(pattern):
            treatments.append(treatment)
            said += [match["where"]] if match.groupdict().get("where") else []
    said += [match["of"] or match["its"] for match in phrases.take(_CALENDAR)]
    calendars = [_PLACES.get(each.split()[0].casefold()) for each in said]
    if None in calendars:
        place = shown(said[calendars.index(None)])
        known = "England and Wales, of Scotland and of Northern Ireland"
        return ParsedHolidays(problem=f"I don’t know the bank holidays of {place}, only those of {known}.")
    if len(set(calendars)) > 1:
        return ParsedHolidays(problem="A schedule goes by one place’s bank holidays. Subscribe twice to get both.")
    if len(set(treatments)) > 1:
        return ParsedHolidays(problem="Say one thing about bank holidays: not on them, on them too, or the day after.")
    return ParsedHolidays(next(iter(calendars), None), next(iter(treatments), None))


def take_calendar(phrases: Scanner) -> Calendar | None:
    """Cut out a part of the UK that is named after the days or the time: it says whose bank holidays."""
    found = phrases.take(_AFTER)
    return _PLACES[found[0]["of"].split()[0].casefold()] if found else None
