"""Replies over HTTP beside a bare Bolt hello: CPU per command, commands a second, and how soon they are acknowledged.

Each server is a process of its own, so that its CPU time is its own too, and they are asked in turn.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

import uvloop

from bench.driver import PEOPLE, SECRET, WORDS, HttpDriver, Stand, all_answered, payload_of, ready
from bench.processes import BOT, cpu_s, process, unused_ports
from bench.table import Row
from bot.config import BRIEFINGS
from bot.content.load import load
from bot.lookup.answer import Lookup
from tests.support.unlimited import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

AT_ONCE: Final = 32
FEW: Final = 8
"""Under way while CPU time is measured: of so many none is refused, however slow the machine."""
ROUNDS: Final = 5
REQUESTS: Final = 600
"""In each round and of each command."""
PACED_S: Final = 4.0
_STEP_S: Final = 0.001
_HELLO: Final = "hello on uvicorn"
ROWS: Final = (
    Row("fact-again", "CPU of /fact, asked before", "ms", _HELLO, 1.5, "ratio"),
    Row("fact-new", "CPU of /fact, asked for the first time", "ms", _HELLO, 2.2, "ratio"),
    Row("briefing", "CPU of /briefing", "ms", _HELLO, 1.5, "ratio"),
    Row("fact-rate", f"/fact a second, {AT_ONCE} at once", "/s", _HELLO, 0.6, "ratio", is_more_better=True),
    Row("briefing-rate", f"/briefing a second, {AT_ONCE} at once", "/s", _HELLO, 0.6, "ratio", is_more_better=True),
    Row("fact-ack", "ack p99 of /fact at half of what is taken", "ms", _HELLO, 1.5, "ratio"),
)
_ASKED: Final = {"fact-new": "/fact new", "briefing": "/briefing", "briefing-rate": "/briefing"}
"""What is asked for a row, where it is not `/fact`."""
_USERS: Final = itertools.cycle(f"U{number}" for number in range(PEOPLE))


@dataclass
class Server:
    """A process that answers commands, and what was measured of it, by what was asked."""

    pid: int
    send: Callable[[dict[str, str]], Awaitable[str]]
    cpu_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    a_second: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ack_ms: list[float] = field(default_factory=list)

    async def spend(self, kind: str, fresh: Iterator[str]) -> None:
        """Have commands answered, and keep the CPU time of one."""
        asked, before = payloads(kind, REQUESTS, fresh), cpu_s(self.pid)
        await all_answered(self.send, asked, FEW)
        self.cpu_ms[kind].append((cpu_s(self.pid) - before) * 1000 / len(asked))

    async def race(self, kind: str, fresh: Iterator[str]) -> None:
        """Have commands answered, many at once, and keep how many a second."""
        asked = payloads(kind, REQUESTS, fresh)
        self.a_second[kind].append(len(asked) / await all_answered(self.send, asked, AT_ONCE))

    async def pace(self, kind: str, fresh: Iterator[str]) -> None:
        """Send half of what it takes a second, at random moments, and keep the 99th percentile of the acks."""
        rate, chance, took_ms = median(self.a_second[kind]) / 2, random.Random(7), list[float]()  # noqa: S311 — repeatable

        async def one(payload: dict[str, str]) -> None:
            begun = time.perf_counter()
            await self.send(payload)
            took_ms.append((time.perf_counter() - begun) * 1000)

        next_s = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for payload in payloads(kind, int(rate * PACED_S), fresh):
                while next_s > time.perf_counter():  # noqa: ASYNC110 — it waits for the clock
                    await asyncio.sleep(_STEP_S)
                group.create_task(one(payload))
                next_s += chance.expovariate(rate)
        self.ack_ms.append(sorted(took_ms)[int(0.99 * len(took_ms))])


def new_questions() -> Iterator[str]:
    """Yield questions that are answered and were never asked before: three words of one fact, no set of them twice."""
    content, chance, seen = load(BRIEFINGS), random.Random(7), set[frozenset[str]]()  # noqa: S311 — repeatable
    lookup, facts = Lookup(content), [each for each in content.facts.values() if each.withdrawn is None]
    for fact in itertools.cycle(facts):
        words = sorted({each.lower() for each in fact.statement.split() if each.isalpha() and len(each) > 3})  # noqa: PLR2004
        asked = chance.sample(words, k=min(3, len(words)))
        if frozenset(asked) in seen:
            continue
        seen.add(frozenset(asked))
        if lookup.ask(" ".join(asked)).outcome == "answer":
            yield " ".join(asked)


def payloads(kind: str, count: int, fresh: Iterator[str]) -> list[dict[str, str]]:
    """Return so many commands of a kind, each of somebody else."""
    texts = {"/fact": itertools.cycle(WORDS), "/fact new": fresh, "/briefing": itertools.repeat("infrastructure")}
    words = texts.get(kind, itertools.repeat("there"))
    return [payload_of(next(_USERS), number, kind.split(maxsplit=1)[0], next(words)) for number in range(count)]


async def measured(names: frozenset[str], say: Callable[[str], None]) -> tuple[Server, Server]:
    """Return the bot and the floor with what was measured of them."""
    spent = {_ASKED.get(name, "/fact") for name in names & {"fact-again", "fact-new", "briefing"}}
    raced = {_ASKED.get(name, "/fact") for name in names & {"fact-rate", "briefing-rate", "fact-ack"}}
    fresh, (port, floors) = new_questions(), unused_ports(2)
    settings = {"SLACK_BOT_TOKEN": "xoxb-1-2-bench", "SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}
    async with AsyncExitStack() as stack:
        stand, theirs = [await stack.enter_async_context(Stand().serving()) for _ in range(2)]
        settings |= UNLIMITED | {"SLACK_API_URL": f"{stand.url}/api/"}
        ours = await stack.enter_async_context(process(*BOT, **settings))
        bare = await stack.enter_async_context(
            process("-m", "bench.hello", "http", str(floors), f"{theirs.url}/api/", SECRET)
        )
        bot, floor = Server(ours.pid, HttpDriver(port).command), Server(bare.pid, HttpDriver(floors).command)
        await asyncio.gather(ready(bot.send, "/fact", ours), ready(floor.send, "/hello", bare))
        for turn in range(ROUNDS + 1):
            say(f"replies: round {turn} of {ROUNDS}")
            for kind in sorted(spent):
                await floor.spend("/hello", fresh)
                await bot.spend(kind, fresh)
            for kind in sorted(raced):
                await floor.race("/hello", fresh)
                await bot.race(kind, fresh)
            if turn == 0:  # that was to warm up
                for each in (bot.cpu_ms, bot.a_second, floor.cpu_ms, floor.a_second):
                    each.clear()
        for turn in range(3 if "fact-ack" in names else 0):
            say(f"replies: acks at half load, round {turn + 1} of 3")
            await floor.pace("/hello", fresh)
            await bot.pace("/fact", fresh)
    return bot, floor


def measure(names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of these names."""
    bot, floor = uvloop.run(measured(names, say))
    for row in ROWS:
        asked = _ASKED.get(row.name, "/fact")
        figures, floors = (
            (bot.cpu_ms[asked], floor.cpu_ms["/hello"])
            if row.unit == "ms"
            else (bot.a_second[asked], floor.a_second["/hello"])
        )
        if row.name == "fact-ack":
            figures, floors = bot.ack_ms, floor.ack_ms
        if row.name in names:
            yield row.measured(median(figures), median(floors))
