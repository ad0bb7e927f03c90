"""How late requests are by their stamps, whatever this machine's clock says."""

from __future__ import annotations

import pytest

from handlers.slack.receiving.lateness import LATELY_S, Lateness

NOW = 1_800_000_000


class Line:
    """Requests that Slack signs, with so many seconds on their way, to a machine whose clock differs."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.now, self.ahead_s = float(NOW), ahead_s
        self.lateness = Lateness(lambda: self.now + self.ahead_s)

    def late_s(self, way_s: float = 0.0) -> float:
        """Return how late one is held to be."""
        return self.lateness.late_s(int(self.now - way_s))


@pytest.mark.parametrize("ahead_s", [0, 0.4, 5, 60, -5, -60])
def test_a_clock_that_is_ahead_or_behind_makes_nothing_late(ahead_s: float) -> None:
    line = Line(ahead_s)
    for _ in range(200):
        line.now += 0.37
        assert line.late_s(0.05) == 0


@pytest.mark.parametrize("ahead_s", [0, 5, 60, -60])
def test_what_waited_five_seconds_before_the_bot_is_late_whatever_the_clock_says(ahead_s: float) -> None:
    line = Line(ahead_s)
    for _ in range(200):
        line.now += 0.37
        line.late_s(0.05)
    assert 3 <= line.late_s(5) <= 5
    assert line.late_s() == 0


def test_a_backlog_stands_out_for_ten_minutes_at_least_and_a_clock_that_was_set_is_learned_in_twenty() -> None:
    line = Line()
    line.late_s()
    for _ in range(int(LATELY_S) - 1):
        line.now += 1
        assert line.late_s(5) >= 3
    line.now += LATELY_S + 1
    line.late_s(5)
    line.now += LATELY_S
    assert line.late_s(5) == 0


def test_a_clock_that_is_set_back_makes_nothing_late() -> None:
    line = Line()
    for ahead_s in (3000, 1000, 0, -1000):
        line.ahead_s = ahead_s
        assert line.late_s() == 0
