"""Bank holidays of the three UK divisions: those of the `holidays` library, and what memorandum.yaml puts right.

Each division is asked for by itself (`subdiv`): the library's plain GB holds only the days that all of them share. As
the library has it, a holiday that falls on a weekend stands there as well as its substitute day; GOV.UK's page "UK bank
holidays" prints the substitute only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 — pydantic resolves it where the store reads a memorandum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from holidays import country_holidays

from bot.recurrence.rule import Calendar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_DIVISIONS: Final = {
    Calendar.ENGLAND_AND_WALES: ("ENG", "WLS"),
    Calendar.SCOTLAND: ("SCT",),
    Calendar.NORTHERN_IRELAND: ("NIR",),
    Calendar.NONE: (),
}
"""The library's names (ISO 3166-2:GB). England and Wales have the same days by law; either's would count."""
_GOV_UK_SAYS: Final = {
    "(observed)": "(substitute day)",
    "'": "’",
    "New Year Holiday": "2nd January",
    "Saint ": "St ",
    "May Day": "Early May bank holiday",
    "Spring Bank Holiday": "Spring bank holiday",
    "Late Summer Bank Holiday": "Summer bank holiday",
    "Summer Bank Holiday": "Summer bank holiday",
}
"""The library's words, and the same in those of the page that readers know."""
_YEARS_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class BankHoliday:
    """A day that is a bank holiday beside those that the bot knows, or, where `is_removed`, one that is none."""

    calendar: Calendar
    on: date
    name: str
    is_removed: bool = False


class BankHolidays:
    """Says which days are bank holidays; a day is a date of the local calendar. What it says never changes."""

    def __init__(
        self,
        extra: Mapping[Calendar, Mapping[date, str]] = MappingProxyType({}),
        removed: Mapping[Calendar, Collection[date]] = MappingProxyType({}),
    ) -> None:
        """Take, for each calendar, days to be added with their names, and days that are no holidays after all."""
        self._extra = extra
        self._removed = removed
        self._years: dict[tuple[Calendar, int], Mapping[date, str]] = {}

    def is_holiday(self, calendar: Calendar, day: date) -> bool:
        """Whether a day is a bank holiday; by Calendar.NONE none is."""
        return day in self._year(calendar, day.year)

    def name(self, calendar: Calendar, day: date) -> str:
        """Return a bank holiday's name, or nothing for any other day."""
        return self._year(calendar, day.year).get(day, "")

    def _year(self, calendar: Calendar, year: int) -> Mapping[date, str]:
        kept = self._years.get((calendar, year))
        if kept is None:
            days = {**_published(calendar, year), **self._extra.get(calendar, {})}
            removed = self._removed.get(calendar, ())
            kept = self._years[calendar, year] = {day: name for day, name in days.items() if day not in removed}
        return kept


def bank_holidays_of(overrides: Iterable[BankHoliday]) -> BankHolidays:
    """Return the bank holidays with a memorandum's additions and removals."""
    extra: dict[Calendar, dict[date, str]] = {}
    removed: dict[Calendar, set[date]] = {}
    for override in overrides:
        if override.is_removed:
            removed.setdefault(override.calendar, set()).add(override.on)
        else:
            extra.setdefault(override.calendar, {})[override.on] = override.name
    return BankHolidays(extra, removed)


@lru_cache(maxsize=_YEARS_KEPT)
def _published(calendar: Calendar, year: int) -> Mapping[date, str]:
    """Return a year's bank holidays by the library."""
    days: dict[date, str] = {}
    for division in _DIVISIONS[calendar]:
        for day, name in country_holidays("GB", subdiv=division, years=year).items():
            days[day] = _named(name)
    return MappingProxyType(days)


def _named(name: str) -> str:
    for words, said in _GOV_UK_SAYS.items():
        name = name.replace(words, said)
    return name
