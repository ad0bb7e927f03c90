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
    from bot.publish import Publisher

_QUIET_MS = 1_000
"""How long nothing may be written before an edit counts as made: an editor saves in several steps, git checks out many
files, and several writes within a second are one edit."""
_LONGEST_MS = 5_000
_RETRY_S: Final = 2.0

_log = structlog.stdlib.get_logger(__name__)


class Watcher:
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
        """Publish each edit, until cancelled."""
        try:
            async for _ in awatch(self._folder, debounce=_LONGEST_MS, step=_QUIET_MS):
                await self.read_again()
        except OSError as error:
            _log.warning("content is not watched any more", reason=str(error))

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
