"""Which place gets which areas' alerts, on each kind of database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.alerts import subscriptions
from bot.alerts.subscriptions import ALL
from bot.messages import ChannelRef
from bot.store.revision import Change, ChangeKind

if TYPE_CHECKING:
    from bot.alerts.subscriptions import SubscriptionPlan
    from bot.store.database import Database

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
POLICY = ChannelRef("T1", "C1")


async def add(
    database: Database, *areas: str, place: ChannelRef = POLICY, corrections_only: bool = False
) -> SubscriptionPlan:
    async with database.transaction() as connection:
        wanted = subscriptions.wanted(place, areas, by="U1", at=NOON, corrections_only=corrections_only)
        return await subscriptions.subscribe(connection, place, wanted)


async def areas_of(database: Database, place: ChannelRef = POLICY) -> list[str]:
    async with database.reading() as connection:
        return [each.area for each in await subscriptions.for_channel(connection, place)]


async def test_a_repeat_subscribes_once(database: Database) -> None:
    first = await add(database, "adoption", "infrastructure", "adoption")
    assert [each.area for each in first.new] == ["adoption", "infrastructure"]
    again = await add(database, "infrastructure")
    assert (again.new, again.before) == ((), ())
    assert [each.area for each in again.unchanged] == ["infrastructure"]
    assert await areas_of(database) == ["adoption", "infrastructure"]


async def test_many_at_once_subscribe_once(database: Database) -> None:
    results = await asyncio.gather(*(add(database, "adoption") for _ in range(8)))
    assert sum(len(each.new) for each in results) == 1
    assert await areas_of(database) == ["adoption"]


async def test_asking_otherwise_changes_what_stands_and_keeps_how_it_was(database: Database) -> None:
    await add(database, "adoption")
    changed = await add(database, "adoption", corrections_only=True)
    assert [each.corrections_only for each in changed.before] == [False]
    async with database.transaction() as connection:
        (now,) = await subscriptions.for_channel(connection, POLICY)
        assert now.corrections_only
        await subscriptions.restore(connection, changed.before[0])
        assert await subscriptions.for_channel(connection, POLICY) == changed.before


async def test_unsubscribing_one_area_leaves_the_others(database: Database) -> None:
    await add(database, "adoption", ALL)
    async with database.transaction() as connection:
        ended = await subscriptions.unsubscribe(connection, POLICY, ["adoption", "infrastructure"])
    assert [each.area for each in ended] == ["adoption"]
    assert await areas_of(database) == [ALL]
    async with database.transaction() as connection:
        await subscriptions.unsubscribe(connection, POLICY, None)
    assert await areas_of(database) == []


async def test_a_paused_place_is_left_out_until_it_is_resumed_or_subscribed_again(database: Database) -> None:
    other = ChannelRef("T1", "C2")
    await add(database, "adoption", "infrastructure")
    await add(database, "adoption", place=other)
    async with database.transaction() as connection:
        assert await subscriptions.pause(connection, POLICY, "The channel is archived.", NOON) == 2
        assert await subscriptions.pause(connection, POLICY, "Another reason.", NOON + timedelta(days=1)) == 0
        assert [each.place for each in await subscriptions.all_subscriptions(connection)] == [other]
        assert len(await subscriptions.all_subscriptions(connection, paused=True)) == 3
        paused = await subscriptions.for_channel(connection, POLICY)
        assert {(each.paused_at, each.pause_reason) for each in paused} == {(NOON, "The channel is archived.")}
    assert len((await add(database, "adoption")).before) == 1
    async with database.transaction() as connection:
        assert await subscriptions.resume(connection, POLICY) == 0
        assert len(await subscriptions.all_subscriptions(connection)) == 3


async def test_the_same_ids_in_another_workspace_are_another_place(database: Database) -> None:
    await add(database, "adoption")
    await add(database, ALL, place=ChannelRef("T2", "C1"))
    async with database.reading() as connection:
        everywhere = await subscriptions.all_subscriptions(connection)
    assert {place: [each.area for each in found] for place, found in subscriptions.by_channel(everywhere).items()} == {
        POLICY: ["adoption"],
        ChannelRef("T2", "C1"): [ALL],
    }


def test_what_a_subscription_covers() -> None:
    one = subscriptions.Subscription("i", POLICY, "adoption", corrections_only=False, created_at=NOON, created_by="U1")
    every = subscriptions.Subscription("i", POLICY, ALL, corrections_only=False, created_at=NOON, created_by="U1")
    fact = replace(one, area="fact:a")
    change = Change("a", ChangeKind.ADDED, ("agreement", "adoption"), None, None, 0)
    assert one.covers(change)
    assert not one.covers(replace(change, areas=("agreement",)))
    assert every.covers(replace(change, areas=("anything",)))
    assert fact.covers(change)
    assert not fact.covers(replace(change, fact_id="b"))


def test_what_alerts_on_all_areas_make_needless() -> None:
    one = subscriptions.Subscription("i", POLICY, "adoption", corrections_only=False, created_at=NOON, created_by="U1")
    every, filtered = replace(one, area=ALL), replace(one, area=ALL, certainty="any")
    assert every.includes(one)
    assert every.includes(replace(one, certainty="any"))
    assert not every.includes(every)
    assert not filtered.includes(one)
    assert filtered.includes(replace(one, certainty="any"))
