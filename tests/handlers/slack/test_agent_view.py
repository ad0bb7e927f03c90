"""The status of an agent, which no answer waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply
from handlers.slack.agent_view import AgentView
from tests.support.snapshots import snapshot_of
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from bot.answers.snapshot import RevisionSnapshot
    from handlers.slack.client import SlackClient

ANSWER = Reply(Outcome.ANSWER, "Words.")


class StuckStatus:
    """A client whose call for a status never ends."""

    def __init__(self) -> None:
        """Begin without a call."""
        self.asked = asyncio.Event()
        self.cut = asyncio.Event()

    async def set_status(self, _channel: str, _thread: str, _status: str) -> None:
        """Wait for ever."""
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cut.set()


@pytest.mark.parametrize("fails", [False, True])
async def test_a_finished_answer_waits_for_no_status_and_is_followed_by_none(fails: bool) -> None:  # noqa: FBT001 — pytest's
    client = StuckStatus()

    async def making() -> Reply:
        await client.asked.wait()
        if fails:
            raise BriefingBotError("No.")
        return ANSWER

    async def snapshot() -> RevisionSnapshot:
        return snapshot_of()

    pane = AgentView(snapshot, cast("SlackClient", client), lambda _scope: True, slow_s=0.0)
    looking = pane.with_status("D1", "1.1", making())
    if fails:
        with pytest.raises(BriefingBotError):
            await asyncio.wait_for(looking, PATIENCE_S)
    else:
        assert await asyncio.wait_for(looking, PATIENCE_S) is ANSWER
    await asyncio.wait_for(client.cut.wait(), PATIENCE_S)
