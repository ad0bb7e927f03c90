"""Checks of the database, on a connection as `bot.store.read_only` gives it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from bot.errors import ConfigError
from bot.health.finding import Finding, fail, ok, warn
from bot.store.migrate import (
    OLDEST_POSTGRESQL,
    is_newer_and_compatible,
    migration_of,
    newest_migration,
    require_whole,
)
from bot.store.revisions import newest_hash

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

_SERVER: Final = text(
    "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(),"
    " current_setting('default_transaction_read_only') = 'on',"
    " (SELECT setting FROM pg_settings WHERE name = 'server_version')"
)
_RIGHTS: Final = text(
    "SELECT has_schema_privilege(current_schema(), 'CREATE'),"
    " (SELECT count(*) FROM pg_class WHERE pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::regnamespace"
    "  AND relkind IN ('r', 'p')"
    "  AND NOT (has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE')))"
)


async def database(connection: AsyncConnection, url: URL) -> Finding:
    """Whether the database answers, is of a version that the bot can use, and may be written."""
    if url.get_backend_name() == "sqlite":
        return await connection.run_sync(_sqlite, Path(url.database or ""))
    return await connection.run_sync(_postgresql)


def _sqlite(connection: Connection, path: Path) -> Finding:
    version = connection.scalar(text("SELECT sqlite_version()"))
    connection.execute(text("SELECT count(*) FROM sqlite_master"))  # it is a database, and can be read
    if not os.access(path, os.W_OK):
        to_do = "Let the bot's user write to it; it may be immutable (lsattr)."
        return fail("database", f"{path} cannot be written.", to_do)
    return ok("database", f"SQLite {version}, {path}, {path.stat().st_size / 1024**2:,.1f} MiB.")


def _postgresql(connection: Connection) -> Finding:
    number, is_standby, is_read_only, shown = connection.execute(_SERVER).one()
    if number // 10_000 < OLDEST_POSTGRESQL:
        to_do = f"Use PostgreSQL {OLDEST_POSTGRESQL} or newer."
        return fail("database", f"The server is PostgreSQL {shown}: too old for this version.", to_do)
    if is_standby:
        return fail(
            "database", "The server is a standby, which takes no changes.", "Point DATABASE_URL to the primary."
        )
    if is_read_only:
        to_do = "Have default_transaction_read_only turned off, for the server, the database or the user."
        return fail("database", "The server takes no changes (default_transaction_read_only is on).", to_do)
    may_create, closed = connection.execute(_RIGHTS).one()
    if closed or not may_create:
        what = f"may not write to {closed} of the tables" if closed else "may not make tables"
        to_do = "Make that user the owner of the tables and of their schema."
        return fail("database", f"The user of DATABASE_URL {what}.", to_do)
    return ok("database", f"PostgreSQL {shown}.")


async def migrations(connection: AsyncConnection) -> Finding:
    """Whether the tables are those of this version: not behind, not of a newer one, not changed by halves."""
    return await connection.run_sync(_migrations)


def _migrations(connection: Connection) -> Finding:
    try:
        found, needed = migration_of(connection), newest_migration()
        require_whole(connection, found)
    except ConfigError as error:
        return fail("migrations", error.message, error.hint)
    if is_newer_and_compatible(connection):
        return ok("migrations", f"At {found}, of a newer version, which lets this one work on it.")
    if found is not None and found > needed:
        what = f"A newer version of the bot has changed the database: it is at {found}, this version knows {needed}."
        return fail("migrations", what, "Install that version again, or restore a backup: docs/operations.md says how.")
    if found != needed:
        what = f"The database is at {found}" if found else "The database is empty"
        return _behind(what, needed, is_sqlite=connection.dialect.name == "sqlite")
    return ok("migrations", f"At {found}, the newest that this version knows.")


def _behind(what: str, needed: str, *, is_sqlite: bool) -> Finding:
    if is_sqlite:
        what = f"{what}; this version needs {needed}."
        return warn("migrations", what, "Nothing, but a backup: `briefing-bot run` brings it up to date.")
    return fail("migrations", f"{what}; this version needs {needed}.", "Run: briefing-bot migrate")


async def published(connection: AsyncConnection, folders_hash: str | None) -> Finding:
    """Whether there is a revision to answer from, and whether the content folder is the same.

    `folders_hash` is the hash of the folder's content; empty for one with faults, None where content comes from git.
    """
    number, published_hash = await newest_hash(connection)
    if not number:
        return nothing_published(folders_hash)
    what = f"Revision {number} is answered from"
    if folders_hash and folders_hash != published_hash:
        to_do = "briefing-bot diff shows how; briefing-bot publish publishes it."
        return warn("published", f"{what}, and the content folder differs from it.", to_do)
    return ok("published", f"{what}; the content folder is the same." if folders_hash else f"{what}.")


def nothing_published(folders_hash: str | None) -> Finding:
    """Return the finding where there is no revision: a start publishes the folder, unless it has faults."""
    if folders_hash == "":
        what = "Nothing is published, and the content folder has faults: there is nothing to answer from."
        return fail("published", what, "Put the content folder right: briefing-bot check says where.")
    return warn("published", "Nothing is published yet.", "Start the bot, or run: briefing-bot publish")
