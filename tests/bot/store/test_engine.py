"""What keeps a database from working is told in a sentence, and the bot goes on when it is over."""

from __future__ import annotations

import ast
import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import aiosqlite.core
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

import bot.store.migrate
from bot.errors import ConfigError
from bot.store import engine
from bot.store.database import Database
from bot.store.engine import ASKED_BUSY_S, BUSY_S, SQLITE_FILE, ProcessLock, database_url
from bot.store.errors import StoreError, store_error
from bot.store.limiter import asked_by_a_person
from bot.store.migrate import FIRST_TOLD, VERSIONS, migration_of, newest_migration, oldest_compatible
from tests.support.scratch import scratch, with_scratch

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL


def test_addresses(tmp_path: Path) -> None:
    assert database_url("", tmp_path).database == str(tmp_path / SQLITE_FILE)
    for form in ("postgres", "postgresql", "postgresql+psycopg2"):
        assert database_url(f"{form}://u:p@host/name", tmp_path).drivername == "postgresql+psycopg"
    for wrong in ("mysql://host/name", "sqlite://", "sqlite:///:memory:", "no address", "postgresql://u:p@host:/name"):
        with pytest.raises(ConfigError):
            database_url(wrong, tmp_path)


def test_a_password_with_an_at_sign_is_told_and_its_rest_asked_of_nobody(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        database_url("postgresql://u:hunter@2secret@host/name", tmp_path)
    assert "%40" in str(raised.value)
    assert "2secret" not in str(raised.value)


def test_postgresql_without_its_driver_is_told_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"not installed\. Install it: pip install 'briefing-bot\[postgres\]'"):
        database_url("postgresql://u:p@host/name", tmp_path)
    assert database_url("", tmp_path).drivername == "sqlite+aiosqlite"


def test_a_second_process_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.store.engine import ProcessLock\n"
        "lock = ProcessLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:  # noqa: S603 — our own
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(ConfigError, match=rf"\(process {first.pid}\)"):
            ProcessLock(tmp_path)
        ProcessLock(tmp_path, is_shared=True).release()
        first.kill()
    ProcessLock(tmp_path).release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        ProcessLock(tmp_path / "file" / "var")


async def test_an_empty_or_newer_database_is_refused_with_the_command_to_run(new_database_url: URL) -> None:
    database = Database(new_database_url)
    with pytest.raises(ConfigError, match=r"is empty; this version needs migration \d+. Run: briefing-bot migrate"):
        await database.require_migrated()
    await database.migrate()
    await database.require_migrated()
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(ConfigError, match="at migration 0000"):
        await database.require_migrated()
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.execute(text("UPDATE compatibility SET oldest = '9999'"))
    for refused in (database.require_migrated, database.migrate):
        with pytest.raises(ConfigError, match="newer version"):
            await refused()
    await database.close()


async def test_a_newer_database_is_accepted_while_it_says_so_and_left_as_it_is(new_database_url: URL) -> None:
    database = Database(new_database_url)
    await database.migrate()
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.require_migrated()
    await database.migrate()
    async with database.reading() as connection:
        assert await connection.run_sync(migration_of) == "9999"
    async with database.transaction() as connection:
        await connection.execute(text("DELETE FROM compatibility"))
    with pytest.raises(ConfigError, match="newer version"):
        await database.require_migrated()
    async with database.transaction() as connection:
        await connection.execute(text("DROP TABLE compatibility"))
    with pytest.raises(ConfigError, match="newer version"):
        await database.migrate()
    await database.close()


def test_a_migration_that_removes_or_narrows_names_who_can_work_on_it() -> None:
    narrowing = {"drop_table", "drop_column", "drop_constraint", "rename_table", "alter_column", "execute"}
    for file in VERSIONS[0].glob("[0-9]*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        named = "compatible_from" in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert file.stem[:4] <= FIRST_TOLD or named or not called & narrowing, (
            f"{file.name} may break running bots of the version before: say `compatible_from` (CONTRIBUTING.md)"
        )


def test_the_tables_are_as_compatible_as_the_last_migration_that_narrowed_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, numbers = newest_migration(), ("9001", "9002", "9003")
    for before, number in zip((newest, *numbers), numbers, strict=False):
        narrowed = "compatible_from = '9001'" if number == "9002" else ""
        code = f"revision, down_revision, branch_labels, depends_on = '{number}', '{before}', None, None\n{narrowed}"
        (tmp_path / f"{number}_next.py").write_text(f"{code}\ndef upgrade(): pass\n")
    monkeypatch.setattr(bot.store.migrate, "VERSIONS", [*VERSIONS, tmp_path])
    assert newest_migration() == "9003"
    assert [oldest_compatible(number) for number in (newest, *numbers)] == [FIRST_TOLD, FIRST_TOLD, "9001", "9001"]


