"""What a look-up returns: the outcome, its facts, and what it says about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.content.models import Fact
    from bot.lookup.evidence import Premise
    from bot.lookup.suggestions import LookupSuggestion

ECHO_LIMIT = 200
"""Characters of the asker's words that a reply repeats."""
RELATED = 2
"""Facts shown below an answer."""


@dataclass(frozen=True, slots=True)
class ScoredFact:
    """A fact and its score; scores compare within one answer only."""

    fact: Fact
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a look-up found.

    `facts` are the answer first, then related ones; of "closest" one fact, which `reason` must stand above; of
    "no_answer" none. `leading` says how many of them answer a question each. `query` is the asker's words, cut at
    ECHO_LIMIT; `corrected` typed word → word used; `expanded` acronym → meaning; `reason` plain sentences, empty when
    nothing needs saying; `further` facts that hold the words too, best first; `unmatched` the words that the closest
    fact lacks, or no fact holds; `premise` what the question wrongly takes for granted.
    """

    query: str
    outcome: Literal["answer", "closest", "no_answer"]
    facts: tuple[ScoredFact, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    expanded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    suggestions: tuple[LookupSuggestion, ...] = ()
    reason: str = ""
    further: tuple[Fact, ...] = ()
    unmatched: tuple[str, ...] = ()
    premise: Premise | None = None
    leading: int = 1


def together(echo: str, answers: Sequence[Answer]) -> Answer:
    """Return the answers to the questions of one text as one; `reason` names what is not answered."""
    firsts = {answer.facts[0].fact.id: answer.facts[0] for answer in answers if answer.facts}
    others = {found.fact.id: found for answer in answers for found in answer.facts[1:] if found.fact.id not in firsts}
    said = [
        answer.reason if answer.outcome == "answer" else f"On “{answer.query}”: {answer.reason}"
        for answer in answers
        if answer.reason
    ]
    return Answer(
        echo,
        "answer" if all(answer.outcome != "closest" for answer in answers) else "closest",
        (*firsts.values(), *list(others.values())[:RELATED]),
        MappingProxyType({typed: used for answer in answers for typed, used in answer.corrected.items()}),
        MappingProxyType({typed: used for answer in answers for typed, used in answer.expanded.items()}),
        reason=" ".join(dict.fromkeys(said)),
        unmatched=tuple(dict.fromkeys(word for answer in answers for word in answer.unmatched)),
        premise=next((answer.premise for answer in answers if answer.premise), None),
        leading=len(firsts),
    )
