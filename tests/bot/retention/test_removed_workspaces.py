"""A workspace that removed the app is erased when its time is over, unless it has installed it again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from bot.installations import workspaces
from bot.retention.removed_workspaces import erase_removed
from bot.store.maintainer_tables import audit
from bot.store.tables import subscriptions
from tests.support.newsroom import HandClock
from tests.support.rows import row_of

if TYPE_CHECKING:
    from bot.store.database import Database

TEAMS = ("T1", "T2", "T3")


async def left(database: Database) -> tuple[list[str], list[str]]:
    """Return the workspaces that are known, and those of which a subscription is kept."""
    async with database.reading() as connection:
        known = [each.workspace for each in await workspaces.all_workspaces(connection)]
        return known, sorted(await connection.scalars(select(subscriptions.c.team)))


async def test_it_is_erased_after_its_days_and_never_before_or_when_it_came_back(database: Database) -> None:
    clock = HandClock()
    now = clock.now()
    async with database.transaction() as connection:
        for number, team in enumerate(TEAMS):
            row = row_of(subscriptions, number, now, team=team)
            await connection.execute(insert(subscriptions).values(**row))
            await workspaces.install(connection, team, now)
        await workspaces.remove(connection, "T1", now, now, 30)
        await workspaces.remove(connection, "T2", now, now, 30)
        await workspaces.install(connection, "T2", now + timedelta(hours=1))
    clock.pass_by(days=29)
    await erase_removed(database, clock)
    assert await left(database) == ([*TEAMS], [*TEAMS])
    clock.pass_by(days=1)
    await erase_removed(database, clock)
    assert await left(database) == (["T2", "T3"], ["T2", "T3"])


async def test_three_processes_at_once_erase_it_once(database: Database) -> None:
    clock = HandClock()
    async with database.transaction() as connection:
        await connection.execute(insert(subscriptions).values(**row_of(subscriptions, 0, clock.now(), team="T1")))
        await workspaces.install(connection, "T1", clock.now())
        await workspaces.remove(connection, "T1", clock.now(), clock.now(), 30)
    clock.pass_by(days=30)
    await asyncio.gather(*(erase_removed(database, clock) for _ in range(3)))
    assert await left(database) == ([], [])
    async with database.reading() as connection:
        assert list(await connection.scalars(select(audit.c.action))) == ["workspace.forgotten"]
