"""SQLAlchemy engines: a SQLite file for one process, PostgreSQL for any number."""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import re
import sys
from datetime import date, datetime
from functools import cache, lru_cache, partial
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import event, insert, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import ConfigError
from bot.store.limiter import is_asked
from bot.store.sqlite_file import make_private, make_private_folder, open_sqlite
from bot.store.tables import in_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Insert, Subquery, Table
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
    from sqlalchemy.pool import ConnectionPoolEntry


def _without_orm() -> Callable[..., AsyncEngine]:
    """Import SQLAlchemy's `create_async_engine` alone: its package brings the ORM too, 7 MB and a twentieth of a start.

    Who imports the package afterwards gets all of it.
    """
    name = "sqlalchemy.ext.asyncio"
    if name not in sys.modules and (spec := find_spec(name)):
        sys.modules[name] = module_from_spec(spec)
        try:
            importlib.import_module(f"{name}.engine")
        finally:
            del sys.modules[name]
    return importlib.import_module(f"{name}.engine").create_async_engine  # type: ignore[no-any-return]


create_async_engine: Final = _without_orm()
SQLITE_FILE: Final = "briefing-bot.db"
LOCK_FILE: Final = "briefing-bot.lock"
_READING = "briefing_bot_reading"
READS: Final[dict[str, Any]] = {_READING: True}
"""Execution options of a connection that only reads: on SQLite it then waits for no writer."""
READS_ALONE: Final[dict[str, Any]] = {**READS, "isolation_level": "AUTOCOMMIT"}
"""The same on PostgreSQL: no BEGIN and ROLLBACK, as at READ COMMITTED each statement sees the newest state anyway."""

BUSY_S: Final = 5.0
"""How long SQLite waits for another process's lock."""
ASKED_BUSY_S: Final = 1.0
"""The same where somebody waits for the answer: with their turn and their way here, they have a word within 3 s."""
_WAIT = "busy_s"
"""What `info` of a connection calls its present wait."""
_POOL_SIZE = 10
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""NUL in JSON, and not a backslash before “u0000”."""


def insert_into(connection: AsyncConnection, table: Table) -> Any:  # noqa: ANN401 — the dialects' inserts share no type
    """Return the dialect's own insert, the same for each call, which knows what to do about a conflict."""
    return _insert_into(connection.dialect.name, table)


@cache
def _insert_into(dialect: str, table: Table) -> Insert:
    if dialect != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 — 3 MB, which nobody needs on SQLite

    return postgresql.insert(table)


def row_source(connection: AsyncConnection, table: Table, *names: str) -> Subquery:
    """Return rows with these columns of a table, to be read in a statement from its `row_parameter`.

    A statement over many rows is then built once, whatever their number, and takes one parameter.
    """
    return _row_source(connection.dialect.name, table, names)


@cache
def _row_source(dialect: str, table: Table, names: tuple[str, ...]) -> Subquery:
    if dialect == "postgresql":
        columns, rows = ", ".join(names), f"json_populate_recordset(NULL::{table.name}, CAST(:row_parameter AS json))"
    else:
        columns = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in names)
        rows = "json_each(:row_parameter)"
    query = text(f"SELECT {columns} FROM {rows}").columns(*(table.c[name] for name in names))  # noqa: S608 — our own names
    return query.subquery("row_source")


def row_parameter(connection: AsyncConnection, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the parameter of a statement that reads a `row_source`: columns' names and values, None for NULL.

    Raises ValueError for a moment without its zone, UnicodeError for a text with half a character or NUL: the
    databases' JSON functions refuse the one, or cut it there, or make of it what cannot be read.
    """
    as_text = _as_text if connection.dialect.name == "postgresql" else _as_sqlite_text

    def stored(value: date) -> str:
        return as_text(in_utc(value) if isinstance(value, datetime) else value)

    listed = list(rows)
    try:
        encoded = orjson.dumps(listed, stored, orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except orjson.JSONEncodeError:  # it does not say why, and takes no integer of more than 64 bits
        encoded = json.dumps(listed, default=stored, ensure_ascii=False)
        encoded.encode()
    if "\\u0000" in encoded and _NUL.search(encoded):
        raise UnicodeError("A text with NUL cannot be given to a statement over many rows.")
    return {"row_parameter": encoded}


@lru_cache(maxsize=1000)  # most rows of a statement have the same few
def _as_text(value: date) -> str:
    """Return a day, or a moment in UTC, as PostgreSQL reads it."""
    return value.isoformat()


@lru_cache(maxsize=1000)
def _as_sqlite_text(value: date) -> str:
    """Return a day, or a moment in UTC, as UtcTime keeps it."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds").removesuffix("+00:00")
    return value.isoformat()


