"""Work in the background."""

from __future__ import annotations

import asyncio
from functools import partial

from structlog.testing import capture_logs

from handlers.tasks import Tasks, kept, later


async def test_a_repeated_request_is_taken_once() -> None:
    tasks = Tasks()
    assert [tasks.is_new(each) for each in ("a", "b", "a", None, None, "")] == [True, True, False, True, True, True]


async def test_old_requests_are_forgotten() -> None:
    tasks = Tasks()
    for number in range(10_001):
        assert tasks.is_new(str(number))
    assert tasks.is_new("0")
    assert not tasks.is_new("10000")


async def test_finish_waits_for_what_is_under_way() -> None:
    tasks, go, done = Tasks(), asyncio.Event(), []

    async def work() -> None:
        await go.wait()
        done.append(True)

    tasks.start(work())
    asyncio.get_running_loop().call_soon(go.set)
    await tasks.finish(5)
    assert done == [True]


async def test_finish_waits_for_what_tasks_begin() -> None:
    tasks, done = Tasks(), []

    async def last() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        done.append(True)

    async def first() -> None:
        await asyncio.sleep(0)
        tasks.start(last())

    tasks.start(first())
    await tasks.finish(5)
    assert done == [True]


async def test_finish_gives_up_in_time() -> None:
    tasks = Tasks()
    tasks.start(asyncio.Event().wait())  # type: ignore[arg-type] # what it returns is of no interest
    with capture_logs() as logs:
        await tasks.finish(0.01)
    assert [(line["event"], line["count"]) for line in logs] == [("replies.cancelled", 1)]


async def test_what_a_task_raises_is_logged() -> None:
    tasks = Tasks()

    async def fail() -> None:
        raise ValueError("broken")

    with capture_logs() as logs:
        tasks.start(fail())
        await tasks.finish(1)
        await asyncio.sleep(0)
    assert [line["event"] for line in logs] == ["reply.not_delivered"]


async def test_work_that_fails_is_logged_at_once_and_run_again() -> None:
    outcomes: list[Exception | None] = [ValueError("broken"), OSError("gone"), None]

    async def work() -> None:
        if error := outcomes.pop(0):
            raise error

    with capture_logs() as logs:
        await kept(work, again_s=0)
    assert outcomes == []
    assert [line["event"] for line in logs] == ["task.failed"] * 2


async def test_work_that_can_wait_is_run_behind_what_is_there() -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        order.append(name)

    await asyncio.gather(later(partial(work, "later"), after_s=0), work("now"))
    assert order == ["now", "later"]
