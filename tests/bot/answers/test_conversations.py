"""Which facts were answered last where, on each kind of database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from bot.alerts.posts import digest
from bot.answers.conversations import KEPT_FOR, Conversations, Turn
from bot.answers.follow_ups import LastAnswer
from bot.answers.service import Bot
from bot.config.maintainers import Maintainers
from bot.messages import ChannelRef
from bot.outbox.delivery import Attempt, DeliveryKind, DeliveryState, OutboxMessage
from bot.outbox.operators import Operators
from bot.publishing.publisher import Publisher
from bot.store.database import Database
from bot.store.errors import StoreError
from tests.support.newsroom import shipped

CHANNEL, DIRECT = ChannelRef("T1", "C1"), ChannelRef("T1", "D1")
BIDS, MONEY = "growth-zones-bids", "action-plan-money"


@dataclass(slots=True)
class Hand:
    """A clock that is put forward by hand."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 25, 10, tzinfo=UTC))

    def now(self) -> datetime:
        """Return the moment, a second later each time: no two answers are given at once."""
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def bot(database: Database, clock: Hand) -> Bot:
    """Answer from the shipped content."""
    await Publisher(database, clock, Operators(Maintainers(), clock)).publish(shipped())
    return Bot(database, clock)


@pytest.fixture
def conversations(database: Database, clock: Hand) -> Conversations:
    return Conversations(database, clock)


def about(*fact_ids: str) -> LastAnswer:
    return LastAnswer({each: digest(shipped().facts[each]) for each in fact_ids})


async def test_the_newest_answer_that_the_asker_saw_counts(bot: Bot, conversations: Conversations) -> None:
    await conversations.record(Turn(CHANNEL, "U1", "1.0", "1.0"), await bot.fact(BIDS), is_public=True)
    await conversations.record(Turn(CHANNEL, "U1", "2.0", "1.0"), await bot.fact(MONEY), is_public=False)
    assert await conversations.last(Turn(CHANNEL, "U1", "3.0", "1.0"), "and when?") == about(MONEY)
    assert await conversations.last(Turn(CHANNEL, "U2", "3.0", "1.0"), "and when?") == about(BIDS)
    for elsewhere in (
        Turn(CHANNEL, "U1", "3.0", "3.0"),
        Turn(DIRECT, "U1", "3.0"),
        Turn(DIRECT, "U1", "3.0", "1.0"),
        Turn(ChannelRef("T2", "C1"), "U1", "3.0", "1.0"),
    ):
        assert await conversations.last(elsewhere, "and when?") == LastAnswer()
    assert await conversations.last(Turn(CHANNEL, "U1", "3.0", "1.0"), "growth zones") == LastAnswer()


async def test_a_reply_without_a_fact_ends_the_subject_and_help_does_not(
    bot: Bot, conversations: Conversations
) -> None:
    await conversations.record(Turn(DIRECT, "U1", "1.0"), await bot.fact(BIDS), is_public=True)
    await conversations.record(Turn(DIRECT, "U1", "2.0"), await bot.ask("help"), is_public=True)
    assert await conversations.last(Turn(DIRECT, "U1", "3.0"), "source?") == about(BIDS)
    assert await conversations.last(Turn(DIRECT, "U1", "3.0", "1.0"), "source?") == about(BIDS), "on its question"
    await conversations.record(Turn(DIRECT, "U1", "4.0"), await bot.ask("infrastructure"), is_public=True)
    assert await conversations.last(Turn(DIRECT, "U1", "5.0"), "source?") == LastAnswer()


async def test_both_facts_of_two_questions_are_kept_and_a_repeat_is_recorded_once(
    bot: Bot, conversations: Conversations
) -> None:
    reply = await bot.ask("who signed the memorandum and when was it signed?")
    assert reply.subject is not None
    assert reply.subject.leading == 2
    for _ in range(2):
        await conversations.record(Turn(DIRECT, "U1", "1.0"), reply, is_public=True)
    assert await conversations.last(Turn(DIRECT, "U1", "2.0"), "source?") == about(*reply.subject.facts[:2])


