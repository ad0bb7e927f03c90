"""Channels that are archived, opened again, renamed, left or deleted, and a removed app: what is paused, what resumes.

Public channels have Slack's `channel_` events, private ones `group_` events; both come over a socket or over HTTP.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

import app as wiring
from bot.alerts import subscriptions
from bot.content.models import DatedReason
from bot.messages import ChannelRef
from bot.schedules import schedules
from bot.store.tables import deliveries
from bot.subscriptions.channel_events import GREETING
from handlers.slack.manifests import over_http
from tests.scenarios.scene import ADA, GENERAL, POLICY, RANDOM, ScenarioClock, Scene, playing
from tests.scenarios.test_alerts import publishes
from tests.scenarios.test_http import http_settings
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, TEAM_ID
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HERE = ChannelRef(TEAM_ID, POLICY)
POST = "chat.postMessage"


def private(scene: Scene) -> ChannelRef:
    """Create a private channel that the bot is in."""
    return ChannelRef(TEAM_ID, scene.workspace.create_channel("plans", [ADA, BOT_USER_ID], is_private=True).id)


async def reasons(scene: Scene, here: ChannelRef = HERE) -> set[str]:
    """Return why the alerts and schedules of a channel are paused; an empty text for one that runs."""
    async with scene.database.reading() as connection:
        alerts = await subscriptions.for_channel(connection, here)
        posts = await schedules.for_channel(connection, here)
    assert alerts
    assert posts
    return {each.pause_reason for each in alerts} | {each.pause_reason for each in posts}


async def until(scene: Scene, wanted: str, here: ChannelRef = HERE) -> None:
    """Wait until all that a channel gets has this pause reason."""
    async with asyncio.timeout(PATIENCE_S):
        while await reasons(scene, here) != {wanted}:  # noqa: ASYNC110 — it is in the database
            await asyncio.sleep(0.02)


async def subscribe(scene: Scene, here: ChannelRef = HERE) -> None:
    """Subscribe a channel to alerts and to a schedule, and wait until it has been told of both."""
    for words in ("all alerts", "infrastructure Mondays 9:00"):
        before = scene.calls(POST)
        await scene.types(f"/briefing subscribe {words}", channel=here.channel)
        await scene.until(lambda: len(scene.calls(POST)) > len(before))  # noqa: B023 — awaited here
    await until(scene, "", here)


@asynccontextmanager
async def over(transport: str, port: int) -> AsyncIterator[Scene]:
    """Play over a socket or over HTTP."""
    manifest, settings = wiring.read_manifest(), {}
    if transport == "http":
        address = "https://bot.example"
        text = json.dumps(over_http(manifest, address)).replace(address, f"http://127.0.0.1:{port}")
        manifest = json.loads(text)
    workspace = Workspace(manifest)  # signatures are of the machine's time
    if transport == "http":
        settings = http_settings(workspace.signing_secret, port)
    async with workspace.serve(), playing(workspace, **settings) as scene:
        yield scene


@pytest.mark.parametrize(("transport", "is_private"), [("socket", False), ("socket", True), ("http", True)])
async def test_a_channel_is_paused_when_it_takes_no_posts_and_resumes_by_itself(
    transport: str, unused_tcp_port: int, *, is_private: bool
) -> None:
    async with over(transport, unused_tcp_port) as scene:
        workspace, here = scene.workspace, private(scene) if is_private else HERE

        def says(words: str) -> bool:
            return any(words in text for text in scene.sees(ADA, here.channel))

        await subscribe(scene, here)
        workspace.archive(here.channel)
        await until(scene, "is_archived", here)
        workspace.unarchive(here.channel)
        await until(scene, "", here)
        await scene.until(lambda: says("no longer archived"))
        workspace.rename(here.channel, "renamed")
        workspace.remove_bot(here.channel)
        await until(scene, "not_in_channel", here)
        workspace.invite_bot(here.channel)
        await until(scene, "", here)
        await scene.until(lambda: says("I am back in this channel"))
        workspace.delete_channel(here.channel)
        await until(scene, "channel_not_found", here)
        await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
        await scene.settled()
        assert [call.response for call in workspace.calls if not call.response["ok"]] == []


async def test_a_private_channel_gets_its_posts_until_the_bot_is_removed_and_again_from_the_next_invitation(
    scene: Scene,
) -> None:
    here = private(scene)

    def posts(words: str) -> int:
        return sum(words in text for text in scene.sees(ADA, here.channel))

    def monday(day: date) -> None:
        scene.workspace.clock.jump_to(datetime.combine(day, time(9, 0, 1), UTC))

    await subscribe(scene, here)
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    await scene.until(lambda: posts("about 200 bids"))
    monday(date(2026, 11, 30))
    await scene.until(lambda: posts("Position at 21 July 2025") == 1)
    before = len(scene.calls(POST))

    scene.workspace.remove_bot(here.channel)
    await until(scene, "not_in_channel", here)
    await publishes(scene, statement="There were about 210 bids for AI Growth Zones.")
    monday(date(2026, 12, 7))
    await scene.types("/fact growth zones", channel=GENERAL)
    await scene.settled()
    assert len(scene.calls(POST)) == before, "nothing is tried where the bot is not"

    scene.workspace.invite_bot(here.channel)
    await scene.until(lambda: posts("I am back in this channel"))
    assert posts("What changed meanwhile was not posted here: /briefing changes lists it.") == 1
    monday(date(2026, 12, 14))
    await scene.until(lambda: posts("Position at 21 July 2025") == 2)
    newest = scene.last(ADA, here.channel)["text"]
    assert newest.startswith("Infrastructure: changed since Mon 30 November"), "since the last post that was seen here"
    assert "Was: There were about 200 bids for AI Growth Zones.\nNow: There were about 210 bids" in newest
    await publishes(scene, statement="There were about 220 bids for AI Growth Zones.")
    await scene.until(lambda: posts("about 220 bids"))
    assert len(scene.calls(POST)) == before + 3


async def test_a_removal_that_nobody_told_is_noticed_at_the_next_post_and_ends_with_the_next_invitation() -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, maintainers_channel=GENERAL) as scene:
        here = private(scene)
        await subscribe(scene, here)
        workspace.fault_switches.switch([Fault("drop", "deliveries", times=1)])
        workspace.remove_bot(here.channel)
        await scene.until(lambda: not workspace.fault_switches.switches)
        await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
        await until(scene, "channel_not_found", here)
        await scene.until(lambda: any("did not reach its channel" in text for text in scene.sees()))
        workspace.invite_bot(here.channel)
        await until(scene, "", here)
        await scene.until(lambda: any("I am back" in text for text in scene.sees(ADA, here.channel)))


async def test_a_channel_is_told_once_what_to_type_and_not_beside_what_resumes(scene: Scene) -> None:
    for _ in range(2):
        scene.workspace.invite_bot(RANDOM)
        await scene.until(lambda: scene.sees(ADA, RANDOM))
        await scene.settled()
        scene.workspace.remove_bot(RANDOM)
    await subscribe(scene)
    scene.workspace.remove_bot(POLICY)
    await until(scene, "not_in_channel")
    scene.workspace.invite_bot(POLICY)
    await scene.until(lambda: any("I am back in this channel" in text for text in scene.sees(ADA, POLICY)))
    await scene.settled()
    assert scene.sees(ADA, RANDOM) == [GREETING]
    assert GREETING not in scene.sees(ADA, POLICY)
    scene.workspace.clock.jump_by(timedelta(days=3).total_seconds())
    scene.workspace.invite_bot(RANDOM)
    await scene.until(lambda: scene.sees(ADA, RANDOM) == [GREETING] * 2)


async def test_another_person_who_joins_is_not_greeted(scene: Scene) -> None:
    joined = {"type": "member_joined_channel", "user": ADA, "channel": POLICY, "event_ts": "1.1"}
    body = {"type": "event_callback", "team_id": TEAM_ID, "api_app_id": "A0TRY", "event_id": "Ev7", "event": joined}
    before = scene.sees(ADA, POLICY)
    await scene.workspace.send_event(body)
    await scene.settled()
    assert scene.sees(ADA, POLICY) == before


@pytest.mark.parametrize("is_private", [False, True])
async def test_a_post_that_could_not_be_corrected_is_when_the_channel_takes_changes_again(
    scene: Scene, *, is_private: bool
) -> None:
    """Twice corrected while nobody could edit it: what stands there is quoted, so it must not stay wrong."""
    workspace, here = scene.workspace, private(scene) if is_private else HERE
    reply = await scene.asks("/fact growth-zones-bids", channel=here.channel)
    await scene.clicks(reply, "Post to channel", channel=here.channel)

    def post() -> str:
        return next((text for text in scene.sees(ADA, here.channel) if "Posted by Ada" in text), "")

    await scene.until(post)
    if is_private:
        workspace.remove_bot(here.channel)
    else:
        workspace.archive(here.channel)
    for number, bids in enumerate((201, 202), start=1):
        wrong = DatedReason(on=date(2026, 11, 25), why=f"Counted {number} times.")
        await publishes(scene, statement=f"There were {bids} bids for AI Growth Zones.", corrected=wrong)
        await until_refused(scene, *["channel_not_found" if is_private else "is_inactive"] * number)
    assert "over 200 bids" in post()
    if is_private:
        workspace.invite_bot(here.channel)
    else:
        workspace.unarchive(here.channel)
    await scene.until(lambda: "now “There were 202 bids" in post())


async def until_refused(scene: Scene, *codes: str) -> None:
    """Wait until edits have failed with these codes."""
    query = select(deliveries.c.error).where(deliveries.c.kind == "edit", deliveries.c.state == "failed")
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with scene.database.reading() as connection:
                if sorted(await connection.scalars(query)) == sorted(codes):
                    return
            await asyncio.sleep(0.02)


async def test_what_members_paused_stays_paused_after_an_archive(scene: Scene) -> None:
    await subscribe(scene)
    async with scene.database.transaction() as connection:
        await subscriptions.pause(connection, HERE, "Paused by hand.", scene.workspace.clock.now())
        await schedules.pause_channel(connection, HERE, "Paused by hand.", scene.workspace.clock.now())
    scene.workspace.archive(POLICY)
    scene.workspace.unarchive(POLICY)
    await scene.until(lambda: len([each for each in scene.workspace.dispatches if "archive" in str(each)]) >= 2)
    await scene.settled()
    assert await reasons(scene) == {"Paused by hand."}
    assert not any("no longer archived" in text for text in scene.sees(ADA, POLICY))


async def test_a_removed_app_is_told_once_and_pauses_everything_until_it_is_installed_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace) as scene:
        await subscribe(scene)
        workspace.uninstall()
        await until(scene, "app_uninstalled")
        await scene.types("<@U0BRIEFING> growth zones", channel=GENERAL)
        await scene.settled()
        said = capsys.readouterr().out
        assert said.count("installation.removed") == 1
        assert "Traceback" not in said


async def test_a_start_with_a_token_that_works_resumes_what_a_removed_app_had_paused(tmp_path: Path) -> None:
    before, after = (Workspace(wiring.read_manifest(), clock=ScenarioClock()) for _ in range(2))
    async with before.serve(), playing(before, data_dir=tmp_path) as scene:
        await subscribe(scene)
        before.uninstall()
        await until(scene, "app_uninstalled")
    async with after.serve(), playing(after, data_dir=tmp_path) as scene:
        await until(scene, "")
