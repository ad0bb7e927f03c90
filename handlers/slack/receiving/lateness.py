"""How late a request is, by when Slack signed it: it may have waited before the bot, in a balancer or in the kernel."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LATELY_S: Final = 600.0
"""Seconds for which the least age is kept, and as long again."""
RESOLUTION_S: Final = 1.0
"""Seconds by which a stamp can be too early: it has whole ones."""


class Lateness:
    """Compares a stamp's age with the least lately, which tells by how much this machine's clock differs from Slack's.

    Once a clock is set forward, what comes looks late until the least age before that is forgotten.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns Unix time in seconds."""
        self._clock = clock
        self._turned_at = -inf
        self._least_s = self._least_before_s = inf

    def late_s(self, stamp: int) -> float:
        """Return how many seconds later than others a request came that was signed at a Unix time."""
        now = self._clock()
        passed_s = now - self._turned_at
        if not 0 <= passed_s < LATELY_S:
            self._least_before_s = self._least_s if 0 <= passed_s < 2 * LATELY_S else inf
            self._least_s, self._turned_at = inf, now
        age_s = now - stamp
        self._least_s = min(self._least_s, age_s)
        return max(0.0, age_s - min(self._least_s, self._least_before_s) - RESOLUTION_S)
