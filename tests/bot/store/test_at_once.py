"""What two processes do at the same moment is done once, and fails in neither."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text

from bot.alerts import days_off, watches
from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.messages import ChannelRef
from bot.outbox.operators import Operators, remember_team
from bot.store import tables
from tests.support.newsroom import shipped
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.database import Database

NOW = datetime(2026, 11, 30, tzinfo=UTC)
OFF = ((date(2026, 12, 24), date(2026, 12, 26)),)
OPERATORS = Operators(Maintainers("C0MAINTAIN"), SystemClock())


async def told(connection: AsyncConnection) -> object:
    return await OPERATORS.notify(connection, "Faults", ["a.yaml:1: error"])


async def remembered(connection: AsyncConnection) -> None:
    await OPERATORS.remember(connection, "a.yaml:1: error")


async def team(connection: AsyncConnection) -> None:
    await remember_team(connection, "T1")


async def watched(connection: AsyncConnection) -> object:
    fact = next(iter(shipped().facts.values()))
    return await watches.watch(connection, "T1", "U1", fact, NOW)


async def off(connection: AsyncConnection) -> object:
    return await days_off.put(connection, ChannelRef("T1", "C1"), OFF, NOW.date())


async def is_waited_for(database: Database) -> bool:
    async with database.reading() as connection:
        return bool(await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@pytest.mark.parametrize(
    ("work", "table"),
    [
        (told, tables.operator_notices),
        (remembered, tables.operator_notices),
        (team, tables.workspaces),
        (watched, tables.watches),
        (off, tables.days_off),
    ],
)
async def test_two_processes_at_once(
    database: Database, work: Callable[[AsyncConnection], Awaitable[Any]], table: Table
) -> None:
    async def second() -> object:
        async with database.transaction() as connection:
            return await work(connection)

    async with database.transaction() as connection:
        first = await work(connection)
        later = asyncio.create_task(second())
        async with asyncio.timeout(PATIENCE_S):
            while (  # noqa: ASYNC110 — PostgreSQL tells nobody who waits for a lock
                not database.is_sqlite and not await is_waited_for(database)
            ):
                await asyncio.sleep(0.01)
    outcome = await later
    assert (first, outcome) in {(True, False), (None, None), (first, first)}
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(table)) == 1
