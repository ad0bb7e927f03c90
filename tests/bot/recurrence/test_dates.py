"""Dates as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from bot.recurrence.dates import day_in_another_form, is_without_day, month_number, weekday_number


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("21/07/2025", "2025-07-21"),
        ("21.7.25", "2025-07-21"),
        ("01/02/99", "2099-02-01"),
        ("01/02/00", "2000-02-01"),
        ("07/21/2025", "2025-07-21"),  # no 21st month: the American order
        ("2025/7/21", "2025-07-21"),
        ("20250721", "2025-07-21"),
        ("2025-07-21T09:00", "2025-07-21"),
        ("Monday, 21 July 2025", "2025-07-21"),
        ("21st of Jul 25", "2025-07-21"),
        ("July 21st, 2025", "2025-07-21"),
        ("2025 Jan 3", "2025-01-03"),
        ("3 Sept 2025", "2025-09-03"),
        ("31 December 2025", "2025-12-31"),
        ("2025-07-21", None),  # in ISO form already
        ("30/02/2025", None),
        ("21-13-2025", None),
        ("٢١/٠٧/٢٠٢٥", None),
        ("July 2025", None),
        ("", None),
    ],
)
def test_a_day_in_another_form(text: str, meant: str | None) -> None:
    assert day_in_another_form(text) == (meant and date.fromisoformat(meant))


@pytest.mark.parametrize(
    ("text", "expected"), [("July 2025", True), ("2025", True), ("2025-07", True), ("7/2025", True), ("7 July", False)]
)
def test_a_month_or_a_year_has_no_day(text: str, *, expected: bool) -> None:
    assert is_without_day(text) is expected


def test_names_have_numbers() -> None:
    assert [month_number(name) for name in ("January", "sept", "DEC")] == [1, 9, 12]
    assert [weekday_number(name) for name in ("Monday", "weds", "SUN")] == [0, 2, 6]
    with pytest.raises(ValueError, match="is not in list"):
        month_number("Foo")
