"""How many heaps the C library keeps.

With one for each thread, what threads left free was never given back: a bot grew by half a MiB an hour.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MOST_ARENAS = 2
_M_ARENA_MAX = -8
"""Which of mallopt's parameters it is (malloc.h of glibc)."""


def keep_few_arenas() -> None:
    """Have the threads share two of the C library's heaps.

    Call before there are threads. MALLOC_ARENA_MAX does the same ("mallopt(3)").
    """
    with suppress(AttributeError, OSError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _MOST_ARENAS)
