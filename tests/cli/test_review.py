"""`briefing-bot review`: which facts are due, where they are, and how often they are asked for."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from bot.reviews.asks import AskCounts
from bot.store.database import Database
from bot.store.engine import database_url
from cli.main import app
from tests.support.newsroom import HandClock, shipped

if TYPE_CHECKING:
    from pathlib import Path

BIDS = "growth-zones-bids"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)


async def counted(folder: Path) -> None:
    database = Database(database_url("", folder))
    async with database.opened():
        asks = AskCounts(database, HandClock(), 36500)
        asks.answered(BIDS)
        asks.answered(BIDS)
        await asks.flush()


def test_the_most_asked_come_first_with_file_and_line(tmp_path: Path) -> None:
    asyncio.run(counted(tmp_path))
    listed = CliRunner().invoke(app, ["review", "--within", "36500", "--area", "infrastructure"])
    assert listed.exit_code == 0
    first, *_, last = listed.output.splitlines()
    place = shipped().facts[BIDS].place
    assert first.startswith(f"briefings/{place.file}:{place.line}: {BIDS} ")
    assert first.endswith(", asked 2 times")
    assert last.startswith(f"{sum(each.area == 'infrastructure' for each in shipped().current_facts())} facts.")
    printed = CliRunner().invoke(app, ["review", "--within", "36500", "--json"]).stdout
    rows = [json.loads(line) for line in printed.splitlines()]
    assert len(rows) == len(list(shipped().current_facts()))
    assert (rows[0]["fact"], rows[0]["asks"], rows[1]["asks"], rows[0]["rule"]) == (BIDS, 2, 0, "memorandum")


def test_without_a_database_the_longest_overdue_come_first_and_it_says_why(tmp_path: Path) -> None:
    listed = CliRunner().invoke(app, ["review", "--within", "36500", "--json"])
    assert listed.exit_code == 0
    assert json.loads(listed.stdout.splitlines()[0])["asks"] is None
    assert "How often facts are asked for is not known here. There is no database at" in listed.stderr
    assert list(tmp_path.iterdir()) == []


def test_check_tries_links_only_when_asked_and_exits_with_one_for_a_broken_one(tmp_path: Path) -> None:
    source = "one:\n  title: One\n  publisher: P\n  published: 2025-07-21\n  url: https://10.0.0.1/x\n"
    (tmp_path / "sources.yaml").write_text(source, encoding="utf-8")
    words = ["check", "--content", str(tmp_path), "--format", "json", str(tmp_path / "sources.yaml")]
    assert "link-broken" not in CliRunner().invoke(app, words).stdout
    result = CliRunner().invoke(app, [*words, "--links"])
    assert result.exit_code == 1
    broken = [json.loads(line) for line in result.stdout.splitlines() if "link-broken" in line]
    assert [(each["line"], each["column"]) for each in broken] == [(5, 8)]


@pytest.mark.parametrize(("words", "code"), [(["--within", "-1"], 2), (["--within", "1e9"], 2), (["--area", "tea"], 1)])
def test_what_cannot_be_listed_is_told(words: list[str], code: int) -> None:
    result = CliRunner().invoke(app, ["review", *words])
    assert (result.exit_code if code == 2 else bool(result.exit_code)) == code
