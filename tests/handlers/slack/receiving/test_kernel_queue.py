"""How long messages have waited in the kernel, with a real socket and a clock that the test moves."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from handlers.slack.receiving.kernel_queue import IDLE_S, KernelQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 100
STEP_S = IDLE_S / 2


class Line:
    """A socket that is written to and read by messages."""

    def __init__(self, sender: socket.socket, reader: socket.socket) -> None:
        self._sender, self._reader, self._now = sender, reader, 100.0
        self.queue = KernelQueue(reader.fileno, lambda: self._now)

    def sends(self, count: int) -> None:
        """Send messages."""
        self._sender.sendall(b"x" * LENGTH * count)

    def reads(self, after_s: float = STEP_S) -> float:
        """Read one after some time, and return how long it has waited."""
        self._now += after_s
        assert len(self._reader.recv(LENGTH)) == LENGTH
        return self.queue.waited_s(LENGTH)


@pytest.fixture
def line() -> Iterator[Line]:
    """Open one, and close it."""
    sender, reader = socket.socketpair()
    with sender, reader:
        yield Line(sender, reader)


def test_what_is_read_as_it_comes_has_not_waited(line: Line) -> None:
    for _ in range(50):
        line.sends(1)
        assert line.reads() == 0


def test_what_is_read_more_slowly_than_it_comes_has_waited_for_as_long_as_what_is_left_takes(line: Line) -> None:
    line.sends(1)
    line.reads()
    waited_s = []
    for _ in range(40):
        line.sends(2)
        waited_s.append(line.reads())
    assert waited_s == sorted(waited_s)
    assert waited_s[-1] == pytest.approx(40 * STEP_S), "forty are left, and each takes a step"
    for _ in range(40):
        waited = line.reads()
    assert waited == 0


def test_two_that_come_at_once_after_a_silence_have_not_waited(line: Line) -> None:
    line.sends(1)
    line.reads()
    line.sends(2)
    assert line.reads(3600) == 0
    assert line.reads(0) == 0


def test_none_has_waited_for_longer_than_since_nothing_was_left(line: Line) -> None:
    line.sends(1)
    line.reads()
    line.sends(100)
    assert line.reads() == pytest.approx(STEP_S)


def test_of_a_closed_socket_nothing_is_left() -> None:
    sender, reader = socket.socketpair()
    sender.close()
    reader.close()
    assert KernelQueue(reader.fileno).waited_s(0) == 0
