"""A process killed anywhere in a tick has lost nothing and doubled nothing: each schedule has its post, once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.store.database import Database
from bot.store.tables import deliveries, schedule_runs, schedules
from tests.chaos.harness import ROOT, Outcome
from tests.support.scheduling import DAILY, Timetable

if TYPE_CHECKING:
    from collections import defaultdict

    from sqlalchemy.engine import URL

    from tests.support.forking import Forking

KILLS = 20
DUE, BATCH = 1500, 10
MOST_STATEMENTS = 60
_TICKS = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import make_url
from bot.recurrence.bank_holidays import BankHolidays
from bot.clock import SystemClock
from bot.schedules.scheduler import Scheduler
from bot.store.database import Database

left = int(sys.argv[2])

def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    database, holidays = Database(make_url(sys.argv[1])), BankHolidays()
    for name in ("before_cursor_execute", "commit"):
        event.listen(database._engine.sync_engine, name, count)
    await Scheduler(database, SystemClock(), lambda: holidays, lambda: None, batch=int(sys.argv[3])).run_due()
    await database.close()

asyncio.run(main())
"""
"""A process that ticks once, and dies by its own SIGKILL at the statement or commit that it is told; at 0, at none."""


async def ticked(forking: Forking, url: URL, statements: int) -> int:
    """Run such a process to its end; return its exit code."""
    arguments = (url.render_as_string(hide_password=False), str(statements), str(BATCH))
    process = await forking.start(_TICKS, *arguments, cwd=ROOT, env=os.environ)  # noqa: TID251 — a child's
    return await process.wait()


async def killed_over_and_over(forking: Forking, url: URL, chance: random.Random, kills: int) -> int:
    """Kill so many processes, one after the other; return how many did die so."""
    codes = [await ticked(forking, url, chance.randint(3, MOST_STATEMENTS)) for _ in range(kills)]
    return codes.count(-signal.SIGKILL)


@pytest.mark.timeout(600)
async def test_whoever_is_killed_in_a_tick_loses_and_doubles_nothing(
    new_database_url: URL, outcomes: defaultdict[str, list[Outcome]], forking: Forking, seed: int
) -> None:
    database = Database(new_database_url)
    await database.migrate()
    timetable = Timetable(database)
    timetable.clock.at = began_at = SystemClock().now()
    await timetable.publish(1)
    half_a_day_away = (began_at + timedelta(hours=12)).time().replace(second=0, microsecond=0)  # not due again here
    await timetable.add_many(replace(DAILY, at=half_a_day_away, tz="UTC"), DUE, due_at=began_at)
    begun, processes = asyncio.get_running_loop().time(), 1 if database.is_sqlite else 2
    chances = [random.Random(seed * 100 + number) for number in range(processes)]  # noqa: S311 — chance, not a secret
    deaths = await asyncio.gather(
        *(killed_over_and_over(forking, new_database_url, chance, KILLS // processes) for chance in chances)
    )
    assert await ticked(forking, new_database_url, 0) == 0
    posts = select(schedule_runs.c.schedule_id, func.count(deliveries.c.id).label("posts")).join(
        deliveries, deliveries.c.id == schedule_runs.c.delivery_id
    )
    async with database.reading() as connection:
        counts = {
            row.schedule_id: row.posts for row in await connection.execute(posts.group_by(schedule_runs.c.schedule_id))
        }
        wanted = (await connection.scalars(select(schedules.c.id))).all()
        astray = await connection.scalar(select(func.count()).select_from(deliveries)) or 0
        overdue = await connection.scalar(select(func.count()).where(schedules.c.next_at <= SystemClock().now()))
    await database.close()
    lost = [each for each in wanted if each not in counts]
    doubled = [each for each, count in counts.items() if count > 1]
    name = "SQLite, killed in a tick" if processes == 1 else "PostgreSQL, two at once killed in a tick"
    took_s = asyncio.get_running_loop().time() - begun
    outcomes[name].append(Outcome(kills=sum(deaths), posts=astray, lost=lost, doubled=doubled, seconds=took_s))
    assert (lost, doubled, astray - len(counts), overdue) == ([], [], 0, 0)
    assert sum(deaths) >= KILLS * 3 // 4, "too few died for this to prove anything"
