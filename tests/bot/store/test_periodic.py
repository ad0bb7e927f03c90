"""Work that is repeated while the bot runs, and how it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.store import periodic
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


class Endless:
    """A step that hangs until it is cancelled."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.noted: list[str] = []

    async def step(self) -> None:
        """Hang; cancelled, it takes a turn of the event loop to end."""
        self.noted.append("began")
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.noted.append("ended")


async def test_a_step_that_hangs_and_the_last_one_share_the_time_for_a_stop(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periodic, "_STOP_S", 0.01)
    endless = Endless()
    running = asyncio.create_task(repeat(endless.step, PATIENCE_S, sqlite_database, "steps", ends_with_it=True))
    await endless.began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert endless.noted == ["began", "ended"], "no second one hangs as long again"


async def test_nothing_runs_on_when_a_stop_is_cut_short(sqlite_database: Database) -> None:
    endless = Endless()
    running = asyncio.create_task(repeat(endless.step, PATIENCE_S, sqlite_database, "steps", ends_with_it=True))
    await endless.began.wait()
    for _ in range(2):
        running.cancel()
        for _ in range(3):  # it waits for the step by then
            await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert endless.noted == ["began", "ended"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_a_step_raises_ends_the_work_after_one_more(sqlite_database: Database) -> None:
    runs: list[int] = []

    async def step() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await repeat(step, PATIENCE_S, sqlite_database, "steps", ends_with_it=True)
    assert runs == [0, 1]
