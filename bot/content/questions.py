"""Reads questions.yaml: what askers type, and the fact that must answer it. Publishing asks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from bot.content.faults import Code, Fault
from bot.content.files import decode, list_folder
from bot.content.models import Entry, Text
from bot.content.validation import read_entry
from bot.content.yaml.reader import parse_list
from bot.text import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.content.faults import Problem, Spot
    from bot.content.files import TextFile
    from bot.content.models import Fact
    from bot.content.yaml.nodes import RawEntry

QUESTIONS_FILE = "questions.yaml"
NO_ANSWER = "no_answer"
"""In place of a fact's id, where no fact may answer."""


def _as_list(value: object) -> object:
    return [value] if value and isinstance(value, str) else value


class QuestionEntry(Entry):
    """One question of questions.yaml."""

    ask: Text = Field(description="The words as typed.")
    expect: Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)] = Field(
        description="A fact's id; a list of ids when each would be right; or no_answer when no fact may answer."
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the ids of the facts that may answer (NO_ANSWER: a refusal is right)."""

    ask: str
    expect: tuple[str, ...]
    file: TextFile
    spot: Spot

    def fault(self, code: Code, message: str, hint: str) -> Fault:
        """Return a fault at this question."""
        return self.file.fault(code, message, hint, self.spot)


def read_questions(folder: Path, facts: Mapping[str, Fact]) -> tuple[tuple[Question, ...], tuple[Fault, ...]]:
    """Return the questions without faults of a content folder, and all faults; neither without a questions.yaml.

    `facts` are the folder's facts by id. Raises nothing: whatever is wrong is a fault.
    """
    data = list_folder(folder).files.get(QUESTIONS_FILE)
    if data is None:
        return (), ()
    file = decode(QUESTIONS_FILE, data)
    if isinstance(file, Fault):
        return (), (file,)
    entries, syntax_faults = parse_list(file)
    faults = list(syntax_faults)
    questions: dict[str, Question] = {}
    for raw in entries:
        read = read_entry(file, raw, QuestionEntry)
        if isinstance(read, list):
            faults += read
            continue
        wrong = list(_check_expected(file, raw, read, facts))
        question = Question(read.ask, tuple(read.expect), file, raw.spot(("ask",)))
        if read.ask in questions:
            message = f"{shown(read.ask)} is already asked in line {questions[read.ask].spot[0]}."
            wrong.append(question.fault(Code.DUPLICATE_QUESTION, message, "Keep one of the two."))
        if not wrong:
            questions[read.ask] = question
        faults += wrong
    return tuple(questions.values()), tuple(faults)


def _check_expected(file: TextFile, raw: RawEntry, entry: QuestionEntry, facts: Mapping[str, Fact]) -> Iterator[Fault]:
    """Find ids of facts that do not exist or are not served."""
    is_list = isinstance(raw.value, dict) and isinstance(raw.value["expect"], list)
    for number, fact_id in enumerate(entry.expect):
        problem: Problem | None = None
        fact = facts.get(fact_id)
        if fact_id == NO_ANSWER:
            continue
        if fact is None:
            hint = did_you_mean(fact_id, (*facts, NO_ANSWER), "Write the id of a fact, or no_answer.")
            problem = Code.UNKNOWN_FACT, f"There is no fact {shown(fact_id)}.", hint
        elif fact.withdrawn is not None:
            message = f"{shown(fact_id)} is withdrawn: it answers nothing."
            problem = Code.WITHDRAWN_FACT, message, "Name a fact that is served, or no_answer."
        elif fact.superseded_by is not None:
            message = f"{shown(fact_id)} has been replaced: it answers nothing."
            problem = Code.SUPERSEDED_FACT, message, f"Name {fact.superseded_by}."
        if problem:
            yield file.fault(*problem, raw.spot(("expect", number) if is_list else ("expect",)))
