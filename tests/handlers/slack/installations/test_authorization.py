"""The session for Slack's Web API: its answers, refusals too, measure the clock's skew."""

from __future__ import annotations

import pytest

import app as wiring
from bot.clock import ClockSkew
from bot.outbox.delivery import NotDeliveredError
from handlers.slack.installations.authorization import session_to
from tests.support.newsroom import HandClock
from tests.support.slack_clients import web_client
from workspace.server import Workspace


async def test_slacks_answers_measure_the_clock() -> None:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        clock = HandClock(workspace.clock.now())
        clock.pass_by(minutes=5)
        skew = ClockSkew(clock)
        async with session_to(workspace.api_url, skew) as session:
            with pytest.raises(NotDeliveredError):
                await web_client(workspace.api_url, session, "xoxb-none").auth_test()
            assert 290 < skew.seconds <= 301
            workspace.clock.jump_by(300)
            await web_client(workspace.api_url, session, workspace.bot_token).auth_test()
            assert skew.seconds == 0
