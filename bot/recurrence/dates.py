"""Dates as people write them: `21/07/2025` is 2025-07-21 (British order: day first); names of months and weekdays."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from bot.text import MONTHS, WEEKDAYS

WEEKDAY_PATTERN: Final = r"(?:mon|tues?|wed(?:s|nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
MONTH_PATTERN: Final = rf"(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTHS)}|sept)"
"""Regular expressions for English names, in full or short; to be compiled with IGNORECASE."""
_WEEKDAY = re.compile(rf"\A{WEEKDAY_PATTERN},? +", re.IGNORECASE)
_MONTH = rf"(?P<month>{MONTH_PATTERN})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})(?P<between>[-/. ])(?P<month>\d{1,2})(?P=between)(?P<day>\d{1,2})(?:[T ].*)?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<day>\d{1,2})(?P<between>[-/. ])(?P<month>\d{1,2})(?P=between)(?P<year>\d{4}|\d\d)",
        rf"{_DAY}(?: of)?[ -]+{_MONTH},?[ -]+(?P<year>\d{{4}}|\d\d)",
        rf"{_MONTH} +{_DAY},? +(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}}),? +{_MONTH} +{_DAY}",
    )
)
_WITHOUT_DAY = re.compile(rf"{_MONTH},? +\d{{4}}|\d{{4}}(?:[-/]\d{{1,2}})?|\d{{1,2}}/\d{{4}}", re.IGNORECASE)


def month_number(name: str) -> int:
    """Return the number of a month by the first three letters of its name. Raises ValueError."""
    return [month[:3].casefold() for month in MONTHS].index(name[:3].casefold()) + 1


def weekday_number(name: str) -> int:
    """Return the number of a weekday (Monday is 0) by the first three letters of its name. Raises ValueError."""
    return [weekday[:3].casefold() for weekday in WEEKDAYS].index(name[:3].casefold())


def day_in_another_form(text: str) -> date | None:
    """Return the date that a text means; None when there is no such date, or when it is in ISO form already."""
    words = _WEEKDAY.sub("", text.strip()[:60])
    found = next((match for form in _FORMS if (match := form.fullmatch(words))), None)
    if found is None or not found[0].isascii():
        return None
    month = found["month"]
    number = int(month) if month.isdigit() else month_number(month)
    year, day = int(found["year"]), int(found["day"])
    if year < 100:  # noqa: PLR2004 — written with two digits
        year += 2000
    meant = _date(year, number, day)
    if meant is None and "/" in words:
        meant = _date(year, day, number)  # the American order
    return None if meant is None or meant.isoformat() == text.strip() else meant


def is_without_day(text: str) -> bool:
    """Whether a text names a month or a year only: `July 2025`."""
    return _WITHOUT_DAY.fullmatch(text.strip()[:60]) is not None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
