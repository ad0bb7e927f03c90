"""`briefing-bot subscriptions`: out of one database and into another."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import app as wiring
from bot import subscriptions
from bot.config import Settings
from bot.subscriptions import ALL, Place, Subscription
from cli.main import app

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
ONE = Subscription("1", Place("T1", "C1"), "adoption", corrections_only=True, created_at=NOON, created_by="U1")
TWO = Subscription("2", Place("T1", "C2"), ALL, False, NOON, "U2", paused_at=NOON, paused_why="is_archived")  # noqa: FBT003 — its order is the table's


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "one"))

    async def fill() -> None:
        settings = Settings.model_construct(data_dir=tmp_path / "one")
        async with wiring.opened_store(settings) as database, database.transaction() as connection:
            for each in (ONE, TWO):
                await subscriptions.put(connection, each)

    asyncio.run(fill())
    return tmp_path


def test_what_was_exported_can_be_imported_elsewhere_and_again(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner()
    exported = runner.invoke(app, ["subscriptions", "export"])
    assert exported.exit_code == 0, exported.output
    assert len(exported.stdout.splitlines()) == 2
    file = data_dir / "kept.jsonl"
    file.write_text(exported.stdout, encoding="utf-8")
    monkeypatch.setenv("DATA_DIR", str(data_dir / "two"))
    first = runner.invoke(app, ["subscriptions", "import", str(file)])
    assert first.stdout == "2 added, 0 were there already.\n"
    again = runner.invoke(app, ["subscriptions", "import", "-"], input=exported.stdout)
    assert again.stdout == "0 added, 2 were there already.\n"
    assert runner.invoke(app, ["subscriptions", "export"]).stdout == exported.stdout


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"id": 1}'])
def test_a_line_that_is_no_subscription_imports_nothing(data_dir: Path, line: str) -> None:
    good = CliRunner().invoke(app, ["subscriptions", "export"]).stdout
    file = data_dir / "kept.jsonl"
    file.write_text(good + line, encoding="utf-8")
    result = CliRunner().invoke(app, ["subscriptions", "import", str(file)])
    assert result.exit_code == 1
    assert "Line 3 is not a subscription" in str(result.exception)
