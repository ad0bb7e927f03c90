"""A table that only tests have, to show what the database does with a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, String, Table, insert

if TYPE_CHECKING:
    from bot.store.database import Database

scratch = Table("scratch", MetaData(), Column("key", String(20), primary_key=True), Column("value", Integer))


async def with_scratch(database: Database, **values: int) -> None:
    """Make the table, with these rows."""
    async with database.transaction() as connection:
        await connection.run_sync(scratch.create)
        for key, value in values.items():
            await connection.execute(insert(scratch).values(key=key, value=value))
