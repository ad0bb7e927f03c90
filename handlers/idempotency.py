"""Buttons that put something into a channel: pressed twice in a row, they do it once."""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum
from typing import Final

_KEPT: Final = 10_000
"""Claims remembered; a message whose button was pressed so many posts ago is out of sight."""


class IdempotencyKey(Enum):
    """What came of asking for a claim."""

    TAKEN = "taken"
    UNDER_WAY = "under way"
    DONE = "done"


class IdempotencyKeys:
    """Which buttons are at work, and which have done their work. A key stands for one button of one message."""

    def __init__(self) -> None:
        """Begin with none."""
        self._done: OrderedDict[str, bool] = OrderedDict()

    def take(self, key: str) -> IdempotencyKey:
        """Claim a button: TAKEN says that it is ours, until `keep` or `release`."""
        if key in self._done:
            return IdempotencyKey.DONE if self._done[key] else IdempotencyKey.UNDER_WAY
        self._done[key] = False
        if len(self._done) > _KEPT:
            self._done.popitem(last=False)
        return IdempotencyKey.TAKEN

    def keep(self, key: str) -> None:
        """Say that its work is done, for good."""
        self._done[key] = True

    def release(self, key: str) -> None:
        """Say that nothing was done: it may be pressed again."""
        self._done.pop(key, None)
