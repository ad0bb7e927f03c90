"""`briefing-bot gaps` on a SQLite file, as a maintainer runs it."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from bot.config.maintainers import Maintainers
from bot.gaps.gaps import DropCount, Gap, add, count_dropped
from bot.gaps.private_content import REASONS, Dropped
from bot.gaps.theme_service import Themes
from bot.gaps.themes import ThemeRef
from bot.messages import Author
from bot.outbox.operators import Operators
from bot.publishing.publisher import Publisher
from bot.store.database import Database
from bot.store.engine import database_url
from cli.main import app
from tests.support.newsroom import HandClock, shipped
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from pathlib import Path

FIRST, LAST = date(2026, 11, 2), date(2026, 12, 3)


@pytest.fixture(autouse=True)
def _kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")

    async def fill() -> None:
        database = Database(copy_up_to_date(tmp_path))
        async with database.transaction() as connection:
            old = Gap("T1", "what is the pension\x1b[31m", 1, FIRST, FIRST, "1")
            await add(connection, [old, Gap("T1", "police drones", 12, FIRST, LAST, "2")])
            counts = [DropCount("T1", FIRST, Dropped.EMAIL, 2), DropCount("T1", LAST, Dropped.NAME, 3)]
            await count_dropped(connection, counts)
        await database.close()

    asyncio.run(fill())


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["gaps", *words])


def test_the_most_asked_come_first_and_what_was_not_kept_is_counted() -> None:
    assert run().stdout.splitlines() == [
        "   12  2026-11-02 to 2026-12-03  police drones",
        "    1  2026-11-02 to 2026-11-02  what is the pension·[31m",
        "Not kept: 5 (perhaps a person’s name 3, an e-mail address 2)",
    ]


def test_since_a_day() -> None:
    assert run("--since", "2026-12-01").stdout.splitlines() == [
        "   12  2026-11-02 to 2026-12-03  police drones",
        "Not kept: 3 (perhaps a person’s name 3)",
    ]
    assert run("--since", "yesterday").exit_code == 2
    none = run("--since", "2027-01-01")
    assert (none.stdout, none.stderr) == ("", "No such question is kept.\n")


def test_for_programs() -> None:
    dropped, first, second = map(json.loads, run("--json").stdout.splitlines())
    assert dropped == {"dropped": {"name": 3, "email": 2}}
    assert (first["words"], first["count"], first["last_on"]) == ("police drones", 12, "2026-12-03")
    assert second["team"] == "T1"


def test_every_reason_is_said() -> None:
    assert set(REASONS) == set(Dropped)


def test_themes_are_listed_with_their_questions_and_what_was_decided(tmp_path: Path) -> None:
    async def decide() -> None:
        database = Database(database_url("", tmp_path))
        await Publisher(database, HandClock(), Operators(Maintainers(), HandClock())).publish(shipped())
        themes = Themes(database, HandClock())
        theme = next(each for each in (await themes.listed("T1")).open if "pension" in each.name)
        await themes.refuse(Author("T1", "U1", "Ada"), ThemeRef(theme.key, 0), "Ask DWP.")
        await database.close()

    asyncio.run(decide())
    told = run("--themes")
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines() == [
        "police drones — asked 12 times, 1 question.",
        "     12  police drones",
        "“what is the pension·[31m” — Not for us: Ask DWP. (Ada, 3 December 2026)",
    ]
    found = [json.loads(line) for line in run("--themes", "--json").stdout.splitlines()]
    assert [(each["state"], each["count"], each["reason"]) for each in found] == [
        ("new", 12, ""),
        ("not for us", 1, "Ask DWP."),
    ]
