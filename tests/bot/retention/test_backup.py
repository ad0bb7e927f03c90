"""A backup is whole or not there, and a restore changes nothing or everything; what was on its way is held."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from bot.errors import BriefingBotError, ConfigError
from bot.outbox.delivery import DeliveryState
from bot.recurrence.rule import RULE_ADAPTER
from bot.retention.backup import back_up
from bot.retention.restoring import HELD, restore
from bot.schedules.runs import RunState
from bot.store.database import Database
from bot.store.engine import SQLITE_FILE, ProcessLock, database_url
from bot.store.maintainer_tables import audit
from bot.store.tables import deliveries, schedule_runs, schedules, watches
from tests.support.newsroom import HandClock
from tests.support.rows import row_of
from tests.support.scheduling import DAILY
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Row, Table

CLOCK = HandClock()
WHO = "cli:op"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    copy_up_to_date(data)
    return data


def put(folder: Path, table: Table, *rows: dict[str, Any]) -> None:
    async def write() -> None:
        database = Database(database_url("", folder))
        async with database.transaction() as connection:
            await connection.execute(insert(table), list(rows))
        await database.close()

    asyncio.run(write())


def read(folder: Path, table: Table) -> Sequence[Row[Any]]:
    async def rows() -> Sequence[Row[Any]]:
        database = Database(database_url("", folder))
        async with database.reading() as connection:
            found = (await connection.execute(select(table))).all()
        await database.close()
        return found

    return asyncio.run(rows())


def watching(*users: str) -> Iterable[dict[str, Any]]:
    return [row_of(watches, 0, CLOCK.now()) | {"user": user} for user in users]


def put_back(folder: Path, file: Path, *, resume: bool = False) -> object:
    return restore(database_url("", folder), file, CLOCK, WHO, resume=resume)


def files_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_a_backup_is_made_while_the_bot_writes_and_is_what_it_was_at_one_moment(folder: Path, tmp_path: Path) -> None:
    put(folder, watches, *watching("U1"))
    lock, done = ProcessLock(folder), threading.Event()
    connection = sqlite3.connect(folder / SQLITE_FILE, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE pairs (number INTEGER, half TEXT)")

    def write() -> None:
        for number in range(100_000):
            if done.is_set():
                return
            connection.execute("BEGIN IMMEDIATE")
            for half in ("one", "other"):
                connection.execute("INSERT INTO pairs VALUES (?, ?)", (number, half * 50))
            connection.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(folder / SQLITE_FILE, tmp_path / f"backup{number}.db")
    finally:
        done.set()
        writer.join(PATIENCE_S)
        connection.close()
        lock.release()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"backup{number}.db")) as copied:
            assert copied.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            halves = "SELECT count(*) FROM (SELECT 1 FROM pairs GROUP BY number HAVING count(*) != 2)"
            assert copied.execute(halves).fetchone() == (0,)
    assert files_in(tmp_path) == {"data", *(f"backup{number}.db" for number in range(5))}


def test_only_its_owner_reads_a_backup_and_it_takes_no_other_files_place(folder: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        back_up(folder / SQLITE_FILE, tmp_path / "backup.db")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "backup.db").stat().st_mode) == 0o600
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere.db")
    for taken in ("backup.db", "link.db", "data"):
        with pytest.raises(BriefingBotError, match="there already"):
            back_up(folder / SQLITE_FILE, tmp_path / taken)
    for nowhere in (tmp_path / "none/backup.db", tmp_path / "backup.db/x"):
        with pytest.raises(BriefingBotError, match="no folder"):
            back_up(folder / SQLITE_FILE, nowhere)
    assert files_in(tmp_path) == {"data", "backup.db", "link.db"}


def test_what_a_killed_backup_left_goes_with_the_next_and_a_link_in_its_place_is_not_followed(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / ".backup.db.part").symlink_to(other)
    back_up(folder / SQLITE_FILE, tmp_path / "backup.db")
    assert other.read_text() == "kept"
    assert files_in(tmp_path) == {"data", "other", "backup.db"}


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.retention import {module}
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
{module}.{step} = die
{call}
"""


