"""The clock: the only place that reads the machine's time, and its skew against Slack's; and long work in turns."""

from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SKEW_S: Final = 10
"""Seconds of skew that are not reported: Slack's `Date` has whole seconds, and its answers take time."""
REFUSED_S: Final = 300
"""Seconds of skew beyond which no signed request is taken for Slack's (Slack: "Verifying requests from Slack")."""
TURN_S: Final = 0.001
"""Seconds that long work in a thread takes before others get their turn."""
_PAUSE_S: Final = 0.00005
_Item = TypeVar("_Item")
_IS_ABANDONED: ContextVar[Callable[[], bool]] = ContextVar("is_abandoned", default=bool)
"""Whether nobody waits any more for the work of this thread."""

_log = structlog.stdlib.get_logger(__name__)


class Clock(Protocol):
    """Source of the current time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 — the one place


class ClockSkew:
    """Skew between the clock and Slack's, as last measured. A change of more than SKEW_S is logged.

    `seconds` is positive while the clock is ahead, and 0 within SKEW_S.
    """

    def __init__(self, clock: Clock) -> None:
        """`clock` is the one that is compared with Slack's."""
        self.seconds = 0
        self._clock = clock

    def measure(self, slack_time: datetime) -> None:
        """Compare the clock with the time at which Slack answered, just now."""
        measured = round((self._clock.now() - slack_time).total_seconds())
        seconds = measured if abs(measured) > SKEW_S else 0
        if abs(seconds - self.seconds) > SKEW_S:
            self.seconds = seconds
            _log.warning("clock.skewed", seconds=seconds)


class SharedClock:
    """The clock less its skew: the time that several processes compare, whose machines' clocks may differ."""

    def __init__(self, clock: Clock, skew: ClockSkew) -> None:
        """`skew` is that of `clock`; while it is not measured, it is none."""
        self._clock = clock
        self._skew = skew

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return self._clock.now() - timedelta(seconds=self._skew.seconds)


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
