"""Transactions and migrations, the same on each kind of database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.outbox.operators import Operators
from bot.publishing.publisher import Publisher
from bot.store import revisions
from bot.store.database import Database
from bot.store.tables import operator_notices
from tests.support.scratch import scratch, with_scratch
from tests.support.small_content import BREWING, write_small_content

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.revision import Revision


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await with_scratch(database, a=1)
    await database.migrate()
    async with database.reading() as connection:
        assert await connection.scalar(select(scratch.c.value)) == 1


async def test_no_update_is_lost(database: Database) -> None:
    """Whoever reads and then writes sees what others wrote before, in this process and in others."""
    await with_scratch(database, count=0)
    other = Database(database.url)

    async def add_one(way_in: Database) -> None:
        async with way_in.transaction() as connection:
            row = select(scratch.c.value).where(scratch.c.key == "count").with_for_update()
            count = await connection.scalar(row)
            await asyncio.sleep(0)
            await connection.execute(update(scratch).values(value=(count or 0) + 1))

    await asyncio.gather(*(add_one(way_in) for _ in range(10) for way_in in (database, other)))
    async with database.reading() as connection:
        assert await connection.scalar(select(scratch.c.value)) == 20
    await other.close()


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    await with_scratch(database)

    async def fail() -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(scratch).values(key="a", value=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.reading() as connection:
        assert (await connection.execute(select(scratch))).all() == []


async def test_a_reader_waits_for_no_writer(database: Database) -> None:
    await with_scratch(database)
    async with database.transaction() as writing:
        await writing.execute(insert(scratch).values(key="a", value=1))
        async with database.reading() as reading:
            assert (await reading.execute(select(scratch))).all() == []


async def test_times_are_aware_utc(database: Database) -> None:
    moment = datetime(2026, 7, 1, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    async with database.transaction() as connection:
        await connection.execute(insert(operator_notices).values(digest="a", notified_at=moment))
        stored = await connection.scalar(select(operator_notices.c.notified_at))
        assert stored == moment
        assert stored is not None
        assert stored.tzinfo is UTC
        assert (
            await connection.scalar(select(operator_notices.c.digest).where(operator_notices.c.notified_at <= moment))
            == "a"
        )
    with pytest.raises(Exception, match="without its zone"):
        async with database.transaction() as connection:
            await connection.execute(
                insert(operator_notices).values(digest="b", notified_at=moment.replace(tzinfo=None))
            )


async def test_a_revision_that_is_read_never_replaces_a_newer_one(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, fresh = write_small_content(tmp_path / "tea"), Database(database.url)

    async def publish(way_in: Database) -> None:
        await Publisher(way_in, SystemClock(), Operators(Maintainers(""), SystemClock())).publish_folder(folder)

    read = revisions.read_revision

    async def read_late(connection: AsyncConnection, number: int) -> Revision | None:
        found = await read(connection, number)
        monkeypatch.setattr(revisions, "read_revision", read)
        (folder / "brewing/water.yaml").write_text(BREWING.replace("boiling the water", "boiling water"))
        await publish(fresh)
        return found

    await publish(database)
    monkeypatch.setattr(revisions, "read_revision", read_late)
    assert (await fresh.refresh()).number == 2
    assert (await database.refresh()).number == 2
    await fresh.close()
