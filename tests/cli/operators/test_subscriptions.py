"""`briefing-bot subscriptions`: out of one database and into another."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from bot.alerts import subscriptions
from bot.alerts.subscriptions import ALL, Subscription
from bot.config import Settings
from bot.messages import ChannelRef
from bot.recurrence.rule import EVERY_DAY, Calendar, Days, OnHoliday, Repeat, Rule
from bot.schedules import schedules
from bot.schedules.schedules import Schedule
from bot.store.database import Database
from cli.main import app
from tests.support.scheduling import make_invalid

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
ONE = Subscription("1", ChannelRef("T1", "C1"), "adoption", corrections_only=True, created_at=NOON, created_by="U1")
DAILY = Rule(Days(Repeat.WEEKLY, EVERY_DAY), time(9), "Europe/London", Calendar.SCOTLAND, OnHoliday.SKIP)
THREE = Schedule(
    "3",
    ChannelRef("T1", "C1"),
    ("adoption", "infrastructure"),
    is_digest=False,
    rule=DAILY,
    created_at=NOON,
    created_by="U1",
    next_on=None,
    next_at=None,
    last_activity_at=NOON,
    last_posted_revision=7,
)
TWO = Subscription("2", ChannelRef("T1", "C2"), ALL, False, NOON, "U2", paused_at=NOON, pause_reason="is_archived")  # noqa: FBT003 — its order is the table's


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "one"))

    async def fill() -> None:
        settings = Settings.model_construct(data_dir=tmp_path / "one")
        async with Database.of(settings).opened() as database, database.transaction() as connection:
            for each in (ONE, TWO):
                await subscriptions.put(connection, each)
            await schedules.add(connection, THREE)

    asyncio.run(fill())
    return tmp_path


def test_what_was_exported_can_be_imported_elsewhere_and_again(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner()
    exported = runner.invoke(app, ["subscriptions", "export"])
    assert exported.exit_code == 0, exported.output
    assert len(exported.stdout.splitlines()) == 3
    file = data_dir / "kept.jsonl"
    file.write_text(exported.stdout, encoding="utf-8")
    monkeypatch.setenv("DATA_DIR", str(data_dir / "two"))
    first = runner.invoke(app, ["subscriptions", "import", str(file)])
    assert first.stdout == "3 added, 0 were there already.\n"
    again = runner.invoke(app, ["subscriptions", "import", "-"], input=exported.stdout)
    assert again.stdout == "0 added, 3 were there already.\n"
    assert runner.invoke(app, ["subscriptions", "export"]).stdout == exported.stdout
    imported = asyncio.run(_schedule(data_dir / "two"))
    assert (imported.areas, imported.rule, imported.last_posted_revision) == (THREE.areas, THREE.rule, 0)
    assert imported.next_at is not None, "it comes due"


def test_what_an_earlier_version_exported_can_be_imported(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = CliRunner().invoke(app, ["subscriptions", "export"]).stdout
    monkeypatch.setenv("DATA_DIR", str(data_dir / "two"))
    old = exported.replace("pause_reason", "paused_why").replace("09:00:00", "09:00")
    assert CliRunner().invoke(app, ["subscriptions", "import", "-"], input=old).stdout.startswith("3 added")
    assert CliRunner().invoke(app, ["subscriptions", "export"]).stdout == exported


def test_a_rule_that_cannot_be_read_is_left_out_and_counted(data_dir: Path) -> None:
    async def spoilt() -> None:
        async with Database.of(Settings.model_construct(data_dir=data_dir / "one")).opened() as database:
            await make_invalid(database, THREE, {"tz": "Mars/Olympus"})

    asyncio.run(spoilt())
    result = CliRunner().invoke(app, ["subscriptions", "export"])
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
    assert result.stderr == "Left out: 1 whose rule cannot be read.\n"


async def _schedule(folder: Path) -> Schedule:
    async with (
        Database.of(Settings.model_construct(data_dir=folder)).opened() as database,
        database.reading() as reading,
    ):
        (found,) = await schedules.all_schedules(reading)
    return found


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "7", "{}", '{"id": 1}', '{"rule": 1}', '{"id": 1, "team": 2, "channel": 3, "rule": {"days": 4}}'],
)
def test_a_line_that_is_no_subscription_imports_nothing(data_dir: Path, line: str) -> None:
    good = CliRunner().invoke(app, ["subscriptions", "export"]).stdout
    file = data_dir / "kept.jsonl"
    file.write_text(good + line, encoding="utf-8")
    result = CliRunner().invoke(app, ["subscriptions", "import", str(file)])
    assert result.exit_code == 1
    assert "Line 4 is neither a subscription nor a schedule" in str(result.exception)
