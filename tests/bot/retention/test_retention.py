"""The sweep: in 400 days no table grows without end, what is needed stays, and a long sweep takes small steps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError
from sqlalchemy import func, insert, select

from bot.alerts.posts import TRACKED_FOR
from bot.config import Settings
from bot.installations.workspaces import install
from bot.outbox.delivery import DeliveryState
from bot.proposals.proposal import ProposalState
from bot.retention import retention
from bot.retention.rules import KEPT, RULES
from bot.store.installation_tables import installed_workspaces
from bot.store.maintainer_tables import audit, proposals, themes, weekly_posts
from bot.store.tables import deliveries, inactivity_prompts, metadata, posts, schedule_runs, schedules
from tests.support.newsroom import HandClock
from tests.support.retention import swept
from tests.support.rows import row_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table

    from bot.store.database import Database

DAYS = 400
LONGEST = 182
"""Rows of a day that stand at once: RECORDS_KEEP_DAYS, with both ends."""
SWEPT = {rule.table for rule in RULES if not rule.only_for_none and rule.erased is None}


async def put(database: Database, table: Table, rows: Iterable[dict[str, object]]) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(table), list(rows))


async def count(database: Database, table: Table) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


def test_every_table_is_swept_or_kept_for_a_reason() -> None:
    assert set(metadata.tables.values()) == SWEPT | set(KEPT)
    assert not SWEPT & set(KEPT), "a table has one owner"
    assert all(reason for reason in KEPT.values())


async def test_in_400_days_no_swept_table_grows_without_end(sqlite_database: Database) -> None:
    """A row a day in each table, as a channel makes it, and a sweep on each eightieth day."""
    clock = HandClock()
    for first in range(0, DAYS, 80):
        for table in SWEPT:
            days = range(first, first + 80)
            rows = [row_of(table, day, clock.now() + timedelta(days=day - first)) for day in days]
            await put(sqlite_database, table, rows)
        clock.pass_by(days=80)
        await swept(sqlite_database, clock, audit=100)
    left = {table.name: await count(sqlite_database, table) for table in SWEPT}
    assert {name: rows for name, rows in left.items() if rows > LONGEST} == {}
    assert left["posts"] >= TRACKED_FOR.days, "corrections follow them"
    clock.pass_by(days=DAYS)
    await swept(sqlite_database, clock, audit=100)
    idle = {table.name: await count(sqlite_database, table) for table in SWEPT}
    assert idle == dict.fromkeys(idle, 0) | {"weekly_posts": 1}, "the newest weekly post begins the next"


async def test_what_something_still_needs_stays_however_old_it_is(database: Database) -> None:
    clock = HandClock()
    at = clock.now()
    base = row_of(deliveries, 0, at)
    states = [each.value for each in DeliveryState]
    rows = [{**base, "id": state, "state": state, "finished_at": at} for state in states]
    rows += [{**base, "id": "never-sent", "state": "cancelled", "finished_at": None}]
    rows += [{**base, "id": "parent", "finished_at": at}, {**base, "id": "card", "finished_at": at}]
    rows += [{**base, "id": "child", "state": "pending", "parent_id": "parent", "finished_at": None}]
    await put(database, deliveries, rows)
    await put(database, proposals, [{**row_of(proposals, 0, at), "id": "card", "state": ProposalState.WAITING.value}])
    await put(database, schedules, [row_of(schedules, 0, at)])
    await put(database, inactivity_prompts, [row_of(inactivity_prompts, 0, at) | {"channel": "C0"}])
    await put(database, inactivity_prompts, [row_of(inactivity_prompts, 0, at) | {"channel": "C-left"}])
    for days, left in ((179, len(rows)), (1, 6)):
        clock.pass_by(days=days)
        await swept(database, clock)
        assert await count(database, deliveries) == left
    async with database.reading() as connection:
        kept = set(await connection.scalars(select(deliveries.c.id)))
        prompts = set(await connection.scalars(select(inactivity_prompts.c.channel)))
    assert kept == {"pending", "sending", "unconfirmed", "parent", "child", "card"}
    assert prompts == {"C0"}, "a channel that was asked is not asked again"
    assert await count(database, schedules) == 1
    assert await count(database, proposals) == 1


async def test_what_a_correction_or_a_day_of_a_schedule_needs_cannot_be_kept_for_less(database: Database) -> None:
    with pytest.raises(ValidationError):
        Settings(records_keep_days=TRACKED_FOR.days - 1)
    clock = HandClock()
    for table in (posts, schedule_runs):
        await put(database, table, [row_of(table, 0, clock.now())])
    clock.at += TRACKED_FOR - timedelta(seconds=1)
    await swept(database, clock, records=TRACKED_FOR.days)
    assert (await count(database, posts), await count(database, schedule_runs)) == (1, 1)
    clock.pass_by(seconds=1)
    await swept(database, clock, records=TRACKED_FOR.days)
    assert (await count(database, posts), await count(database, schedule_runs)) == (0, 0)


async def test_many_rows_go_in_small_transactions_and_in_several_processes_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 7)
    clock = HandClock()
    await put(database, posts, [row_of(posts, number, clock.now()) for number in range(60)])
    fresh = clock.now() + timedelta(days=200)
    await put(database, posts, [row_of(posts, number, fresh) for number in range(60, 70)])
    clock.pass_by(days=181)
    await asyncio.gather(*(swept(database, clock) for _ in range(3)))
    assert await count(database, posts) == 10


async def test_with_0_days_nothing_asked_is_kept_and_the_audit_is_kept_for_ever(database: Database) -> None:
    clock = HandClock()
    for table in SWEPT | {themes}:
        await put(database, table, [row_of(table, 0, clock.now())])
    await swept(database, clock, audit=0, gaps=0)
    gone = {table.name for table in SWEPT | {themes} if not await count(database, table)}
    assert gone == {"gaps", "gaps_dropped", "fact_asks", "awaited_answers", "themes"}
    clock.pass_by(days=10_000)
    await swept(database, clock, audit=0, gaps=0)
    left = {table.name for table in SWEPT if await count(database, table)}
    assert left == {"audit", "proposals", weekly_posts.name}


@pytest.mark.parametrize("is_back", [False, True])
async def test_a_workspace_that_removed_the_app_goes_when_its_time_is_over_unless_it_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, is_back: bool
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    clock = HandClock()
    now = clock.now()
    for team in ("T1", "T2"):
        values = {"workspace": team, "removed_at": now, "erase_after": now + timedelta(days=30 if team == "T1" else 99)}
        await put(database, installed_workspaces, [row_of(installed_workspaces, 0, now) | values])
        await put(database, posts, [row_of(posts, number, now) | {"team": team} for number in range(5)])
        await put(database, audit, [row_of(audit, number, now) | {"team": team} for number in range(3)])
    clock.pass_by(days=29)
    await swept(database, clock)
    assert await count(database, posts) == 10
    if is_back:
        async with database.transaction() as connection:
            await install(connection, "T1", clock.now())
    clock.pass_by(days=1)
    await swept(database, clock)
    await swept(database, clock)
    async with database.reading() as connection:
        left = list(await connection.scalars(select(posts.c.team)))
        entries = [row for row in await connection.execute(select(audit)) if row.action == "workspace.forgotten"]
    assert sorted(left) == ([*["T1"] * 5, *["T2"] * 5] if is_back else ["T2"] * 5)
    assert [(row.who, row.subject, row.team) for row in entries] == ([] if is_back else [("bot", "T1", "")])
    assert await count(database, installed_workspaces) == (2 if is_back else 1)
