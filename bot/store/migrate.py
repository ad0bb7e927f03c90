"""Runs Alembic migrations, and tells which one a database is at, and which versions can work on it.

A migration that only adds leaves the tables usable for the versions before: a rolling upgrade runs both. One that
removes or narrows something names, as its `compatible_from`, the first migration whose version no longer needs it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, insert, inspect, select

from bot.store.tables import compatibility

if TYPE_CHECKING:
    from sqlalchemy import Connection

FIRST_TOLD: Final = "0016"
"""The migration from which on the database says which versions can work on it."""
_FOLDER = Path(__file__).with_name("migrations")
VERSIONS: Final = [_FOLDER / "versions"]
"""Folders of migrations: a test adds one with the next version's."""


def newest_migration() -> str:
    """Return the number of the newest migration that this code knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("The migrations are not installed.")
    return head


def migration_of(connection: Connection) -> str | None:
    """Return the number of the migration that the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_newer_and_compatible(connection: Connection) -> bool:
    """Whether a newer version has migrated the database, and left it so that this one can work on it."""
    found, known = migration_of(connection) or "", newest_migration()
    if found <= known or not inspect(connection).has_table(compatibility.name):
        return False
    oldest = connection.scalar(select(compatibility.c.oldest))
    return oldest is not None and oldest <= known


def migrate(connection: Connection, number: str = "head") -> None:
    """Run the missing migrations up to a number, within the connection's transaction: all of them, or none.

    Raises CommandError for a database that a newer version has migrated.
    """
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, number)
    found = migration_of(connection) or ""
    if found >= FIRST_TOLD:
        connection.execute(delete(compatibility))
        connection.execute(insert(compatibility).values(oldest=oldest_compatible(found)))


def oldest_compatible(number: str) -> str:
    """Return the oldest migration whose version can work on tables that are at `number`."""
    script = ScriptDirectory.from_config(_config())
    named = (getattr(each.module, "compatible_from", FIRST_TOLD) for each in script.iterate_revisions(number, "base"))
    return max(named)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _quoted(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(map(_quoted, VERSIONS)))
    return config


def _quoted(folder: Path) -> str:
    return str(folder).replace("%", "%%")
