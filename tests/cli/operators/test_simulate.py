"""`briefing-bot simulate`: the schedules of the database over a period, on paper."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import pytest
import time_machine
from typer.testing import CliRunner

from bot.alerts.subscriptions import ALL
from bot.config import Settings
from bot.messages import ChannelRef
from bot.recurrence.rule import MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule, WhenUnchanged
from bot.schedules import schedules
from bot.schedules.schedules import Schedule
from bot.store.database import Database
from cli.main import app
from tests.support.content_copy import copied

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
WEEKDAYS = Rule(
    Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY),
    time(9),
    "Europe/London",
    Calendar.ENGLAND_AND_WALES,
    OnHoliday.SKIP,
    when_unchanged=WhenUnchanged.FULL,
)
MONDAYS = Rule(Days(Repeat.WEEKLY, (0,)), time(17, 30), "Asia/Kolkata")


def schedule(name: str, rule: Rule, *areas: str) -> Schedule:
    return Schedule(
        id=name,
        place=ChannelRef("T1", f"C{name}"),
        areas=areas,
        is_digest=areas == (ALL,),
        rule=rule,
        created_at=NOW.replace(day=1, hour=0),
        created_by="U1",
        next_on=None,
        next_at=None,
        last_activity_at=NOW,
        last_posted_revision=1,
    )


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder with two schedules, and with content that has a bank holiday of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    async def fill() -> None:
        settings = Settings.model_construct(data_dir=tmp_path / "data")
        async with Database.of(settings).opened() as database, database.transaction() as connection:
            await schedules.add(connection, schedule("1", WEEKDAYS, "adoption", "infrastructure"))
            await schedules.add(connection, schedule("2", MONDAYS, ALL))

    asyncio.run(fill())
    folder = tmp_path / "briefings"
    copied(folder)
    with (folder / "memorandum.yaml").open("a", encoding="utf-8") as file:
        file.write("\nbank_holidays:\n  - {calendar: england-and-wales, add: 2026-12-24, name: Tea Day}\n")
    published = CliRunner().invoke(app, ["publish", "--content", str(folder)])
    assert published.exit_code == 0, published.output
    return tmp_path


def simulated(*arguments: str) -> list[str]:
    with time_machine.travel(NOW, tick=False):
        result = CliRunner().invoke(app, ["simulate", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


@pytest.mark.usefixtures("data_dir")
def test_every_day_is_told_with_its_reason() -> None:
    assert simulated("--from", "2026-12-23", "--to", "2026-12-29") == [
        "2026-12-23 Wed 09:00 Europe/London  C1  adoption, infrastructure  posted",
        (
            "2026-12-24 Thu 09:00 Europe/London  C1  adoption, infrastructure  skipped – "
            "Tea Day, a bank holiday in England and Wales"
        ),
        (
            "2026-12-25 Fri 09:00 Europe/London  C1  adoption, infrastructure  skipped – "
            "Christmas Day, a bank holiday in England and Wales"
        ),
        (
            "2026-12-28 Mon 09:00 Europe/London  C1  adoption, infrastructure  skipped – "
            "Boxing Day (substitute day), a bank holiday in England and Wales"
        ),
        "2026-12-28 Mon 17:30 Asia/Kolkata  C2  digest  posted if changed – only if something changes by then",
        "2026-12-29 Tue 09:00 Europe/London  C1  adoption, infrastructure  posted",
        "2 posted, 1 posted if changed, 3 skipped.",
    ]


@pytest.mark.usefixtures("data_dir")
def test_programs_get_a_line_for_each_day() -> None:
    told = [json.loads(line) for line in simulated("--from", "2026-12-28", "--to", "2026-12-28", "--json")]
    assert [(each["schedule"], each["what"]) for each in told] == [("1", "skipped"), ("2", "posted if changed")]
    assert told[1] == {
        "at": "2026-12-28T12:00:00+00:00",
        "on": "2026-12-28",
        "local": "2026-12-28T17:30:00+05:30",
        "tz": "Asia/Kolkata",
        "schedule": "2",
        "team": "T1",
        "channel": "C2",
        "areas": ["all"],
        "what": "posted if changed",
        "why": "only if something changes by then",
    }


@pytest.mark.usefixtures("data_dir")
def test_without_dates_it_is_four_weeks_from_today() -> None:
    days = {json.loads(line)["on"] for line in simulated("--json")}
    assert (min(days), max(days)) == ("2026-12-01", "2026-12-28")


def test_without_a_schedule_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    async def make() -> None:
        async with Database.of(Settings.model_construct(data_dir=tmp_path / "data")).opened():
            pass

    asyncio.run(make())
    assert simulated() == ["0 posted, 0 posted if changed, 0 skipped."]


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "2026-12-02", "--to", "2026-12-01"), "The last day comes before the first"),
        (("--from", "0001-01-01"), "Give days from 1970-01-01 to 2199-12-31"),
        (("--to", "9999-12-31"), "Give days from 1970-01-01 to 2199-12-31"),
        (("--from", "2026-02-30"), "“2026-02-30” is not a date: write it as 2025-07-21."),
        (("--to", "tomorrow"), "“tomorrow” is not a date: write it as 2025-07-21."),
    ],
)
def test_periods_that_cannot_be_are_refused(arguments: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(app, ["simulate", *arguments])
    assert result.exit_code == 2
    assert told in re.sub(r"[\s│]+", " ", result.output)
