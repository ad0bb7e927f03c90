"""The time: the one place that asks the machine for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final, Protocol

JUMP_S: Final = 2.0
"""Seconds by which a clock must differ from the time that passed to have jumped."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 — the one place


class Steadiness:
    """Watches a clock: it may be put forward or back, and a machine that slept finds it further on."""

    def __init__(self, clock: Clock, for_s: float) -> None:
        """Take the clock, and the seconds that must have passed since it jumped for it to be steady again."""
        self._clock = clock
        self._for_s = for_s
        self._seen = (clock.now(), time.monotonic())
        self._steady_from = self._seen[1]

    def is_steady(self) -> bool:
        """Whether the clock has not jumped of late; ask it every few seconds."""
        before, passed_before = self._seen
        now, passed = self._seen = (self._clock.now(), time.monotonic())
        if abs((now - before).total_seconds() - (passed - passed_before)) > JUMP_S:
            self._steady_from = passed + self._for_s
        return passed >= self._steady_from
