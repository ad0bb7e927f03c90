"""An edit in briefings/ becomes a revision; a broken one leaves the last good revision standing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from watchfiles import awatch

from bot.content.faults import ContentError
from bot.content.load import ThemeCache, load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.clock import Clock
    from bot.content.faults import Fault
    from bot.content.models import Content
    from bot.store.revision import Store

_DEBOUNCE_MS = 400
"""How long edits that follow one another are gathered: an editor saves in several steps, git checks out many files."""

_log = structlog.stdlib.get_logger(__name__)


class Watcher:
    """Watches a content folder and publishes what it holds. `faults` is what keeps its newest state from loading."""

    def __init__(self, folder: Path, store: Store, clock: Clock, on_change: Callable[[], Awaitable[None]]) -> None:
        """`on_change` is awaited after each edit, whether it loads or not."""
        self.faults: tuple[Fault, ...] = ()
        self._folder = folder
        self._store = store
        self._clock = clock
        self._on_change = on_change
        self._cache = ThemeCache()

    async def watch(self) -> None:
        """Publish each edit, until cancelled."""
        try:
            async for _ in awatch(self._folder, debounce=_DEBOUNCE_MS):
                await self.read_again()
        except OSError as error:
            _log.warning("content is not watched any more", reason=str(error))

    async def read_again(self) -> None:
        """Load the folder now and publish it, or keep its faults."""
        try:
            content = await asyncio.to_thread(self._load)
        except ContentError as error:
            self.faults = error.faults
            _log.warning("content does not load", faults=len(error.faults), first=str(error.faults[0]))
        else:
            self.faults = ()
            revision = await self._store.publish(content, self._clock.now())
            _log.info("content loaded", revision=revision.number, facts=len(content.facts))
        await self._on_change()

    def _load(self) -> Content:
        return load(self._folder, cache=self._cache)
