"""Work that is repeated while the bot runs, and how it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.store.periodic import repeat
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from bot.store.database import Database


async def test_a_step_under_way_is_finished_before_the_last_one(sqlite_database: Database) -> None:
    began, goes_on, ended = asyncio.Event(), asyncio.Event(), []

    async def step() -> None:
        began.set()
        await goes_on.wait()
        ended.append("whole")

    running = asyncio.create_task(repeat(step, PATIENCE_S, sqlite_database, "steps", ends_with_it=True))
    await began.wait()
    running.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == ["whole", "whole"]
