"""briefings/questions.yaml: every question there is answered by a fact that it names, or refused."""

from __future__ import annotations

import pytest
import yaml

from bot.config import BRIEFINGS
from bot.content.load import load
from bot.lookup.answer import Lookup

QUESTIONS = yaml.safe_load((BRIEFINGS / "questions.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return Lookup(load(BRIEFINGS))


def expected(question: dict[str, str | list[str]]) -> list[str]:
    ids = question["expect"]
    return ids if isinstance(ids, list) else [ids]


def test_there_are_enough_questions() -> None:
    assert len(QUESTIONS) >= 150
    assert sum(question["expect"] == "no_answer" for question in QUESTIONS) >= 30


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["ask"] for question in QUESTIONS])
def test_a_question_gets_its_fact(lookup: Lookup, question: dict[str, str | list[str]]) -> None:
    answer = lookup.ask(str(question["ask"]))
    first = answer.facts[0].fact.id if answer.facts else "no_answer"
    assert first in expected(question), answer.reason


def test_questions_name_facts_that_are_served() -> None:
    served = {fact.id for fact in load(BRIEFINGS).current_facts()} | {"no_answer"}
    assert not {fact_id for question in QUESTIONS for fact_id in expected(question)} - served
