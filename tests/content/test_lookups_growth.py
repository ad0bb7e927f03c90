"""Other facts come and go: what they do not touch is answered as before."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import BRIEFINGS
from bot.content.certainty import Certainty
from bot.content.models import Content, Fact, SourceLocation
from bot.content.questions import NO_ANSWER, read_questions
from bot.lookup.answer import Lookup
from bot.publishing.content_check import answering_fact
from tests.support.made_once import lookup_of
from tests.support.newsroom import shipped

CONTENT = shipped()
LOOKUP = lookup_of(CONTENT)
QUESTIONS, _ = read_questions(BRIEFINGS, CONTENT.facts)
ASKED = [*QUESTIONS[::9], *(question for question in QUESTIONS[::2] if question.expect == (NO_ANSWER,))]
"""Every kind of question; all of them are asked once by test_all_questions_outlive_many_facts."""
FOREIGN = st.text(alphabet="ѐабвгдежзиклмно", min_size=6, max_size=12)
"""Words in another script: none is near a question or a fact."""


def grown(statements: list[list[str]]) -> Content:
    """Return the briefings with a fact more for each statement."""
    day = CONTENT.memorandum.position_on
    added = {
        f"foreign-{number}": Fact(
            id=f"foreign-{number}",
            area="infrastructure",
            statement=" ".join(statement),
            certainty=Certainty.STATED,
            citations=(),
            as_of=day,
            checked_on=day,
            place=SourceLocation("infrastructure/foreign.yaml", number + 1, 1),
        )
        for number, statement in enumerate(statements)
    }
    return Content(CONTENT.memorandum, CONTENT.sources, {**CONTENT.facts, **added}, CONTENT.templates)


@settings(max_examples=8)
@given(st.lists(st.lists(FOREIGN, min_size=3, max_size=12), min_size=1, max_size=40))
def test_facts_about_something_else_change_no_answer(statements: list[list[str]]) -> None:
    lookup = LOOKUP.refreshed(grown(statements))
    assert [each.ask for each in ASKED if answering_fact(lookup.ask(each.ask)) not in each.expect] == []


def test_all_questions_outlive_many_facts() -> None:
    words = [chr(ord("а") + number % 30) * 4 + chr(ord("а") + number // 30 % 30) * 3 for number in range(900)]
    lookup = Lookup(grown([words[start : start + 9] for start in range(0, 891, 3)]))
    assert [each.ask for each in QUESTIONS if answering_fact(lookup.ask(each.ask)) not in each.expect] == []


def test_after_a_history_of_edits_every_result_is_that_of_a_restart() -> None:
    chance = random.Random(11)  # noqa: S311 — repeatable edits, no secret
    content, lookup = CONTENT, Lookup(CONTENT)
    for turn in range(5):
        facts = dict(content.facts)
        for fact_id in chance.sample([*facts], 20):
            words = facts[fact_id].statement.split()
            words[chance.randrange(1, len(words))] = chance.choice(["reported", "planned", "public", f"turn{turn}"])
            facts[fact_id] = replace(facts[fact_id], statement=" ".join(words))
        for fact_id in chance.sample([*facts], 2):
            del facts[fact_id]
        if turn == 3:
            facts = {fact_id: facts.get(fact_id, fact) for fact_id, fact in CONTENT.facts.items()}
        content = replace(content, facts=facts)
        lookup = lookup.refreshed(content)
    restarted = Lookup(content)
    asked = [typed for each in QUESTIONS[::4] for typed in (each.ask, misspelt(each.ask))]
    assert [typed for typed in asked if lookup.ask(typed) != restarted.ask(typed)] == []


def misspelt(question: str) -> str:
    """Return it without the second letter of its longest word."""
    longest = max(question.split(), key=len)
    return question.replace(longest, longest[0] + longest[2:], 1)
