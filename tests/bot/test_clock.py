"""Clock skew: measured against Slack's time, logged once for each change, noted for operators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.clock import ClockSkew
from tests.support.newsroom import HandClock


@pytest.mark.parametrize("seconds", [73, -3600])
def test_a_change_is_logged_once(seconds: int) -> None:
    clock = HandClock()
    skew, slack_time = ClockSkew(clock), clock.at
    clock.pass_by(seconds=seconds)
    with capture_logs() as logs:
        skew.measure(slack_time)
        skew.measure(slack_time + timedelta(seconds=1))
        skew.measure(clock.at)
    assert [(each["event"], each["seconds"]) for each in logs] == [("clock.skewed", seconds), ("clock.skewed", 0)]


def test_a_slow_answer_is_no_skew() -> None:
    clock = HandClock()
    skew = ClockSkew(clock)
    skew.measure(clock.at - timedelta(seconds=8))
    assert skew.seconds == 0
