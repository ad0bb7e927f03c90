"""Claims that no one fact holds whole: two facts that hold a sentence together, or one that holds a half of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from bot.content.certainty import Certainty
from bot.lookup.query import TermKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.models import Fact
    from bot.lookup.answer import Lookup
    from bot.lookup.ranker import Ranked

_CANDIDATES: Final = 10
_SHARED: Final = 2
"""Words of the subject, days aside, that both facts of a pair hold: what they say is of the same thing."""
_JOINT = re.compile(r"(?:[,;:]|(?<!\s))\s+(?:and|but|while|whereas)\s+|;\s+", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:it|they|them|he|she|this|that)\b|(?!(?:the|an?|in|on|at|no)\b)[a-z]")
_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w&-]+|\A(?!(?:The|An?|In|On|There)\b)[A-Z][\w&.-]+")
_MOST_JOINTS: Final = 4
_FEWEST: Final = 2
"""Words of the subject in a half: with fewer it claims too little to be looked up by itself."""


@dataclass(frozen=True, slots=True)
class ClaimHalf:
    """A half of a sentence with the fact that holds it; None with the reason, where none does."""

    words: str
    fact: Fact | None
    reason: str = ""


def together(lookup: Lookup, sentence: str) -> tuple[Fact, ...]:
    """Return two facts on the same thing that hold every word of the subject between them; nothing where none do."""
    query = lookup.read(sentence)
    needed = {number for number, term in enumerate(query.terms) if term.kind is TermKind.SUBJECT}
    days = {number for number in needed if query.terms[number].is_of_a_day}
    ranked = [found for found in lookup.search(sentence, _CANDIDATES) if _proves(found.entry.fact)]
    held = [(found.entry.fact, needed.intersection(_places(found))) for found in ranked]
    for (one, first), (other, second) in combinations(held, 2):
        if first | second == needed and len((first & second) - days) >= _SHARED and first - second and second - first:
            return one, other
    return ()


def halves(lookup: Lookup, sentence: str) -> tuple[ClaimHalf, ...]:
    """Return the two halves of a sentence around an "and" or the like, where a fact holds at least one of them.

    The first parting of which both halves are held counts, else the first of which one is.
    """
    best: tuple[ClaimHalf, ...] = ()
    for first, second in _partings(sentence):
        found = (_half(lookup, first), _half(lookup, second, of=first))
        if all(half.fact for half in found):
            return found
        if not best and any(half.fact for half in found):
            best = found
    return best


def _proves(fact: Fact) -> bool:
    return fact.is_current and fact.certainty is not Certainty.UNSTATED


def _places(found: Ranked) -> Iterator[int]:
    """Yield the numbers of the terms that a fact holds as they were typed."""
    return (number for number, match in enumerate(found.matches) if match and match.how != "corrected")


def _partings(sentence: str) -> Iterator[tuple[str, str]]:
    for number, joint in enumerate(_JOINT.finditer(sentence)):
        if number == _MOST_JOINTS:
            return
        yield sentence[: joint.start()].strip(" ,;:"), sentence[joint.end() :].strip()


def _half(lookup: Lookup, words: str, of: str = "") -> ClaimHalf:
    """Look a half up; one that goes on about a name in the half before needs a fact with such a name."""
    subject = [term for term in lookup.read(words).terms if term.kind is TermKind.SUBJECT]
    if len(subject) < _FEWEST:
        return ClaimHalf(words, None)
    answer = lookup.ask(words)
    fact = answer.facts[0].fact if answer.outcome == "answer" else None
    names = _NAME.findall(of) if _GOES_ON.match(words) else ()
    is_other = fact is not None and names and not any(name in fact.statement for name in names)
    return ClaimHalf(words, None if is_other else fact, answer.reason)
