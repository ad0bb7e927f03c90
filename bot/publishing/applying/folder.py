"""Writes approved changes into the content folder, and publishes it (CONTENT_APPLY=direct)."""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from bot.content.faults import ContentError
from bot.publishing.applying.candidate import sound_candidate
from bot.publishing.applying.failures import disk_failure
from bot.publishing.applying.protocol import NOT_PUBLISHED, Applied, ApplyError
from bot.publishing.publisher import Origin
from bot.recurrence.phrase import joined
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bot.publishing.applying.candidate import Candidate
    from bot.publishing.applying.protocol import ApprovedChange
    from bot.publishing.content_check import ContentCheck
    from bot.publishing.publisher import Publisher

_TRIES: Final = 3
"""How often a change is made anew because somebody saved one of its files meanwhile."""
_MODE: Final = 0o644


class FolderApply:
    """Replaces whole files of a content folder, and publishes it; nothing is written that `check` refuses."""

    def __init__(self, folder: Path, publisher: Publisher, check: ContentCheck) -> None:
        self._folder = folder
        self._publisher = publisher
        self._check = check

    async def apply(self, approved: ApprovedChange) -> Applied:
        """Write a change and publish the folder; one that is there already is only published. Raises as Apply does."""
        names = await asyncio.to_thread(self._write, approved)
        try:
            publication = await self._publisher.publish_folder(
                self._folder, Origin(author=approved.proposer.name or None)
            )
        except StoreError as error:
            message = f"{NOT_PUBLISHED} {error.message}"
            raise ApplyError(message, error.hint, is_temporary=True) from error
        except ContentError as error:  # somebody saved a fault since
            raise ApplyError(f"{NOT_PUBLISHED} {error.message}", error.hint) from error
        if publication.hold_reason:
            return Applied(f"{NOT_PUBLISHED} {publication.hold_reason}")
        return Applied(f"Written into {joined(names)}." if names else "The content folder has it already.")

    def _write(self, approved: ApprovedChange) -> list[str]:
        """Replace the files of a change. Return their paths."""
        return write(self._folder, lambda: sound_candidate(self._folder, approved.change, self._check))


def write(folder: Path, made: Callable[[], Candidate]) -> list[str]:
    """Replace the files of a candidate, in its order: all of them, or none. Return their paths.

    `made` is called again where somebody saved one of the files meanwhile. Raises ApplyError.
    """
    try:
        with _locked(folder):
            for _ in range(_TRIES):
                candidate = made()
                if _is_current(folder, candidate):
                    _replace(folder, candidate, list(candidate.after))
                    return sorted(candidate.after)
    except OSError as error:
        raise disk_failure(error, "the content folder") from error
    raise ApplyError("Somebody is saving the same files right now.", is_temporary=True)


def _is_current(folder: Path, candidate: Candidate) -> bool:
    """Whether no file was saved since it was read."""
    paths = ((folder / name, data) for name, data in candidate.before.items())
    return all((path.read_bytes() if path.exists() else None) == data for path, data in paths)


def _replace(folder: Path, candidate: Candidate, names: Sequence[str]) -> None:
    """Replace files; where one cannot be, put those before it back. Raises OSError."""
    for number, name in enumerate(names):
        try:
            replace_file(folder / name, candidate.after[name].encode())
        except OSError:
            for touched in names[: number + 1]:
                with suppress(OSError):
                    _put_back(folder / touched, candidate.before[touched])
            raise


def _put_back(path: Path, before: bytes | None) -> None:
    if before is not None:
        replace_file(path, before)
        return
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()  # one that was made for it; any other has files


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file, or the one that a link leads to, whole and for good; owner and mode stay. Raises OSError."""
    real = path.resolve()
    real.parent.mkdir(parents=True, exist_ok=True)
    new = real.with_name(f".{real.name}.new")  # hidden files are no content
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            old = real.stat() if real.exists() else None
            if old is not None:
                with suppress(PermissionError):  # who edits it by hand keeps it, where the bot may give it away
                    os.fchown(file.fileno(), old.st_uid, old.st_gid)
            os.fchmod(file.fileno(), old.st_mode & 0o7777 if old else _MODE)
            os.fsync(file.fileno())
        new.replace(real)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    folder = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def is_writable(folder: Path) -> bool:
    """Whether files in a content folder, and in the folders of its areas, can be replaced."""
    folders = (folder, *(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")))
    return all(os.access(each, os.W_OK | os.X_OK) for each in folders)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one change at a time, whichever process makes it. Waits; raises OSError."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
