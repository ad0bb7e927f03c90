"""Places that take no posts: archived, unknown, or of somebody who left. Nobody else is held up; a person is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

import app as wiring
from bot.alerts import subscriptions, watches
from bot.alerts.subscriptions import ALL
from bot.messages import ChannelRef
from bot.store.tables import deliveries
from tests.scenarios.scene import GENERAL, GRACE, POLICY, Scene, playing
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.records import TEAM_ID

BIDS = "growth-zones-bids"
NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)


async def subscribe(scene: Scene, *channels: str) -> None:
    """Subscribe channels to everything, whether they exist or not: an import would do the same."""
    async with scene.database.transaction() as connection:
        for channel in channels:
            place = ChannelRef(TEAM_ID, channel)
            await subscriptions.subscribe(connection, place, subscriptions.wanted(place, [ALL], by="U0ADA", at=NOON))


async def publish(scene: Scene) -> None:
    """Publish a change of one fact."""
    fact = replace(scene.content.facts[BIDS], statement="There were about 200 bids.", short=None)
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, fact.id: fact}))


async def states(scene: Scene) -> dict[str, tuple[str, str | None]]:
    """Return the state and error of each alert and word to one person, by channel, once all are settled."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with scene.database.reading() as connection:
                rows = (await connection.execute(select(deliveries).where(deliveries.c.kind != "note"))).all()
            if rows and all(row.state in ("sent", "failed") for row in rows):
                return {row.channel: (row.state, row.error) for row in rows}
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("channel", "code"),
    [(POLICY, "is_archived"), ("C0GONE", "channel_not_found")],
)
async def test_a_channel_that_takes_no_posts_is_paused_and_told_and_the_others_go_on(channel: str, code: str) -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, maintainers_channel="C0GENERAL") as scene:
        await subscribe(scene, channel, "D0GRACE")
        if channel == POLICY:
            workspace.state.archive(POLICY)
        await publish(scene)
        assert await states(scene) == {channel: ("failed", code), "D0GRACE": ("sent", None)}
        await scene.until(lambda: any("did not reach its channel" in text for text in scene.sees(GRACE, GENERAL)))
        told = scene.last(GRACE, GENERAL)["text"]
        assert f"for {channel} failed ({code})." in told
        assert "Once that is fixed, run briefing-bot deliveries retry " in told
        async with scene.database.reading() as connection:
            (kept,) = await subscriptions.for_channel(connection, ChannelRef(TEAM_ID, channel))
        assert (kept.pause_reason, kept.paused_at is not None) == (code, True)


async def test_who_left_is_not_written_to_and_holds_nobody_up(scene: Scene) -> None:
    async with scene.database.transaction() as connection:
        for user in ("U0LEFT", GRACE):
            await watches.watch(connection, TEAM_ID, user, scene.content.facts[BIDS], scene.workspace.clock.now())
    await publish(scene)
    settled = await states(scene)
    assert settled[GRACE] == ("sent", None)
    assert settled["U0LEFT"][0] == "failed"
    async with scene.database.reading() as connection:
        assert await watches.of_user(connection, TEAM_ID, "U0LEFT", scene.workspace.clock.now()) == ()
