"""A database that is locked for a while: answers go on, a change is refused in words, and then all works again."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

import app as wiring
from bot.store import engine, limiter
from bot.store.engine import SQLITE_FILE
from bot.store.errors import NOT_SAVED
from tests.scenarios.scene import ADA, GENERAL, POLICY, ScenarioClock, Scene, playing
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

BIDS = "growth-zones-bids"


async def subscribes(scene: Scene) -> str:
    """Ask for all alerts, and return the last thing that the asker is told."""
    before = len(scene.sees())
    await scene.types("/briefing subscribe all alerts")
    await scene.until(lambda: len(scene.sees()) > before)
    await scene.settled()
    return [text for text in scene.sees()[before:] if "subscribed this channel" not in text][-1]


async def test_a_locked_database_keeps_nobody_from_an_answer_and_loses_nothing(scene: Scene) -> None:
    file = scene.database.url.database or ""
    assert file.endswith(SQLITE_FILE)
    other = await asyncio.to_thread(sqlite3.connect, file, PATIENCE_S, isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")
    assert "We hold nothing" not in (await scene.asks(f"/fact {BIDS}"))["text"]
    assert (await scene.asks("/briefing infrastructure"))["text"].startswith("Infrastructure")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "ASKED_BUSY_S", 0.05)
        patch.setattr(limiter, "WAIT_S", 0.05)  # the bot's own writes wait for the lock, too
        assert (await subscribes(scene)) == NOT_SAVED
    other.execute("ROLLBACK")
    other.close()
    assert (await subscribes(scene)).startswith("This channel now gets alerts on all areas")
    fact = replace(scene.content.facts[BIDS], statement="There were about 200 bids.", short=None)
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, BIDS: fact}))
    await scene.until(lambda: any("What changed" in text for text in scene.sees(ADA, GENERAL)))


async def test_a_database_file_that_is_deleted_confirms_nothing_and_is_told_once() -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, maintainers_channel=POLICY) as scene:
        await scene.settled()
        await asyncio.to_thread(Path(scene.database.url.database or "").unlink)
        assert "We hold nothing" not in (await scene.asks(f"/fact {BIDS}"))["text"]
        for _ in range(2):
            said = await subscribes(scene)
            assert said.endswith("Try again in a few minutes.")
        told = [text for text in scene.sees(ADA, POLICY) if "was deleted or replaced" in text]
        assert len(told) == 1
        assert scene.database.is_lost
