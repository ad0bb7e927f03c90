"""Load: commands a second that the real process takes, beside a bare Bolt hello, and what becomes of more than that.

    python -m bench.load [--seconds 30] [--times 1 3 5] [--by http|socket]

Commands come over HTTP, signed, or as Socket Mode envelopes, from a stand-in for Slack that only counts. They are made
and signed beforehand, each for the moment at which it is sent: what sends them shares the machine with the bot.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Protocol

import uvloop

from bench.driver import (
    ACK_S,
    MOST_OPEN,
    PEOPLE,
    SECRET,
    Connection,
    HttpDriver,
    Stand,
    all_answered,
    judged,
    payload_of,
    ready,
    signed,
)
from bench.processes import BOT, cpu_s, mib, process, unused_ports
from tests.support.unlimited import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

AT_ONCE: Final = 16
CAPACITY_S: Final = 3.0
ROUNDS: Final = 3
CALM: Final = "U0CALM"
"""Who asks once a second beside the others."""
_STEP_S: Final = 0.01
_PREPARED_A_SECOND: Final = 20_000


class Way(Protocol):
    """A way in for prepared commands."""

    def prepared(self, payload: dict[str, str], at: float) -> Any:  # noqa: ANN401 — what its `begin` takes
        """Return what is sent at a moment."""

    async def begin(self, prepared: Any) -> asyncio.Future[str]:  # noqa: ANN401 — see above
        """Send it; the future has what came of it."""


class Balancer:
    """A balancer before the bot: so many kept connections, and commands that wait for one."""

    def __init__(self, port: int) -> None:
        """Begin without a connection."""
        self._port = port
        self._idle: list[Connection] = []
        self._waiting: deque[tuple[bytes, asyncio.Future[str]]] = deque()
        self._opening: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open all its connections."""
        await asyncio.gather(*(self._open() for _ in range(MOST_OPEN)))

    def prepared(self, payload: dict[str, str], at: float) -> bytes:
        """Return the request, signed."""
        return signed(payload, at)

    async def begin(self, prepared: bytes) -> asyncio.Future[str]:
        """Send a request once a connection is free."""
        said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((prepared, said))
        self._go_on()
        return said

    def close(self) -> None:
        """Close what is idle."""
        for each in self._idle:
            each.close()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        except OSError:
            return
        self._idle.append(connection)
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                request, said = self._waiting.popleft()
                connection.send(request).add_done_callback(partial(self._end, connection, said))
            else:
                self._open_another()

    def _end(self, connection: Connection, said: asyncio.Future[str], answer: asyncio.Future[tuple[int, str]]) -> None:
        what = "connection closed" if answer.exception() else judged(*answer.result())
        if not said.done():
            said.set_result(what)
        if connection.is_open:
            self._idle.append(connection)
        else:
            self._open_another()
        self._go_on()

    def _open_another(self) -> None:
        task = asyncio.get_running_loop().create_task(self._open())
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)


class Envelopes:
    """Socket Mode: all over the one websocket."""

    def __init__(self, stand: Stand) -> None:
        """Take who has the websocket."""
        self._stand = stand

    def prepared(self, payload: dict[str, str], _at: float) -> tuple[str, str]:
        """Return an envelope."""
        return self._stand.envelope(payload)

    async def begin(self, prepared: tuple[str, str]) -> asyncio.Future[str]:
        """Send it."""
        return await self._stand.begin(prepared)


@dataclass
class Outcome:
    """What became of commands, by its name, and the seconds that each person's acks took, from when they were due."""

    counts: Counter[str] = field(default_factory=Counter)
    acks_s: dict[str, list[float]] = field(default_factory=dict)
    most_mib: float = 0.0
    late_s: list[float] = field(default_factory=list)
    """How late each was begun, as its sender was busy: by so much its ack only seems late."""
    cpu_us: tuple[float, float] = (0.0, 0.0)
    """CPU of the bot and of the sender, in millionths of a second for each command."""
    took_s: float = 0.0

    def add(self, user: str, due_at: float, what: asyncio.Future[str]) -> None:
        """Count one."""
        said = "no ack" if what.cancelled() or what.exception() else what.result()
        is_in_words, seconds = said in {"answered", "told"}, asyncio.get_running_loop().time() - due_at
        self.counts[f"{said} late" if is_in_words and seconds > ACK_S else said] += 1
        if is_in_words:
            self.acks_s.setdefault(user, []).append(seconds)

    def percentile(self, share: float, user: str = "") -> float:
        """Return the time within which this share of the acks came; of one person, or of all."""
        return at(share, self.acks_s.get(user, ()) if user else itertools.chain(*self.acks_s.values()))


def at(share: float, values: Any) -> float:  # noqa: ANN401 — any numbers
    """Return a percentile; no number of none."""
    found = sorted(values)
    return found[int(share * (len(found) - 1))] if found else float("nan")


async def capacity(send: Callable[[dict[str, str]], Awaitable[str]], command: str) -> float:
    """Return how many commands a second are answered when AT_ONCE are always under way."""
    loop = asyncio.get_running_loop()
    ends_at, numbers = loop.time() + CAPACITY_S, itertools.count()

    def asked() -> Iterator[dict[str, str]]:
        while loop.time() < ends_at:
            number = next(numbers)
            yield payload_of(f"U{number % PEOPLE}", number, command)

    took_s = await all_answered(send, asked(), AT_ONCE)
    return next(numbers) / took_s


