"""Bank holidays of the three UK divisions, from the `holidays` library, with overrides from memorandum.yaml.

Divisions are queried one by one (`subdiv`): the library's `GB` has only the days that all share. For a holiday on a
weekend the library lists the day and its substitute; GOV.UK's page "UK bank holidays" lists only the substitute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 — pydantic resolves it where the store reads a memorandum
from functools import cache, lru_cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from bot.recurrence.rule import Calendar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_DIVISIONS: Final = {
    Calendar.ENGLAND_AND_WALES: ("ENG", "WLS"),
    Calendar.SCOTLAND: ("SCT",),
    Calendar.NORTHERN_IRELAND: ("NIR",),
    Calendar.NONE: (),
}
"""The library's subdivisions (ISO 3166-2:GB). England and Wales have the same days by law."""
_GOV_UK_WORDING: Final = {
    "(observed)": "(substitute day)",
    "'": "’",
    "New Year Holiday": "2nd January",
    "Saint ": "St ",
    "May Day": "Early May bank holiday",
    "Spring Bank Holiday": "Spring bank holiday",
    "Late Summer Bank Holiday": "Summer bank holiday",
    "Summer Bank Holiday": "Summer bank holiday",
}
"""From the library's wording to that of GOV.UK's page."""
_CACHED_YEARS: Final = 1000


@dataclass(frozen=True, slots=True)
class BankHoliday:
    """Override of the library's bank holidays: an additional day, or with `is_removed` one to leave out."""

    calendar: Calendar
    on: date
    name: str
    is_removed: bool = False


class BankHolidays:
    """Bank holidays by calendar. Days are local dates. Immutable."""

    def __init__(
        self,
        extra: Mapping[Calendar, Mapping[date, str]] = MappingProxyType({}),
        removed: Mapping[Calendar, Collection[date]] = MappingProxyType({}),
    ) -> None:
        """`extra` holds names of additional days, `removed` days to leave out."""
        self._extra = extra
        self._removed = removed
        self._years: dict[tuple[Calendar, int], Mapping[date, str]] = {}

    def is_holiday(self, calendar: Calendar, day: date) -> bool:
        """Whether a day is a bank holiday; always False for Calendar.NONE."""
        return day in self._year(calendar, day.year)

    def name(self, calendar: Calendar, day: date) -> str:
        """Return a bank holiday's name, or "" for any other day."""
        return self._year(calendar, day.year).get(day, "")

    def _year(self, calendar: Calendar, year: int) -> Mapping[date, str]:
        kept = self._years.get((calendar, year))
        if kept is None:
            days = {**_from_library(calendar, year), **self._extra.get(calendar, {})}
            removed = self._removed.get(calendar, ())
            kept = self._years[calendar, year] = {day: name for day, name in days.items() if day not in removed}
        return kept


@lru_cache(maxsize=8)
def bank_holidays_of(overrides: tuple[BankHoliday, ...]) -> BankHolidays:
    """Return the library's bank holidays with overrides applied."""
    extra: dict[Calendar, dict[date, str]] = {}
    removed: dict[Calendar, set[date]] = {}
    for override in overrides:
        if override.is_removed:
            removed.setdefault(override.calendar, set()).add(override.on)
        else:
            extra.setdefault(override.calendar, {})[override.on] = override.name
    return BankHolidays(extra, removed)


@lru_cache(maxsize=_CACHED_YEARS)
def _from_library(calendar: Calendar, year: int) -> Mapping[date, str]:
    """Return a year's bank holidays from the library."""
    days: dict[date, str] = {}
    for division in _DIVISIONS[calendar]:
        for day, name in _united_kingdom()(subdiv=division, years=year).items():
            days[day] = _gov_uk_name(name)
    return MappingProxyType(days)


@cache
def _united_kingdom() -> Any:  # noqa: ANN401 — the library's class, which it gives no type by this name
    """Load the library's module of the one country: with its package all 250 come, 7 MiB and a fifth of a second."""
    import holidays  # noqa: PLC0415 — 3 MB and 50 ms of CPU; nothing needs it before a schedule

    spec = PathFinder.find_spec("united_kingdom", [str(Path(holidays.__file__).parent / "countries")])
    if spec is None or spec.loader is None:
        raise ImportError("The holidays library has no module of the United Kingdom.")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.UnitedKingdom


def _gov_uk_name(name: str) -> str:
    for wording, replacement in _GOV_UK_WORDING.items():
        name = name.replace(wording, replacement)
    return name