async def insert_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that have the same columns, by one statement; raises what SQLAlchemy's insert does."""
    if not rows:
        return
    try:
        parameter = row_parameter(connection, rows)
    except UnicodeError:  # a JSON column may have it, escaped: the driver knows
        await connection.execute(insert(table), list(rows))
    else:
        await connection.execute(_inserting(connection.dialect.name, table, tuple(rows[0])), parameter)


@cache
def _inserting(dialect: str, table: Table, names: tuple[str, ...]) -> Insert:
    return insert(table).from_select(names, select(_row_source(dialect, table, names)))


_ADDRESS: Final = "It should look like postgresql://name:password@host:5432/database."


def database_url(configured: str, data_dir: Path) -> URL:
    """Return the address of the database: `configured` if it is not empty, else a SQLite file in `data_dir`.

    Raises ConfigError for an address that is neither SQLite nor PostgreSQL, and where PostgreSQL's driver is missing.
    """
    if not configured:
        return make_url(f"sqlite+aiosqlite:///{data_dir / SQLITE_FILE}")
    try:
        url = make_url(configured)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise ConfigError("DATABASE_URL is not a database address.", _ADDRESS) from None
    if "@" in (url.host or ""):  # the password's rest must reach neither DNS nor the log
        raise ConfigError("The password in DATABASE_URL has an @.", "Write it as %40, and a % as %25.")
    if url.get_backend_name() in ("postgresql", "postgres"):
        _require_driver()
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite+aiosqlite")
    raise ConfigError(
        f"DATABASE_URL begins with {url.drivername}://, which is not supported.",
        "Use postgresql://…, or leave it empty for SQLite.",
    )


def _require_driver() -> None:
    try:
        importlib.import_module("psycopg")
    except ImportError:  # also where it is there without the C library that it needs
        raise ConfigError(
            "DATABASE_URL is a PostgreSQL database, and its driver is not installed.",
            "Install it: pip install 'briefing-bot[postgres]'",
        ) from None


def sqlite_folder(url: URL) -> Path | None:
    """Return the folder of a SQLite file; None for PostgreSQL."""
    return Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else None


def create_engine(url: URL, *, busy_s: float = BUSY_S) -> AsyncEngine:
    """Return an engine for an address as `database_url` gives it; it connects when it is first used."""
    if url.get_backend_name() == "sqlite":
        opening = partial(open_sqlite, url)
        engine = create_async_engine(url, pool_size=_POOL_SIZE, hide_parameters=True, async_creator=opening)
        event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, busy_s))
        event.listen(engine.sync_engine, "begin", partial(_begin_sqlite, busy_s))
        return engine
    from bot.store.postgresql import create_postgresql_engine  # noqa: PLC0415 — its driver is loaded where it is used

    return create_postgresql_engine(url)


def _prepare_sqlite(  # the driver's connection is Any by DB-API
    busy_s: float,
    connection: Any,  # noqa: ANN401
    _entry: ConnectionPoolEntry,
) -> None:
    """Turn off the driver's own transactions, which begin late, and let readers run beside a writer."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what is erased is overwritten, not only freed
        f"busy_timeout = {1000 * busy_s:.0f}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(busy_s: float, connection: Connection) -> None:
    """Begin; a transaction that may write takes the write lock at once, so that what it reads is not stale."""
    is_reading = connection.get_execution_options().get(_READING, False)
    wait_s = min(busy_s, ASKED_BUSY_S) if is_asked() else busy_s
    if not is_reading and connection.info.setdefault(_WAIT, busy_s) != wait_s:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * wait_s:.0f}")
        connection.info[_WAIT] = wait_s
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


class ProcessLock:
    """File lock that keeps a second bot off a SQLite file; the system releases it when the process ends."""

    def __init__(self, folder: Path, *, is_shared: bool = False) -> None:
        """Make the folder and lock it; `is_shared` takes no lock, but checks that the folder can be written.

        Raises ConfigError when another process holds the lock, or nothing can be written.
        """
        try:
            make_private_folder(folder)
            make_private(folder / LOCK_FILE)
            self._file = (folder / LOCK_FILE).open("a+", encoding="ascii")
        except OSError as error:
            reason = "it is not a folder" if isinstance(error, FileExistsError) else error.strerror
            raise ConfigError(
                f"The folder for the database, {folder}, cannot be written: {reason}.",
                "Set DATA_DIR to a folder that the bot may write.",
            ) from None
        if is_shared:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._holder()
            self._file.close()
            raise ConfigError(
                f"Another briefing-bot{holder} uses the database in {folder}.",
                "Stop it first, or set DATABASE_URL to a PostgreSQL database to run several.",
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def is_held(self) -> bool:
        """Whether a bot runs on the folder; asked by a process that takes no lock itself."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return False

    def _holder(self) -> str:
        """Return the process that holds the lock, as text; empty if unknown."""
        self._file.seek(0)
        number = self._file.read(20).strip()
        return f" (process {number})" if number.isdigit() else ""

    def release(self) -> None:
        """Release the lock."""
        self._file.close()
