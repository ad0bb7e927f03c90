"""The file of a SQLite database: made for the bot's user alone, and the same one as long as the process runs.

And connections to it, for SQLAlchemy.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

import aiosqlite
import structlog

from bot.store.errors import FULL, READ_ONLY, StoreError

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy.engine import URL

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
LAST_BACKUP: Final = "last-backup"
"""An empty file beside the database: its time of change is that of the newest backup."""
_LOG_S: Final = 1.0
"""Seconds for which readers are waited for: nobody writes meanwhile."""
NO_ROOM: Final = 1024**2
"""Bytes of free disk space below which the disk counts as full: one more change may not fit."""

_log = structlog.stdlib.get_logger(__name__)


class SqliteFile:
    """A SQLite file. One that is deleted or replaced while it is used is lost: what was written would be gone."""

    def __init__(self, path: Path) -> None:
        """`path` is looked at when it is first used."""
        self.path = path
        self.is_lost = False
        self.on_lost: Callable[[StoreError], None] = lambda _: None
        """Called once, with the error, when the loss is noticed."""
        self._first: os.stat_result | None = None

    def loss(self) -> StoreError | None:
        """Make the file at the first use; afterwards, return an error unless it is still the same."""
        if self._first is None:
            with suppress(OSError):  # SQLite says better why it cannot be opened
                self._first = make_private(self.path)
            return None
        try:
            is_same = os.path.samestat(self.path.stat(), self._first)
        except OSError:
            is_same = False
        if is_same and not self.is_lost:
            return None
        loss = StoreError(
            f"The database file {self.path} was deleted or replaced while the bot uses it: nothing is saved any more.",
            "Stop the bot, put the file back or restore a backup (docs/operations.md says how), and start it.",
        )
        if not self.is_lost:
            self.is_lost = True
            _log.error("db.lost", reason=str(loss))
            self.on_lost(loss)
        return loss

    def write_fault(self) -> StoreError | None:
        """Return why the next change would not be saved, by the room on the disk and our rights; None where it would.

        Seen before anybody's change is refused: a bot that nobody asks anything writes nothing.
        """
        try:
            system = os.statvfs(self.path)
        except OSError:  # it is not there: `loss` tells
            return None
        blocks = system.f_bavail if os.geteuid() else system.f_bfree  # some are root's alone
        if system.f_blocks and blocks * system.f_frsize < NO_ROOM:
            return StoreError(*FULL)
        return None if os.access(self.path, os.W_OK) else StoreError(*READ_ONLY)

    def empty_log(self) -> bool:
        """Write what the log has into the file, and empty the log (SQLite: "PRAGMA wal_checkpoint").

        Return False, and tell, where somebody went on reading it for _LOG_S, or the file cannot be written.
        """
        why = "somebody reads the database"
        try:
            address = f"{self.path.resolve().as_uri()}?mode=rw"  # it makes no file where there is none
            with closing(sqlite3.connect(address, uri=True, timeout=_LOG_S)) as connection:
                is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            is_busy, why = True, str(error)
        if is_busy:
            _log.warning("db.log_kept", reason=why)
        return not is_busy


def make_private(path: Path) -> os.stat_result:
    """Make a file if it is missing, and let only its owner read and write it, whatever the umask. Raises OSError.

    A new one belongs to who owns the folder: a command that root runs leaves nothing that the bot cannot open.
    """
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        if is_new:
            give_to_owner_of(path.parent, file)
        with suppress(PermissionError):  # somebody else's file, which we may use
            os.fchmod(file, PRIVATE_FILE)
        return os.fstat(file)
    finally:
        os.close(file)


def give_to_owner_of(path: Path, file: int) -> None:
    """Have an open file belong to the owner and the group of a path, as far as we may. Raises OSError."""
    like = path.stat()
    for owner, group in ((-1, like.st_gid), (like.st_uid, -1)):
        with suppress(PermissionError):  # only root gives a file away
            os.fchown(file, owner, group)


def make_private_folder(folder: Path) -> None:
    """Make a folder, if it is missing, for its owner alone. Raises OSError."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)


class _SqliteCursor:
    """Runs a statement and fetches all of its rows in one step of the connection's thread.

    aiosqlite takes a step each to make a cursor, to run, to fetch and to close; a step costs as much as a small
    statement. Has the methods that SQLAlchemy's dialect uses.
    """

    description: Any = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: _SqliteConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement."""
        await self._connection.step(self._run, sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each of these."""
        await self._connection.step(self._run, sqlite3.Cursor.executemany, sql, parameters)

    def _run(
        self, how: Callable[..., object], sql: str, parameters: Sequence[Any], connection: sqlite3.Connection
    ) -> None:
        cursor = connection.cursor()
        try:
            how(cursor, sql, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        """Return the rows."""
        return self._rows

    async def close(self) -> None:
        """Do nothing: it was closed when its rows were fetched."""


class _SqliteConnection(aiosqlite.Connection):
    """A connection that tells when its thread has taken its last step; `stopped` is None until it is to stop."""

    stopped: Future[Any] | None = None

    def cursor(self) -> _SqliteCursor:  # type: ignore[override]  # SQLAlchemy enters what it returns
        """Return a cursor."""
        return _SqliteCursor(self)

    async def step(self, act: Callable[..., None], *arguments: object) -> None:
        """Have the thread take a step, whose last argument is the connection there. Raises sqlite3.Error."""
        await self._execute(act, *arguments, self._conn)  # type: ignore[no-untyped-call]  # aiosqlite has no types here

    def stop(self) -> Future[Any] | None:
        """Have the thread stop after what it was given to do."""
        self.stopped = super().stop()
        return self.stopped


async def open_sqlite(url: URL) -> aiosqlite.Connection:
    """Open a connection as SQLAlchemy's dialect would; where that fails or is cancelled, its thread has ended before.

    aiosqlite does not wait for it: a thread that comes to its last step when the event loop is closed ends with a
    traceback. Raises sqlite3.Error.
    """
    arguments, options = url.get_dialect()().create_connect_args(url)
    connection = _SqliteConnection(partial(sqlite3.connect, *arguments, **options), 1)
    connection._thread.daemon = True  # noqa: SLF001 — as SQLAlchemy has it: one left open keeps no process alive
    try:
        return await connection
    except BaseException:
        if connection.stopped:
            await connection.stopped
        raise