async def overload(way: Way, rate: float, seconds: float, pid: int, *, one_user: bool = False) -> Outcome:
    """Send so many a second, whatever comes back, from many people or one; beside them CALM asks once a second."""
    loop, outcome = asyncio.get_running_loop(), Outcome()
    count = int(rate * seconds)
    wait_s = 1 + count / _PREPARED_A_SECOND
    begin_at, begin_clock = loop.time() + wait_s, time.time() + wait_s
    dues = [(number / rate, "U0BUSY" if one_user else f"U{number % PEOPLE}") for number in range(count)]
    dues = sorted(dues + [(float(second), CALM) for second in range(int(seconds))])
    prepared = [
        (begin_at + due, user, way.prepared(payload_of(user, number), begin_clock + due))
        for number, (due, user) in enumerate(dues)
    ]
    await asyncio.sleep(max(0.0, begin_at - loop.time()))
    bots, own, asked = cpu_s(pid), time.process_time(), list[asyncio.Future[str]]()
    for due_at, user, command in prepared:
        if (now := loop.time()) < due_at:
            outcome.most_mib = max(outcome.most_mib, mib(pid))
            await asyncio.sleep(max(_STEP_S, due_at - now))
        elif len(asked) % AT_ONCE == 0:
            await asyncio.sleep(0)
        outcome.late_s.append(loop.time() - due_at)
        said = await way.begin(command)
        said.add_done_callback(partial(outcome.add, user, due_at))
        asked.append(said)
    _, silent = await asyncio.wait(asked, timeout=2 * ACK_S)
    outcome.cpu_us = (cpu_s(pid) - bots) / len(asked) * 1e6, (time.process_time() - own) / len(asked) * 1e6
    outcome.took_s = loop.time() - begin_at
    for each in silent:
        each.cancel()
    await asyncio.sleep(0)
    return outcome


def told(outcome: Outcome) -> Iterator[str]:
    """Yield what there is to say of one."""
    yield f"    {dict(outcome.counts)}"
    acks = [outcome.percentile(share, user) for user in ("", CALM) for share in (0.5, 0.99)]
    yield "    acks p50 / p99 {:.2f} / {:.2f} s; who asks once a second {:.2f} / {:.2f} s".format(*acks)
    yield "    CPU of a command {:.0f} µs in the bot, {:.0f} µs in the sender".format(*outcome.cpu_us)
    yield f"    all acked after {outcome.took_s:.1f} s"
    yield f"    begun late p50 / p99 {at(0.5, outcome.late_s):.2f} / {at(0.99, outcome.late_s):.2f} s"


async def measure(by: str, seconds: float, times: list[float]) -> None:
    """Print the capacity of both, and what became of the overload."""
    port, hello_port = unused_ports(2)
    async with Stand().serving() as stand, Stand().serving() as theirs:
        tokens = {"SLACK_BOT_TOKEN": "xoxb-1-2-bench", "SLACK_API_URL": f"{stand.url}/api/", "LOG_LEVEL": "warning"}
        tokens |= UNLIMITED | {"QUESTIONS_A_MINUTE": "120"}  # all in one channel; a person still has a share
        way_in = {"SLACK_APP_TOKEN": "xapp-1-bench"}
        if by == "http":
            way_in = {"SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}
        async with (
            process("-m", "bench.hello", by, str(hello_port), f"{theirs.url}/api/", SECRET) as bare,
            process(*BOT, **tokens, **way_in) as bot,
        ):
            ours = HttpDriver(port) if by == "http" else stand
            hello = HttpDriver(hello_port) if by == "http" else theirs
            await asyncio.gather(ready(ours.command, "/fact", bot), ready(hello.command, "/hello", bare))
            rounds = [
                (await capacity(hello.command, "/hello"), await capacity(ours.command, "/fact")) for _ in range(ROUNDS)
            ]
            least, full = (median(each) for each in zip(*rounds, strict=True))
            print(f"{by}: hello {least:.0f}/s, /fact {full:.0f}/s, {least / full:.2f} times fewer", flush=True)
            balancer = Balancer(port)
            if by == "http":
                await balancer.open()
            way: Way = balancer if by == "http" else Envelopes(stand)
            for each, (name, one_user) in itertools.product(times, (("many people", False), ("one person", True))):
                before = mib(bot.pid)
                outcome = await overload(way, each * full, seconds, bot.pid, one_user=one_user)
                print(f"{by}: {each:g} times as many, {each * full:.0f} a second, for {seconds:.0f} s, {name}")
                print(*told(outcome), sep="\n")
                print(f"    memory {before:.0f} to {outcome.most_mib:.0f} MiB", flush=True)
                await asyncio.sleep(ACK_S)
            balancer.close()


async def main() -> None:
    """Measure over HTTP and Socket Mode, or by one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=["http", "socket"], help="the way in (default both)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each overload lasts (default 30)")
    parser.add_argument("--times", type=float, nargs="+", default=[3.0], help="how many times its capacity comes in")
    asked = parser.parse_args()
    for by in [asked.by] if asked.by else ["http", "socket"]:
        await measure(by, asked.seconds, asked.times)


if __name__ == "__main__":
    uvloop.run(main())
