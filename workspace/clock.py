"""The workspace's time: what it needs of a clock, and the machine's own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_Result = TypeVar("_Result")

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Where a travelling clock may go: from the one to the other."""


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


class TravellingClock:
    """A clock that can be put forward and back while another one, `base`, goes on below it.

    Whoever sleeps on it wakes when the sleep is over by either: `base` has come that far, or the clock was put forward
    past it. Putting it back makes no sleep longer.
    """

    def __init__(self, base: Clock) -> None:
        """Begin at the time of `base`."""
        self._base = base
        self._offset = timedelta()
        self._skipped = timedelta()
        self._jumped = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return this moment on this clock, aware, in UTC."""
        return self._base.now() + self._offset

    @property
    def offset_s(self) -> float:
        """How far it is before `base`, in seconds; negative when it was put back."""
        return self._offset.total_seconds()

    def on_jump(self, listener: Callable[[], None]) -> None:
        """Call this whenever the clock has been put forward or back."""
        self._listeners.append(listener)

    def jump_to(self, moment: datetime) -> None:
        """Put the clock to this moment. Raises ValueError as check does."""
        self.check(moment)
        self._set(moment - self._base.now())

    @staticmethod
    def check(moment: datetime) -> None:
        """Raise ValueError for a moment without a time zone, or not within 2000 to 2099."""
        if moment.utcoffset() is None:
            raise ValueError("The moment to jump to needs a time zone.")
        if not EARLIEST <= moment < LATEST:
            raise ValueError("The clock goes from the year 2000 to 2099.")

    def jump_by(self, seconds: float) -> None:
        """Put the clock forward by so many seconds, or back when negative. Raises ValueError as jump_to does."""
        try:
            moment = self.now() + timedelta(seconds=seconds)
        except (OverflowError, ValueError):
            raise ValueError("The clock goes from the year 2000 to 2099.") from None
        self.jump_to(moment)

    def reset(self) -> None:
        """Put the clock back to the time of `base`."""
        self._set(timedelta())

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed, or were jumped over."""
        end = self._passed() + timedelta(seconds=seconds)
        while (left := (end - self._passed()).total_seconds()) > 0:
            jumped = asyncio.ensure_future(self._jumped.wait())
            slept = asyncio.ensure_future(self._base.sleep(left))
            try:
                await asyncio.wait({jumped, slept}, return_when=asyncio.FIRST_COMPLETED)
                if slept.done():
                    return
            finally:
                jumped.cancel()
                slept.cancel()

    def _set(self, offset: timedelta) -> None:
        self._skipped += max(offset - self._offset, timedelta())
        self._offset = offset
        waiting, self._jumped = self._jumped, asyncio.Event()
        waiting.set()
        for listener in self._listeners:
            listener()

    def _passed(self) -> datetime:
        """Return a time that only grows: that of `base`, and all that was jumped over."""
        return self._base.now() + self._skipped


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
