"""Dates as people write them, to say how they must be written: `21/07/2025` is 2025-07-21. British: the day first."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = re.compile(r"\A(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? +", re.IGNORECASE)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
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


def day_in_another_form(text: str) -> date | None:
    """Return the day that a text means, or None when it means none that exists, or is written as it should be."""
    words = _WEEKDAY.sub("", text.strip()[:60])
    found = next((match for form in _FORMS if (match := form.fullmatch(words))), None)
    if found is None or not found[0].isascii():
        return None
    month = found["month"].lower()
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    year, day = int(found["year"]), int(found["day"])
    if year < 100:  # noqa: PLR2004 — written with two digits
        year += 2000
    meant = _date(year, number, day)
    if meant is None and "/" in words:
        meant = _date(year, day, number)  # the American order
    return None if meant is None or meant.isoformat() == text.strip() else meant


def is_without_day(text: str) -> bool:
    """Whether a text is a month or a year: `July 2025`."""
    return _WITHOUT_DAY.fullmatch(text.strip()[:60]) is not None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
