"""The wordings in which people ask for a fact: they lead to the closest fact, and make no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.lookup.answer import Lookup
from tests.bot.lookup.conftest import FACTS, content

ASKED = {
    "crane-money": ("how much cash for lifting gear", "budget for harbour hoists"),
    "institute": ("watchdog that checks boats", "who inspects vessels"),
}


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(content(*(replace(fact, asked=ASKED.get(fact.id, ())) for fact in FACTS)))


@pytest.mark.parametrize(
    ("words", "fact_id"),
    [
        ("what is the budget for hoists", "crane-money"),
        ("how much cash for lifting gear", "crane-money"),
        ("which watchdog checks the boats", "institute"),
    ],
)
def test_a_wording_shows_the_closest_fact_and_never_answers(lookup: Lookup, words: str, fact_id: str) -> None:
    found = lookup.ask(words)
    assert (found.outcome, found.facts[0].fact.id) == ("closest", fact_id)
    assert found.unmatched
    assert found.reason.startswith("No fact mentions “")


def test_what_a_fact_says_itself_is_answered_as_before(lookup: Lookup) -> None:
    assert lookup.ask("new cranes").outcome == "answer"
    assert lookup.ask("£5 billion for cranes").premise is not None


@pytest.mark.parametrize(
    "words", ["budget", "watchdog", "gear box repair", "cash machine nearby", "watchdog timer reset"]
)
def test_one_word_of_a_wording_is_held_by_chance(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).outcome == "no_answer"


def test_wordings_are_read_anew_with_the_facts(lookup: Lookup) -> None:
    before = Lookup(content(*FACTS))
    assert before.ask("which watchdog checks the boats").outcome == "no_answer"
    first = before.refreshed(content(*(replace(fact, asked=ASKED.get(fact.id, ())) for fact in FACTS)))
    assert first.ask("which watchdog checks the boats").facts[0].fact.id == "institute"
    other = {"model": ("which chatbot plans sailings",)}
    second = lookup.refreshed(content(*(replace(fact, asked=other.get(fact.id, ())) for fact in FACTS)))
    assert second.ask("which watchdog checks the boats").outcome == "no_answer"
    assert second.ask("which chatbot plans the sailings").facts[0].fact.id == "model"


@pytest.mark.parametrize("words", ["*budget* OR hoists", "<!channel> hoists budget", "budget\u200b hoists\x00"])
def test_hostile_words_are_words(lookup: Lookup, words: str) -> None:
    assert lookup.ask(words).outcome in {"closest", "no_answer"}
