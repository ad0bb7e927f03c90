"""The limiter: people are told at once what would take too long, and the bot's own work passes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot.store import limiter as limiting
from bot.store.errors import NOT_SAVED
from bot.store.limiter import BusyError, TransactionLimiter, asked_by_a_person


async def test_so_many_wait_and_no_more() -> None:
    limiter, end = TransactionLimiter(at_once=1, most_waiting=2), asyncio.Event()
    order: list[int] = []

    async def works(number: int) -> None:
        async with limiter.admitted():
            order.append(number)
            await end.wait()

    with asked_by_a_person():
        working = [asyncio.create_task(works(number)) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await works(9)
    end.set()
    await asyncio.gather(*working)
    assert order == [0, 1, 2]


async def test_who_waits_too_long_is_told_and_takes_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "WAIT_S", 0.01)
    limiter = TransactionLimiter(at_once=1)
    with asked_by_a_person():
        async with limiter.admitted():
            for _ in range(3):
                with pytest.raises(BusyError):
                    await limiter.admitted().__aenter__()
        async with limiter.admitted():
            """It is free again."""


async def test_who_waits_too_long_for_the_writer_is_told_and_the_bots_own_work_goes_on_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limiting, "WAIT_S", 0.01)
    limiter, writer = TransactionLimiter(at_once=1), asyncio.Lock()
    await writer.acquire()
    with asked_by_a_person(), pytest.raises(BusyError) as raised:
        await limiter.admitted(writer).__aenter__()
    assert raised.value.for_members == NOT_SAVED
    own = asyncio.create_task(limiter.admitted(writer).__aenter__())
    await asyncio.sleep(0)
    writer.release()
    await own
    with asked_by_a_person():
        async with limiter.admitted():
            """The turn was given back."""


async def test_the_bots_own_work_waits_for_nobody() -> None:
    limiter = TransactionLimiter(at_once=1, most_waiting=0)
    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(limiter.admitted())


async def test_a_persons_read_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "READ_S", 0.01)
    limiter = TransactionLimiter(at_once=1)
    with asked_by_a_person(), pytest.raises(BusyError):
        async with limiter.reading():
            await asyncio.Event().wait()
    async with limiter.reading():
        await asyncio.sleep(0.02)
