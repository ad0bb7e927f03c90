"""Backups of a SQLite database: made while the bot runs, whole or not at all, and checked before they count.

SQLite's online backup copies one consistent state (sqlite.org: "SQLite Backup API"). A new file gets its name at the
very end; what a killed process leaves ends with `.part`, and the next backup of the same name removes it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from bot.errors import BriefingBotError
from bot.store.sqlite_file import LAST_BACKUP, PRIVATE_FILE, make_private
from bot.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OURS: Final = frozenset({"alembic_version", "revisions", "deliveries", "subscriptions"})
"""Tables that every version of our database has."""
_NOT_OURS: Final = "{file} is not a database of briefing-bot."
_TRY_ANOTHER: Final = "Nothing was changed. Take another backup."
_WAIT_S: Final = 5.0


def back_up(database: Path, file: Path) -> None:
    """Copy a database, which may be in use, to a new file that only its owner can read.

    Raises BriefingBotError: for a file that is there already, a full disk, a damaged database.
    """
    if os.path.lexists(file):
        raise BriefingBotError(f"{visible(str(file))} is there already.", "Give the backup another name.")
    if not file.parent.is_dir():
        raise BriefingBotError(f"There is no folder {visible(str(file.parent))}.", "Make it first.")
    with new_file(file.with_name(f".{file.name}.part")) as part:
        copy(database, part)
        try:
            os.link(part, file)  # unlike a rename it never takes the place of another file
        except FileExistsError:
            raise BriefingBotError(f"{visible(str(file))} has just been made by somebody else.") from None
    sync_folder(file.parent)
    with suppress(OSError):  # the backup is made; that it was is told by this file's time
        make_private(database.with_name(LAST_BACKUP))
        os.utime(database.with_name(LAST_BACKUP))


def copy(source: Path, target: Path) -> None:
    """Copy a database over an empty file, to one file without a log beside it, and see that the copy is whole.

    Raises BriefingBotError.
    """
    try:
        with closing(_opened(source)) as old, closing(sqlite3.connect(target)) as new:
            _require_ours(old, source)
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
            found = [row[0] for row in new.execute("PRAGMA integrity_check(1)")]
    except sqlite3.Error as error:
        raise BriefingBotError(
            f"{visible(str(source))} could not be copied: {error}.",
            "Make room on the disk, or see that the files can be read and written. Nothing was changed.",
        ) from None
    if found != ["ok"]:
        raise BriefingBotError(f"{visible(str(source))} is damaged: {visible(found[0])[:200]}.", _TRY_ANOTHER)
    sync(target)


def sync(file: Path) -> None:
    """Have what is in a file survive a power cut."""
    with file.open("rb") as written:
        os.fsync(written.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names of files in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def new_file(part: Path) -> Iterator[Path]:
    """Make an empty file for the block, for its owner alone; it is removed with the block, whatever happens."""
    try:
        _remove(part)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE))
        yield part
    except OSError as error:
        raise BriefingBotError(
            f"{visible(str(part.parent))} cannot be written: {error.strerror}.", "Name a file in another folder."
        ) from None
    finally:
        with suppress(OSError):
            _remove(part)


def _remove(part: Path) -> None:
    """Remove a file with what SQLite keeps beside it. Raises OSError."""
    for beside in ("", "-journal", "-wal", "-shm"):
        part.with_name(f"{part.name}{beside}").unlink(missing_ok=True)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=_WAIT_S)


def _require_ours(connection: sqlite3.Connection, file: Path) -> None:
    """Raise BriefingBotError for a file that is no database, or one of another program."""
    not_ours = BriefingBotError(_NOT_OURS.format(file=visible(str(file))), _TRY_ANOTHER)
    try:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise not_ours from None
        raise
    if not names >= _OURS:
        raise not_ours
