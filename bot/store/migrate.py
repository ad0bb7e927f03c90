"""Runs Alembic migrations, and tells which one a database is at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FOLDER = Path(__file__).with_name("migrations")


def newest_migration() -> str:
    """Return the number of the newest migration that this code knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("The migrations are not installed.")
    return head


def migration_of(connection: Connection) -> str | None:
    """Return the number of the migration that the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection, number: str = "head") -> None:
    """Run the missing migrations up to a number, within the connection's transaction: all of them, or none."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, number)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
