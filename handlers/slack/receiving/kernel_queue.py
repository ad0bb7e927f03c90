"""How long what is read from a socket has waited in the kernel, where it has no time of its own to tell that by."""

from __future__ import annotations

import array
import fcntl
import termios
from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import ClientWebSocketResponse

IDLE_S: Final = 0.25
"""Seconds without a message after which there was none, rather than no time to read one."""


class KernelQueue:
    """Looks at what is left in the kernel with each message that is read."""

    def __init__(self, descriptor: Callable[[], int], clock: Callable[[], float] = perf_counter) -> None:
        """`descriptor` returns the socket's, which may be closed by then; `clock` returns seconds."""
        self._descriptor = descriptor
        self._clock = clock
        self._empty_at = self._looked_at = clock()
        self._read = 0
        """Bytes read since it was empty."""

    def waited_s(self, length: int) -> float:
        """Return about how long a message of so many bytes has waited: as long as what is left now will.

        That goes by what was read since nothing was left; no message has waited longer than that is ago.
        """
        now, left = self._clock(), self._left()
        was_idle, self._looked_at = now - self._looked_at > IDLE_S, now
        if not left or was_idle:
            self._empty_at, self._read = now, 0
            return 0.0
        self._read += max(length, 1)
        passed_s = now - self._empty_at
        return min(passed_s, left * passed_s / self._read)

    def _left(self) -> int:
        """Return how many bytes can be read (ioctl_tty(2), FIONREAD); none of a socket that is closed."""
        found = array.array("i", [0])
        try:
            fcntl.ioctl(self._descriptor(), termios.FIONREAD, found)
        except (OSError, ValueError):
            return 0
        return found[0]


def queue_of(socket: ClientWebSocketResponse) -> KernelQueue:
    """Return a websocket's."""

    def descriptor() -> int:
        found = socket.get_extra_info("socket")
        return -1 if found is None else int(found.fileno())

    return KernelQueue(descriptor)
