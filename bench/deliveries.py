"""Deliveries: how soon a post stands, how fast a backlog drains, what a message and a restart cost. The real process.

A message's cost is in the table of `python -m bench`. `python -m bench.deliveries [--database postgresql://…]` measures
the others; without it, SQLite in a temporary folder. The database must be up to date and hold no open delivery.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import app as wiring
from bench.floors import WORK, work_s
from bench.postgresql import postgresql
from bench.processes import cpu_s
from bench.table import Row
from bot.clock import SystemClock
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.store.database import Database
from bot.store.engine import database_url
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, TEAM_ID, Channel
from workspace.state.seed import ADA_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRIES = 200
PRESSES = 100
RESTARTS = 5
CHANNELS, POSTS = 40, 20
TEXT = "**Updated: Infrastructure.** A statement of a fact with its [source](https://www.gov.uk/). " * 6
ROWS = (
    Row("post-sqlite", "CPU of a posted message, SQLite", "ms", WORK, 2.0),
    Row("post-postgresql", "CPU of a posted message, PostgreSQL", "ms", WORK, 2.0),
)


class Bench:
    """A workspace with channels, a database, and the real process between them."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self.database = database
        self.workspace = Workspace(wiring.read_manifest())
        self._seen, self._posts = 0, 0
        self.channels = [f"C9B{number:03}" for number in range(CHANNELS)]
        for name in self.channels:
            self.workspace.state.add_channel(Channel(name, name.lower(), frozenset({BOT_USER_ID, ADA_ID})))

    @property
    def posts(self) -> int:
        """How many posts stand."""
        new = self.workspace.calls[self._seen :]
        self._seen += len(new)
        self._posts += sum(call.method == "chat.postMessage" for call in new)
        return self._posts

    async def enqueue(self, channels: list[str], each: int = 1) -> None:
        """Add deliveries, and commit."""
        wanted = [
            Delivery(TEAM_ID, name, DeliveryKind.ALERT, OutboxMessage(TEXT)) for _ in range(each) for name in channels
        ]
        async with self.database.transaction() as connection:
            await enqueue(connection, wanted, SystemClock().now())

    async def until(self, posts: int) -> float:
        """Return the moment at which so many posts stand."""
        await self.workspace.wait_until(lambda: self.posts >= posts, timeout_s=300)
        return time.perf_counter()


async def main(configured: str) -> None:
    """Measure posts and restarts, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url(configured, Path(folder))
        bench = Bench(Database(url))
        await bench.database.migrate()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(bench.workspace.serve())
            stack.push_async_callback(bench.database.close)
            process = await started(bench, configured, folder)
            try:
                await bench.workspace.wait_until(lambda: bench.workspace.is_connected, timeout_s=30)
                await measure_presses(bench, url.get_backend_name())
                await measure_posts(bench, process.pid, url.get_backend_name())
                await asyncio.sleep(1)  # for what was posted last to be recorded
            finally:
                process.kill()
                await process.wait()
            await measure_restarts(bench, configured, folder)


async def measure_presses(bench: Bench, name: str) -> None:
    """Press "Post to channel" below an answer, and print how long it takes until the post is there."""
    waits = []
    for number in range(PRESSES):
        channel = bench.channels[number % CHANNELS]
        await bench.workspace.type(ADA_ID, channel, "/fact growth zones")
        answer = bench.workspace.seen_by(ADA_ID, channel)[-1]
        before = bench.posts
        pressed = time.perf_counter()
        await bench.workspace.press(ADA_ID, channel, answer["ts"], "post")
        waits.append((await bench.until(before + 1) - pressed) * 1000)
    cuts = statistics.quantiles(waits, n=100)
    print(f"| Post to channel: pressed → posted, {name} | p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms |")
    await asyncio.sleep(1.2)


async def measure_posts(bench: Bench, pid: int, name: str) -> None:
    """Measure, and print a line of the table for each."""
    await bench.enqueue(bench.channels[:1])
    await bench.until(1)
    waits = []
    for number in range(TRIES):
        before = bench.posts
        await bench.enqueue([bench.channels[number % CHANNELS]])
        committed = time.perf_counter()
        waits.append((await bench.until(before + 1) - committed) * 1000)
    cuts = statistics.quantiles(waits, n=100)
    print(f"| commit → post in an idle channel, {name} | p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms |")
    await asyncio.sleep(1.2)
    first_s, took_s, _ = await backlog(bench, pid)
    rate = (POSTS - 1) / took_s  # one a second and channel is allowed
    print(f"| a post in each of {CHANNELS} channels, {name} | {first_s:.2f} s |")
    print(f"| {CHANNELS} channels × {POSTS} posts, {name} | {took_s:.1f} s: {rate:.1%} of the allowed rate |")


async def backlog(bench: Bench, pid: int) -> tuple[float, float, float]:
    """Return the seconds until each channel has a post and until each has all, and the bot's CPU ms for a message."""
    before, spent_s, begun = bench.posts, cpu_s(pid), time.perf_counter()
    await bench.enqueue(bench.channels, POSTS)
    first = await bench.until(before + CHANNELS)
    last = await bench.until(before + CHANNELS * POSTS)
    return first - begun, last - begun, (cpu_s(pid) - spent_s) * 1000 / (CHANNELS * POSTS)


async def cost_ms(configured: str) -> float:
    """Return the CPU milliseconds of the real process for a posted message."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Database(database_url(configured, Path(folder))))
        await bench.database.migrate()
        async with bench.workspace.serve():
            process = await started(bench, configured, folder)
            try:
                await bench.workspace.wait_until(lambda: bench.workspace.is_connected, timeout_s=60)
                await bench.enqueue(bench.channels)
                await bench.until(CHANNELS)
                await asyncio.sleep(1.2)
                return (await backlog(bench, process.pid))[2]
            finally:
                process.kill()
                await process.wait()
                await bench.database.close()


def measure(names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of these names, of one round each: a post a second and channel takes its time."""
    for row in ROWS:
        if row.name not in names:
            continue
        say(f"deliveries: {CHANNELS * POSTS} posts, {row.name}")
        with nullcontext("") if row.name == "post-sqlite" else postgresql() as configured:
            yield row.measured(asyncio.run(cost_ms(configured)), work_s() * 1000)


async def measure_restarts(bench: Bench, configured: str, folder: str) -> None:
    """Start the process again with a post that waits for it, and print how long that takes after its imports."""
    waits = []
    for channel in bench.channels[:RESTARTS]:
        await bench.enqueue([channel])
        before = bench.posts
        process = await started(bench, configured, folder)
        imported = time.perf_counter()
        waits.append(await bench.until(before + 1) - imported)
        process.kill()
        await process.wait()
    name = bench.database.url.get_backend_name()
    print(f"| restart → first post, after the imports, {name} | {statistics.median(waits):.2f} s |")


async def started(bench: Bench, configured: str, folder: str) -> asyncio.subprocess.Process:
    """Start the real process, and return when it has imported all that it is made of."""
    variables = {
        "SLACK_BOT_TOKEN": bench.workspace.bot_token,
        "SLACK_APP_TOKEN": bench.workspace.app_token,
        "SLACK_API_URL": bench.workspace.api_url,
        "DATABASE_URL": configured,
        "DATA_DIR": folder,
        "LOG_LEVEL": "warning",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import app; from cli.main import main; print(flush=True); main()", "run"),
        env={**os.environ, **variables},  # noqa: TID251 — a child's
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdout is not None:
        await process.stdout.readline()
    return process


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="A PostgreSQL address; without it, SQLite.")
    asyncio.run(main(parser.parse_args().database))
