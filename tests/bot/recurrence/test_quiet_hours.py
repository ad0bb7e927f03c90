"""Quiet hours: when they hold, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.recurrence.quiet_hours import QuietHours


@pytest.mark.parametrize(
    ("quiet", "moment", "end"),
    [
        ("22:00-07:00", "2026-11-29 21:59", "2026-11-29 21:59"),
        ("22:00-07:00", "2026-11-29 22:00", "2026-11-30 07:00"),
        ("22:00-07:00", "2026-11-30 00:00", "2026-11-30 07:00"),
        ("22:00-07:00", "2026-11-30 06:59", "2026-11-30 07:00"),
        ("22:00-07:00", "2026-11-30 07:00", "2026-11-30 07:00"),
        ("22:00-07:00", "2026-11-30 12:00", "2026-11-30 12:00"),
        ("12:00-13:00", "2026-11-30 12:00", "2026-11-30 13:00"),
        ("12:00-13:00", "2026-11-30 12:59", "2026-11-30 13:00"),
        ("12:00-13:00", "2026-11-30 13:00", "2026-11-30 13:00"),
        ("12:00-13:00", "2026-11-30 11:59", "2026-11-30 11:59"),
        ("09:00-09:00", "2026-11-30 09:00", "2026-11-30 09:00"),
        ("22:00-07:00 Europe/London", "2026-07-01 21:30", "2026-07-02 06:00"),
        ("22:00-07:00 Asia/Kolkata", "2026-11-29 17:00", "2026-11-30 01:30"),
    ],
)
def test_alerts_wait_until_the_end_and_not_beyond(quiet: str, moment: str, end: str) -> None:
    asked = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert QuietHours.parse(quiet).until(asked) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "22-7", "25:00-07:00", "22:00-07:00 Nowhere/Here", "22:00-07:00 ../etc"])
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not look like|has an unknown time zone"):
        QuietHours.parse(text)


def test_each_part_is_read() -> None:
    assert QuietHours.parse(" 22:15-07:30 Europe/London ") == QuietHours(
        time(22, 15), time(7, 30), ZoneInfo("Europe/London")
    )