@pytest.mark.parametrize(("step", "left"), [("sync", {".backup.db.part"}), ("sync_folder", {"backup.db"})])
def test_a_killed_backup_is_there_whole_or_not_at_all(folder: Path, tmp_path: Path, step: str, left: set[str]) -> None:
    call = "backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]))"
    script = KILLED.format(module="backup", step=step, call=call)
    words = [sys.executable, "-c", script, str(folder / SQLITE_FILE), str(tmp_path / "backup.db")]
    assert (
        subprocess.run(  # noqa: S603 — our own words
            words, check=False, timeout=PATIENCE_S
        ).returncode
        == -signal.SIGKILL
    )
    assert {each for each in files_in(tmp_path) if "backup" in each} >= left
    assert ("backup.db" in files_in(tmp_path)) is (left == {"backup.db"})


@pytest.mark.parametrize("step", ["_made_ready", "_put_aside", "sync_folder"])
def test_a_killed_restore_leaves_the_old_database_or_the_new_one(folder: Path, tmp_path: Path, step: str) -> None:
    put(folder, watches, *watching("U1"))
    back_up(folder / SQLITE_FILE, tmp_path / "backup.db")
    put(folder, watches, *watching("U2"))
    call = (
        "from bot.clock import SystemClock\nfrom bot.store.engine import database_url\n"
        "restoring.restore(database_url('', Path(sys.argv[1])), Path(sys.argv[2]), SystemClock(), 'cli:op')"
    )
    script = KILLED.format(module="restoring", step=step, call=call)
    words = [sys.executable, "-c", script, str(folder), str(tmp_path / "backup.db")]
    assert (
        subprocess.run(  # noqa: S603 — our own words
            words, check=False, timeout=PATIENCE_S
        ).returncode
        == -signal.SIGKILL
    )
    users = {row.user for row in read(folder, watches)}
    assert users == ({"U1"} if step == "sync_folder" else {"U1", "U2"})
    put_back(folder, tmp_path / "backup.db")
    assert {row.user for row in read(folder, watches)} == {"U1"}
    assert not any(each.endswith(".part") for each in files_in(folder))


def test_a_full_disk_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    put(folder, watches, *watching("U1"))
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom bot.errors import BriefingBotError\n"
        "from bot.retention.backup import back_up\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "try:\n    back_up(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except BriefingBotError as error:\n    sys.exit(f'{error.message} {error.hint}')\n"
    )
    words = [sys.executable, "-c", script, str(folder / SQLITE_FILE), str(tmp_path / "backup.db")]
    done = subprocess.run(  # noqa: S603 — our own words
        words, check=False, timeout=PATIENCE_S, capture_output=True, text=True
    )
    assert (done.returncode, "could not be copied" in done.stderr, "Make room" in done.stderr) == (1, True, True)
    assert files_in(tmp_path) == {"data"}


