"""Asks the questions of questions.yaml, and reports wrong answers: bot.content itself may not import bot.lookup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.content.faults import Code, Fault, in_order
from bot.content.questions import NO_ANSWER, Question, read_questions
from bot.lookup.answer import Lookup
from bot.text import shown
from cli.report import shown_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bot.content.models import Content
    from bot.lookup.result import Answer


def check_questions(folder: Path, content: Content) -> tuple[Fault, ...]:
    """Return the faults of the folder's questions.yaml, and one for each question that `content` answers otherwise."""
    questions, faults = read_questions(folder, content.facts)
    if not questions:
        return in_order(faults)
    lookup = Lookup(content)
    answers = ((question, lookup.ask(question.ask)) for question in questions)
    wrong = [
        _wrong_answer(question, answer, folder, content)
        for question, answer in answers
        if answered_by(answer) not in question.expect
    ]
    return in_order((*faults, *wrong))


def answered_by(answer: Answer) -> str:
    """Return the id of the fact that answers, or NO_ANSWER."""
    return answer.facts[0].fact.id if answer.outcome == "answer" else NO_ANSWER


def _wrong_answer(question: Question, answer: Answer, folder: Path, content: Content) -> Fault:
    expected = _listed([_placed(fact_id, folder, content) for fact_id in question.expect])
    found = answered_by(answer)
    if found == NO_ANSWER:
        message = f"{shown(question.ask)} is not answered: {answer.reason}"
        hint = "Put the asker's words into the fact, as a keyword perhaps; or change what is expected."
    else:
        message = f"{shown(question.ask)} is answered by {_placed(found, folder, content)}."
        hint = "Make the words of the two facts differ more; or change what is expected."
    if question.expect == (NO_ANSWER,):
        return question.fault(Code.WRONG_ANSWER, f"{message} No answer is expected.", hint)
    return question.fault(Code.WRONG_ANSWER, f"{message} Expected is {expected}.", hint)


def _placed(fact_id: str, folder: Path, content: Content) -> str:
    """Return a fact's id with its file and line."""
    if fact_id == NO_ANSWER:
        return "no answer"
    place = content.facts[fact_id].place
    return f"{fact_id} ({shown_file(folder, place.file)}:{place.line})"


def _listed(parts: Iterable[str]) -> str:
    *others, last = parts
    return f"{', '.join(others)} or {last}" if others else last
