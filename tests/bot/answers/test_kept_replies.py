"""A reply that was made once is given again as it is, and never where another would be made anew."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bot.actions import Action, Choice
from bot.answers.offers import Offers, TeamOffers
from bot.answers.service import Bot
from bot.answers.snapshot import LookupKey
from bot.config.maintainers import Maintainers
from bot.gaps.refusals import Refusals
from bot.messages import Outcome, Reply, Subject, bytes_of
from handlers.tasks import background
from tests.support.newsroom import HandClock, shipped
from tests.support.publishing import published
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.lookup.answer import Lookup
    from bot.publishing.publisher import Publisher
    from bot.store.database import Database

BIDS, DUE_ON = "growth-zones-bids", date(2026, 12, 10)
LATE = datetime(2026, 12, 10, 23, 59, tzinfo=UTC)
ANSWERED, CLOSEST, UNANSWERED = "growth zones", "growth zones in Wales and Narnia", "zebra crossings"
MAINTAINERS = Maintainers("C0MAINTAIN", "T1", has_others=True)
OFFERS = Offers(feedback=True, maintainers=MAINTAINERS, awaiting=True)


class Reasoned(Refusals):
    """Has a reason to refuse each question."""

    async def reason_for(self, words: str, lookup: Lookup, team: str) -> str:  # noqa: ARG002 — as its base is called
        """Return the reason."""
        return "Not for us."


class Stand(NamedTuple):
    """A bot, its clock and its database."""

    bot: Bot
    clock: HandClock
    database: Database
    publisher: Publisher
    shown: list[str]


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    """Answer from the shipped content, in which one fact is due for a review at midnight."""
    content = shipped()
    facts = {**content.facts, BIDS: replace(content.facts[BIDS], review_by=DUE_ON)}
    async with published(replace(content, facts=facts), tmp_path) as (database, publisher):
        clock, shown = HandClock(LATE), list[str]()
        yield Stand(Bot(database, clock, OFFERS, shown.append), clock, database, publisher, shown)


@pytest.mark.parametrize("words", [ANSWERED, BIDS, "help", "hello"])
async def test_who_asks_again_gets_what_was_made_once(stand: Stand, words: str) -> None:
    first = await stand.bot.fact(words, team="T1")
    assert await stand.bot.fact(words, team="T1") is first


@pytest.mark.parametrize("words", ["", "infrastructure", "3", "help"])
async def test_a_briefing_is_made_once(stand: Stand, words: str) -> None:
    assert await stand.bot.briefing(words) is await stand.bot.briefing(words)


async def test_each_time_that_a_fact_is_shown_counts(stand: Stand) -> None:
    for _ in range(3):
        await stand.bot.fact(BIDS)
    assert stand.shown == [BIDS] * 3


async def test_words_mean_one_thing_to_each_command(stand: Stand) -> None:
    for _ in range(2):
        assert (await stand.bot.fact("infrastructure")).outcome is not Outcome.BRIEFING
        assert (await stand.bot.briefing("infrastructure")).outcome is Outcome.BRIEFING
        assert (await stand.bot.fact("groth zones")).outcome is not (
            await stand.bot.fact("groth zones", corrects=False)
        ).outcome


@pytest.mark.parametrize("words", [ANSWERED, BIDS])
async def test_what_is_offered_in_one_workspace_is_not_offered_in_another(stand: Stand, words: str) -> None:
    for _ in range(2):
        theirs = await stand.bot.fact(words, team="T1")
        other = await stand.bot.fact(words, team="T2")
        assert theirs.report
        assert theirs.may_suggest
        assert not other.report
        assert not other.may_suggest


async def test_no_workspace_is_in_what_a_reply_is_kept_by() -> None:
    of_both = [OFFERS.in_team(team) for team in ("T1", "T2")]
    assert [set(each) for each in of_both] == [{True}, {True, False}]
    assert TeamOffers._fields == ("feedback", "awaiting", "reports", "may_suggest")


async def test_at_midnight_in_london_the_reply_is_made_anew(stand: Stand) -> None:
    before = [await stand.bot.fact(BIDS), await stand.bot.briefing("infrastructure")]
    stand.clock.pass_by(minutes=1)
    after = [await stand.bot.fact(BIDS), await stand.bot.briefing("infrastructure")]
    assert "Review was due on" in after[0].markdown
    assert all(new is not old for new, old in zip(after, before, strict=True))
    assert "Review was due on" not in before[0].markdown


async def test_a_day_that_is_over_is_forgotten_though_nobody_asks(stand: Stand) -> None:
    forgotten = asyncio.Event()
    await stand.bot.snapshot()
    stand.bot.on_new_replies(forgotten.set)
    async with background(stand.bot.follow_days(every_s=0.01)):
        assert not forgotten.is_set()
        stand.clock.pass_by(minutes=1)
        async with asyncio.timeout(PATIENCE_S):
            await forgotten.wait()


async def test_a_new_revision_is_told_of_once_and_a_new_day_to_what_is_made_of_replies_alone(stand: Stand) -> None:
    told = list[str]()
    await stand.bot.snapshot()
    stand.bot.on_new_revision(partial(told.append, "revision"))
    stand.bot.on_new_replies(partial(told.append, "replies"))
    stand.clock.pass_by(minutes=1)
    for _ in range(3):
        await stand.bot.snapshot()
    assert told == ["replies"]
    content = (await stand.database.latest()).content
    bids = replace(content.facts[BIDS], short="New words.")
    await stand.publisher.publish(replace(content, facts={**content.facts, BIDS: bids}))
    await stand.bot.refresh()
    assert told == ["replies", "replies", "revision"]


async def test_a_doubt_counts_as_no_question_and_is_refused_for_no_reason(stand: Stand) -> None:
    bot = Bot(stand.database, stand.clock, OFFERS, stand.shown.append, Reasoned(stand.database))
    assert "We will not hold this: Not for us." in (await bot.fact(CLOSEST)).markdown
    stand.shown.clear()
    for doubted in (f"the {CLOSEST} is wrong", f"the {ANSWERED} are wrong"):
        reply = await bot.fact(doubted)
        assert reply.subject
        assert "is wrong, tell" in reply.note
        assert "We will not hold this" not in reply.markdown
    assert not stand.shown


async def test_blanks_around_the_words_are_no_others(stand: Stand) -> None:
    blanks = "\u2003" * 8000
    assert await stand.bot.fact(f" {ANSWERED} ") is await stand.bot.fact(ANSWERED)
    assert await stand.bot.briefing(blanks) is await stand.bot.briefing("")
    assert await stand.bot.fact(blanks) is await stand.bot.fact("")


async def test_a_new_revision_leaves_nothing_of_the_one_before(stand: Stand) -> None:
    before = await stand.bot.fact(BIDS), await stand.bot.briefing("infrastructure")
    content = (await stand.database.latest()).content
    fact = content.facts[BIDS]
    said = replace(fact, statement=f"{fact.statement} And more.", short="New words.")
    await stand.publisher.publish(replace(content, facts={**content.facts, BIDS: said}))
    await stand.bot.refresh()
    after = await stand.bot.fact(BIDS), await stand.bot.briefing("infrastructure")
    assert "And more." in after[0].markdown
    assert "New words." in after[1].markdown
    assert [each.revision for each in (*before, *after)] == [1, 1, 2, 2]


@pytest.mark.parametrize("words", [UNANSWERED, CLOSEST, f"{BIDS} is wrong", f"history {BIDS}", "x" * 501])
async def test_what_repeats_what_was_typed_or_comes_from_the_database_is_not_kept(stand: Stand, words: str) -> None:
    first = await stand.bot.fact(words)
    assert await stand.bot.fact(words) is not first
    snapshot = await stand.bot.snapshot()
    assert snapshot.replies.get(LookupKey(words, True, OFFERS.in_team(""))) is None  # noqa: FBT003 — a key's part


async def test_a_row_of_questions_that_are_all_different_takes_no_more_and_pushes_nothing_out(stand: Stand) -> None:
    asked = await stand.bot.fact(ANSWERED)
    assert await stand.bot.fact(ANSWERED) is asked
    snapshot = await stand.bot.snapshot()
    wordy = replace(asked, feedback="\U0001f984" * 1300, report="\U0001f984" * 140)
    for number in range(2000):
        snapshot.replies.put(f"{ANSWERED} {number}", wordy, bytes_of(wordy))
    assert await stand.bot.fact(ANSWERED) is asked
    assert sum(snapshot.replies.get(f"{ANSWERED} {number}") is not None for number in range(2000)) < 200


@pytest.mark.parametrize("size", [1, 1000])
def test_every_text_of_a_reply_counts(size: int) -> None:
    assert {each.name for each in fields(Reply) if each.type == "str"} == {
        "markdown",
        "note",
        "cite",
        "report",
        "feedback",
    }
    text = "x" * size
    empty, named = Reply(Outcome.ANSWER, ""), Subject(facts=("id",))
    longer = [
        replace(empty, markdown=text),
        replace(empty, note=text),
        replace(empty, cite=text),
        replace(empty, report=text),
        replace(empty, feedback=text),
        replace(empty, choices=(Choice(Action.MORE, "", text),)),
        replace(empty, subject=replace(named, above=text)),
    ]
    assert all(bytes_of(each) >= bytes_of(empty) + size - 1 for each in longer)
