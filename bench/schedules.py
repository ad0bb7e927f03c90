"""Schedules: how soon ten thousand that are due at once are in the outbox, how soon a post stands, what a tick costs.

The first is in the table of `python -m bench`. `python -m bench.schedules [--database postgresql://…]` measures the
others; without it, SQLite in a temporary folder. The database must be empty and up to date.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack, closing
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import uvloop
from sqlalchemy import delete, func, insert, select

from bench.deliveries import Bench, started
from bench.postgresql import postgresql
from bench.table import BenchError, Row
from bot.clock import SystemClock
from bot.config import BRIEFINGS, Settings
from bot.outbox.delivery import new_id
from bot.publishing.factory import publisher_for
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.occurrences import next_at
from bot.recurrence.rule import EVERY_DAY, LAST, MONDAY_TO_FRIDAY, RULE_ADAPTER, Calendar, Days, Repeat, Rule
from bot.schedules.reconcile import BATCH as LOOKED_OVER
from bot.schedules.scheduler import Scheduler
from bot.store.database import Database
from bot.store.engine import database_url
from bot.store.tables import deliveries, schedule_runs, schedules
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

AT_ONCE, STANDING = 10_000, 100_000
POSTS, TICKS = 100, 200
ROUNDS = 3
_BARE = "bare driver, one transaction"
ROWS = (
    Row("due-sqlite", f"{AT_ONCE:,} due at once durable, SQLite", "s", _BARE, 1.0),
    Row("due-postgresql", f"{AT_ONCE:,} due at once durable, PostgreSQL, one process", "s", _BARE, 1.0),
    Row("due-postgresql-3", f"{AT_ONCE:,} due at once durable, PostgreSQL, three processes", "s", _BARE, 0.7),
)
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
DAILY = Rule(Days(Repeat.WEEKLY, EVERY_DAY), time_of_day(), "Europe/London")


def resting(now: datetime) -> list[tuple[Rule, datetime]]:
    """Return rules that are not due for weeks, each with its next time."""
    day = (now - timedelta(days=2)).day
    found = [Rule(Days(Repeat.MONTHLY_ON_DAY, day=day), time_of_day(hour), tz) for hour in range(24) for tz in ZONES]
    return [(rule, each.starts_at) for rule in found if (each := next_at(rule, now, BankHolidays()))]


async def fill(database: Database, wanted: Sequence[tuple[Rule, datetime]], channels: Sequence[str]) -> None:
    """Replace all schedules by these: a rule and its next time."""
    rows = [
        {
            "id": new_id(),
            "team": TEAM_ID,
            "channel": channels[number % len(channels)],
            "areas": ["infrastructure"],
            "is_digest": False,
            "rule": RULE_ADAPTER.dump_json(rule).decode(),
            "created_at": at,
            "created_by": "U0ADA",
            "next_on": at.astimezone(ZoneInfo(rule.tz)).date(),
            "next_at": at,
            "last_activity_at": at,
        }
        for number, (rule, at) in enumerate(wanted)
    ]
    async with database.transaction() as connection:
        for table in (schedules, schedule_runs, deliveries):
            await connection.execute(delete(table))
        if rows:
            await connection.execute(insert(schedules), rows)


async def at_once(database: Database, configured: str, folder: str, processes: int) -> float:
    """Let AT_ONCE come due in the same second; return the seconds until each is in the outbox.

    Raises BenchError when one is not there exactly once.
    """
    await fill(database, [], [])
    command = (sys.executable, "-m", "bench.schedules", "--worker", folder, "--database", configured)
    pipe = asyncio.subprocess.PIPE
    workers = [await asyncio.create_subprocess_exec(*command, stdout=pipe) for _ in range(processes)]
    for worker in workers:
        if worker.stdout is not None:
            await worker.stdout.readline()
    due_at = full_second(6)
    await fill(database, due_together(due_at, AT_ONCE), [f"C9{number:04}" for number in range(AT_ONCE)])
    try:
        while True:
            await asyncio.sleep(0.02)
            async with database.reading() as connection:
                if await connection.scalar(select(func.count()).select_from(schedule_runs)) == AT_ONCE:
                    break
        took = SystemClock().now() - due_at
    finally:
        for worker in workers:
            worker.kill()
            await worker.wait()
    joined = deliveries.join(schedule_runs, schedule_runs.c.delivery_id == deliveries.c.id)
    async with database.reading() as connection:
        posts = await connection.scalar(select(func.count()).select_from(deliveries)) or 0
        days = await connection.scalar(select(func.count()).select_from(joined)) or 0
    if (days, posts) != (AT_ONCE, AT_ONCE):
        raise BenchError(f"{AT_ONCE - days} lost, {posts - AT_ONCE} doubled")
    return took.total_seconds()


async def bare_s(database: Database) -> float:
    """Return the seconds in which the bare driver writes what stands in the outbox, as text, in one transaction."""
    async with database.reading() as connection:
        rows = [(str(number), str(row)) for number, row in enumerate(await connection.execute(select(deliveries)))]
    address = database.url.database or ""
    if database.is_sqlite:
        return _written(sqlite3.connect(address), "?", rows)
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return _written(psycopg.connect(url), "%s", rows)


def _written(connection: Any, mark: str, rows: list[tuple[str, str]]) -> float:  # noqa: ANN401 — either driver's
    with closing(connection):
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE floor (id TEXT PRIMARY KEY, content TEXT)")
        connection.commit()
        begun = time.perf_counter()
        cursor.executemany(f"INSERT INTO floor VALUES ({mark}, {mark})", rows)  # noqa: S608 — marks only
        connection.commit()
        took = time.perf_counter() - begun
        cursor.execute("DROP TABLE floor")
        connection.commit()
        return took


async def due(configured: str, processes: int, say: Callable[[str], None]) -> tuple[float, float]:
    """Return the seconds until AT_ONCE are durable, and the bare driver's: medians of several rounds in turn."""
    took, floors = [], []
    with tempfile.TemporaryDirectory() as folder:
        database = Database(database_url(configured, Path(folder)))
        await database.migrate()
        for turn in range(ROUNDS):
            say(f"schedules: {AT_ONCE:,} due, {processes} process(es), round {turn + 1} of {ROUNDS}")
            took.append(await at_once(database, configured, folder, processes))
            floors.append(await bare_s(database))
        await database.close()
    return statistics.median(took), statistics.median(floors)


