"""Transactions and migrations, the same on each kind of database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, update

from bot.store.database import Database
from bot.store.tables import metadata, settings, told

if TYPE_CHECKING:
    from sqlalchemy import Connection


async def test_the_migrations_make_the_tables(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[object] = compare_metadata(context, metadata)
        return found

    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(settings).values(key="a", value=[1]))
    await database.migrate()
    async with database.reading() as connection:
        assert await connection.scalar(select(settings.c.value)) == [1]


async def test_no_update_is_lost(database: Database) -> None:
    """Whoever reads and then writes sees what others wrote before, in this process and in others."""
    async with database.transaction() as connection:
        await connection.execute(insert(settings).values(key="count", value=0))
    other = Database(database.url)

    async def add_one(way_in: Database) -> None:
        async with way_in.transaction() as connection:
            row = select(settings.c.value).where(settings.c.key == "count").with_for_update()
            count = await connection.scalar(row)
            await asyncio.sleep(0)
            await connection.execute(update(settings).values(value=(count or 0) + 1))

    await asyncio.gather(*(add_one(way_in) for _ in range(10) for way_in in (database, other)))
    async with database.reading() as connection:
        assert await connection.scalar(select(settings.c.value)) == 20
    await other.close()


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(settings).values(key="a", value=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.reading() as connection:
        assert (await connection.execute(select(settings))).all() == []


async def test_a_reader_waits_for_no_writer(database: Database) -> None:
    async with database.transaction() as writing:
        await writing.execute(insert(settings).values(key="a", value=1))
        async with database.reading() as reading:
            assert (await reading.execute(select(settings))).all() == []


async def test_times_are_aware_utc(database: Database) -> None:
    moment = datetime(2026, 7, 1, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    async with database.transaction() as connection:
        await connection.execute(insert(told).values(digest="a", told_at=moment))
        stored = await connection.scalar(select(told.c.told_at))
        assert stored == moment
        assert stored is not None
        assert stored.tzinfo is UTC
        assert await connection.scalar(select(told.c.digest).where(told.c.told_at <= moment)) == "a"
    with pytest.raises(Exception, match="without its zone"):
        async with database.transaction() as connection:
            await connection.execute(insert(told).values(digest="b", told_at=moment.replace(tzinfo=None)))
