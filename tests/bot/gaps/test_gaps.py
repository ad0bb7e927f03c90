"""Gaps on each kind of database: added up, bounded, swept; and held in memory while the database is away."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.gaps import gaps, recorder
from bot.gaps.gaps import Gap, dropped_of, gaps_of
from bot.gaps.private_content import Dropped
from bot.gaps.recorder import MOST_HELD, ONE_PERSONS_SHARE, GapRecorder
from bot.messages import Asked, Outcome, Reply
from bot.store.errors import StoreError
from tests.support.made_once import lookup_of
from tests.support.newsroom import HandClock, shipped
from tests.support.retention import swept
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.lookup.answer import Lookup
    from bot.store.database import Database

DAY = date(2026, 12, 3)
PENSION = "what is the civil service pension"


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return lookup_of(shipped())


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


class Answering:
    """Answers from one look-up (Answers)."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def newest(self) -> tuple[int, Lookup]:
        """Return the look-up."""
        return 1, self._lookup

    async def fact(self, words: str) -> Reply:
        """Answer nothing."""
        raise NotImplementedError


def recording(database: Database, clock: HandClock, lookup: Lookup, keep_days: int = 90) -> GapRecorder:
    return GapRecorder(database, clock, Answering(lookup), keep_days=keep_days)


async def kept(database: Database, team: str = "T1") -> list[tuple[str, int]]:
    async with database.reading() as connection:
        return [(each.words, each.count) for each in await gaps_of(connection, team)]


