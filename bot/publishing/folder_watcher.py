"""Publish each edit in the content folder, whatever becomes of it; an edit with faults leaves the newest revision."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import structlog

from bot.content.faults import ContentError
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
    from pathlib import Path

    from bot.content.faults import Fault
    from bot.publishing.publisher import Publisher

_QUIET_MS = 1_000
"""Debounce: an editor saves in several steps, and git writes many files; all within a second are one edit."""
_LONGEST_MS = 5_000
_FIRST_LOOK_MS = 500
"""Delay of the first read after watching begins: an edit made in between would be missed."""
_RETRY_S: Final = 2.0
REARM_S: Final = 5.0
"""Seconds to wait before watching again after a failure."""

_log = structlog.stdlib.get_logger(__name__)


class FolderWatcher:
    """Watches a content folder and publishes it.

    `faults` keep its current state from being published; `warnings` are those of the last state without faults.
    """

    def __init__(
        self,
        folder: Path,
        publisher: Publisher,
        on_change: Callable[[], Awaitable[None]],
        *,
        on_edit: Callable[[], None] = lambda: None,
        retry_s: float = _RETRY_S,
    ) -> None:
        """`on_change` is awaited after each edit, with faults or without; `on_edit` is called when `notes` say so."""
        self.faults: tuple[Fault, ...] = ()
        self.warnings: tuple[Fault, ...] = ()
        self._folder = folder
        self._publisher = publisher
        self._on_change = on_change
        self._on_edit = on_edit
        self._retry_s = retry_s

    @property
    def notes(self) -> tuple[str, ...]:
        """Why the newest edit is not published, a sentence each, with its warnings; none when it is published."""
        if self.faults:
            return tuple(str(fault) for fault in self.faults)
        difference = self._publisher.difference
        return (difference, *(str(fault) for fault in self.warnings)) if difference else ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """The warnings of the newest edit, a sentence each, when it is published in spite of them."""
        return () if self.notes else tuple(str(fault) for fault in self.warnings)

    async def watch(self) -> None:
        """Publish each edit until cancelled; after an error, watch again."""
        is_gone = False
        while True:
            if _is_there(self._folder):
                is_gone = False
                try:
                    await self._watch_once()
                except Exception as error:  # noqa: BLE001 — whatever failed, the next edit must still be published
                    _log.warning("content.watch_failed", wait_s=REARM_S, exc_info=error)
                    await asyncio.sleep(REARM_S)
                continue
            if not is_gone:
                _log.warning("content.folder_gone", folder=str(self._folder))
            is_gone = True
            await asyncio.sleep(_FIRST_LOOK_MS / 1000)

    async def _watch_once(self) -> None:
        """Publish the folder once it is watched, then after each edit, until another folder is in its place."""
        async for _ in edits(self._folder):
            await self.publish()

    async def publish(self) -> None:
        """Publish the folder as it is now, or set `faults`; waits for a database that is unavailable.

        An edit counts as fine only when it is answered from: `faults` and `warnings` change after `on_change`.
        """
        while True:
            try:
                publication = await self._publisher.publish_folder(self._folder)
            except ContentError as error:
                faults, warnings = error.faults, self.warnings
            except StoreError:
                await asyncio.sleep(self._retry_s)
                continue
            else:
                faults, warnings = (), publication.warnings
            break
        await self._on_change()
        self.faults, self.warnings = faults, warnings
        self._on_edit()


async def edits(folder: Path, *, quiet_ms: int = _QUIET_MS) -> AsyncGenerator[None]:
    """Yield once a folder is watched, and after each edit in it; end when another folder is in its place.

    Edits within `quiet_ms` of one another are one. Raises OSError for a folder that is not there.
    """
    from watchfiles import awatch  # noqa: PLC0415 — 2 MB, and most bots watch no folder

    with _opened(folder) as opened:
        is_read = False
        async for found in awatch(
            _real(folder), debounce=_LONGEST_MS, step=quiet_ms, rust_timeout=_FIRST_LOOK_MS, yield_on_timeout=True
        ):
            if not _is_at(folder, opened):
                return
            if found or not is_read:
                is_read = True
                yield


def _real(folder: Path) -> Path:
    return folder.resolve()


def _is_there(folder: Path) -> bool:
    """Whether a folder is at this path, as far as can be seen: a parent may be closed to us, or a share gone."""
    try:
        return folder.is_dir()
    except OSError:
        return False


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Open a folder: as long as it is open, no other gets its number in the file system."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield opened
    finally:
        os.close(opened)


def _is_at(folder: Path, opened: int) -> bool:
    """Whether the open folder is still the one at this path: not moved, deleted or replaced by another or a link."""
    try:
        return os.path.samestat(folder.stat(), os.fstat(opened))
    except OSError:
        return False
