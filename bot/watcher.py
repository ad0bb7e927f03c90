"""An edit in briefings/ becomes a revision; a broken one leaves the last good revision standing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from watchfiles import awatch

from bot.content.faults import ContentError
from bot.content.load import ThemeCache, load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.clock import Clock
    from bot.content.faults import Fault
    from bot.content.load import Limits
    from bot.content.models import Content
    from bot.store.revision import Store

_DEBOUNCE_MS = 400
"""How long edits that follow one another are gathered: an editor saves in several steps, git checks out many files."""

_FIRST_LOOK_MS = 500
"""How long after the watch has begun the folder is read again: an edit before it would go unseen."""
REARM_S: Final = 5.0
"""Seconds to wait before watching again after a failure."""

_log = structlog.stdlib.get_logger(__name__)


class Watcher:
    """Watches a content folder and publishes what it holds. `faults` is what keeps its newest state from loading."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        clock: Clock,
        on_change: Callable[[], Awaitable[None]],
        *,
        limits: Limits | None = None,
    ) -> None:
        """`on_change` is awaited after each edit, whether it loads or not; `limits` are the messenger's."""
        self.faults: tuple[Fault, ...] = ()
        self._folder = folder
        self._store = store
        self._clock = clock
        self._on_change = on_change
        self._limits = limits
        self._cache = ThemeCache()

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
            self._folder, debounce=_DEBOUNCE_MS, rust_timeout=_FIRST_LOOK_MS, yield_on_timeout=True
        ):
            if edits or not is_read:
                is_read = True
                await self.read_again()

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
        return load(self._folder, cache=self._cache, limits=self._limits)
