"""The clock: the only place that reads the machine's time, and its skew against Slack's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

SKEW_S: Final = 10
"""Seconds of skew that are not reported: Slack's `Date` has whole seconds, and its answers take time."""
REFUSED_S: Final = 300
"""Seconds of skew beyond which no signed request is taken for Slack's (Slack: "Verifying requests from Slack")."""

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