@pytest.mark.parametrize("kind", ["garbage", "empty", "other app", "newer", "cut", "folder", "none", "itself", "pipe"])
def test_what_is_no_backup_changes_nothing(folder: Path, tmp_path: Path, kind: str) -> None:
    put(folder, watches, *watching("U1"))
    file = tmp_path / "backup.db"
    back_up(folder / SQLITE_FILE, file)
    whole = file.read_bytes()
    match kind:
        case "garbage":
            file.write_bytes(os.urandom(50_000))
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(whole[: len(whole) // 2])
        case "other app":
            file.unlink()
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("CREATE TABLE deliveries (id TEXT)")
        case "newer":
            with closing(sqlite3.connect(file)) as connection, connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
                connection.execute("UPDATE compatibility SET oldest = '9999'")
        case "folder" | "none" | "pipe":
            file.unlink()
    if kind == "folder":
        file.mkdir()
    if kind == "pipe":
        os.mkfifo(file)
    before = files_in(folder)
    with pytest.raises(BriefingBotError) as refused:
        put_back(folder, folder / SQLITE_FILE if kind == "itself" else file)
    assert str(refused.value)
    assert files_in(folder) - {"briefing-bot.lock"} == before
    assert [row.user for row in read(folder, watches)] == ["U1"]


def test_a_running_bot_is_in_the_way(folder: Path, tmp_path: Path) -> None:
    back_up(folder / SQLITE_FILE, tmp_path / "backup.db")
    lock = ProcessLock(folder)
    with pytest.raises(ConfigError, match="Another briefing-bot"):
        put_back(folder, tmp_path / "backup.db")
    lock.release()


def test_what_was_on_its_way_is_held_and_schedules_go_on_from_now(folder: Path, tmp_path: Path) -> None:
    now, sent = CLOCK.now(), row_of(deliveries, 0, CLOCK.now())
    states = {each.value: sent | {"id": each.value, "state": each.value} for each in DeliveryState}
    put(folder, deliveries, *states.values(), sent | {"id": "reply", "state": "pending", "kind": "reply"})
    rule = RULE_ADAPTER.dump_json(DAILY).decode()
    due = {"rule": rule, "next_at": now, "next_on": now.date(), "paused_at": None, "paused_until": None}
    put(folder, schedules, row_of(schedules, 0, now) | due | {"areas": ["infrastructure"], "pause_reason": None})
    run = row_of(schedule_runs, 0, now) | {"state": RunState.DUE.value, "delivery_id": "pending"}
    put(folder, schedule_runs, run)
    back_up(folder / SQLITE_FILE, tmp_path / "backup.db")
    done = put_back(folder, tmp_path / "backup.db")
    kept = {row.id: (row.state, row.error) for row in read(folder, deliveries)}
    held = dict.fromkeys(("pending", "sending", "unconfirmed"), ("failed", HELD))
    rest = {each: (each, "") for each in ("sent", "failed", "cancelled")}
    assert kept == held | rest | {"reply": ("cancelled", HELD)}
    assert [row.state for row in read(folder, schedule_runs)] == ["failed"]
    assert all(row.next_at > now for row in read(folder, schedules))
    assert [(row.action, row.who) for row in read(folder, audit)] == [("database.restored", WHO)]
    assert "held=3" in repr(done)
    again = put_back(folder, tmp_path / "backup.db", resume=True)
    assert "held=0" in repr(again)
    assert {row.id: row.state for row in read(folder, deliveries)}["pending"] == "pending"


def test_the_old_database_is_kept_aside_whole_with_what_stood_in_its_log(folder: Path, tmp_path: Path) -> None:
    back_up(folder / SQLITE_FILE, tmp_path / "backup.db")
    connection = sqlite3.connect(folder / SQLITE_FILE, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE newest (word TEXT)")
    put_back(folder, tmp_path / "backup.db")
    connection.close()
    (aside,) = folder.glob("briefing-bot.db.before-*[0-9]Z")
    with closing(sqlite3.connect(aside)) as old, closing(sqlite3.connect(folder / SQLITE_FILE)) as new:
        tables = "SELECT count(*) FROM sqlite_master WHERE name = 'newest'"
        assert (old.execute(tables).fetchone(), new.execute(tables).fetchone()) == ((1,), (0,))
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_a_database_that_is_damaged_or_lost_is_restored(folder: Path, tmp_path: Path) -> None:
    put(folder, watches, *watching("U1"))
    back_up(folder / SQLITE_FILE, tmp_path / "backup.db")
    (folder / SQLITE_FILE).write_bytes(b"damaged" * 1000)
    with pytest.raises(BriefingBotError, match="not a database"):
        back_up(folder / SQLITE_FILE, tmp_path / "second.db")
    put_back(folder, tmp_path / "backup.db")
    assert [row.user for row in read(folder, watches)] == ["U1"]
    for each in folder.iterdir():
        each.unlink()
    (tmp_path / "link.db").symlink_to(tmp_path / "backup.db")
    put_back(folder, tmp_path / "link.db")
    assert [row.user for row in read(folder, watches)] == ["U1"]
