"""The file of a SQLite database: made for the bot's user alone, and the same one as long as the process runs."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from bot.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

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
