"""A reply that was made once is given again as it is, and never where another would be made anew."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bot.actions import Action, Choice
from bot.answers.offers import Offers, TeamOffers
from bot.answers.service import Bot
from bot.config.maintainers import Maintainers
from bot.messages import Outcome, Reply, Subject, bytes_of
from tests.support.newsroom import HandClock, shipped
from tests.support.publishing import published

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.publishing.publisher import Publisher
    from bot.store.database import Database

BIDS, DUE_ON = "growth-zones-bids", date(2026, 12, 10)
LATE = datetime(2026, 12, 10, 23, 59, tzinfo=UTC)
ANSWERED, CLOSEST, UNANSWERED = "growth zones", "growth zones in Wales and Narnia", "zebra crossings"
MAINTAINERS = Maintainers("C0MAINTAIN", "T1", has_others=True)
OFFERS = Offers(feedback=True, maintainers=MAINTAINERS, awaiting=True)


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


@pytest.mark.parametrize("words", [UNANSWERED, f"history {BIDS}", "x" * 501])
async def test_what_repeats_what_was_typed_or_comes_from_the_database_is_not_kept(stand: Stand, words: str) -> None:
    first = await stand.bot.fact(words)
    assert await stand.bot.fact(words) is not first
    assert not len((await stand.bot.snapshot()).replies)


async def test_a_row_of_questions_that_are_all_different_takes_no_more_and_pushes_nothing_out(stand: Stand) -> None:
    asked = await stand.bot.fact(ANSWERED)
    assert await stand.bot.fact(ANSWERED) is asked
    snapshot = await stand.bot.snapshot()
    wordy = replace(asked, feedback="\U0001f984" * 1300, report="\U0001f984" * 140)
    for number in range(2000):
        snapshot.replies.put(f"{ANSWERED} {number}", wordy, bytes_of(wordy))
    assert len(snapshot.replies) < 200
    assert await stand.bot.fact(ANSWERED) is asked


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
