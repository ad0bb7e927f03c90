"""Slack's rate limits switched on: whoever asks is answered, whoever subscribed is told, once; no call goes round."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

import app as wiring
from bot.alerts import subscriptions
from bot.content.models import DatedReason
from bot.messages import ChannelRef
from bot.outbox.worker import IN_FLIGHT
from tests.scenarios.scene import ADA, GENERAL, GRACE, ScenarioClock, Scene, playing
from tests.scenarios.test_alerts import publishes
from tests.scenarios.views import words_in
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, TEAM_ID, Channel, User
from workspace.wire.methods.rate_limits import BURST, TIERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

POST, EDIT, LOOK = "chat.postMessage", "chat.update", "users.conversations"
MANY = TIERS[EDIT].value + 10
WRONG = DatedReason(on=date(2026, 11, 25), why="The source says 201.")


class StoppedClock(ScenarioClock):
    """A clock that stands still until a test moves it: what Slack takes in a minute depends on no machine."""

    def __init__(self) -> None:
        """Stop at once."""
        super().__init__()
        self._at = super().now()

    def now(self) -> datetime:
        """Return the moment at which it stopped."""
        return self._at


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    workspace = Workspace(wiring.read_manifest(), clock=StoppedClock())
    async with workspace.serve(), playing(workspace) as scene:
        workspace.rate_limits.is_on = True
        yield scene


async def meanwhile(scene: Scene, is_done: Callable[[], bool], *, step_s: float = 1.0) -> None:
    """Let time pass in the workspace, a step each fifth of a second, until it is done."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_done():
            await asyncio.sleep(0.2)
            scene.workspace.clock.jump_by(step_s)


async def test_twelve_mentions_at_once_are_all_answered_in_order(scene: Scene) -> None:
    """What comes faster than a channel takes posts waits for its turn; another process has just posted there, too."""
    for number in range(BURST):
        assert not scene.workspace.rate_limits.take(POST, GENERAL), number
    asked = [await scene.types("@Briefing bot growth zones") for _ in range(12)]
    threads = [each.message.ts for each in asked if each.message]

    def answers() -> list[int]:
        return [len(scene.workspace.seen_by(GRACE, GENERAL, thread)) - 1 for thread in threads]

    await meanwhile(scene, lambda: sum(answers()) >= 12)
    await scene.types("/fact growth zones")
    assert answers() == [1] * 12
    posted = [call.args["thread_ts"] for call in scene.workspace.calls if call.method == POST and call.response["ok"]]
    assert posted == threads
    assert scene.workspace.rate_limits.refused.total() <= BURST


async def test_a_change_and_its_correction_reach_more_channels_than_slack_takes_edits_in_a_minute(scene: Scene) -> None:
    channels = [f"C1{number:03}" for number in range(MANY)]
    async with scene.database.transaction() as connection:
        for channel in channels:
            scene.workspace.state.add_channel(Channel(channel, channel.lower(), frozenset({ADA, BOT_USER_ID})))
            place = ChannelRef(TEAM_ID, channel)
            wanted = subscriptions.wanted(place, [subscriptions.ALL], by=ADA, at=scene.workspace.clock.now())
            await subscriptions.subscribe(connection, place, wanted)

    def shown(words: str) -> int:
        return sum(sum(words in text for text in scene.sees(ADA, channel)) for channel in channels)

    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    await scene.until(lambda: shown("about 200 bids") == MANY)
    assert not scene.workspace.rate_limits.refused
    scene.workspace.clock.jump_by(2)  # a channel takes a message a second
    await publishes(scene, statement="There were 201 bids for AI Growth Zones.", corrected=WRONG)
    await scene.until(lambda: scene.workspace.rate_limits.refused[EDIT])
    await meanwhile(scene, lambda: shown("201 bids for AI Growth Zones") >= MANY, step_s=5)
    assert shown("201 bids for AI Growth Zones") == MANY
    assert 0 < scene.workspace.rate_limits.refused[EDIT] <= IN_FLIGHT


async def test_a_change_leaves_homes_as_they_are_where_slack_takes_no_more_look_ups_for_now(scene: Scene) -> None:
    """Each open Home is drawn anew: fifty in a minute are more than Slack takes after those who open theirs."""
    workspace, people = scene.workspace, [f"U1{number:02}" for number in range(TIERS[LOOK].value)]
    for user in people:
        workspace.add_person(User(user, user.lower(), user))
        workspace.invite(GENERAL, user)
        workspace.open_home(user)
    await scene.until(lambda: len(scene.calls("views.publish")) == len(people))
    await scene.settled()
    before = {user: words_in(workspace.home(user) or {}) for user in people}
    assert not workspace.rate_limits.refused
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    await scene.until(lambda: workspace.rate_limits.refused[LOOK])
    await scene.settled()
    assert workspace.rate_limits.refused == {LOOK: 1}
    assert {user: words_in(workspace.home(user) or {}) for user in people} == before
