"""The state, its version, and the seed."""

from __future__ import annotations

import asyncio
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest

from tests.workspace.apps import ManualClock, manifest
from workspace.clock import SystemClock, within
from workspace.server import Workspace
from workspace.state.records import Message

if TYPE_CHECKING:
    from workspace.state.state import State


@pytest.fixture
def state() -> State:
    return Workspace(manifest(), clock=ManualClock()).state


def test_it_begins_with_four_people_three_channels_and_a_welcome_of_its_own(state: State) -> None:
    assert [user.id for user in state.users] == ["U0ADA", "U0GRACE", "U0MAYA", "U0GUEST", "U0BOT", "USLACKBOT"]
    assert [channel.id for channel in state.channels_of("U0BOT")] == [
        *("C0GENERAL", "C0POLICY", "D0ADA", "D0GRACE", "D0MAYA", "D0GUEST")
    ]
    assert [channel.id for channel in state.channels_of("U0GUEST")] == ["C0GENERAL", "D0GUEST"]
    (welcome,) = state.seen_by("U0GRACE", "C0GENERAL")
    assert (welcome.user, welcome.bot_id) == ("USLACKBOT", "")
    assert "`/echo`" in welcome.text
    assert state.seen_by("U0BOT", "C0RANDOM") == ()


def test_the_welcome_offers_what_it_is_given() -> None:
    state = Workspace(manifest(), tries=("/echo one", "/echo two")).state
    assert state.history("C0GENERAL")[0].text.endswith("• `/echo one`\n• `/echo two`")


def test_each_ts_is_later_than_the_last_though_the_clock_stands_still(state: State) -> None:
    stamps = [state.next_ts() for _ in range(1000)]
    assert stamps == sorted(set(stamps))
    assert stamps[0].startswith("1795424400.")


def test_a_message_never_changes(state: State) -> None:
    message = state.history("C0GENERAL")[0]
    with pytest.raises(FrozenInstanceError):
        message.text = "other"  # type: ignore[misc]


async def test_every_change_moves_the_version_and_wakes_who_waits(state: State) -> None:
    waiting = asyncio.create_task(state.changed(state.version))
    await asyncio.sleep(0)
    version = state.version
    state.put(Message("C0POLICY", state.next_ts(), "U0ADA", "x"))
    assert await waiting > version
    assert await state.changed(0) == state.version


async def test_who_gives_up_waiting_is_forgotten(state: State) -> None:
    waiting = asyncio.create_task(state.changed(state.version))
    await asyncio.sleep(0)
    waiting.cancel()
    state.touch()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_removing_a_reply_lowers_the_count(state: State) -> None:
    parent = state.put(Message("C0POLICY", state.next_ts(), "U0ADA", "parent"))
    reply = state.put(Message("C0POLICY", state.next_ts(), "U0ADA", "reply", thread_ts=parent.ts))
    assert state.replies("C0POLICY", parent.ts) == (reply,)
    state.remove("C0POLICY", reply.ts)
    assert state.replies("C0POLICY", parent.ts) == ()


async def test_within_returns_the_result_or_gives_up() -> None:
    assert await within(SystemClock(), 5.0, asyncio.sleep(0, "done")) == "done"
    clock = ManualClock()
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    limited = asyncio.create_task(within(clock, 3.0, never))
    await clock.jump(3.0)
    with pytest.raises(TimeoutError):
        await limited
    assert never.cancelled()
