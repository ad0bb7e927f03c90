"""Clocks: the protocol, the machine's own, and one that can be put forward."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_Result = TypeVar("_Result")

_END = datetime(2100, 1, 1, tzinfo=UTC)
_FORWARD_ONLY = "The clock only goes forward, up to the end of 2099."


class Clock(Protocol):
    """Tells the time and sleeps."""

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
    """A clock that can be put forward, never back, while another one, `base`, runs below it.

    A sleep on it ends when `base` has run that long, or when the clock is put forward past its end.
    """

    def __init__(self, base: Clock) -> None:
        """Start at the time of `base`."""
        self._base = base
        self._offset = timedelta()
        self._jumped = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return this moment on this clock, aware, in UTC."""
        return self._base.now() + self._offset

    @property
    def offset_s(self) -> float:
        """How far it is ahead of `base`, in seconds."""
        return self._offset.total_seconds()

    def on_jump(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each jump."""
        self._listeners.append(listener)

    def until(self, moment: datetime) -> timedelta:
        """Return how far ahead a moment is. Raises ValueError for the past, after 2099, or without a time zone."""
        if moment.utcoffset() is None:
            raise ValueError("The moment to jump to needs a time zone.")
        ahead = moment - self.now()
        if ahead < timedelta() or moment >= _END:
            raise ValueError(_FORWARD_ONLY)
        return ahead

    def jump_to(self, moment: datetime) -> None:
        """Put the clock forward to this moment. Raises ValueError as `until` does."""
        self._offset += self.until(moment)
        waiting, self._jumped = self._jumped, asyncio.Event()
        waiting.set()
        for listener in self._listeners:
            listener()

    def jump_by(self, seconds: float) -> None:
        """Put the clock forward by so many seconds. Raises ValueError as `until` does."""
        try:
            moment = self.now() + timedelta(seconds=seconds)
        except (OverflowError, ValueError):
            raise ValueError(_FORWARD_ONLY) from None
        self.jump_to(moment)

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed, or were jumped over."""
        end = self.now() + timedelta(seconds=seconds)
        while (left := (end - self.now()).total_seconds()) > 0:
            jumped = asyncio.ensure_future(self._jumped.wait())
            slept = asyncio.ensure_future(self._base.sleep(left))
            try:
                await asyncio.wait({jumped, slept}, return_when=asyncio.FIRST_COMPLETED)
                if slept.done():
                    return
            finally:
                jumped.cancel()
                slept.cancel()


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
