"""A fair share of the bot's time for each person, and turns for what only a few may do at a time."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bot.logging import Repeats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TOO_MANY: Final = "You have asked very often in a short time. Wait a minute, then ask again."

_MOST_PEOPLE = 10_000
_MINUTE_S: Final = 60.0


class FairShare:
    """Counts what each person asks: so many at once, and as many again spread over a minute."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`a_minute`: 0 is no limit. `clock` returns seconds."""
        self._most = float(a_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._told = Repeats(clock, most=1000)

    def has_some(self, user: str) -> bool:
        """Whether a person may ask one thing more; it is then counted."""
        if not self._most:
            return True
        now = self._clock()
        left, at = self._left.pop(user, (self._most, now))
        left = min(self._most, left + (now - at) * self._most / _MINUTE_S)
        self._left[user] = left - (left >= 1), now
        if len(self._left) > _MOST_PEOPLE:
            self._left.popitem(last=False)
        return left >= 1

    def is_to_be_told(self, user: str) -> bool:
        """Whether a person who has used up their share is to be told so: once a minute, or telling floods too."""
        return self._told.due(user) > 0


class Turns:
    """Lets so many work at a time; who has waited for long takes the place of the one that has been longest at it."""

    def __init__(self, at_once: int, wait_s: float) -> None:
        """Take how many, and the seconds that one waits for a place."""
        self._wait_s = wait_s
        self._free = asyncio.Semaphore(at_once)
        self._working: dict[asyncio.Timeout, None] = {}

    @asynccontextmanager
    async def turn(self, limit: asyncio.Timeout) -> AsyncIterator[None]:
        """Take a place for as long as the block runs. It runs within the time `limit`, which may be brought forward."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            longest = next(iter(self._working))
            del self._working[longest]  # its place is taken over, and not given back
            longest.reschedule(asyncio.get_running_loop().time())
        self._working[limit] = None
        try:
            yield
        finally:
            if limit in self._working:
                del self._working[limit]
                self._free.release()
