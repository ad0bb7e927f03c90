"""An edit in briefings/ becomes a revision; a broken one leaves the last good revision standing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from watchfiles import awatch

from bot.content.faults import ContentError
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.content.faults import Fault
    from bot.publishing.publisher import Publisher

_QUIET_MS = 1_000
"""How long nothing may be written before an edit counts as made: an editor saves in several steps, git checks out many
files, and several writes within a second are one edit."""
_LONGEST_MS = 5_000
_FIRST_LOOK_MS = 500
"""How long after the watch has begun the folder is read again: an edit before it would go unseen."""
_RETRY_S: Final = 2.0
REARM_S: Final = 5.0
"""Seconds to wait before watching again after a failure."""

_log = structlog.stdlib.get_logger(__name__)


class FolderWatcher:
    """Watches a content folder and publishes what it holds. `faults` is what keeps its newest state from loading."""

    def __init__(self, folder: Path, publisher: Publisher, on_change: Callable[[], Awaitable[None]]) -> None:
        """`on_change` is awaited after each edit, whether it loads or not."""
        self.faults: tuple[Fault, ...] = ()
        self._folder = folder
        self._publisher = publisher
        self._on_change = on_change

    @property
    def notes(self) -> tuple[str, ...]:
        """What keeps the newest edit from being published, a sentence each."""
        if self.faults:
            return tuple(str(fault) for fault in self.faults)
        return (self._publisher.difference,) if self._publisher.difference else ()

    async def watch(self) -> None:
        """Publish each edit, until cancelled; what fails is logged, and the watch begins anew."""
        while True:
            try:
                await self._watch_once()
            except Exception as error:  # noqa: BLE001 — whatever failed once, the next edit must still be seen
                _log.warning("watching the content failed", wait_s=REARM_S, exc_info=error)
            await asyncio.sleep(REARM_S)

    async def _watch_once(self) -> None:
        """Read the folder as soon as it is watched, then after each edit."""
        is_read = False
        async for edits in awatch(
            self._folder, debounce=_LONGEST_MS, step=_QUIET_MS, rust_timeout=_FIRST_LOOK_MS, yield_on_timeout=True
        ):
            if edits or not is_read:
                is_read = True
                await self.read_again()

    async def read_again(self) -> None:
        """Publish the folder as it is now, or keep its faults; a database that is away is waited for."""
        while True:
            try:
                await self._publisher.publish_folder(self._folder)
            except ContentError as error:
                self.faults = error.faults
            except StoreError:
                await asyncio.sleep(_RETRY_S)
                continue
            else:
                self.faults = ()
            break
        await self._on_change()
