"""briefings/questions.yaml: every question there is answered by a fact that it names, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import BRIEFINGS
from bot.content.questions import NO_ANSWER, Question, read_questions
from bot.publishing.content_check import answering_fact
from tests.support.made_once import lookup_of
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.lookup.answer import Lookup

CONTENT = shipped()
QUESTIONS, FAULTS = read_questions(BRIEFINGS, CONTENT.facts)


@pytest.fixture(scope="module")
def lookup() -> Lookup:
    return lookup_of(CONTENT)


def test_there_are_enough_questions() -> None:
    assert not FAULTS
    assert len(QUESTIONS) >= 150
    assert sum(question.expect == (NO_ANSWER,) for question in QUESTIONS) >= 30


@pytest.mark.parametrize("question", QUESTIONS, ids=[question.ask for question in QUESTIONS])
def test_a_question_gets_its_fact(lookup: Lookup, question: Question) -> None:
    answer = lookup.ask(question.ask)
    assert answering_fact(answer) in question.expect, answer.reason
