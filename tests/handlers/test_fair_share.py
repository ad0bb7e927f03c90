"""A fair share of the bot's time for each person."""

from __future__ import annotations

import asyncio

from handlers.fair_share import FairShare, Turns


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


def test_who_has_none_left_is_told_once_a_minute() -> None:
    now = [0.0]
    share = FairShare(1, lambda: now[0])
    assert [share.is_to_be_told("U1") for _ in range(3)] == [True, False, False]
    assert share.is_to_be_told("U2")
    now[0] = 61.0
    assert share.is_to_be_told("U1")


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
