"""Rows given to one statement: stored and compared as those that SQLAlchemy writes one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from bot.store.engine import insert_rows, row_parameter, row_source
from bot.store.errors import StoreError
from bot.store.tables import deliveries, schedule_runs

if TYPE_CHECKING:
    from bot.store.database import Database

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOSTILE = (
    '\'; DROP TABLE x; -- " :rows $.id {"a": [1]} \\u0041 \\u0000 %s %(x)s \u2603 \U0001f3f3\ufe0f\u200d \u202e </p> \n'
)


def delivery(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 — any column
    row: dict[str, Any] = {
        **dict.fromkeys(("id", "team", "channel"), name),
        "kind": "alert",
        "priority": 1,
        "payload": {},
        "state": "pending",
        "error": None,
        "parent_id": None,
        **dict.fromkeys(("created_at", "due_at", "expires_at"), NOON),
    }
    return {**row, **more}


@pytest.mark.parametrize(
    "more",
    [
        {"payload": {"markdown": HOSTILE, "nested": {"list": [1, 2.5, True, None, HOSTILE], "empty": {}}}},
        {"payload": {"markdown": "a" * 100_000}, "error": HOSTILE},
        {"payload": {}, "created_at": NOON + timedelta(microseconds=1), "priority": -1},
        {"payload": {"half": "\ud83e \ud800x", "nul": "a\0b"}},
        {"payload": {"number": 2**70}},
        {"due_at": NOON.astimezone(ZoneInfo("Pacific/Apia")), "expires_at": NOON.astimezone(ZoneInfo("Asia/Kolkata"))},
    ],
    ids=["hostile", "long", "odd", "half a character", "large number", "zones"],
)
async def test_they_are_stored_as_any_others(database: Database, more: dict[str, Any]) -> None:
    row = delivery("D1", **more)
    stored = []
    async with database.transaction() as connection:
        for write in (
            lambda: connection.execute(insert(deliveries), [row]),
            lambda: insert_rows(connection, deliveries, [row]),
        ):
            await write()
            stored.append((await connection.execute(select(deliveries))).all())
            at_noon = select(deliveries.c.id).where(deliveries.c.due_at == NOON, deliveries.c.expires_at <= NOON)
            assert (await connection.scalars(at_noon)).all() == ["D1"]
            await connection.execute(delete(deliveries))
    assert stored[0] == stored[1]


async def test_many_are_written_by_one_statement_and_all_or_none(database: Database) -> None:
    rows = [delivery(f"D{number}") for number in range(1200)]
    async with database.transaction() as connection:
        await insert_rows(connection, deliveries, rows)
        await insert_rows(connection, deliveries, [])
    with pytest.raises(IntegrityError):
        async with database.transaction() as connection:
            await insert_rows(connection, deliveries, [delivery("E"), delivery("D7")])
    async with database.reading() as connection:
        assert len((await connection.scalars(select(deliveries.c.id))).all()) == len(rows)


async def test_others_are_found_by_them(database: Database) -> None:
    today, ids = date(2026, 11, 30), ["S1", HOSTILE[:32], "S3"]
    runs = [{"schedule_id": each, "local_date": today, "scheduled_for": NOON, "state": "due"} for each in ids]
    async with database.transaction() as connection:
        await insert_rows(connection, schedule_runs, runs)
        wanted = row_source(connection, schedule_runs, "schedule_id", "local_date")
        columns = schedule_runs.c.schedule_id, schedule_runs.c.local_date
        query = (
            select(*columns).join(wanted, columns[0] == wanted.c.schedule_id).where(columns[1] == wanted.c.local_date)
        )
        known = [{"schedule_id": each, "local_date": today} for each in (*ids[:2], "unknown")]
        assert sorted((await connection.execute(query, row_parameter(connection, known))).all()) == sorted(
            [(each, today) for each in ids[:2]]
        )


@pytest.mark.parametrize("column", ["due_at", "created_at"])
async def test_a_moment_without_its_zone_is_refused(database: Database, column: str) -> None:
    with pytest.raises(ValueError, match="without its zone"):
        async with database.transaction() as connection:
            await insert_rows(connection, deliveries, [delivery("D1", **{column: datetime(2026, 11, 30, 12)})])  # noqa: DTZ001 — what is refused


@pytest.mark.parametrize("words", ["a\ud800", "\udfff \0"])
async def test_half_a_character_is_refused_as_in_one_row(database: Database, words: str) -> None:
    row = delivery("D1", error=words)
    for write in (
        lambda connection: insert_rows(connection, deliveries, [delivery("D2"), row]),
        lambda connection: connection.execute(insert(deliveries), [row]),
        lambda connection: connection.execute(
            select(row_source(connection, deliveries, "id")), row_parameter(connection, [{"id": words}])
        ),
    ):
        with pytest.raises(UnicodeEncodeError):
            async with database.transaction() as connection:
                await write(connection)
    async with database.reading() as connection:
        assert (await connection.execute(select(deliveries))).all() == []


async def test_nul_is_stored_whole_or_refused(database: Database) -> None:
    """SQLite takes it in a text, PostgreSQL does not; neither cuts there."""
    row = delivery("D1", error="a\0b")
    if not database.is_sqlite:
        with pytest.raises(StoreError):
            async with database.transaction() as connection:
                await insert_rows(connection, deliveries, [row])
        return
    async with database.transaction() as connection:
        await insert_rows(connection, deliveries, [row])
        assert await connection.scalar(select(deliveries.c.error)) == "a\0b"
        with pytest.raises(UnicodeError, match="NUL"):
            row_parameter(connection, [{"id": "D1\0"}])


async def test_an_hour_that_comes_twice_is_two_moments(database: Database) -> None:
    first = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"))
    rows = [delivery("D1", due_at=first), delivery("D2", due_at=first.replace(fold=1))]
    async with database.transaction() as connection:
        await insert_rows(connection, deliveries, rows)
        found = (await connection.scalars(select(deliveries.c.due_at).order_by(deliveries.c.id))).all()
    assert found == [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