async def test_a_missing_table_is_told_with_the_command(new_database_url: URL) -> None:
    database = Database(new_database_url)
    with pytest.raises(StoreError, match="briefing-bot migrate"):
        await database.refresh()
    await database.close()


async def test_a_repeat_goes_through_as_what_it_is(database: Database) -> None:
    await with_scratch(database)

    async def twice() -> None:
        async with database.transaction() as connection:
            for _ in range(2):
                await connection.execute(insert(scratch).values(key="a", value=1))

    with pytest.raises(IntegrityError):
        await twice()


async def test_a_locked_database_is_told_and_works_again(tmp_path: Path) -> None:
    database = Database(database_url("", tmp_path), busy_s=0.05)
    await with_scratch(database)
    other = sqlite3.connect(tmp_path / SQLITE_FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    async def write() -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(scratch).values(key="a", value=1))

    with pytest.raises(StoreError, match="locked by another process"):
        await write()
    other.execute("ROLLBACK")
    other.close()
    await write()
    async with database.reading() as connection:
        assert await connection.scalar(select(scratch.c.value)) == 1
    await database.close()


async def test_somebody_who_waits_for_an_answer_waits_no_five_seconds_for_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ASKED_BUSY_S", ASKED_BUSY_S)
    database = Database(database_url("", tmp_path), busy_s=BUSY_S)

    async def wait_ms() -> object:
        async with database.transaction() as connection:
            return await connection.scalar(text("PRAGMA busy_timeout"))

    for _ in range(2):
        assert await wait_ms() == 1000 * BUSY_S
        with asked_by_a_person():
            assert await wait_ms() == 1000 * ASKED_BUSY_S
    await database.close()


async def test_a_full_disk_is_told_and_works_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(database_url("", tmp_path))
    await with_scratch(database)

    async def write(pages: int) -> None:
        async with database.transaction() as connection:
            await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            await connection.execute(insert(scratch).values(key="x" * 200_000, value=1))

    assert database.write_fault() is None
    with pytest.raises(StoreError, match="disk is full"):
        await write(1)
    assert "disk is full. Make room" in str(database.write_fault())
    await write(1_000_000)
    monkeypatch.setattr(database, "_refused_until", 0.0)
    assert database.write_fault() is None, "what was refused a while ago says nothing of now"
    await database.close()


@pytest.mark.parametrize("is_given_up", [False, True])
def test_an_opening_that_fails_or_is_given_up_leaves_no_thread_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_given_up: bool
) -> None:
    """A thread that is slower than the event loop would end with a traceback: "Event loop is closed"."""
    found: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", found.append)
    monkeypatch.setattr(aiosqlite.core.LOG, "debug", lambda *_: time.sleep(0.02))  # it logs before and after a step

    async def open_it() -> None:
        database = Database(database_url("", tmp_path if is_given_up else tmp_path / "none"))
        opening = asyncio.create_task(database.migrate())
        while threading.active_count() == before:  # noqa: ASYNC110 — no event tells of a thread
            await asyncio.sleep(0)
        if is_given_up:
            opening.cancel()
        with pytest.raises(asyncio.CancelledError if is_given_up else StoreError):
            await opening
        await database.close()

    before = threading.active_count()
    asyncio.run(open_it())
    while threading.active_count() > before:
        time.sleep(0.01)
    assert not found


async def test_a_read_only_database_answers_refuses_changes_and_works_again(database: Database) -> None:
    await with_scratch(database)
    switch = "PRAGMA query_only = {}" if database.is_sqlite else "SET TRANSACTION {}"
    off, on = ("OFF", "ON") if database.is_sqlite else ("READ WRITE", "READ ONLY")

    async def write(mode: str) -> None:
        async with database.transaction() as connection:
            await connection.execute(text(switch.format(mode)))
            await connection.execute(insert(scratch).values(key="a", value=1))

    with pytest.raises(StoreError, match="cannot be written: it is read-only"):
        await write(on)
    async with database.reading() as connection:
        assert (await connection.execute(select(scratch))).all() == []
    await database.close()  # on SQLite the connection is what was switched
    await write(off)


async def test_a_server_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    database = Database(make_url(f"postgresql+psycopg://ada:secret@/none?host={tmp_path}"))
    with pytest.raises(StoreError, match="cannot be reached") as raised:
        await database.refresh()
    assert "secret" not in str(raised.value)
    await database.close()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("attempt to write a readonly database", "read-only"),
        ("cannot execute INSERT in a read-only transaction", "read-only"),
        ("unable to open database file", "cannot be opened"),
        ("database disk image is malformed", "damaged"),
        ("password authentication failed for user", "name or the password"),
        ("something else", "refused a change"),
    ],
)
def test_errors_in_words(words: str, sentence: str) -> None:
    assert sentence in store_error(DBAPIError("", None, Exception(words))).message
