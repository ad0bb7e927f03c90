"""Channels that are archived, opened again, renamed or left, and a removed app: what is paused, and what resumes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import app as wiring
from bot.alerts import subscriptions
from bot.messages import ChannelRef
from bot.schedules import schedules
from tests.scenarios.scene import ADA, GENERAL, POLICY, ScenarioClock, Scene, playing
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HERE = ChannelRef(TEAM_ID, POLICY)


async def reasons(scene: Scene) -> set[str]:
    """Return why the alerts and schedules of #policy are paused; an empty text for one that runs."""
    async with scene.database.reading() as connection:
        alerts = await subscriptions.for_channel(connection, HERE)
        posts = await schedules.for_channel(connection, HERE)
    assert alerts
    assert posts
    return {each.pause_reason for each in alerts} | {each.pause_reason for each in posts}


async def until(scene: Scene, wanted: str) -> None:
    """Wait until all that #policy gets has this pause reason."""
    async with asyncio.timeout(PATIENCE_S):
        while await reasons(scene) != {wanted}:  # noqa: ASYNC110 — it is in the database
            await asyncio.sleep(0.02)


async def subscribe(scene: Scene) -> None:
    """Subscribe #policy to alerts and to a schedule."""
    for words in ("all alerts", "infrastructure Mondays 9:00"):
        await scene.types(f"/briefing subscribe {words}", channel=POLICY)
        await scene.settled()
    await until(scene, "")


async def test_an_archived_channel_is_paused_and_resumes_by_itself_and_says_so(scene: Scene) -> None:
    await subscribe(scene)
    scene.workspace.archive(POLICY)
    await until(scene, "is_archived")
    scene.workspace.unarchive(POLICY)
    await until(scene, "")
    await scene.until(lambda: any("no longer archived" in text for text in scene.sees(ADA, POLICY)))


async def test_a_channel_that_the_bot_left_resumes_when_it_is_invited_again(scene: Scene) -> None:
    await subscribe(scene)
    scene.workspace.remove_bot(POLICY)
    await until(scene, "not_in_channel")
    scene.workspace.invite_bot(POLICY)
    await until(scene, "")
    await scene.until(lambda: any("I am back in this channel" in text for text in scene.sees(ADA, POLICY)))


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


async def test_a_rename_changes_nothing(scene: Scene) -> None:
    await subscribe(scene)
    scene.workspace.rename(POLICY, "policy-2")
    scene.workspace.archive(POLICY)
    await until(scene, "is_archived")


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
