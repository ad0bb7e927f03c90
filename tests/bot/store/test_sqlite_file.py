"""A SQLite file that is deleted or replaced while it is used, and who may read it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiosqlite
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from structlog.testing import capture_logs

from bot.errors import ConfigError
from bot.store.database import Database
from bot.store.engine import LOCK_FILE, database_url
from bot.store.errors import NOT_SAVED, StoreError, store_error
from bot.store.sqlite_file import SqliteFile
from bot.store.tables import rate_limits

if TYPE_CHECKING:
    from pathlib import Path


def _deleted(path: Path) -> None:
    path.unlink()


def _replaced_by_a_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("backup.db"))
    path.with_name("backup.db").rename(path)


def _folder_deleted(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("upheaval", [_deleted, _replaced_by_a_copy, _folder_deleted])
async def test_a_file_that_is_lost_stops_writing_with_one_error_and_is_not_made_anew(
    tmp_path: Path, upheaval: object
) -> None:
    assert callable(upheaval)
    told: list[StoreError] = []
    database = Database(database_url("", tmp_path / "data"))
    database.on_lost(told.append)
    path = tmp_path / "data" / "briefing-bot.db"
    with capture_logs() as logs:
        async with database.opened():
            upheaval(path)
            for _ in range(3):
                with pytest.raises(StoreError, match="was deleted or replaced") as raised:
                    async with database.transaction():
                        pass
                assert raised.value.for_members == NOT_SAVED
                with pytest.raises(StoreError, match="was deleted or replaced"):
                    async with database.reading():
                        pass
            assert path.exists() == (upheaval is _replaced_by_a_copy)
    assert database.is_lost
    assert len(told) == 1
    events = [line["event"] for line in logs if line["log_level"] == "error"]
    assert events == ["db.lost", "db.unavailable"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ""),
        ({"f_bavail": 200, "f_bfree": 200}, "disk is full"),
        ({"f_blocks": 0, "f_bavail": 0, "f_bfree": 0}, ""),  # a file system that does not count
    ],
    ids=["well", "full", "uncounted"],
)
def test_a_disk_without_room_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, int], told: str
) -> None:
    file = SqliteFile(tmp_path / "file.db")
    assert file.write_fault() is None, "that it is not there is told elsewhere"
    file.path.touch()
    system = {"f_blocks": 9000, "f_bavail": 9000, "f_bfree": 9000, "f_frsize": 4096} | changed
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(**system))
    assert told in str(file.write_fault() or "")
    assert bool(told) is (file.write_fault() is not None)


def test_a_file_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root it may be, whatever its mode: the system's own answer stands in."""
    (file := SqliteFile(tmp_path / "file.db")).path.touch()
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    assert "it is read-only. Let the bot's user write" in str(file.write_fault())


async def test_one_that_comes_back_is_still_lost_until_a_restart(tmp_path: Path) -> None:
    """What other connections wrote meanwhile is not known."""
    database = Database(database_url("", tmp_path))
    path = tmp_path / "briefing-bot.db"
    async with database.opened():
        path.rename(tmp_path / "away.db")
        with pytest.raises(StoreError):
            async with database.transaction():
                pass
        (tmp_path / "away.db").rename(path)
        with pytest.raises(StoreError):
            async with database.transaction():
                pass
    async with Database(database_url("", tmp_path)).opened() as anew, anew.transaction():
        pass


async def test_a_command_beside_a_bot_whose_file_is_gone_makes_no_new_one(tmp_path: Path) -> None:
    path = tmp_path / "briefing-bot.db"
    async with Database(database_url("", tmp_path)).opened():
        path.unlink()
        with pytest.raises(ConfigError, match="is gone, and a bot still runs on it"):
            async with Database(database_url("", tmp_path)).opened(is_shared=True):
                pass
        assert not path.exists()


async def test_files_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with Database(database_url("", tmp_path / "new" / "data")).opened() as database, database.reading():
            found = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "new" / "data").iterdir()}
    finally:
        os.umask(before)
    assert found.keys() >= {"briefing-bot.db", "briefing-bot.db-wal", LOCK_FILE}
    assert set(found.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700


def _modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()]


