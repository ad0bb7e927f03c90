"""How often facts are asked for: counted without who asked, bounded, and forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.answers.service import Bot
from bot.content.checks.reviews import due
from bot.reviews.asks import AskCounts, asks_of
from bot.reviews.reviews import AskedReview, most_asked, owner_of
from bot.store.errors import StoreError
from bot.store.maintainer_tables import fact_asks
from tests.support.newsroom import HandClock, Newsroom, shipped
from tests.support.retention import swept

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from bot.store.database import Database

BIDS, MONEY = "growth-zones-bids", "action-plan-money"


async def kept(database: Database) -> Mapping[str, int]:
    async with database.reading() as connection:
        return await asks_of(connection)


async def test_two_processes_count_what_look_ups_show_and_keep_no_words(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    for asks in (AskCounts(database, newsroom.clock, 90), AskCounts(database, newsroom.clock, 90)):
        bot = Bot(database, newsroom.clock, on_answer=asks.answered)
        await bot.fact("how many growth zone bids")
        await bot.ask("growth zone bids")
        await bot.fact("xyzzy")
        await bot.briefing("infrastructure")
        await asks.flush()
        await asks.flush()
    assert await kept(database) == {BIDS: 4}
    async with database.reading() as connection:
        rows = [tuple(each) for each in await connection.execute(select(fact_asks))]
    assert rows == [(newsroom.clock.now().date(), BIDS, 4)]


async def test_counts_are_forgotten_after_their_days_and_with_none_at_once(database: Database) -> None:
    clock = HandClock()
    asks = AskCounts(database, clock, 90)
    asks.answered(BIDS)
    await asks.flush()
    clock.pass_by(days=90)
    asks.answered(MONEY)
    await asks.flush()
    await swept(database, clock)
    assert await kept(database) == {BIDS: 1, MONEY: 1}
    clock.pass_by(days=1)
    await swept(database, clock)
    assert await kept(database) == {MONEY: 1}
    off = AskCounts(database, clock, 0)
    off.answered(BIDS)
    await off.flush()
    await swept(database, clock, gaps=0)
    assert await kept(database) == {}


async def test_what_cannot_be_written_is_kept_and_a_stop_writes_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = AskCounts(database, HandClock(), 90, flush_every_s=0)
    asks.answered(BIDS)
    with monkeypatch.context() as broken:

        def lost() -> None:
            raise StoreError("The database does not answer.")

        broken.setattr(database, "transaction", lost)
        running = asyncio.create_task(asks.run())
        for _ in range(3):
            await asyncio.sleep(0)
        assert not running.done()
    asks.answered(BIDS)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await kept(database) == {BIDS: 2}


def test_the_most_asked_come_first_then_the_longest_overdue() -> None:
    content = shipped()
    reviews = due(content, date(2027, 3, 1))
    listed = most_asked(reviews, {BIDS: 3, "no-such-fact": 9})
    assert listed[0] == AskedReview(next(each for each in reviews if each.fact.id == BIDS), 3)
    assert [each.review for each in listed[1:]] == [each for each in reviews if each.fact.id != BIDS]


def test_an_owner_is_found_by_any_spelling_of_case_and_space() -> None:
    content = shipped()
    owners = (("The zones  team", "C0123ABC"),)
    content = replace(content, memorandum=replace(content.memorandum, owners=owners))
    fact = content.facts[BIDS]
    assert owner_of(content, replace(fact, owner="the Zones team")) == "C0123ABC"
    assert owner_of(content, replace(fact, owner="another team")) == ""
    assert owner_of(content, fact) == ""