async def test_two_processes_that_record_the_same_question_at_once_both_succeed(
    bot: Bot, conversations: Conversations, database: Database, clock: Hand
) -> None:
    other = Database(database.url)
    second = Conversations(other, clock)
    reply, turn = await bot.fact(BIDS), Turn(DIRECT, "U1", "1.0")
    with capture_logs() as logs:
        await asyncio.gather(*(each.record(turn, reply, is_public=True) for each in (conversations, second) * 8))
    await other.close()
    assert logs == []
    assert await conversations.last(Turn(DIRECT, "U1", "2.0"), "source?") == about(BIDS)


async def test_a_fault_that_nobody_foresaw_keeps_no_reply_back(
    bot: Bot, conversations: Conversations, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = await bot.fact(BIDS)

    def fault() -> None:
        raise IntegrityError("insert", {}, ValueError())

    for way in ("reading", "transaction"):
        monkeypatch.setattr(database, way, fault)
    with capture_logs() as logs:
        await conversations.record(Turn(DIRECT, "U1", "1.0"), reply, is_public=True)
        assert await conversations.last(Turn(DIRECT, "U1", "2.0"), "and when?") == LastAnswer()
    assert [each["event"] for each in logs] == ["conversation.not_recorded", "conversation.unread"]


async def test_an_answer_is_forgotten_in_time(bot: Bot, conversations: Conversations, clock: Hand) -> None:
    await conversations.record(Turn(DIRECT, "U1", "1.0"), await bot.fact(BIDS), is_public=True)
    clock.at += KEPT_FOR
    await conversations.record(Turn(CHANNEL, "U1", "2.0", "2.0"), await bot.fact(MONEY), is_public=True)
    assert await conversations.last(Turn(DIRECT, "U1", "3.0"), "source?") == LastAnswer()
    assert await conversations.last(Turn(CHANNEL, "U1", "3.0", "2.0"), "source?") == about(MONEY)


async def test_a_thread_on_the_answer_itself_is_about_it_once_it_is_posted(
    bot: Bot, conversations: Conversations, database: Database, clock: Hand
) -> None:
    await conversations.record(Turn(DIRECT, "U1", "1.0"), await bot.fact(BIDS), is_public=True)
    message = OutboxMessage("Words.", question="1.0")
    for part, ts in ((0, "1.5"), (1, "1.6")):
        attempt = Attempt(
            "d1",
            DIRECT.team,
            DIRECT.channel,
            DeliveryKind.REPLY,
            replace(message, part=part),
            DeliveryState.SENT,
            1,
            clock.now(),
            ts=ts,
        )
        async with database.transaction() as connection:
            await conversations.on_settled(connection, attempt)
    assert await conversations.last(Turn(DIRECT, "U1", "2.0", "1.5"), "source?") == about(BIDS)
    assert await conversations.last(Turn(DIRECT, "U1", "2.0", "1.6"), "source?") == LastAnswer()


async def test_an_answer_of_a_clock_that_was_ahead_is_not_the_last(
    bot: Bot, conversations: Conversations, clock: Hand
) -> None:
    await conversations.record(Turn(DIRECT, "U1", "1.0"), await bot.fact(BIDS), is_public=True)
    clock.at += timedelta(hours=2)
    await conversations.record(Turn(DIRECT, "U1", "2.0"), await bot.fact(MONEY), is_public=True)
    clock.at -= timedelta(hours=2)
    assert await conversations.last(Turn(DIRECT, "U1", "3.0"), "source?") == about(BIDS)


async def test_without_a_database_there_is_no_last_answer(
    bot: Bot, conversations: Conversations, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = await bot.fact(BIDS)

    def away() -> None:
        raise StoreError("The database is away.", "Start it.")

    for way in ("reading", "transaction"):
        monkeypatch.setattr(database, way, away)
    await conversations.record(Turn(DIRECT, "U1", "1.0"), reply, is_public=True)
    assert await conversations.last(Turn(DIRECT, "U1", "2.0"), "and when?") == LastAnswer()