async def test_files_of_an_earlier_version_are_closed_to_others(tmp_path: Path) -> None:
    async with Database(database_url("", tmp_path)).opened():
        pass
    for name in await asyncio.to_thread(os.listdir, tmp_path):
        (tmp_path / name).chmod(0o644)
    async with Database(database_url("", tmp_path)).opened() as database, database.reading():
        assert {*await asyncio.to_thread(_modes, tmp_path)} == {0o600}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'connection failed: connection to server at "127.0.0.1" failed: FATAL:  database "x" does not exist',
            "The database server has no database of that name.",
        ),
        (
            'connection failed: FATAL:  role "x" does not exist',
            "The database refuses the name or the password in DATABASE_URL.",
        ),
        ('relation "facts" does not exist', "The database has not all the tables that this version needs."),
        ("connection failed: Connection refused", "The database cannot be reached."),
        (
            "failed to resolve host 'db.example': [Errno -2] Name or service not known",
            "The database cannot be reached: its host has no address (DNS).",
        ),
        (
            'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "bot", database "bot", no encryption',
            "The database server lets nobody of that name in from here, or only by TLS.",
        ),
        (
            'root certificate file "/etc/ca.pem" does not exist',
            "The database server does not offer the TLS that DATABASE_URL asks for.",
        ),
        (
            "connection failed: server does not support SSL, but SSL was required",
            "The database server does not offer the TLS that DATABASE_URL asks for.",
        ),
        (
            'invalid connection option "sslmod"',
            "DATABASE_URL has a port or an option (behind its ?) that the database's driver does not know.",
        ),
        ("FATAL:  sorry, too many clients already", "The database server takes no more connections."),
    ],
)
def test_the_cause_is_told_to_operators(text: str, message: str) -> None:
    assert store_error(OperationalError("SELECT 1", {"user": "U1"}, Exception(text))).message == message


@pytest.mark.parametrize("text", ["attempt to write a readonly database", "disk I/O error"])
def test_a_file_that_is_immutable_is_told_with_the_command_that_shows_it(text: str) -> None:
    error = store_error(OperationalError("SELECT 1", {}, sqlite3.OperationalError(text)))
    assert "immutable (lsattr)" in error.hint
    assert "server" not in error.message
    assert error.for_members == StoreError.for_members


async def test_a_damaged_file_is_told_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "briefing-bot.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError) as raised:
        async with Database(database_url("", tmp_path)).opened():
            raise AssertionError
    assert raised.value.message == f"The database file {path} is damaged."


async def test_parameters_of_a_failed_statement_are_not_logged(tmp_path: Path) -> None:
    database = Database(database_url("", tmp_path))
    async with database.opened():
        with capture_logs() as logs, pytest.raises(StoreError) as raised:
            async with database.transaction() as connection:
                await connection.exec_driver_sql("INSERT INTO nowhere VALUES (?)", ("U0SECRET",))
    assert "U0SECRET" not in str(logs)
    assert "U0SECRET" not in str(raised.value.__cause__)


NAMES = ["T1", "T2", "T3"]


def limit(team: str) -> dict[str, Any]:
    return {"team": team, "method": "m", **dict.fromkeys(("begins_at", "ends_at"), datetime(2026, 11, 30, tzinfo=UTC))}


async def test_a_statement_is_one_step_of_the_connections_thread(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, execute = 0, aiosqlite.Connection._execute  # noqa: SLF001 — the one way into the thread

    def counted(connection: aiosqlite.Connection, *what: Any) -> Any:  # noqa: ANN401 — as aiosqlite has it
        nonlocal steps
        steps += 1
        return execute(connection, *what)  # type: ignore[no-untyped-call]

    async with sqlite_database.transaction() as connection:
        monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
        await connection.execute(insert(rate_limits), [limit(name) for name in NAMES])
        assert (await connection.scalars(select(rate_limits.c.team).order_by(rate_limits.c.team))).all() == NAMES
        changed = await connection.execute(update(rate_limits).values(method="other"))
        gone = await connection.execute(
            delete(rate_limits).where(rate_limits.c.team < "T3").returning(rate_limits.c.team)
        )
        assert (changed.rowcount, sorted(gone.scalars().all()), steps) == (3, NAMES[:2], 4)


async def test_a_statement_that_fails_leaves_the_connection_as_it_was(sqlite_database: Database) -> None:
    async with sqlite_database.transaction() as connection:
        await connection.execute(insert(rate_limits).values(limit("T1")))
        for _ in range(3):
            with pytest.raises(IntegrityError):
                await connection.execute(insert(rate_limits), [limit("T2"), limit("T1")])
            with pytest.raises(OperationalError, match="no such table"):
                await connection.execute(text("SELECT * FROM missing"))
    async with sqlite_database.reading() as connection:
        assert "T1" in (await connection.scalars(select(rate_limits.c.team))).all()


def test_emptying_the_log_of_a_file_that_is_not_there_makes_none_and_is_told(tmp_path: Path) -> None:
    with capture_logs() as lines:
        assert not SqliteFile(tmp_path / "a?b#c.db").empty_log()
    assert [line["event"] for line in lines] == ["db.log_kept"]
    assert not [*tmp_path.iterdir()]
