"""`briefing-bot forget` and `export`, as an operator runs them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner, Result

from bot.messages import Removal
from bot.store import sqlite_file
from bot.store.database import Database
from bot.store.maintainer_tables import audit, reports
from bot.store.tables import posts, revisions, watches
from cli.main import app
from tests.support.rows import row_of
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import URL

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
ADA = "U0ADA"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> URL:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("MANAGERS", ADA)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-a")
    address = copy_up_to_date(tmp_path)
    button = {"action": "remove", "label": "Remove", "value": Removal(ADA).pack()}
    payload = {"markdown": "200 bids.", "posted_by": "Posted by Ada.", "buttons": [button]}
    rows = [
        (watches, row_of(watches, 0, NOON) | {"user": ADA}),
        (watches, row_of(watches, 1, NOON) | {"user": ADA, "team": "T2"}),
        (reports, row_of(reports, 0, NOON) | {"user": ADA, "name": "Ada", "words": "Who is Grace’s boss?"}),
        (posts, row_of(posts, 0, NOON) | {"payload": payload, "channel": "C0GROWTH", "ts": "1733.1"}),
        (revisions, row_of(revisions, 0, NOON) | {"content": json.dumps({"owner": ADA})}),
    ]

    async def fill() -> None:
        database = Database(address)
        async with database.transaction() as connection:
            for table, row in rows:
                await connection.execute(insert(table).values(**row))
        await database.close()

    asyncio.run(fill())
    return address


def run(*words: str, answers: str = "") -> Result:
    return CliRunner().invoke(app, words, input=answers)


def audited(url: URL) -> Sequence[Any]:
    async def read() -> Sequence[Any]:
        database = Database(url)
        async with database.reading() as connection:
            found = (await connection.execute(select(audit.c.action, audit.c.subject, audit.c.after))).all()
        await database.close()
        return found

    return asyncio.run(read())


def test_a_person_is_counted_exported_and_erased_once(url: URL) -> None:
    counted = run("forget", ADA, "--dry-run")
    assert [line.split()[:2] for line in counted.stdout.splitlines()[:3]] == [
        ["posts", "1"],
        ["reports", "1"],
        ["watches", "2"],
    ]
    assert not audited(url), "nothing was done"
    exported = run("export", ADA)
    held = json.loads(exported.stdout)["held"]
    assert {name: len(rows) for name, rows in held.items()} == {"posts": 1, "reports": 1, "watches": 2}
    assert held["watches"][0]["created_at"] == NOON.isoformat()
    assert "Read it before" in exported.stderr
    one = run("forget", ADA, "--workspace", "T2")
    assert one.stdout.splitlines()[0].split()[:2] == ["watches", "1"]
    done = run("forget", ADA)
    assert done.exit_code == 0
    for said in ("channel C0GROWTH, message 1733.1", "content folder", "MANAGERS", "Backups"):
        assert said in done.stdout
    assert run("forget", ADA).stdout.startswith("Nothing is held.")
    assert json.loads(run("export", ADA).stdout)["held"].keys() <= {"audit"}
    assert [each.action for each in audited(url)] == ["person.exported", *["person.forgotten"] * 2, "person.exported"]
    assert ADA not in str(audited(url)[:3])


@pytest.mark.parametrize("words", [(ADA,), ("--workspace", "T1", "--yes")], ids=["person", "workspace"])
def test_nothing_of_what_was_erased_stands_in_the_log_of_a_database_that_a_bot_has_open(
    url: URL, words: tuple[str, ...]
) -> None:
    asked = "Who is Grace’s boss?".encode()
    file = Path(url.database or "")
    with closing(sqlite3.connect(file, isolation_level=None)) as bot:
        bot.execute("UPDATE reports SET words = words || '!'")
        assert asked in file.with_name(f"{file.name}-wal").read_bytes()
        assert run("forget", *words).exit_code == 0
        assert bot.execute("SELECT count(*) FROM reports").fetchone() == (0,)
        for each in file.parent.glob(f"{file.name}*"):
            assert asked not in each.read_bytes(), each


@pytest.mark.parametrize("words", [(ADA,), ("--workspace", "T1", "--yes")], ids=["person", "workspace"])
def test_a_log_that_a_reader_keeps_is_told_and_emptied_when_it_is_run_again(
    url: URL, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sqlite_file, "_LOG_S", 0)
    log = Path(f"{url.database}-wal")
    with (
        closing(sqlite3.connect(str(url.database), isolation_level=None)) as bot,
        closing(sqlite3.connect(str(url.database), isolation_level=None)) as reader,
    ):
        bot.execute("UPDATE reports SET words = words || '!'")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM reports").fetchall()
        assert "Run this again in a minute." in run("forget", *words).stdout
        assert log.stat().st_size
        reader.execute("ROLLBACK")
        assert "Run this again" not in run("forget", *words).stdout
        assert not log.stat().st_size


@pytest.mark.parametrize("hostile", ["ada", "@ada", "U0'; DROP TABLE watches", "%", "<@U0ADA>", "U" * 200, "U0%"])
def test_what_is_no_user_id_is_refused(url: URL, hostile: str) -> None:
    for command in ("forget", "export"):
        refused = run(command, hostile)
        assert refused.exit_code == 2
        assert "Copy member ID" in " ".join(refused.stderr.replace("│", " ").split())
    assert not audited(url)


def test_a_workspace_goes_when_its_id_was_typed(url: URL) -> None:
    assert run("forget").exit_code == 2
    wrong = run("forget", "--workspace", "T1", answers="T2\n")
    assert (wrong.exit_code, audited(url)) == (1, [])
    assert "would be erased" in run("forget", "--workspace", "T1", "--dry-run").stdout
    done = run("forget", "--workspace", "T1", answers="T1\n")
    assert done.exit_code == 0
    assert [(each.action, each.subject) for each in audited(url)] == [("workspace.forgotten", "T1")]
    assert "Nothing is held." in run("forget", "--workspace", "T1").stdout
    assert "watches" in run("forget", "--workspace", "T2", "--yes").stdout


def test_what_would_only_look_done_is_refused(url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("t1 ", "#general", "C0GROWTH"):
        for words in (("forget", "--workspace", wrong, "--yes"), ("forget", ADA, "--workspace", wrong)):
            refused = run(*words)
            assert (refused.exit_code, "no id of a workspace" in refused.stderr) == (2, True)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    for command in ("forget", "export"):
        assert "votes cannot be recognised" in str(run(command, ADA).exception)
    assert not audited(url)
