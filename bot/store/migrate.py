"""Runs Alembic migrations, and tells which one a database is at, and which versions can work on it.

Alembic is imported where it runs: 6 MB and 0.1 s of CPU, and most starts find the database up to date. A new SQLite
file gets what all migrations make of it from NEW_SQLITE, without Alembic: that was a tenth of a first start.

A migration that only adds leaves the tables usable for the versions before: a rolling upgrade runs both. One that
removes or narrows something names, as its `compatible_from`, the first migration whose version no longer needs it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import delete, func, insert, inspect, select, text

from bot.errors import ConfigError
from bot.store.tables import compatibility, metadata

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

OLDEST_POSTGRESQL: Final = 13
FIRST_TOLD: Final = "0016"
"""The migration from which on the database says which versions can work on it."""
VERSION_TABLE: Final = "alembic_version"
"""Alembic's own table: one row with the number of the migration that the database is at."""
_RESTORE: Final = "Restore the backup from before the upgrade: docs/operations.md says how."
_COLUMNS: Final = {
    "sqlite": text(
        "SELECT made.name, had.name FROM sqlite_master AS made, pragma_table_info(made.name) AS had"
        " WHERE made.type = 'table'"
    ),
    "postgresql": text(
        "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE pg_table_is_visible(attrelid) AND relnamespace <> 'pg_catalog'::regnamespace"  # as queries find them
        " AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped"  # what one may not read is there all the same
    ),
}
_MIGRATING = 0x6272_6965_6669_6E67  # "briefing": the number of PostgreSQL's advisory lock
_FOLDER = Path(__file__).with_name("migrations")
NEW_SQLITE: Final = _FOLDER / "new_sqlite.sql"
"""The statements, with blank lines between them, that make all tables, and say at which migration these are."""
VERSIONS: Final = [_FOLDER / "versions"]
"""Folders of migrations: a test adds one with the next version's."""

_log = structlog.stdlib.get_logger(__name__)


def newest_migration() -> str:
    """Return the number of the newest migration that this code knows: their files begin with it."""
    return max(file.name.partition("_")[0] for folder in VERSIONS for file in folder.glob("[0-9]*_*.py"))


def migration_of(connection: Connection) -> str | None:
    """Return the number of the migration that the database is at; None for an empty one.

    Raises ConfigError where several are named: a migration was made by halves.
    """
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")).all()  # noqa: S608 — a constant
    if len(found) > 1:
        raise ConfigError(
            f"The table {VERSION_TABLE} has more than one row.",
            _RESTORE,
        )
    return found[0] if found else None


def is_newer_and_compatible(connection: Connection) -> bool:
    """Whether a newer version has migrated the database, and left it so that this one can work on it."""
    found, known = migration_of(connection) or "", newest_migration()
    if found <= known or not inspect(connection).has_table(compatibility.name):
        return False
    oldest = connection.scalar(select(compatibility.c.oldest))
    return oldest is not None and oldest <= known


def require_whole(connection: Connection, found: str | None) -> None:
    """Raise ConfigError for a database that was changed by halves; `found` is the migration that it says it is at.

    Only one at our newest migration can be compared, by the tables and columns that this process uses.
    """
    if found not in {None, newest_migration()}:
        return
    there: dict[str, set[str]] = {}
    for table, column in connection.execute(_COLUMNS[connection.dialect.name]):
        there.setdefault(table, set()).add(column)
    if found is None:
        if ours := sorted(there.keys() & metadata.tables.keys()):
            what = f"There are tables of the bot ({', '.join(ours[:3])} …), and nothing says of which version."
            raise ConfigError(what, _RESTORE)
        return
    missing = [name for name in metadata.tables if name not in there]
    missing += [
        f"{name}.{column.name}"
        for name, table in metadata.tables.items()
        for column in table.columns
        if name in there and column.name not in there[name]
    ]
    if missing:
        what = f"The database says that it is at {found}, and lacks {', '.join(missing[:5])}"
        raise ConfigError(f"{what}: a migration was made by halves.", _RESTORE)


def bring_up_to_date(connection: Connection) -> None:
    """Run the missing migrations, one process at a time, within the connection's transaction.

    Raises ConfigError for a server that is too old, for a database that was changed by halves, and for one that a newer
    version has changed so that this one cannot work on it.
    """
    _require_supported(connection)
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway; two that make a table would both fail
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
    if connection.dialect.name == "sqlite" and not inspect(connection).get_table_names():
        for statement in NEW_SQLITE.read_text(encoding="utf-8").split("\n\n"):
            connection.exec_driver_sql(statement)
    require_whole(connection, migration_of(connection))
    found, known = migration_of(connection) or "", newest_migration()
    if is_newer_and_compatible(connection):
        _log.info("db.newer", known=known)
    elif found > known:
        raise _too_new()
    elif found < known:
        migrate(connection)
        require_whole(connection, known)  # migrations add to what is there, and do not see what is not


def require_current(connection: Connection) -> None:
    """Raise ConfigError, with the command to run, when this version cannot work on the tables."""
    _require_supported(connection)
    found, needed = migration_of(connection), newest_migration()
    require_whole(connection, found)
    if is_newer_and_compatible(connection):
        _log.info("db.newer", known=needed)
    elif found is None or found < needed:
        at = f"at migration {found}" if found else "empty"
        raise ConfigError(f"The database is {at}; this version needs migration {needed}.", "Run: briefing-bot migrate")
    elif found > needed:
        raise _too_new()


def _require_supported(connection: Connection) -> None:
    version = connection.dialect.server_version_info or ()
    if connection.dialect.name == "postgresql" and version < (OLDEST_POSTGRESQL,):
        raise ConfigError(
            f"The database server is PostgreSQL {'.'.join(map(str, version))}, which is too old.",
            f"Use PostgreSQL {OLDEST_POSTGRESQL} or newer: docs/operations.md, The database.",
        )


def _too_new() -> ConfigError:
    return ConfigError(
        "A newer version of the bot has changed the database, and this one cannot work on it any more.",
        "Install that version again, or restore a backup: docs/operations.md says how.",
    )


def migrate(connection: Connection, number: str = "head") -> None:
    """Run the missing migrations up to a number, within the connection's transaction: all of them, or none."""
    from alembic import command  # noqa: PLC0415 — see above

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, number)
    found = migration_of(connection) or ""
    if found >= FIRST_TOLD:
        connection.execute(delete(compatibility))
        connection.execute(insert(compatibility).values(oldest=oldest_compatible(found)))


def oldest_compatible(number: str) -> str:
    """Return the oldest migration whose version can work on tables that are at `number`."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 — see above

    script = ScriptDirectory.from_config(_config())
    named = (getattr(each.module, "compatible_from", FIRST_TOLD) for each in script.iterate_revisions(number, "base"))
    return max(named)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 — see above

    config = Config()
    config.set_main_option("script_location", _quoted(_FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", os.pathsep.join(map(_quoted, VERSIONS)))
    return config


def _quoted(folder: Path) -> str:
    return str(folder).replace("%", "%%")
