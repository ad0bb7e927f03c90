"""“Tell me if answered” on each kind of database: one message, whoever is killed and however many wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from bot.answers.offers import Offers
from bot.answers.service import Bot
from bot.errors import BriefingBotError
from bot.gaps import awaited_answers, awaiting
from bot.gaps.awaited_answers import AWAITED_FOR, MOST_AWAITED
from bot.gaps.awaiting import AT_ONCE, Awaiting
from bot.gaps.gaps import add
from bot.gaps.theme_list import NEW
from bot.gaps.theme_service import Themes
from bot.gaps.themes import ThemeRef
from bot.lookup.answer import Lookup
from bot.messages import Author, Outcome
from bot.outbox.delivery import DeliveryKind, message_from_json
from bot.store.maintainer_tables import awaited_answers as table
from bot.subscriptions.channel_events import ChannelEvents
from tests.support.newsroom import Newsroom
from tests.support.retention import swept
from tests.support.themes import gap
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.content.models import Fact
    from bot.lookup.result import Answer
    from bot.outbox.delivery import OutboxMessage
    from bot.store.database import Database

DRONES = "police drones"


@dataclass
class Desk:
    """A newsroom, and one process that answers from it."""

    newsroom: Newsroom
    bot: Bot
    awaiting: Awaiting

    @classmethod
    async def opened(cls, database: Database) -> Desk:
        """Publish the baseline."""
        return cls.beside(await Newsroom.opened(database))

    @classmethod
    def beside(cls, newsroom: Newsroom) -> Desk:
        """Return another process on the same database."""
        bot = Bot(newsroom.database, newsroom.clock, Offers(awaiting=True))
        return cls(newsroom, bot, Awaiting(newsroom.database, newsroom.clock, bot, lambda: None))

    def drones(self) -> Fact:
        """Return a fact that answers DRONES."""
        fact = self.newsroom.facts("adoption")[0]
        said = "The police may use drones in a pilot."
        return replace(fact, id="police-drones", statement=said, keywords=(DRONES,), short=None)

    async def publish(self, *facts: Fact) -> None:
        """Publish facts, and answer from them."""
        await self.newsroom.edit(*facts)
        await self.bot.refresh()

    async def look_up_all(self) -> int:
        """Look up what waits; return the number of goes."""
        goes = 1
        while await self.awaiting.look_up_some():
            goes += 1
        return goes

    async def told(self) -> Sequence[tuple[str, OutboxMessage]]:
        """Return who is written to, and with what."""
        rows = await self.newsroom.deliveries(DeliveryKind.REPLY)
        return [(row.channel, message_from_json(row.payload)) for row in rows]

    async def count(self) -> int:
        """Return how many wait."""
        async with self.newsroom.database.reading() as connection:
            return await awaited_answers.count(connection)


@pytest.fixture
async def desk(database: Database) -> Desk:
    return await Desk.opened(database)


async def test_one_message_when_a_later_revision_answers_and_then_nothing_is_kept(desk: Desk) -> None:
    noted = await desk.awaiting.wait("T1", "U1", DRONES)
    assert "“police drones” before 3 March 2027" in noted.note
    assert await desk.look_up_all() == 1
    await desk.publish(replace(desk.newsroom.facts("adoption")[0], keywords=("something else",)))
    await desk.look_up_all()
    assert await desk.told() == []
    desk.newsroom.clock.pass_by(days=5)
    await desk.publish(desk.drones())
    for _ in range(2):
        await desk.look_up_all()
    ((channel, message),) = await desk.told()
    assert channel == "U1"
    assert message.personal is not None
    reply = message.personal.reply
    assert reply.markdown.startswith("You asked “police drones” on 3 December 2026. There is an answer now:\n\n")
    assert "The police may use drones in a pilot." in reply.markdown
    assert reply.subject is not None
    assert reply.subject.facts[0] == "police-drones"
    assert await desk.count() == 0


async def test_what_was_answered_between_the_question_and_the_press_is_told_at_once(desk: Desk) -> None:
    await desk.look_up_all()
    await desk.publish(desk.drones())
    await desk.look_up_all()
    await desk.awaiting.wait("T1", "U1", DRONES)
    await desk.look_up_all()
    assert [channel for channel, _ in await desk.told()] == ["U1"]


async def test_two_processes_write_once(desk: Desk) -> None:
    other = Desk.beside(desk.newsroom)
    for user in ("U1", "U2"):
        await desk.awaiting.wait("T1", user, DRONES)
    await desk.newsroom.edit(desk.drones())
    await asyncio.gather(desk.bot.refresh(), other.bot.refresh())
    await asyncio.gather(desk.look_up_all(), other.look_up_all())
    assert sorted(channel for channel, _ in await desk.told()) == ["U1", "U2"]


async def test_a_kill_before_the_commit_loses_nothing_and_one_after_it_doubles_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.awaiting.wait("T1", "U1", DRONES)
    await desk.publish(desk.drones())

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(awaited_answers, "looked_up", killed)  # the last step of the transaction
        with pytest.raises(asyncio.CancelledError):
            await desk.awaiting.look_up_some()
    assert (await desk.told(), await desk.count()) == ([], 1)
    for _ in range(2):  # a new process each
        await Desk.beside(desk.newsroom).look_up_all()
    assert [channel for channel, _ in await desk.told()] == ["U1"]


async def test_many_wait_in_goes_of_a_bounded_size_and_each_is_looked_up_once_in_a_revision(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, until = desk.newsroom.clock.now(), desk.newsroom.clock.now() + AWAITED_FOR
    rows = [
        {
            "team": "T1",
            "user": f"U{number}",
            "question": f"{number:032}",
            "words": DRONES if number == 7 else f"zebra crossings {number}",
            "asked_at": now,
            "until": until,
            "looked_up": 0,
        }
        for number in range(3 * AT_ONCE + 1)
    ]
    async with desk.newsroom.database.transaction() as connection:
        await connection.execute(insert(table), rows)
    assert await desk.look_up_all() == 4
    await desk.publish(desk.drones())
    asked: list[str] = []
    ask = Lookup.ask

    def counted(lookup: Lookup, words: str) -> Answer:
        asked.append(words)
        return ask(lookup, words)

    monkeypatch.setattr(Lookup, "ask", counted)
    for _ in range(2):
        await desk.look_up_all()
        assert len(asked) == len(rows) + 1, "each once in a revision, and the answered one again for its message"
    assert [channel for channel, _ in await desk.told()] == ["U7"]


async def test_it_is_forgotten_when_pressed_off_and_after_its_time_and_with_the_app(desk: Desk) -> None:
    database, clock = desk.newsroom.database, desk.newsroom.clock
    noted = await desk.awaiting.wait("T1", "U1", DRONES)
    (forget,) = noted.choices
    for _ in range(2):
        assert (await desk.awaiting.forget("T1", "U1", forget.value)).outcome is Outcome.SUBSCRIPTIONS
    assert await desk.count() == 0
    for team in ("T1", "T2"):
        await desk.awaiting.wait(team, "U1", DRONES)
    await ChannelEvents(database, clock, lambda: None, erase_after_days=30).removed("T1")
    assert await desk.count() == 1
    clock.at += AWAITED_FOR - timedelta(seconds=1)
    await swept(database, clock)
    assert await desk.count() == 1
    clock.pass_by(seconds=1)
    await desk.publish(desk.drones())
    await desk.look_up_all()
    assert await desk.told() == [], "its time is over, swept or not"
    await swept(database, clock)
    assert await desk.count() == 0
    await desk.awaiting.wait("T1", "U1", "police horses")
    await swept(database, clock, gaps=0)
    assert await desk.count() == 0
    with pytest.raises(BriefingBotError, match="no questions"):
        await Awaiting(database, clock, desk.bot, lambda: None, is_on=False).wait("T1", "U1", DRONES)


async def test_what_may_not_be_kept_is_refused_and_a_person_awaits_only_so_many(desk: Desk) -> None:
    for words in ("mail jane@example.com", "does Priya Okonkwo agree", "hello", "x" * 300):
        with pytest.raises(BriefingBotError, match="keep no words"):
            await desk.awaiting.wait("T1", "U1", words)
    for number in range(MOST_AWAITED):
        await desk.awaiting.wait("T1", "U1", f"police drones {number}")
    await desk.awaiting.wait("T1", "U1", "Police drones 3")  # the same as before
    with pytest.raises(BriefingBotError, match="App Home"):
        await desk.awaiting.wait("T1", "U1", "police horses")
    await desk.awaiting.wait("T1", "U2", "police horses")


async def test_it_runs_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaiting, "POLL_S", 3600.0)
    running = asyncio.create_task(desk.awaiting.run())
    await desk.publish(desk.drones())
    await desk.awaiting.wait("T1", "U1", DRONES)
    async with asyncio.timeout(PATIENCE_S):
        while not await desk.told():  # noqa: ASYNC110 — the database tells nobody
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(
    ("words", "is_offered"),
    [
        ("police drones", True),
        ("how many zebra bids", True),
        ("growth zones", False),
        ("what does Priya Okonkwo think of zebras", False),
        ("zebra 020 7946 0958", False),
    ],
)
async def test_the_button_stands_where_no_answer_is_held_and_the_words_may_be_kept(
    desk: Desk, words: str, *, is_offered: bool
) -> None:
    reply = await desk.bot.fact(words)
    assert any(each.ask == "await" for each in reply.choices) is is_offered, reply
    bot = Bot(desk.newsroom.database, desk.newsroom.clock)
    assert not any(each.ask == "await" for each in (await bot.fact(words)).choices), "with GAPS_KEEP_DAYS=0"


async def test_who_waits_for_what_is_not_for_us_gets_the_reason_once(desk: Desk) -> None:
    clock, database = desk.newsroom.clock, desk.newsroom.database
    for user, words in (("U1", DRONES), ("U2", "drones police"), ("U3", "police horses")):
        await desk.awaiting.wait("T1", user, words)
    asked = gap(DRONES)
    async with database.transaction() as connection:
        await add(connection, [asked])
    await Themes(database, clock).refuse(
        Author("T1", "U9", "Grace"), ThemeRef(f"{NEW}{asked.id}", 0), "Ask *them* <b>."
    )
    told = await desk.told()
    assert len(told) == 2
    assert "We will not hold this: Ask" in str(told[0])
    assert "<b>" not in str(told[0])
    assert await desk.count() == 1, "who asked something else still waits"
    await desk.publish(desk.drones())
    await desk.look_up_all()
    assert len(await desk.told()) == 2
