"""The clock that can be put forward: what it shows, which sleeps a jump ends, and which jumps it refuses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.workspace.apps import ManualClock, RawApp
from workspace.clock import TravellingClock
from workspace.server import Workspace

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_it_jumps_and_goes_on_from_there() -> None:
    base = ManualClock()
    clock = TravellingClock(base)
    clock.jump_by(3600)
    assert (clock.now(), clock.offset_s) == (BEGIN + timedelta(hours=1), 3600)
    base.pass_time(60)
    assert clock.now() == BEGIN + timedelta(hours=1, minutes=1)
    clock.jump_to(datetime(2026, 11, 30, 9, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 30, tzinfo=UTC).replace(tzinfo=None),
        BEGIN - timedelta(seconds=1),
        datetime(2100, 1, 1, tzinfo=UTC),
    ],
)
def test_jumps_to_the_past_or_beyond_2099_are_refused(moment: datetime) -> None:
    clock = TravellingClock(ManualClock())
    with pytest.raises(ValueError, match=r"time zone|only goes forward"):
        clock.jump_to(moment)
    assert clock.offset_s == 0


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e30, -1, 1e10])
def test_jumps_back_or_beyond_2099_are_refused(seconds: float) -> None:
    clock = TravellingClock(ManualClock())
    with pytest.raises(ValueError, match="only goes forward"):
        clock.jump_by(seconds)
    assert clock.offset_s == 0


async def test_a_jump_wakes_those_whose_sleep_it_covers_and_no_other() -> None:
    clock = TravellingClock(ManualClock())
    short, long = asyncio.create_task(clock.sleep(60)), asyncio.create_task(clock.sleep(300))
    await asyncio.sleep(0)
    clock.jump_by(100)
    await short
    assert not long.done()
    clock.jump_by(200)
    await long


async def test_a_sleep_ends_with_the_base_clock_too() -> None:
    base = ManualClock()
    clock = TravellingClock(base)
    sleeping = asyncio.create_task(clock.sleep(60))
    await base.jump(60)
    await sleeping


async def test_a_jump_is_a_change_of_the_state() -> None:
    workspace = Workspace({"display_information": {"name": "Echo"}}, clock=ManualClock())
    version = workspace.state.version
    workspace.clock.jump_by(60)
    assert workspace.state.version > version


async def test_a_jump_in_the_middle_of_a_command_is_no_timeout(workspace: Workspace, app: RawApp) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", "/echo"))
    frame = await app.receive()
    workspace.clock.jump_by(86_400)
    for _ in range(20):  # time enough for a timeout
        await asyncio.sleep(0)
    await app.ack(frame)
    result = await typed
    assert result.acked
    assert result.dispatches[0].ms < 60_000


async def test_a_jump_brings_the_next_attempt_of_an_event(
    workspace: Workspace, app: RawApp, clock: ManualClock
) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "hello"))
    await app.receive()
    await clock.jump(3.0)
    await typed
    await app.receive()
    await clock.jump(3.0)
    await workspace.wait_until(lambda: len(workspace.dispatches) == 2)
    await asyncio.sleep(0)
    workspace.clock.jump_by(60)
    assert (await app.receive())["retry_attempt"] == 2
