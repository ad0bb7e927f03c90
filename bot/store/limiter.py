"""Limits how many transactions of people run at once: under overload they are told so; the bot's own work goes on."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from bot.store.errors import NOT_SAVED, StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

AT_ONCE: Final = 4
"""Transactions of people at a time; the pool has more connections, for the bot's own work."""
MOST_WAITING: Final = 60
"""People's transactions that may wait: at some milliseconds each they all have their turn in time."""
WAIT_S: Final = 1.0
"""Seconds that one may wait: a command has three of Slack's, and may need two turns."""
READ_S: Final = 2.0
"""Seconds that one read may take for a person."""


class BusyError(StoreError):
    """The database has more to do than it can: nothing was begun."""

    for_members = "I have too much to do at the moment; nothing changed. Try again in a minute."

    def __init__(self) -> None:
        """Say it."""
        super().__init__("The database has more to do than it can.", "People were told to try again.")


_is_asked: ContextVar[bool] = ContextVar("is_asked", default=False)
_has_no_timeout: ContextVar[bool] = ContextVar("has_no_timeout", default=False)


@contextmanager
def asked_by_a_person() -> Iterator[None]:
    """Have what the block does, and the tasks that it starts, wait at the limiter: somebody waits for the answer."""
    before = _is_asked.set(True)
    try:
        yield
    finally:
        _is_asked.reset(before)


def is_asked() -> bool:
    """Whether somebody waits for what is being done."""
    return _is_asked.get()


@contextmanager
def without_timeout() -> Iterator[None]:
    """Let the block's statements take as long as they need."""
    before = _has_no_timeout.set(True)
    try:
        yield
    finally:
        _has_no_timeout.reset(before)


def has_no_timeout() -> bool:
    """Whether a statement may take as long as it needs."""
    return _has_no_timeout.get()


class TransactionLimiter:
    """Lets a few transactions of people run at a time, and all of the bot's own."""

    def __init__(self, *, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most_waiting = most_waiting
        self._waiting = 0

    @asynccontextmanager
    async def admitted(self, writer: asyncio.Lock | None = None) -> AsyncIterator[None]:
        """Take a turn for as long as the block runs, and the writer's lock with it; only people wait for a turn.

        They wait no longer than WAIT_S for both. Raises BusyError.
        """
        async with AsyncExitStack() as turn:
            if _is_asked.get():
                await self._take(turn, writer)
            elif writer is not None:
                await turn.enter_async_context(writer)
            yield

    async def _take(self, turn: AsyncExitStack, writer: asyncio.Lock | None) -> None:
        if self._waiting >= self._most_waiting:
            raise BusyError
        self._waiting += 1
        busy = BusyError()
        try:
            async with asyncio.timeout(WAIT_S):
                await turn.enter_async_context(self._free)
                if writer is not None:
                    busy.for_members = NOT_SAVED  # it waits for another process perhaps, and not for a crowd
                    await turn.enter_async_context(writer)
        except TimeoutError:
            raise busy from None
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Take a turn for a read, which for a person ends after READ_S. Raises BusyError."""
        async with self.admitted(), self.in_time():
            yield

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """End the block after READ_S where a person waits for it. Raises BusyError."""
        try:
            async with asyncio.timeout(READ_S if _is_asked.get() else None):
                yield
        except TimeoutError:
            raise BusyError from None
