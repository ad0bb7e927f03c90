"""The workspace's time: what it needs of a clock, and the machine's own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable

_Result = TypeVar("_Result")


class Clock(Protocol):
    """Tells the time and waits; tests hand in one that jumps."""

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 — the workspace's one place, as bot/clock.py is the bot's

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of real time."""
        await asyncio.sleep(seconds)


async def within(clock: Clock, seconds: float, work: Awaitable[_Result]) -> _Result:
    """Return the result of `work`, or cancel it and raise TimeoutError when `seconds` pass on this clock first."""
    task = asyncio.ensure_future(work)
    alarm = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()
        alarm.cancel()