async def dropped(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        return {each.reason: each.count for each in await dropped_of(connection)}


def gap(number: int, *, count: int = 1, last_on: date = DAY, team: str = "T1") -> Gap:
    return Gap(team, f"question {number}", count, last_on, last_on, f"{team}{number:030}")


async def test_the_same_question_is_one_row_with_its_count_and_days(
    database: Database, clock: HandClock, lookup: Lookup
) -> None:
    gaps = recording(database, clock, lookup)
    gaps.looked_up("T1", "U1", "Hi, what is the civil service pension? Thanks", Outcome.NO_ANSWER)
    gaps.looked_up("T1", "U1", "how many bids are there", Outcome.ANSWER)
    await gaps.flush()
    clock.pass_by(days=2)
    for words in ("What is a civil service pension?", "WHAT IS THE CIVIL SERVICE PENSION", "police drones"):
        gaps.looked_up("T1", "U2", words, Outcome.CLOSEST)
    gaps.looked_up("T2", "U3", PENSION, Outcome.NO_ANSWER)
    await gaps.flush()
    async with database.reading() as connection:
        first, second = await gaps_of(connection, "T1")
        everywhere = await gaps_of(connection)
    assert (first.words, first.count) == (PENSION, 3)
    assert (first.first_on, first.last_on) == (DAY, DAY + timedelta(days=2))
    assert (second.words, second.count) == ("police drones", 1)
    assert sorted(each.team for each in everywhere) == ["T1", "T1", "T2"]


async def test_who_calls_an_answer_wrong_adds_its_question_once(
    database: Database, clock: HandClock, lookup: Lookup
) -> None:
    gaps = recording(database, clock, lookup)
    answered = Asked(Outcome.ANSWER, "growth-zones-bids", "how many bids are there")
    for _ in range(3):
        gaps.disputed("T1", "U1", answered, answered.words)
    gaps.disputed("T1", "U2", answered, answered.words)
    gaps.disputed("T1", "U2", Asked(Outcome.ANSWER, "growth-zones-bids"), "")
    nothing = Asked(Outcome.NO_ANSWER, words=PENSION)
    gaps.disputed("T1", "U1", nothing, PENSION)  # the look-up itself was noted
    gaps.disputed("T1", "U1", nothing, "police drones")
    await gaps.flush()
    assert await kept(database) == [("how many bids are there", 2), ("police drones", 1)]


async def test_what_is_private_is_only_counted(database: Database, clock: HandClock, lookup: Lookup) -> None:
    gaps = recording(database, clock, lookup)
    for words in ("mail jane@example.com", "call 020 7946 0958", "does Priya Okonkwo agree", "hello there"):
        gaps.note("T1", "U1", words)
    await gaps.flush()
    assert await kept(database) == []
    assert await dropped(database) == {
        Dropped.EMAIL: 1,
        Dropped.TELEPHONE: 1,
        Dropped.NAME: 1,
        Dropped.NO_SUBJECT: 1,
    }


async def test_one_person_has_a_share_of_each_day(database: Database, clock: HandClock, lookup: Lookup) -> None:
    gaps = recording(database, clock, lookup)
    for number in range(ONE_PERSONS_SHARE + 20):
        gaps.note("T1", "U1", f"police drones {number}")
    gaps.note("T1", "U2", PENSION)
    await gaps.flush()
    assert len(await kept(database)) == ONE_PERSONS_SHARE + 1
    assert await dropped(database) == {Dropped.ONE_PERSON: 20}
    clock.pass_by(days=1)
    gaps.note("T1", "U1", "police horses")
    await gaps.flush()
    assert ("police horses", 1) in await kept(database)


async def test_with_zero_days_nothing_is_written_and_what_was_there_goes(
    database: Database, clock: HandClock, lookup: Lookup
) -> None:
    before = recording(database, clock, lookup)
    before.note("T1", "U1", PENSION)
    before.note("T1", "U1", "mail jane@example.com")
    await before.flush()
    off = recording(database, clock, lookup, keep_days=0)
    off.note("T1", "U1", "police drones")
    await off.flush()
    await swept(database, clock, gaps=0)
    assert await kept(database) == []
    assert await dropped(database) == {}


async def test_gaps_go_after_their_days(database: Database, clock: HandClock, lookup: Lookup) -> None:
    gaps = recording(database, clock, lookup)
    gaps.note("T1", "U1", PENSION)
    gaps.note("T1", "U1", "mail jane@example.com")
    await gaps.flush()
    clock.pass_by(days=30)
    await swept(database, clock, gaps=30)
    assert (await kept(database), await dropped(database)) == ([(PENSION, 1)], {Dropped.EMAIL: 1})
    clock.pass_by(days=1)
    await swept(database, clock, gaps=30)
    assert (await kept(database), await dropped(database)) == ([], {})


async def test_the_table_is_bounded_and_the_least_asked_and_oldest_go(database: Database) -> None:
    old = [gap(number, last_on=DAY - timedelta(days=1)) for number in range(8)]
    often = [gap(number, count=5, last_on=DAY - timedelta(days=9)) for number in range(8, 10)]
    async with database.transaction() as connection:
        assert await gaps.add(connection, [*old, *often], most=10) == {}
        assert await gaps.add(connection, [gap(number) for number in range(10, 16)], most=10) == {"T1": 6}
        assert await gaps.add(connection, [gap(0, team="T2")], most=10) == {}
        found = [each.words for each in await gaps_of(connection, "T1")]
    assert len(found) == 10
    assert found[:2] == ["question 8", "question 9"], "what is asked often stays"
    assert set(found[2:]) == {f"question {number}" for number in (6, 7, *range(10, 16))}


async def test_two_processes_add_up(database: Database, lookup: Lookup, clock: HandClock) -> None:
    processes = [recording(database, clock, lookup) for _ in range(2)]
    orders = [random.Random(seed).sample(range(20), 20) for seed in range(2)]  # noqa: S311 — an order, no secret
    for process, order in zip(processes, orders, strict=True):
        for number in order:
            process.note("T1", f"U{number}", f"police drones {number}")
    await asyncio.gather(*(each.flush() for each in processes))
    assert {count for _, count in await kept(database)} == {2}
    assert len(await kept(database)) == 20


async def test_a_database_that_is_away_loses_nothing_and_holds_no_more_than_there_is_room(
    database: Database, clock: HandClock, lookup: Lookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaps = recording(database, clock, lookup)
    gaps.note("T1", "U1", PENSION)

    @asynccontextmanager
    async def away() -> AsyncIterator[AsyncConnection]:
        raise StoreError("The database is away.", "")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(database, "transaction", away)
        for _ in range(2):
            gaps.note("T1", "U2", PENSION)
            gaps.note("T1", "U2", "mail jane@example.com")
            with pytest.raises(StoreError):
                await gaps.flush()
    await gaps.flush()
    assert await kept(database) == [(PENSION, 3)]
    assert await dropped(database) == {Dropped.EMAIL: 2}


async def test_a_flood_is_bounded_in_memory(database: Database, clock: HandClock, lookup: Lookup) -> None:
    gaps = recording(database, clock, lookup)
    for number in range(MOST_HELD + 30):
        gaps.note("T1", f"U{number // 50}", f"police drones {number}")
    await gaps.flush()
    assert len(await kept(database)) == MOST_HELD
    assert await dropped(database) == {Dropped.TOO_MANY: 30}


async def test_what_was_noted_is_written_when_the_bot_stops(
    database: Database, clock: HandClock, lookup: Lookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "FLUSH_EVERY_S", 3600.0)
    gaps = recording(database, clock, lookup)
    gaps.note("T1", "U1", PENSION)
    running = asyncio.create_task(gaps.run())
    async with asyncio.timeout(PATIENCE_S):
        while await kept(database) != [(PENSION, 1)]:  # noqa: ASYNC110 — the database tells nobody
            await asyncio.sleep(0.01)
    gaps.note("T1", "U1", PENSION)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await kept(database) == [(PENSION, 2)], "once at the start, once more at the stop"
