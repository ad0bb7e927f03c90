"""Turns: long passes that let others run: in a thread, until nobody waits for them, and on the event loop.

Why turns and not a child process: docs/decisions/0016-built-in-turns-not-in-a-child.md.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

TURN_S: Final = 0.001
"""Seconds that long work in a thread takes before others get their turn."""
_PAUSE_S: Final = 0.00005
_Item = TypeVar("_Item")
_IS_ABANDONED: ContextVar[Callable[[], bool]] = ContextVar("is_abandoned", default=bool)
"""Whether nobody waits any more for the work of this thread."""


async def in_thread(work: Callable[[], _Item]) -> _Item:
    """Await work in a thread. When that is cancelled, as by a stop, the work ends at its next turn."""
    abandoned = threading.Event()
    before = _IS_ABANDONED.set(abandoned.is_set)
    try:
        return await asyncio.to_thread(work)
    finally:
        _IS_ABANDONED.reset(before)
        abandoned.set()


def in_turns(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield the items in lists of `size`, and let other threads run after each millisecond of work.

    Python takes its lock from a thread after 5 ms, and only when asked: an event loop would wait that long each time
    it wakes. A thread that sleeps gives the lock to whoever waits. In the main thread nothing waits: no pause there.
    Raises CancelledError once nobody waits for what `in_thread` began.
    """
    waits = threading.current_thread() is not threading.main_thread()
    is_abandoned = _IS_ABANDONED.get()
    rest = iter(items)
    until = time.perf_counter() + TURN_S
    while batch := list(islice(rest, size)):
        if is_abandoned():
            raise asyncio.CancelledError
        yield batch
        if waits and time.perf_counter() > until:
            time.sleep(_PAUSE_S)
            until = time.perf_counter() + TURN_S


async def among_tasks(items: Iterable[_Item], size: int = 100) -> AsyncIterator[_Item]:
    """Yield the items, and let the event loop's other tasks run after each `size` of them."""
    for number, item in enumerate(items, 1):
        yield item
        if number % size == 0:
            await asyncio.sleep(0)
