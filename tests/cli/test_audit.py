"""`briefing-bot audit`: a table for people, JSON Lines of any length for programs, and who ran which command."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from getpass import getuser
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from bot.audit.audit import PAGE, AuditEntry, record_all
from bot.store.database import Database
from bot.store.engine import database_url
from cli.main import app
from cli.operators.stored import operator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
OURS = AuditEntry("T1", "U1", "schedule.changed", "C1", "growth: daily", "growth: weekly")
OTHER = AuditEntry("T1", "bot", "alerts.paused", "C2", "alerts \x1b[31m", "paused\n(is_archived)")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")
    return tmp_path


def keep(folder: Path, entries: Sequence[AuditEntry], at: datetime = NOON) -> None:
    async def fill() -> None:
        database = Database(database_url("", folder))
        await database.migrate()
        async with database.transaction() as connection:
            await record_all(connection, entries, at)
        await database.close()

    asyncio.run(fill())


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_people_read_a_table_of_the_newest(folder: Path) -> None:
    keep(folder, [OURS])
    keep(folder, [OTHER], NOON + timedelta(days=1))
    whole = run("audit")
    assert whole.stdout.splitlines() == [
        "2026-11-30 12:00:00Z  U1               schedule.changed     C1",
        "    before: growth: daily",
        "    after:  growth: weekly",
        "2026-12-01 12:00:00Z  bot              alerts.paused        C2",
        "    before: alerts ·[31m",
        "    after:  paused·(is_archived)",
    ]
    assert "left out" in run("audit", "--most", "1").stderr
    assert run("audit", "--most", "1").stdout.splitlines() == whole.stdout.splitlines()[3:]


def test_options_narrow_both_forms(folder: Path) -> None:
    keep(folder, [OURS])
    keep(folder, [OTHER], NOON + timedelta(days=1))
    for narrow in (("--since", "2026-12-01"), ("--subject", "C2"), ("--who", "bot"), ("--action", "alerts")):
        (line,) = run("audit", "--json", *narrow).stdout.splitlines()
        assert json.loads(line) | {"id": 2} == {
            "id": 2,
            "at": "2026-12-01T12:00:00+00:00",
            **{name: getattr(OTHER, name) for name in ("team", "who", "action", "subject", "before", "after")},
        }
        assert "U1" not in run("audit", *narrow).stdout
    assert run("audit", "--who", "U9").stdout == ""
    assert "no such entry" in run("audit", "--who", "U9").stderr
    assert run("audit", "--since", "yesterday").exit_code == 2


def test_an_export_is_longer_than_a_page_and_in_order(folder: Path) -> None:
    keep(folder, [AuditEntry("T1", "U1", "x", str(number)) for number in range(2 * PAGE + 1)])
    lines = [json.loads(line) for line in run("audit", "--json").stdout.splitlines()]
    assert [each["subject"] for each in lines] == [str(number) for number in range(2 * PAGE + 1)]


def test_commands_are_recorded_with_the_login_of_who_ran_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("publish").exit_code == 0
    exported = folder / "exported"
    now = NOON.isoformat()
    line = {"id": "a", "team": "T1", "channel": "C1", "area": "all", "corrections_only": False}
    exported.write_text(json.dumps(line | {"created_at": now, "created_by": "U1"}))
    assert run("subscriptions", "import", str(exported)).exit_code == 0
    found = [json.loads(line) for line in run("audit", "--json").stdout.splitlines()]
    assert [(each["who"], each["action"], each["subject"]) for each in found] == [
        (f"cli:{getuser()}", "revision.published", "1"),
        (f"cli:{getuser()}", "alerts.added", "C1"),
    ]
    monkeypatch.setattr("getpass.getuser", _unknown)
    assert operator() == "cli:unknown"


def _unknown() -> str:
    raise KeyError