def measure(names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of these names."""
    with ExitStack() as stack:
        if names & {"due-postgresql", "due-postgresql-3"}:
            address = stack.enter_context(postgresql())
        for row, processes in zip(ROWS, (1, 1, 3), strict=True):
            if row.name in names:
                configured = "" if row.name == "due-sqlite" else address
                yield row.measured(*asyncio.run(due(configured, processes, say)))


async def work(configured: str, folder: str) -> None:
    """Be a process that ticks, until killed; say when it has begun."""
    database, holidays = Database(database_url(configured, Path(folder))), BankHolidays()
    scheduler = Scheduler(database, SystemClock(), lambda: holidays, lambda: None)
    await scheduler.run_due()
    gc.freeze()  # as the bot does (cli/commands.py)
    print(flush=True)
    await scheduler.run()


async def first_posts(bench: Bench, configured: str, folder: str) -> str:
    """Let one come due each second in the real process; return how long after its time its post stood."""
    await fill(bench.database, [], bench.channels)
    before = bench.posts
    process = await started(bench, configured, folder)
    waits = []
    try:
        await bench.workspace.wait_until(lambda: bench.workspace.is_connected, timeout_s=30)
        await asyncio.sleep(3)  # the first tick looks schedules over, and these are not due by their rules
        begin = full_second(4)
        times = [begin + timedelta(seconds=number) for number in range(POSTS)]
        await fill(bench.database, [(DAILY, at) for at in times], bench.channels)
        for number in range(POSTS):
            await bench.until(before + number + 1)
            waits.append((SystemClock().now() - begin).total_seconds() - number)
    finally:
        process.kill()
        await process.wait()
    cuts = statistics.quantiles(waits, n=100)
    return f"p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s"


async def idle_ticks(database: Database) -> tuple[str, str]:
    """Tick with STANDING schedules of which none is due; return the CPU of a tick, looking them over and after."""
    found = resting(SystemClock().now())
    await fill(database, [found[number % len(found)] for number in range(STANDING)], ["C90001"])
    holidays = BankHolidays()
    scheduler = Scheduler(database, SystemClock(), lambda: holidays, lambda: None)
    await scheduler.run_due()
    looking = await ticked(scheduler, TICKS)
    for _ in range(STANDING // LOOKED_OVER):
        await scheduler.run_due()
    return looking, await ticked(scheduler, TICKS)


def due_together(at: datetime, count: int) -> list[tuple[Rule, datetime]]:
    """Return so many rules of several kinds, each for the minute of this moment."""
    found = []
    for tz in ZONES:
        local = at.astimezone(ZoneInfo(tz))
        days = (
            Days(Repeat.WEEKLY, EVERY_DAY),
            Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY),
            Days(Repeat.WEEKLY, (local.weekday(),)),
            Days(Repeat.FORTNIGHTLY, (local.weekday(),), anchor=local.date()),
            Days(Repeat.MONTHLY_ON_DAY, day=local.day),
            Days(Repeat.MONTHLY_ON_WEEKDAY, (local.weekday(),), ordinal=LAST),
        )
        found += [Rule(each, local.time().replace(second=0, microsecond=0), tz, Calendar.SCOTLAND) for each in days]
    return [(found[number % len(found)], at) for number in range(count)]


async def ticked(scheduler: Scheduler, count: int) -> str:
    """Return the CPU time of a tick."""
    begun = time.process_time()
    for _ in range(count):
        await scheduler.run_due()
    return f"{(time.process_time() - begun) * 1000 / count:.1f} ms"


def full_second(later_s: int) -> datetime:
    """Return the full second that comes so many seconds after this one."""
    return SystemClock().now().replace(microsecond=0) + timedelta(seconds=later_s)


async def main(configured: str) -> None:
    """Measure ticks and posts, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url(configured, Path(folder))
        bench, name = Bench(Database(url)), url.get_backend_name()
        await bench.database.migrate()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(bench.workspace.serve())
            stack.push_async_callback(bench.database.close)
            looking, idle = await idle_ticks(bench.database)
            print(f"| CPU of an idle tick, {STANDING:,} schedules, {name} | {idle} |")
            print(f"| the same while they are looked over, {LOOKED_OVER} a tick, {name} | {looking} |")
            await publisher_for(Settings.model_construct(), bench.database).publish_folder(BRIEFINGS)
            print(f"| due → post, {name} | {await first_posts(bench, configured, folder)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="A PostgreSQL address; without it, SQLite.")
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        uvloop.run(work(arguments.database, arguments.worker))  # as the bot
    else:
        asyncio.run(main(arguments.database))
