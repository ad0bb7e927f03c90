"""Other facts come and go: what they do not touch is answered as before."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import BRIEFINGS
from bot.content.load import load
from bot.content.models import Certainty, Content, Fact, Place
from bot.lookup.answer import Lookup

CONTENT = load(BRIEFINGS)
QUESTIONS = yaml.safe_load((BRIEFINGS / "questions.yaml").read_text(encoding="utf-8"))
FOREIGN = st.text(alphabet="ѐабвгдежзиклмно", min_size=6, max_size=12)
"""Words in another script: none is near a question or a fact."""


def missed(lookup: Lookup) -> list[str]:
    """Return the questions that are no longer answered, or refused, as questions.yaml says."""
    wrong = []
    for question in QUESTIONS:
        answer = lookup.ask(question["ask"])
        first = answer.facts[0].fact.id if answer.facts else "no_answer"
        if first not in ([question["expect"]] if isinstance(question["expect"], str) else question["expect"]):
            wrong.append(question["ask"])
    return wrong


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(FOREIGN, min_size=3, max_size=12), min_size=1, max_size=40))
def test_facts_about_something_else_change_no_answer(statements: list[list[str]]) -> None:
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
            place=Place("infrastructure/foreign.yaml", number + 1, 1),
        )
        for number, statement in enumerate(statements)
    }
    grown = Content(CONTENT.memorandum, CONTENT.sources, {**CONTENT.facts, **added}, CONTENT.templates)
    assert missed(Lookup(grown)) == []
