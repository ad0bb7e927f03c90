"""The database as a check finds it, on both kinds: behind, newer, changed by halves, empty; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from bot.clock import SystemClock
from bot.health import database as checked
from bot.health.finding import Finding, Verdict
from bot.store.database import Database
from bot.store.engine import database_url
from bot.store.errors import StoreError
from bot.store.migrate import migrate, newest_migration
from bot.store.read_only import NoDatabaseError, read_only
from handlers.metrics import stored
from tests.support.postgresql import connected, scratch_database
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import URL


async def migrations(url: URL) -> Finding:
    async with read_only(url) as connection:
        return await checked.migrations(connection)


async def change(database: Database, statement: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text(statement))


async def test_one_that_is_up_to_date_is_well(database: Database) -> None:
    assert await migrations(database.url) == Finding(
        "migrations", Verdict.OK, f"At {newest_migration()}, the newest that this version knows."
    )
    async with read_only(database.url) as connection:
        assert (await checked.database(connection, database.url)).verdict is Verdict.OK
        assert (await checked.published(connection, "")).verdict is Verdict.FAIL
        assert (await checked.published(connection, "1f")).verdict is Verdict.WARN


async def test_one_that_is_behind_is_told_with_what_brings_it_up_to_date(new_database_url: URL) -> None:
    database = Database(new_database_url)
    async with database.transaction() as connection:
        await connection.run_sync(migrate, "0002")
    found = await migrations(new_database_url)
    is_sqlite = database.is_sqlite
    await database.close()
    assert found.verdict is (Verdict.WARN if is_sqlite else Verdict.FAIL)
    assert found.what.startswith("The database is at 0002; ")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE awaited_answers", "lacks awaited_answers: a migration was made by halves"),
        ("ALTER TABLE revisions DROP COLUMN note", "lacks revisions.note"),
        ("DELETE FROM alembic_version", "nothing says of which version"),
        ("INSERT INTO alembic_version VALUES ('0001')", "more than one row"),
    ],
)
async def test_one_that_was_changed_by_halves_is_a_failure(database: Database, statement: str, words: str) -> None:
    await change(database, statement)
    found = await migrations(database.url)
    assert found.verdict is Verdict.FAIL
    assert words in found.what
    assert found.to_do


async def test_a_newer_one_is_a_failure_unless_it_lets_this_version_work_on_it(database: Database) -> None:
    await change(database, "UPDATE alembic_version SET version_num = '9999'")
    assert (await migrations(database.url)).verdict is Verdict.OK
    await change(database, "UPDATE compatibility SET oldest = '9998'")
    found = await migrations(database.url)
    assert found.verdict is Verdict.FAIL
    assert found.what.startswith("A newer version of the bot has changed the database: it is at 9999, ")


async def test_nothing_can_be_written_by_it(database: Database) -> None:
    with pytest.raises(StoreError, match="read-only"):
        async with read_only(database.url) as connection:
            await connection.execute(text("DELETE FROM alembic_version"))


async def test_it_reads_beside_a_writer_and_leaves_no_file(sqlite_database: Database) -> None:
    """With the log of a writer that is at work, and without one: a file that is only read has none beside it."""
    path = sqlite_database.file.path if sqlite_database.file else None
    assert path
    async with sqlite_database.transaction() as connection:
        await connection.execute(text("DELETE FROM alembic_version"))
        assert (await migrations(sqlite_database.url)).verdict is Verdict.OK, "what is not committed is not seen"
    assert (await migrations(sqlite_database.url)).verdict is Verdict.FAIL
    await sqlite_database.close()
    before = {each.name: (each.stat().st_mode, each.stat().st_mtime_ns) for each in path.parent.iterdir()}
    await migrations(sqlite_database.url)
    assert {each.name: (each.stat().st_mode, each.stat().st_mtime_ns) for each in path.parent.iterdir()} == before


async def test_a_name_with_signs_of_an_address_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c%20d"
    folder.mkdir()
    url = database_url("", folder)
    with pytest.raises(NoDatabaseError):
        await migrations(url)
    assert not [*folder.iterdir()]
    async with Database(url).opened():
        pass
    assert (await migrations(url)).verdict is Verdict.OK


@pytest.mark.parametrize("make", [lambda path: path.write_bytes(b"not a database" * 100), lambda path: path.mkdir()])
async def test_what_is_no_database_is_told(tmp_path: Path, make: Callable[[Path], object]) -> None:
    url = database_url("", tmp_path)
    make(tmp_path / "briefing-bot.db")
    with pytest.raises(StoreError):
        async with read_only(url) as connection:
            await checked.database(connection, url)


async def test_a_server_that_is_not_there_is_told(postgresql_server: URL) -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        await migrations(postgresql_server.update_query_dict({"host": "/nowhere"}))


async def test_what_the_user_may_not_do_on_the_server_is_told(postgresql_server: URL, postgresql_template: str) -> None:
    owner = Database(postgresql_server.set(database=postgresql_template))
    await change(owner, "CREATE ROLE visitor LOGIN")
    await change(owner, "GRANT SELECT ON alembic_version TO visitor")
    url = owner.url.set(username="visitor")
    async with read_only(url) as connection:
        found = await checked.database(connection, url)
        assert "by halves" not in (await checked.migrations(connection)).what
    await change(owner, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM visitor")
    await change(owner, "DROP ROLE visitor")
    await owner.close()
    assert found.verdict is Verdict.FAIL
    assert found.what.startswith("The user of DATABASE_URL may not write to ")


async def test_a_server_that_takes_no_changes_is_told_though_nobody_writes(
    postgresql_server: URL, postgresql_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "WAIT_S", PATIENCE_S)
    with scratch_database(postgresql_server, postgresql_template) as url, connected(postgresql_server) as server:
        server.execute(
            SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(Identifier(url.database or ""))
        )
        async with read_only(url) as connection:
            found = await checked.database(connection, url)
        assert (found.verdict, "takes no changes" in found.what) == (Verdict.FAIL, True)
        numbers = stored.StoredMetrics(database := Database(url), SystemClock(), ())
        await numbers.refresh()
        await database.close()
    assert (numbers.fault, "it is read-only. Let" in numbers.write_fault) == ("", True)
