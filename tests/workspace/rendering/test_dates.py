"""Slack's date tokens in British words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from workspace.rendering.dates import written_date

NOW = datetime(2026, 11, 22, 11, 30, tzinfo=ZoneInfo("Europe/London"))
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{date_num}", "2026-11-23"),
        ("{date_slash}", "23/11/2026"),
        ("{date}", "23 November 2026"),
        ("{date_short}", "23 Nov 2026"),
        ("{date_long}", "Monday 23 November 2026"),
        ("{time} and {time_secs}", "09:00 and 09:00:00"),
        ("{date_short_pretty} at {time}", "tomorrow at 09:00"),
        ("{ago}", "in 21 hours"),
        ("{nothing} {date", "{nothing} {date"),
    ],
)
def test_tokens(pattern: str, words: str) -> None:
    assert written_date(pattern, MONDAY, NOW) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_how_long_ago(before: timedelta, words: str) -> None:
    assert written_date("{ago}", NOW - before, NOW) == words


def test_pretty_is_a_date_when_it_is_not_near() -> None:
    assert written_date("{date_pretty}", NOW - timedelta(days=1), NOW) == "yesterday"
    assert written_date("{date_pretty}", NOW, NOW) == "today"
    assert written_date("{date_pretty}", NOW - timedelta(days=2), NOW) == "20 November 2026"
