"""Load: commands a second that the real process takes, beside a bare Bolt hello, and what becomes of more than that.

    python -m bench.load [--seconds 30] [--times 3] [--by http|socket]

Commands come over HTTP, signed, or as Socket Mode envelopes, from a stand-in for Slack that only counts. Each person's
p99 is by the clock of the driver, which shares the machine with the bot.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.driver import ACK_S, PEOPLE, SECRET, HttpDriver, Stand, all_answered, payload_of, ready
from bench.processes import BOT, mib, process, unused_ports
from tests.support.unlimited import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

AT_ONCE: Final = 16
CAPACITY_S: Final = 3.0
ROUNDS: Final = 3
_STEP_S: Final = 0.01


@dataclass
class Outcome:
    """What became of commands, by its name, and the seconds that each person's acks took."""

    counts: Counter[str] = field(default_factory=Counter)
    took_s: dict[str, list[float]] = field(default_factory=dict)
    most_mib: float = 0.0
    lags_s: list[float] = field(default_factory=list)
    """How late the driver itself was: by so much the acks only seem late."""

    def add(self, user: str, seconds: float, what: str) -> None:
        """Count one."""
        name = f"{what} late" if what in {"answered", "told"} and seconds > ACK_S else what
        self.counts[name] += 1
        if what in {"answered", "told"}:
            self.took_s.setdefault(user, []).append(seconds)

    def percentile(self, share: float, user: str = "") -> float:
        """Return the time within which this share of the acks came; of one person, or of all others."""
        times = sorted(self.took_s.get(user, ()) if user else itertools.chain(*self.took_s.values()))
        return times[int(share * (len(times) - 1))] if times else float("nan")


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


async def overload(
    send: Callable[[dict[str, str]], Awaitable[str]], rate: float, seconds: float, pid: int, *, one_user: bool = False
) -> Outcome:
    """Send so many a second, whatever comes back, from many people or one; beside them U0CALM asks once a second."""
    loop, outcome, tasks = asyncio.get_running_loop(), Outcome(), set()

    async def one(user: str, number: int) -> None:
        begun = loop.time()
        what = await send(payload_of(user, number))
        outcome.add(user, loop.time() - begun, what)

    begun, sent, calm = loop.time(), 0, 0
    while (passed := loop.time() - begun) < seconds:
        for number in range(sent, int(passed * rate)):
            tasks.add(asyncio.create_task(one("U0BUSY" if one_user else f"U{number % PEOPLE}", number)))
        sent = max(sent, int(passed * rate))
        if passed > calm:
            calm += 1
            tasks.add(asyncio.create_task(one("U0CALM", calm)))
        tasks = {each for each in tasks if not each.done()}
        outcome.most_mib = max(outcome.most_mib, mib(pid))
        slept_at = loop.time()
        await asyncio.sleep(_STEP_S)
        outcome.lags_s.append(loop.time() - slept_at - _STEP_S)
    await asyncio.gather(*tasks)
    return outcome


async def measure(by: str, seconds: float, times: float) -> None:
    """Print the capacity of both, and what became of the overload."""
    port, hello_port = unused_ports(2)
    async with Stand().serving() as stand, Stand().serving() as theirs:
        tokens = {"SLACK_BOT_TOKEN": "xoxb-1-2-bench", "SLACK_API_URL": f"{stand.url}/api/", "LOG_LEVEL": "warning"}
        tokens |= UNLIMITED | {"QUESTIONS_A_MINUTE": "120"}  # all in one channel; a person still has a share
        way = {"SLACK_APP_TOKEN": "xapp-1-bench"}
        if by == "http":
            way = {"SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}
        async with (
            process("-m", "bench.hello", by, str(hello_port), f"{theirs.url}/api/", SECRET) as bare,
            process(*BOT, **tokens, **way) as bot,
        ):
            ours = HttpDriver(port) if by == "http" else stand
            hello = HttpDriver(hello_port) if by == "http" else theirs
            await asyncio.gather(ready(ours.command, "/fact", bot), ready(hello.command, "/hello", bare))
            rounds = [
                (await capacity(hello.command, "/hello"), await capacity(ours.command, "/fact")) for _ in range(ROUNDS)
            ]
            least, full = (median(each) for each in zip(*rounds, strict=True))
            print(f"{by}: hello {least:.0f}/s, /fact {full:.0f}/s, {least / full:.2f} times fewer", flush=True)
            before = mib(bot.pid)
            for name, one_user in (("many people", False), ("one person", True)):
                outcome = await overload(ours.command, times * full, seconds, bot.pid, one_user=one_user)
                print(f"{by}: {times:g} times as many for {seconds:.0f} s, {name}: {dict(outcome.counts)}")
                acks = [outcome.percentile(share, user) for user in ("", "U0CALM") for share in (0.5, 0.99)]
                print("    acks p50 / p99 {:.2f} / {:.2f} s; who asks once a second {:.2f} / {:.2f} s".format(*acks))
                lags = sorted(outcome.lags_s)
                print(f"    the driver's own lag {lags[len(lags) // 2]:.2f} / {lags[int(0.99 * len(lags))]:.2f} s")
                print(f"    memory {before:.0f} to {outcome.most_mib:.0f} MiB", flush=True)
                await asyncio.sleep(ACK_S)


async def main() -> None:
    """Measure over HTTP and Socket Mode, or by one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=["http", "socket"], help="the way in (default both)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the overload lasts (default 30)")
    parser.add_argument("--times", type=float, default=3.0, help="how many times its capacity comes in (default 3)")
    asked = parser.parse_args()
    for by in [asked.by] if asked.by else ["http", "socket"]:
        await measure(by, asked.seconds, asked.times)


if __name__ == "__main__":
    asyncio.run(main())
