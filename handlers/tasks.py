"""Work that outlives the request that began it, and requests that come twice."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from bot.errors import BriefingBotError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

_KEPT = 10_000
"""Requests remembered; Slack repeats one within about six minutes, far fewer requests than this."""
_AGAIN_S = 5.0
"""Seconds until work that failed is run again."""
_LATER_S = 1.0

_Result = TypeVar("_Result")
_Person = tuple[str, str]

_WORKS_FOR: Final[ContextVar[_Person | None]] = ContextVar("works_for", default=None)
"""The person, by workspace and id, for whom the request or the task at hand works."""

_log = structlog.stdlib.get_logger(__name__)


class Tasks:
    """Runs replies in the background, knows which are under way, and which requests have been taken before."""

    def __init__(self) -> None:
        """Begin with none."""
        self._running: set[asyncio.Task[None]] = set()
        self._of_person: Counter[_Person] = Counter()
        self._taken: OrderedDict[str, None] = OrderedDict()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._running

    def count_for(self, team: str, user: str) -> int:
        """Return how much is under way for a person of a workspace."""
        return self._of_person[team, user]

    def is_new(self, request: str | None) -> bool:
        """Whether a request, by an id that its repetitions share, is taken for the first time; without an id, it is."""
        if not request:
            return True
        if request in self._taken:
            return False
        self._taken[request] = None
        if len(self._taken) > _KEPT:
            self._taken.popitem(last=False)
        return True

    def forget(self, request: str) -> None:
        """Take a request again: nothing came of it."""
        self._taken.pop(request, None)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run it in the background; what it raises is logged."""
        task = asyncio.create_task(work)
        self._running.add(task)
        if person := _WORKS_FOR.get():
            self._of_person[person] += 1
        task.add_done_callback(partial(self._end, person))
        return task

    async def within(self, seconds: float, work: Coroutine[Any, Any, None]) -> None:
        """Run it to its end, but wait for that no longer than so many seconds; what it raises is logged."""
        await asyncio.wait({self.start(work)}, timeout=seconds)

    async def finish(self, timeout_s: float) -> None:
        """Wait until nothing is under way, nor what that began; after so many seconds give up the rest and log it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while self._running and loop.time() < deadline:
            await asyncio.wait(self._running, timeout=deadline - loop.time())
        late = tuple(self._running)
        for task in late:
            task.cancel()
        if late:
            _log.warning("replies.cancelled", count=len(late))

    def _end(self, person: _Person | None, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if person:
            self._of_person[person] -= 1
            if not self._of_person[person]:
                del self._of_person[person]
        if not task.cancelled() and (error := task.exception()):
            if isinstance(error, BriefingBotError):  # what happened is in its sentence
                _log.error("reply.not_delivered", reason=str(error))
            else:
                _log.error("reply.not_delivered", exc_info=error)


@contextmanager
def for_one_person() -> Iterator[None]:
    """Let what is started within the block, and what that starts, be counted for whom `works_for` names."""
    before = _WORKS_FOR.set(None)
    try:
        yield
    finally:
        _WORKS_FOR.reset(before)


def works_for(team: str, user: str) -> None:
    """Name the person, once it is known, for whom the request at hand is taken."""
    _WORKS_FOR.set((team, user))


async def kept(work: Callable[[], Coroutine[Any, Any, None]], *, again_s: float = _AGAIN_S) -> None:
    """Run some work to its end; whatever it raises is logged at once, and it is run again."""
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 — a fault nobody foresaw must not end what the bot does all the time
            _log.exception("task.failed", wait_s=again_s)
            await asyncio.sleep(again_s)
        else:
            return


async def later(work: Callable[[], Coroutine[Any, Any, None]], *, after_s: float = _LATER_S) -> None:
    """Run some work that nobody waits for: the first answers go before it."""
    await asyncio.sleep(after_s)
    await work()


@asynccontextmanager
async def background(work: Coroutine[Any, Any, _Result]) -> AsyncIterator[asyncio.Task[_Result]]:
    """Run some work until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
