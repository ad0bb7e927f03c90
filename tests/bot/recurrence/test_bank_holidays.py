"""Bank holidays of the three divisions, against GOV.UK's page "UK bank holidays"."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.recurrence.bank_holidays import BankHoliday, BankHolidays, bank_holidays_of
from bot.recurrence.rule import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGLAND, SCOTLAND, ULSTER = Calendar.ENGLAND_AND_WALES, Calendar.SCOTLAND, Calendar.NORTHERN_IRELAND
GOV_UK = {
    (ENGLAND, 2026): "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    (ENGLAND, 2027): "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    (SCOTLAND, 2026): "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28",
    (SCOTLAND, 2027): "01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28",
    (ULSTER, 2026): "01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28",
    (ULSTER, 2027): "01-01 03-17 03-26 03-29 05-03 05-31 07-12 08-30 12-27 12-28",
}
"""As published there (15 June 2026: by royal proclamation, Scotland only)."""


def year(number: int) -> Iterator[date]:
    first = date(number, 1, 1)
    return (first + timedelta(days=n) for n in range((date(number + 1, 1, 1) - first).days))


@pytest.mark.parametrize(("calendar", "number"), GOV_UK)
def test_the_days_from_monday_to_friday_are_those_of_gov_uk(calendar: Calendar, number: int) -> None:
    found = [day for day in year(number) if BankHolidays().is_holiday(calendar, day) and day.weekday() < 5]
    assert " ".join(f"{day:%m-%d}" for day in found) == GOV_UK[calendar, number]


@pytest.mark.parametrize("calendar", [ENGLAND, SCOTLAND, ULSTER])
def test_a_holiday_on_a_weekend_counts_beside_the_day_that_stands_in_for_it(calendar: Calendar) -> None:
    holidays = BankHolidays()
    assert holidays.name(calendar, date(2026, 12, 26)) == "Boxing Day"
    assert holidays.name(calendar, date(2026, 12, 28)) == "Boxing Day (substitute day)"
    assert holidays.name(calendar, date(2026, 12, 29)) == ""


def test_they_are_called_as_on_gov_uk() -> None:
    holidays = BankHolidays()
    called = {
        (SCOTLAND, date(2027, 1, 4)): "2nd January (substitute day)",
        (ULSTER, date(2027, 3, 17)): "St Patrick’s Day",
        (ENGLAND, date(2027, 5, 3)): "Early May bank holiday",
        (ENGLAND, date(2027, 5, 31)): "Spring bank holiday",
        (ENGLAND, date(2027, 8, 30)): "Summer bank holiday",
        (SCOTLAND, date(2027, 8, 2)): "Summer bank holiday",
        (SCOTLAND, date(2027, 11, 30)): "St Andrew’s Day",
    }
    assert {(calendar, day): holidays.name(calendar, day) for calendar, day in called} == called


def test_without_a_calendar_no_day_is_a_holiday() -> None:
    assert not any(BankHolidays().is_holiday(Calendar.NONE, day) for day in year(2026))


def test_one_off_days_of_the_past_are_known() -> None:
    holidays = BankHolidays()
    for day in (date(2011, 4, 29), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)):
        assert all(holidays.is_holiday(calendar, day) for calendar in (ENGLAND, SCOTLAND, ULSTER))


def test_overrides_add_and_remove_days_of_one_calendar() -> None:
    added, removed = date(2026, 11, 30), date(2026, 12, 25)
    holidays = bank_holidays_of(
        (BankHoliday(ENGLAND, added, "A day of its own"), BankHoliday(ENGLAND, removed, "", is_removed=True))
    )
    assert holidays.name(ENGLAND, added) == "A day of its own"
    assert not holidays.is_holiday(ENGLAND, removed)
    assert not holidays.is_holiday(ULSTER, added)
    assert holidays.is_holiday(ULSTER, removed)


def test_no_other_country_of_the_library_is_loaded() -> None:
    assert BankHolidays().is_holiday(ENGLAND, date(2026, 12, 25))
    assert not [name for name in sys.modules if name.startswith("holidays.countries")]
