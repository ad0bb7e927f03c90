"""Votes on answers, on each kind of database: one for each person and answer, and nobody's name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from bot.feedback.votes import CHANGEABLE_FOR, KEPT_FOR, Vote, Voter, Votes
from bot.lookup.language.text import question_key
from bot.messages import Asked, Outcome
from bot.store.maintainer_tables import feedback
from tests.support.newsroom import HandClock
from tests.support.retention import swept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from bot.store.database import Database

ADA, GRACE = Voter("T1", "U0ADA"), Voter("T1", "U0GRACE")
BIDS = Asked(Outcome.ANSWER, "growth-zones-bids", "how many bids")
ZEBRAS = Asked(Outcome.NO_ANSWER, words="zebras")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def votes(database: Database, clock: HandClock) -> Votes:
    return Votes(database, clock, SecretStr("xoxb-a-secret"))


async def stored(database: Database) -> Sequence[Any]:
    async with database.reading() as connection:
        return (await connection.execute(select(feedback).order_by(feedback.c.given_on))).all()


async def test_a_second_vote_takes_the_place_of_the_first(votes: Votes, clock: HandClock) -> None:
    await votes.cast(ADA, BIDS, is_right=True)
    await votes.cast(ADA, replace(BIDS, words="bids, please"), is_right=False)
    await votes.cast(ADA, BIDS, is_right=False)
    await votes.cast(GRACE, BIDS, is_right=True)
    await votes.cast(replace(ADA, team="T2"), BIDS, is_right=True)
    given = [(vote.fact_id, vote.is_right) for vote in await votes.all()]
    assert sorted(given) == [(BIDS.fact, False), (BIDS.fact, True), (BIDS.fact, True)]
    assert {vote.given_on for vote in await votes.all()} == {clock.now().date()}


async def test_words_for_which_nothing_is_held_are_told_apart_and_not_kept(votes: Votes, database: Database) -> None:
    for words in ("zebras", "  Zebras ", "lions"):
        await votes.cast(ADA, replace(ZEBRAS, words=words), is_right=False)
    await votes.cast(ADA, replace(ZEBRAS, words="", key=question_key("zebras")), is_right=False)
    assert [(vote.outcome, vote.fact_id, vote.words) for vote in await votes.all()] == [("no_answer", "", "")] * 2
    assert "zebras" not in str(await stored(database)).casefold()


async def test_a_reason_is_kept_with_a_no_and_goes_with_a_yes(votes: Votes, clock: HandClock) -> None:
    await votes.cast(ADA, BIDS, is_right=False)
    await votes.explain(ADA, BIDS, "There were 201. My token is xoxb-1-secret", "how many bids")
    kept = Vote(clock.now().date(), False, "answer", BIDS.fact, "There were 201. My token is (redacted)", BIDS.words)  # noqa: FBT003 — a column
    assert await votes.all() == (kept,)
    await votes.cast(ADA, BIDS, is_right=False)
    assert await votes.all() == (kept,), "the vote is the same"
    await votes.cast(ADA, BIDS, is_right=True)
    assert await votes.all() == (replace(kept, is_right=True, reason="", words=""),)


async def test_a_long_reason_is_cut_and_a_reason_alone_is_a_no(votes: Votes) -> None:
    await votes.explain(ADA, BIDS, "a" * 10_000, "")
    (vote,) = await votes.all()
    assert (vote.is_right, len(vote.reason)) == (False, 500)


async def test_who_voted_is_forgotten_after_a_month_and_the_vote_after_three(
    votes: Votes, database: Database, clock: HandClock
) -> None:
    await votes.cast(ADA, BIDS, is_right=False)
    (row,) = await stored(database)
    assert row.voter
    assert "U0ADA" not in str(row)
    other = Votes(database, clock, SecretStr("xoxb-another-secret"))
    clock.at += CHANGEABLE_FOR
    await swept(database, clock)
    assert (await stored(database))[0].voter, "it may still be changed"
    clock.pass_by(days=1)
    await swept(database, clock)
    assert (await stored(database))[0].voter is None
    await votes.cast(ADA, BIDS, is_right=True)
    await other.cast(GRACE, BIDS, is_right=True)
    assert len({each.voter for each in await stored(database)}) == 3
    clock.at += KEPT_FOR - CHANGEABLE_FOR
    await swept(database, clock)
    assert [row.is_right for row in await stored(database)] == [True, True]


@given(
    words=st.text(max_size=600),
    fact=st.sampled_from(["", "growth-zones-bids", "a" * 60]),
    longest=st.integers(140, 2000),
)
def test_what_was_asked_fits_into_any_value_and_can_be_read_again(words: str, fact: str, longest: int) -> None:
    packed = Asked(Outcome.ANSWER, fact, words).pack(longest)
    assert len(packed) <= longest
    again = Asked.unpack(packed)
    assert (again.outcome, again.fact) == (Outcome.ANSWER, fact)
    assert words.startswith(again.words.removesuffix("…"))
