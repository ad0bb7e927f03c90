"""The audit keeps entries in their order, without secrets, and lets nobody change one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from bot.audit.audit import (
    BOT,
    MOST_CHARACTERS,
    AuditEntry,
    AuditFilter,
    newest_audit,
    read_audit,
    record,
    record_all,
)
from bot.store.errors import StoreError
from bot.store.maintainer_tables import audit
from tests.support.newsroom import HandClock
from tests.support.retention import swept

if TYPE_CHECKING:
    from bot.store.database import Database

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
APPROVED = AuditEntry("T1", "U1", "proposal.approved", "P1", "pending", "approved")
ALL = AuditFilter()
PAUSED = AuditEntry("T1", BOT, "alerts.paused", "C1")


@pytest.fixture
async def kept(database: Database) -> Database:
    async with database.transaction() as connection:
        await record(connection, APPROVED, NOW)
        await record(connection, PAUSED, NOW + timedelta(hours=1))
    return database


async def read(database: Database, wanted: AuditFilter = ALL, after: int = 0, limit: int = 9) -> list[AuditEntry]:
    async with database.reading() as connection:
        return [each.entry for each in await read_audit(connection, wanted, after=after, limit=limit)]


async def test_entries_are_read_in_their_order_and_by_pages(kept: Database) -> None:
    async with kept.reading() as connection:
        first, second = await read_audit(connection, AuditFilter())
        newest = await newest_audit(connection, AuditFilter(), 1)
    assert (first.entry, first.at, second.entry) == (APPROVED, NOW, PAUSED)
    assert newest == (second,)
    assert await read(kept, limit=1) == [APPROVED]
    assert await read(kept, after=first.id) == [PAUSED]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(since=NOW), [APPROVED, PAUSED]),
        (AuditFilter(since=NOW + timedelta(seconds=1)), [PAUSED]),
        (AuditFilter(subject="P1"), [APPROVED]),
        (AuditFilter(who=BOT), [PAUSED]),
        (AuditFilter(action="proposal"), [APPROVED]),
        (AuditFilter(action="proposal.approved"), [APPROVED]),
        (AuditFilter(action="prop"), []),
        (AuditFilter(action="%"), []),
        (AuditFilter(who=BOT, subject="P1"), []),
        (AuditFilter(subject="' OR 1=1 --"), []),
    ],
)
async def test_filters_narrow_what_is_read(kept: Database, wanted: AuditFilter, found: list[AuditEntry]) -> None:
    assert await read(kept, wanted) == found


async def test_the_database_refuses_to_change_an_entry(kept: Database) -> None:
    with pytest.raises((StoreError, DBAPIError)):
        async with kept.transaction() as connection:
            await connection.execute(update(audit).values(who="U2"))
    assert await read(kept) == [APPROVED, PAUSED]


async def test_what_is_old_can_be_deleted_and_its_number_is_not_given_again(kept: Database) -> None:
    async with kept.transaction() as connection:
        (*_, last) = await read_audit(connection, AuditFilter())
        await connection.execute(delete(audit).where(audit.c.at <= NOW))
    assert await read(kept) == [PAUSED]
    async with kept.transaction() as connection:
        await connection.execute(delete(audit))
        await record(connection, APPROVED, NOW)
        (only,) = await read_audit(connection, AuditFilter())
    assert only.id > last.id


@pytest.mark.parametrize(("days", "left"), [(0, [APPROVED, PAUSED]), (1, [PAUSED]), (2, [APPROVED, PAUSED])])
async def test_the_sweep_deletes_what_is_older_than_the_setting(
    kept: Database, days: int, left: list[AuditEntry]
) -> None:
    clock = HandClock(NOW + timedelta(days=1, minutes=30))
    await swept(kept, clock, audit=days)
    assert await read(kept) == left


async def test_an_entry_goes_with_the_transaction_that_made_it(database: Database) -> None:
    async def changed_and_failed() -> None:
        async with database.transaction() as connection:
            await record(connection, APPROVED, NOW)
            raise LookupError

    with pytest.raises(LookupError):
        await changed_and_failed()
    assert await read(database) == []


async def test_hostile_text_is_stored_bounded_and_without_secrets(database: Database) -> None:
    token = "xoxb-" + "1" * 40
    long = "é" * (MOST_CHARACTERS["before"] - 9)
    entry = AuditEntry("T" * 99, "cli:\0\ud800", "a" * 99, "s\n" * 200, f"{long} {token}", "https://me:pass@host/x")
    async with database.transaction() as connection:
        await record_all(connection, [entry, AuditEntry("", "", "", "")], NOW)
        await record_all(connection, [], NOW)
    kept, empty = await read(database)
    assert {name: len(getattr(kept, name)) for name in MOST_CHARACTERS} == MOST_CHARACTERS | {
        "who": len("cli:??"),
        "after": len(kept.after),
    }
    assert "xoxb" not in kept.before
    assert "pass" not in kept.after
    assert empty == AuditEntry("", "", "", "")
