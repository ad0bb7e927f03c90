"""`briefing-bot backup` and `restore`, as an operator runs them."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from bot.health.files import backup_made_at
from bot.store.engine import SQLITE_FILE, ProcessLock
from cli.main import app
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("DATA_DIR", str(data))
    monkeypatch.setenv("DATABASE_URL", "")
    return data


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in words])


def test_a_copy_is_made_and_put_back_and_each_says_what_follows(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "monday.db"
    assert "no database" in str(run("backup", file).exception)
    copy_up_to_date(folder)
    assert math.isnan(backup_made_at(folder))
    made = run("backup", file)
    assert abs(backup_made_at(folder) - file.stat().st_mtime) < PATIENCE_S
    assert (made.exit_code, "was checked" in made.stdout, "of people" in made.stdout) == (0, True, True)
    assert "there already" in str(run("backup", file).exception)
    done = run("restore", file)
    assert done.exit_code == 0
    for said in ("before-", "briefing-bot forget"):
        assert said in done.stdout
    lock = ProcessLock(folder)
    assert "Another briefing-bot" in str(run("restore", file).exception)
    lock.release()
    audited = run("audit", "--action", "database")
    assert "database.restored" in audited.stdout
    assert "from monday.db: 0 deliveries held" in audited.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DELETE FROM revisions", ""),
        (
            "INSERT INTO revisions (number, published_at, content_hash, content) VALUES (1, '', '', '')",
            "since the backup (revisions: 1) is published again",
        ),
        ("DROP TABLE revisions", "since the backup is published again"),
    ],
    ids=["none", "one", "unreadable"],
)
def test_a_restore_tells_beforehand_what_will_be_alerted_again(
    folder: Path, tmp_path: Path, change: str, said: str
) -> None:
    copy_up_to_date(folder)
    run("backup", tmp_path / "monday.db")
    with closing(sqlite3.connect(folder / SQLITE_FILE, isolation_level=None)) as connection:
        connection.execute(change)
    told = run("restore", tmp_path / "monday.db").stdout
    assert ("alerted" in told) is bool(said)
    assert said in told


@pytest.mark.parametrize(
    ("command", "tool"), [("backup", "pg_dump --format=custom"), ("restore", "pg_restore --clean")]
)
def test_on_postgresql_its_own_tools_are_named_without_the_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, tool: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@localhost/bot")
    told = str(run(command, folder / "x.dump").exception)
    assert tool in told
    assert "secret" not in told
