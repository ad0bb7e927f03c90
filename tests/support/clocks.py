"""Clocks that tests move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import SystemClock


@dataclass
class MovedClock(SystemClock):
    """The machine's clock, moved on by the test: what takes minutes passes at once, and nothing passes by itself.

    A wait that is long beside anything a test does ends when the test moves the clock past it.
    """

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""
        return super().now() + self.ahead

    def pass_by(self, **amount: float) -> None:
        """Move it on."""
        self.ahead += timedelta(**amount)
