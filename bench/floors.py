"""Floors that move with the machine where no server is one: a fixed piece of Python work."""

from __future__ import annotations

import gc
import json
import time
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

WORK: Final = "fixed Python work"
_LINES: Final = [f"word{number % 977} of line {number} in a text" for number in range(3_000)]
_TRIES: Final = 15


def work() -> int:
    """Split, count, sort and encode some thousand lines: some 5 ms of Python."""
    counts = Counter(word for line in _LINES for word in line.split())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return len(json.loads(json.dumps(ranked)))


def work_s(clock: Callable[[], float] = time.process_time) -> float:
    """Return the seconds that the fixed work takes by this clock: the median of several tries.

    Nothing is collected meanwhile: that would take as long as the process is large.
    """
    taken, was_enabled = [], gc.isenabled()
    gc.disable()
    for _ in range(_TRIES):
        begun = clock()
        work()
        taken.append(clock() - begun)
    if was_enabled:
        gc.enable()
    return median(taken)
