"""Compare two wordings of a sentence: whether they say the same, and which words differ."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Callable, Container

_TOKEN = re.compile(r"[-−+]?[£$€]?\d+(?:[.,:/]\d+)*[%\w]*|[£$€%&]|\w+(?:['’-]\w+)*")
_LONG_ENOUGH: Final = 5
"""Letters of the shortest word whose change can be a mere spelling fix: shorter ones are all a letter apart."""

_WEIGHTY: Final = frozenset(
    """
    no not none never nor neither without cannot nothing nobody hardly barely unless except excluding
    may might can could would should shall will must need ought
    about almost approximately around roughly nearly over under between least most more less fewer only
    aims aim aiming plans plan planned planning intends intend intended intention expects expect expected expectation
    hopes hope hoped seeks seek explore explores exploring exploration potential potentially possible possibly
    probable probably likely unlikely perhaps proposed proposal proposes suggests suggested reportedly apparently
    estimated estimate forecast future further initial initially some several many few all every each any both
    binding agreed legally voluntary optional required
    zero one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty
    ninety hundred thousand million billion trillion dozen half quarter third double twice once first second
    """.split()  # noqa: SIM905 — a column of 130 quoted words is no list to read
)
"""Hedges, negations and numbers in letters: a change of one of these is never a spelling fix."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive words that are in one wording only (`is_changed`), or in both."""

    text: str
    is_changed: bool


def says_the_same(before: str, after: str, known: Callable[[], Container[str]]) -> bool:
    """Whether two wordings differ at most in white space, punctuation, case, or the spelling of words.

    `known` returns the words (casefolded) of all other facts; it is called only when needed. A word counts as misspelt
    when no other fact has it and one is a letter away; any other change may mean more.
    """
    old, new = _tokens(before), _tokens(after)
    if [each.casefold() for each in old] == [each.casefold() for each in new]:
        return True
    if len(old) != len(new):
        return False
    pairs = [(one, other) for one, other in zip(old, new, strict=True) if one.casefold() != other.casefold()]
    if not all(_may_be_spelling(one, other) for one, other in pairs):
        return False
    words = known()
    return all(one not in words and other in words for one, other in pairs)


def words_of(text: str) -> tuple[str, ...]:
    """Return the different words of a text in small letters, in their order."""
    return tuple(dict.fromkeys(token.casefold() for token in _tokens(text)))


def weighty_changes(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the hedges, negations and numbers that only the old wording has, and those that only the new one has."""
    old, new = (Counter(each for each in map(str.casefold, _tokens(text)) if weighs(each)) for text in (before, after))
    return tuple((old - new).elements()), tuple((new - old).elements())


def weighs(word: str) -> bool:
    """Whether a word in small letters is a hedge, a negation or a number."""
    return word in _WEIGHTY or any(char.isdigit() for char in word)


def compare(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return the old and the new wording in pieces; joined by spaces they are the wordings again."""
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    pieces: tuple[list[Piece], list[Piece]] = [], []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        for side, words in zip(pieces, (old[old_from:old_to], new[new_from:new_to]), strict=True):
            if words:
                side.append(Piece(" ".join(words), tag != "equal"))
    return tuple(pieces[0]), tuple(pieces[1])


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _may_be_spelling(old: str, new: str) -> bool:
    """Whether two words are one typing slip apart, and neither a number, a name, a hedge, nor another form of one."""
    for word in (old, new):
        if not (word.isalpha() and word.islower()) or word in _WEIGHTY or len(word) < _LONG_ENOUGH:
            return False
    is_ending = old.startswith(new) or new.startswith(old)
    return old[0] == new[0] and not is_ending and OSA.distance(old, new, score_cutoff=1) <= 1
