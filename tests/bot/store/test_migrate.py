"""Migrations that are killed, made twice at once, or asked of a server that is too old: all are made, or none."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text

from bot.errors import ConfigError
from bot.store.database import Database
from bot.store.engine import database_url
from bot.store.migrate import (
    NEW_SQLITE,
    bring_up_to_date,
    migrate,
    migration_of,
    newest_migration,
    require_current,
)
from tests.support.new_sqlite import migrated, statements_of
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from tests.support.postgresql import SharedDatabase

KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from bot.store.database import Database

@event.listens_for(Engine, "before_cursor_execute")
def kill(_connection, _cursor, statement, *_):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(Database(make_url(sys.argv[1])).migrate())
"""
MADE = """
import asyncio, sys
from pathlib import Path
from bot.store.database import Database
from bot.store.engine import database_url

asyncio.run(Database(database_url("", Path(sys.argv[1]))).migrate())
print("alembic" in sys.modules)
"""


async def state(url: URL) -> tuple[str | None, set[str]]:
    """Return the migration that a database says it is at, and the names of its tables."""
    database = Database(url)
    async with database.reading() as connection:
        found = await connection.run_sync(migration_of)
        tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    await database.close()
    return found, tables


@pytest.mark.parametrize("at", ["SET version_num='{newest}'", "INSERT INTO compatibility"])
async def test_a_kill_between_the_tables_and_their_number_leaves_the_tables_as_they_were(
    new_database_url: URL, at: str
) -> None:
    database = Database(new_database_url)
    async with database.transaction() as connection:
        await connection.run_sync(migrate, "0010")
    await database.close()
    before = await state(new_database_url)
    shown = new_database_url.render_as_string(hide_password=False)
    statement = at.format(newest=newest_migration())
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, shown, statement)
    async with asyncio.timeout(PATIENCE_S):
        assert await process.wait() == -signal.SIGKILL
    assert await state(new_database_url) == before
    again = Database(new_database_url)
    await again.migrate()
    await again.close()
    assert (await state(new_database_url))[0] == newest_migration()


async def test_two_at_once_make_each_table_once(new_database_url: URL) -> None:
    first, second = Database(new_database_url), Database(new_database_url)
    await asyncio.gather(first.migrate(), second.migrate())
    await asyncio.gather(first.require_migrated(), second.require_migrated())
    await asyncio.gather(first.close(), second.close())


async def test_a_server_that_is_too_old_is_told(
    postgresql_server: URL, postgresql_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgresql_server.set(database=postgresql_template))
    async with database.reading() as connection:
        monkeypatch.setattr(connection.dialect, "server_version_info", (12, 22))
    for step in (database.require_migrated, database.migrate):
        with pytest.raises(ConfigError, match=r"PostgreSQL 12\.22, which is too old\. Use PostgreSQL 13 or newer"):
            await step()
    await database.close()


async def test_a_new_sqlite_file_is_what_the_migrations_make_of_it(tmp_path: Path) -> None:
    assert NEW_SQLITE.read_text(encoding="utf-8").strip().split("\n\n") == migrated(), "run make docs"
    database = Database(url := database_url("", tmp_path))
    await database.migrate()
    await database.close()
    assert statements_of(Path(str(url.database))) == migrated()


def test_a_new_sqlite_file_needs_no_alembic(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", MADE, tmp_path], check=True, capture_output=True, text=True)  # noqa: S603 — ours
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE awaited_answers", "lacks awaited_answers: a migration was made by halves"),
        ("ALTER TABLE revisions DROP COLUMN note", "lacks revisions.note: a migration was made by halves"),
        ("DELETE FROM alembic_version", "nothing says of which version"),
    ],
)
async def test_one_that_was_changed_by_halves_is_refused_with_what_to_do(
    database: Database, statement: str, words: str
) -> None:
    async with database.transaction() as connection:
        await connection.execute(text(statement))
    for each in (database.migrate, database.require_migrated):
        with pytest.raises(ConfigError, match=words) as told:
            await each()
        assert told.value.hint.startswith("Restore the backup from before the upgrade")


async def test_one_that_was_changed_by_halves_before_an_upgrade_is_left_as_it_was(new_database_url: URL) -> None:
    database = Database(new_database_url)
    async with database.transaction() as connection:
        await connection.run_sync(migrate, "0016")
        await connection.execute(text("DROP TABLE posts"))
    before = await state(new_database_url)
    with pytest.raises(ConfigError, match="lacks posts: a migration was made by halves"):
        await database.migrate()
    await database.close()
    assert await state(new_database_url) == before


async def test_tables_are_looked_for_where_queries_find_them(postgresql_database: SharedDatabase) -> None:
    database = Database(postgresql_database.as_new())
    async with database.transaction() as connection, await connection.begin_nested() as whole:
        role = await connection.scalar(text("SELECT current_user"))
        await connection.execute(text(f'CREATE SCHEMA "{role}"'))
        assert await connection.scalar(text("SELECT current_schema()")) == role
        await connection.run_sync(require_current)
        await connection.run_sync(bring_up_to_date)
        await whole.rollback()
    await database.close()
