"""A fair share of the bot's time for each person."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from bot.logging import Repeats

if TYPE_CHECKING:
    from collections.abc import Callable

TOO_MANY: Final = "You have asked very often in a short time. Wait a minute, then ask again."

_MOST_PEOPLE = 10_000
_MINUTE_S: Final = 60.0


class FairShare:
    """Counts what each person asks: so many at once, and as many again spread over a minute."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`a_minute`: 0 is no limit. `clock` returns seconds."""
        self._most = float(a_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._told = Repeats(clock, most=1000)

    def has_some(self, user: str) -> bool:
        """Whether a person may ask one thing more; it is then counted."""
        if not self._most:
            return True
        now = self._clock()
        left, at = self._left.pop(user, (self._most, now))
        left = min(self._most, left + (now - at) * self._most / _MINUTE_S)
        self._left[user] = left - (left >= 1), now
        if len(self._left) > _MOST_PEOPLE:
            self._left.popitem(last=False)
        return left >= 1

    def is_to_be_told(self, user: str) -> bool:
        """Whether a person who has used up their share is to be told so: once a minute, or telling floods too."""
        return self._told.due(user) > 0
