"""Days as people type them after `pause` and `days off`: `until 5 January`, `24 December to 2 January`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from bot.errors import BriefingBotError
from bot.recurrence.dates import MONTH_PATTERN, day_in_another_form, month_number
from bot.text import day, shown

LONGEST: Final = timedelta(days=366)
LONGEST_OFF: Final = timedelta(days=61)
_UNTIL: Final = re.compile(r"(?:until|till?|to)\s+(.*)", re.IGNORECASE | re.DOTALL)
_DAY_AND_MONTH: Final = re.compile(
    rf"(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? +({MONTH_PATTERN})|({MONTH_PATTERN}) +(\d{{1,2}}))\.?",
    re.IGNORECASE | re.ASCII,
)


def read_range(words: str, today: date) -> tuple[date, date]:
    """Return the first and the last day that words name, both included. Raises BriefingBotError."""
    begin, _, end = re.sub(r"\s+(?:to|until|till|–|-)\s+", "\0", words[:100], count=1).partition("\0")
    first = _day_from(begin, today)
    last = _day_from(end, first) if end else first
    if last - first > LONGEST_OFF:
        raise BriefingBotError(f"{shown(words)} is no range of days.", "At most 62 days: 24 December to 2 January.")
    return first, last


def _day_from(said: str, first: date) -> date:
    """Return the day that words name, `first` or later and within a year. Raises BriefingBotError."""
    found = _date(said.strip(), first - timedelta(days=1))
    example = "Write it as: /briefing days off 24 December to 2 January."
    if found is None:
        raise BriefingBotError(f"{shown(said)} is not a date.", example)
    if not first <= found <= first + LONGEST:
        raise BriefingBotError(f"{day(found)} is not within a year from {day(first)} on.", example)
    return found


def read_until(words: str, today: date) -> date | None:
    """Return the day that `until DATE` names, None for no words. Raises BriefingBotError for anything else.

    A day without its year is the next such day.
    """
    if not words.strip():
        return None
    match = _UNTIL.fullmatch(words.strip())
    said = (match[1] if match else words).strip()
    found = _date(said, today)
    example = "Write it as: /briefing pause until 5 January."
    if found is None:
        raise BriefingBotError(f"{shown(said)} is not a date.", example)
    if found <= today:
        raise BriefingBotError(f"{day(found)} is not in the future.", example)
    if found - today > LONGEST:
        raise BriefingBotError("A pause can be a year long at most.", "Unsubscribe instead: /briefing unsubscribe.")
    return found


def _date(said: str, today: date) -> date | None:
    try:
        if match := _DAY_AND_MONTH.fullmatch(said):
            number, month = int(match[1] or match[4]), month_number(match[2] or match[3])
            is_past = (month, number) <= (today.month, today.day)
            return date(today.year + is_past, month, number)
        return date.fromisoformat(said)
    except ValueError:
        return day_in_another_form(said)
