"""Sentences above a shown fact: whose it is, and what the sources do not say, are true of the facts as shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.made_once import lookup_of
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.lookup.answer import Lookup


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return lookup_of(shipped())


@pytest.mark.parametrize(
    ("words", "fact_id"),
    [
        ("When was Stargate UK put on hold and why?", "stargate-uk-paused"),
        ("Where is Stargate UK being built?", "stargate-uk-sites"),
    ],
)
def test_a_party_in_a_longer_name_is_no_party(lookup: Lookup, words: str, fact_id: str) -> None:
    found = lookup.ask(words)
    assert found.facts[0].fact.id == fact_id
    assert "not UK's" not in found.reason


@pytest.mark.parametrize(
    "words",
    [
        "Liz Kendall signed the MoU on 21 July 2025",
        "Liz Kendall signed the MoU on 21 July",
        "How many jobs will the London office create by 2027?",
    ],
)
def test_what_another_fact_on_the_subject_says_is_not_put_right(lookup: Lookup, words: str) -> None:
    found = lookup.ask(words)
    assert found.outcome == "closest"
    assert found.premise is None
    assert "do not say" not in found.reason


def test_a_word_that_other_facts_hold_is_not_said_to_be_held_by_none(lookup: Lookup) -> None:
    reason = lookup.ask("Did Peter Kyle sign on 21 July 2025?").reason
    assert reason == "No one fact holds “Peter” and “Kyle” together with the rest."


@pytest.mark.parametrize("words", ["how many growth zones are there", "how many AI growth zones"])
def test_a_count_of_something_else_is_no_answer_to_how_many(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).outcome == "closest"


@pytest.mark.parametrize("words", ["how many bids", "how many areas applied", "how many growth zones bids were there"])
def test_a_count_of_what_is_asked_still_answers(lookup: Lookup, words: str) -> None:
    found = lookup.ask(words)
    assert (found.outcome, found.facts[0].fact.id) == ("answer", "growth-zones-bids")
