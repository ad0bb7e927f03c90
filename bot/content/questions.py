"""questions.yaml: what askers type, and the fact that must answer it. Read here, asked in cli/questions.py."""

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

    from bot.content.files import TextFile
    from bot.content.models import Fact
    from bot.content.yaml.nodes import RawEntry

QUESTIONS_FILE = "questions.yaml"
NO_ANSWER = "no_answer"
"""Stands for a fact's id where nothing is held."""


def _as_list(value: object) -> object:
    return [value] if value and isinstance(value, str) else value


class QuestionEntry(Entry):
    """One question as it stands in questions.yaml."""

    ask: Text = Field(description="The words as typed.")
    expect: Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)] = Field(
        description="A fact's id; a list of ids when each would be right; or no_answer when nothing is held."
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked and the fact ids that are right, NO_ANSWER among them where a refusal is; its place in `file`."""

    ask: str
    expect: tuple[str, ...]
    file: TextFile
    line: int
    column: int

    def fault(self, code: Code, message: str, hint: str) -> Fault:
        """Return a fault at this question."""
        return self.file.fault(code, message, hint, line=self.line, column=self.column)


def read_questions(folder: Path, facts: Mapping[str, Fact]) -> tuple[tuple[Question, ...], tuple[Fault, ...]]:
    """Return the good questions of a content folder and all faults; neither when it has no questions.yaml.

    `facts` are the folder's facts by id. Raises nothing: whatever is wrong is a fault.
    """
    data = list_folder(folder).files.get(QUESTIONS_FILE)
    if data is None:
        return (), ()
    file = decode(QUESTIONS_FILE, data)
    if isinstance(file, Fault):
        return (), (file,)
    entries, told = parse_list(file)
    faults = list(told)
    questions: dict[str, Question] = {}
    for raw in entries:
        read = read_entry(file, raw, QuestionEntry)
        if isinstance(read, list):
            faults += read
            continue
        wrong = list(_check_expected(file, raw, read, facts))
        line, column = raw.spot(("ask",))
        question = Question(read.ask, tuple(read.expect), file, line, column)
        if read.ask in questions:
            message = f"{shown(read.ask)} is already asked in line {questions[read.ask].line}."
            wrong.append(question.fault(Code.DUPLICATE_QUESTION, message, "Keep one of the two."))
        if not wrong:
            questions[read.ask] = question
        faults += wrong
    return tuple(questions.values()), tuple(faults)


def _check_expected(file: TextFile, raw: RawEntry, entry: QuestionEntry, facts: Mapping[str, Fact]) -> Iterator[Fault]:
    """Find ids that no fact has, or only one that is not served."""
    is_list = isinstance(raw.value, dict) and isinstance(raw.value["expect"], list)
    for number, fact_id in enumerate(entry.expect):
        line, column = raw.spot(("expect", number) if is_list else ("expect",))
        if fact_id == NO_ANSWER:
            continue
        fact = facts.get(fact_id)
        if fact is None:
            hint = did_you_mean(fact_id, (*facts, NO_ANSWER), "Write the id of a fact, or no_answer.")
            message = f"There is no fact {shown(fact_id)}."
            yield file.fault(Code.UNKNOWN_FACT, message, hint, line=line, column=column)
        elif fact.withdrawn is not None:
            message = f"{shown(fact_id)} is withdrawn: it answers nothing."
            hint = "Name a fact that is served, or no_answer."
            yield file.fault(Code.WITHDRAWN_FACT, message, hint, line=line, column=column)
        elif fact.superseded_by is not None:
            message = f"{shown(fact_id)} has been replaced: it answers nothing."
            hint = f"Name {fact.superseded_by}."
            yield file.fault(Code.SUPERSEDED_FACT, message, hint, line=line, column=column)
