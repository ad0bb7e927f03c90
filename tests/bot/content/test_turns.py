"""Long work in turns: nothing is left out, a thread pauses, and what nobody waits for ends."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import count, takewhile
from typing import TYPE_CHECKING

import pytest

from bot.content.turns import TURN_S, among_tasks, in_thread, in_turns
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_every_item_comes_once_in_lists_of_a_size() -> None:
    assert [*in_turns(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [*in_turns((), 3)] == []


def test_a_thread_pauses_after_each_turn_and_the_main_thread_never(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1000))
    monkeypatch.setattr(time, "perf_counter", lambda: next(moments) * 0.6 * TURN_S)
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    assert len([*in_turns(range(4), 1)]) == 4
    assert not pauses
    thread = threading.Thread(target=lambda: [*in_turns(range(4), 1)])
    thread.start()
    thread.join()
    assert len(pauses) == 2


async def test_work_in_a_thread_ends_at_its_next_turn_once_nobody_waits_for_it() -> None:
    begun, ended, over = threading.Event(), threading.Event(), threading.Event()

    def endless() -> None:
        try:
            for _ in in_turns(takewhile(lambda _: not over.is_set(), count()), 1):
                begun.set()
        except asyncio.CancelledError:
            ended.set()

    waiting = asyncio.create_task(in_thread(endless))
    await asyncio.to_thread(begun.wait, PATIENCE_S)
    assert not ended.is_set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    has_ended = await asyncio.to_thread(ended.wait, PATIENCE_S)
    over.set()
    assert has_ended
    assert await in_thread(lambda: [*in_turns(range(3), 2)]) == [[0, 1], [2]]


async def test_other_tasks_run_after_each_so_many_items() -> None:
    passed: list[str] = []

    def items(name: str) -> Iterator[int]:
        for item in range(5):
            passed.append(f"{name}{item}")
            yield item

    async def pass_over(name: str) -> list[int]:
        return [item async for item in among_tasks(items(name), 2)]

    assert [*await asyncio.gather(pass_over("a"), pass_over("b"))] == [[0, 1, 2, 3, 4]] * 2
    assert passed == ["a0", "a1", "b0", "b1", "a2", "a3", "b2", "b3", "a4", "b4"]
