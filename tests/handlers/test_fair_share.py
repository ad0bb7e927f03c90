"""Fair shares of the bot's time: of a person, a channel and a workspace."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bot.config import Settings
from bot.messages import ChannelRef
from handlers.fair_share import (
    AT_WORK,
    CROWDED,
    MOST_AT_WORK,
    MOST_KEPT,
    TOO_MANY,
    TOO_MANY_PEOPLE,
    FairShare,
    Shares,
    Turns,
)
from handlers.tasks import Tasks, for_one_person, works_for
from tests.support.waiting import PATIENCE_S

HERE, ELSEWHERE, DIRECT = ChannelRef("T1", "C1"), ChannelRef("T1", "C2"), ChannelRef("T1", "D1")


def shares(now: list[float], tasks: Tasks | None = None, **a_minute: Any) -> Shares:  # noqa: ANN401 — any setting
    """Return shares with these limits, by a clock that a test moves."""
    return Shares(Settings.model_construct(**a_minute), tasks or Tasks(), lambda: now[0])


def test_each_has_as_many_at_once_and_again_over_a_minute() -> None:
    now = [0.0]
    share = FairShare(4, lambda: now[0])
    assert [share.has_some("U1") for _ in range(6)] == [True] * 4 + [False] * 2
    assert share.has_some("U2"), "another person's share is their own"
    now[0] = 15.0
    assert [share.has_some("U1") for _ in range(2)] == [True, False]
    now[0] = 600.0
    assert [share.has_some("U1") for _ in range(5)] == [True] * 4 + [False]


def test_without_a_limit_there_is_none() -> None:
    share = FairShare(0)
    assert all(share.has_some("U1") for _ in range(1000))
    assert not len(share)


def test_of_many_people_so_many_are_remembered() -> None:
    share = FairShare(4)
    for number in range(5 * MOST_KEPT):
        assert share.has_some("T1", f"U{number}")
    assert len(share) == MOST_KEPT


def test_equal_ids_of_two_workspaces_are_two_people_and_two_channels() -> None:
    counted = shares([0.0], questions_a_minute=1, channel_questions_a_minute=1)
    assert [counted.refusal(ChannelRef(team, "C1"), "U1") for team in ("T1", "T2", "T1")] == ["", "", TOO_MANY]
    assert [counted.refusal(ChannelRef(team, "C1"), "U2") for team in ("T1", "T2")] == [CROWDED, CROWDED]


def test_a_crowded_channel_keeps_nobody_else_from_an_answer() -> None:
    now = [0.0]
    counted = shares(now, channel_questions_a_minute=3)
    assert [counted.refusal(HERE, f"U{number}") for number in range(5)] == ["", "", "", CROWDED, CROWDED]
    assert counted.refusal(ELSEWHERE, "U4") == counted.refusal(DIRECT, "U4") == ""
    now[0] = 20.0
    assert counted.refusal(HERE, "U9") == ""


def test_a_workspace_has_its_share_and_another_one_its_own() -> None:
    counted = shares([0.0], workspace_questions_a_minute=2)
    assert [counted.refusal(DIRECT, f"U{number}") for number in range(3)] == ["", "", TOO_MANY_PEOPLE]
    assert counted.refusal(ChannelRef("T2", "D1"), "U1") == ""


def test_who_floods_takes_nothing_of_what_the_others_share() -> None:
    counted = shares([0.0], questions_a_minute=2, channel_questions_a_minute=4, workspace_questions_a_minute=4)
    assert [counted.refusal(HERE, "U1") for _ in range(100)].count(TOO_MANY) == 98
    assert [counted.refusal(HERE, "U2") for _ in range(2)] == ["", ""]


def test_public_answers_are_counted_for_each_channel() -> None:
    counted = shares([0.0], public_answers_a_minute=2)
    assert [counted.may_answer_in_public(HERE) for _ in range(3)] == [True, True, False]
    assert counted.may_answer_in_public(ELSEWHERE)


def test_who_types_gets_suggestions_twice_as_often_as_answers() -> None:
    counted = shares([0.0], questions_a_minute=3)
    assert [counted.may_type("T1", "U1") for _ in range(7)] == [True] * 6 + [False]
    assert counted.refusal(HERE, "U1") == "", "typing costs no answer"


def test_who_writes_on_is_told_once_a_minute_and_who_presses_on_each_ten_seconds() -> None:
    now = [0.0]
    counted = shares(now)
    for tell in (counted.is_to_be_told, counted.is_press_to_be_told):
        assert [tell("T1", "U1") for _ in range(3)] == [True, False, False]
        assert tell("T1", "U2")
        assert tell("T2", "U1")
    now[0] = 11.0
    assert (counted.is_to_be_told("T1", "U1"), counted.is_press_to_be_told("T1", "U1")) == (False, True)
    now[0] = 61.0
    assert counted.is_to_be_told("T1", "U1")


async def test_so_much_is_done_for_one_person_at_a_time() -> None:
    tasks, go_on = Tasks(), asyncio.Event()
    counted = shares([0.0], tasks)

    async def waits() -> None:
        await go_on.wait()

    async def begins_more() -> None:
        tasks.start(waits())
        await go_on.wait()

    for _ in range(MOST_AT_WORK // 2):
        with for_one_person():
            works_for("T1", "U1")
            tasks.start(begins_more())
    tasks.start(waits())
    while tasks.count_for("T1", "U1") < MOST_AT_WORK:  # noqa: ASYNC110 — two steps of the loop
        await asyncio.sleep(0)
    assert counted.refusal(HERE, "U1") == AT_WORK, "what a task begins counts too"
    assert counted.refusal(HERE, "U2") == counted.refusal(ChannelRef("T2", "C1"), "U1") == ""
    assert shares([0.0], tasks, questions_a_minute=0).refusal(HERE, "U1") == "", "0 is no limit"
    go_on.set()
    await tasks.finish(PATIENCE_S)
    assert tasks.count_for("T1", "U1") == 0
    assert counted.refusal(HERE, "U1") == ""


async def test_a_newcomer_takes_the_place_of_whoever_has_been_longest_at_it() -> None:
    turns, ended, go_on = Turns(2, 0.01), list[tuple[int, bool]](), asyncio.Event()
    at_it: asyncio.Queue[int] = asyncio.Queue()

    async def works(number: int) -> None:
        try:
            async with asyncio.timeout(None) as limit, turns.turn(limit):
                at_it.put_nowait(number)
                await go_on.wait()
        except TimeoutError:
            ended.append((number, False))
        else:
            ended.append((number, True))

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(works(number))
            assert await at_it.get() == number
        while len(ended) < 2:  # noqa: ASYNC110 — two steps of the loop
            await asyncio.sleep(0)
        go_on.set()
    assert ended == [(0, False), (1, False), (2, True), (3, True)]


async def test_a_place_that_is_given_back_as_the_wait_ends_is_taken_and_nobody_has_to_go() -> None:
    """On a machine that is late both happen in one round of the loop."""
    turns, go_on, done = Turns(1, 0.01), asyncio.Event(), list[int]()

    async def works(number: int) -> None:
        async with asyncio.timeout(None) as limit, turns.turn(limit):
            await go_on.wait()
            done.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(2):
            group.create_task(works(number))
        await asyncio.sleep(0)
        go_on.set()
        time.sleep(0.05)  # noqa: ASYNC251 — the loop is late
    assert done == [0, 1]
