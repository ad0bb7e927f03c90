"""What questions and new keywords get before and after an edit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.content.sandbox.work import ProcessorTime
from bot.lookup.answer import Lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.content.models import Content
    from bot.lookup.result import Answer

ASKING_LIMIT_S: Final = 20.0
"""Processor seconds that asking the questions may take."""
KEYWORDS_ASKED: Final = 50
"""New keywords that are asked: a first publication has thousands."""


class AskKind(StrEnum):
    """Where a question comes from: questions.yaml, people without an answer, a new keyword, the theme of the edit."""

    LISTED = "question"
    GAP = "gap"
    KEYWORD = "keyword"
    THEME = "theme"


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked before and after an edit.

    `listed` are those of questions.yaml, `gaps` what people asked without an answer, `theme` the questions of the theme
    that the edit is to answer.
    """

    listed: Sequence[str] = ()
    gaps: Sequence[str] = ()
    theme: Sequence[str] = ()

    def by_kind(self, keywords: Sequence[str]) -> Mapping[str, AskKind]:
        """Return all of them, those first that are shown however they are answered; a gap is called one."""
        first = {**dict.fromkeys(keywords, AskKind.KEYWORD), **dict.fromkeys(self.theme, AskKind.THEME)}
        gaps = {ask: AskKind.GAP for ask in self.gaps if ask not in self.theme}
        return first | dict.fromkeys(self.listed, AskKind.LISTED) | first | gaps


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """A question that is answered otherwise: by another fact, otherwise worded, or not any more.

    New keywords and a theme's questions are here even when they get what they got. `is_answered`: after the edit, by a
    fact and not by the closest ones.
    """

    ask: str
    before: str
    after: str
    kind: AskKind = AskKind.LISTED
    is_answered: bool = True

    @property
    def is_always_shown(self) -> bool:
        """Whether it is shown however it is answered."""
        return self.kind in {AskKind.KEYWORD, AskKind.THEME}


def changed_answers(before: Content, after: Content, questions: Questions) -> tuple[tuple[ChangedAnswer, ...], int]:
    """Return the questions that are answered otherwise, and how many could not be asked in time."""
    asked = questions.by_kind(list(dict.fromkeys(_new_keywords(before, after)))[:KEYWORDS_ASKED])
    if not asked:
        return (), 0
    old = Lookup(before)
    differing = sum(before.facts.get(fact_id) != fact for fact_id, fact in after.facts.items())
    new = Lookup(after) if differing > len(after.facts) // 2 else old.refreshed(after)
    time = ProcessorTime(ASKING_LIMIT_S)
    found: list[ChangedAnswer] = []
    for number, (ask, kind) in enumerate(asked.items()):
        if time.is_over:
            return tuple(found), len(asked) - number
        was, now = old.ask(ask), new.ask(ask)
        is_answered = now.outcome not in {"no_answer", "closest"}
        each = ChangedAnswer(ask, _reply(was), _reply(now), kind, is_answered)
        if each.is_always_shown or _read(was) != _read(now):
            found.append(each)
    return tuple(found), 0


def _new_keywords(before: Content, after: Content) -> Iterator[str]:
    for fact in after.current_facts():
        old = before.facts.get(fact.id)
        yield from (each for each in fact.keywords if old is None or each not in old.keywords)


def _read(answer: Answer) -> tuple[object, ...]:
    """Return what makes an answer another one: its outcome, and the facts that lead it as readers see them."""
    leading = [found.fact for found in answer.facts[: answer.leading]]
    return answer.outcome, *((fact.id, fact.statement, fact.label) for fact in leading)


def _reply(answer: Answer) -> str:
    """Return how a question is answered: the ids of the facts, “closest: …” or “no answer”."""
    ids = " and ".join(found.fact.id for found in answer.facts[: answer.leading])
    if answer.outcome == "no_answer":
        return "no answer"
    return f"closest: {ids}" if answer.outcome == "closest" else ids
