"""A query as read: its words, what each does in the question, and every way in which a fact may hold it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from bot.lookup.language.lexicon import (
    ADDRESS,
    CARRIERS,
    CONNECTORS,
    FUNCTION_WORDS,
    MONTH_NAMES,
    NOW_WORDS,
    QUESTION_WORDS,
    TAIL_MARKS,
    TOPIC_MARKS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.lookup.language.tokens import Word


WHOLE_STORE = ""
PARTY = "@"
"""Begins what a name is of, when that is a party: @0 is the first."""


class Name(NamedTuple):
    """The forms of a name's words and their keys, and what it is of.

    That is WHOLE_STORE, a PARTY and its number, an area's key or a source's id.
    """

    forms: tuple[str, ...]
    keys: tuple[str, ...]
    of: str


_MOST_PARTS = 8
_TIME = re.compile(r"\d{1,2}(?:[.:]\d\d)?(?:am|pm)")
_YEAR = re.compile(r"(?:19|20)\d\d")
DAY_WORDS = frozenset([*MONTH_NAMES, "May"])


class TermKind(IntEnum):
    """What a word does in a question."""

    FUNCTION = 0
    CARRIER = 1
    SUBJECT = 2


def kind_of(word: Word) -> TermKind:
    """Return what a word does by itself."""
    if word.form in FUNCTION_WORDS:
        return TermKind.FUNCTION
    if word.form in CARRIERS:
        return TermKind.CARRIER
    return TermKind.SUBJECT


@dataclass(frozen=True, slots=True)
class Match:
    """One way in which a fact may hold a word: by all these keys.

    `how` is "" as typed, or "joined", "expanded", "prefix", "corrected".
    `factor`, 0 to 1, is what a match of this kind is worth; `shown` the words to tell an asker.
    """

    keys: tuple[str, ...]
    factor: float = 1.0
    how: str = ""
    shown: str = ""


@dataclass(slots=True)
class Term:
    """One word of the query. `is_needed`: an answer must hold it, or be of what it names.

    `names` are what the word is part of a name of: "" for the whole store, the key of an area, the id of a source.
    `meaning` is what an acronym stands for.
    """

    word: Word
    kind: TermKind
    matches: list[Match] = field(default_factory=list)
    is_needed: bool = False
    names: set[str] = field(default_factory=set)
    meaning: str = ""

    @property
    def is_subject(self) -> bool:
        """Whether it is a word of the subject, and none that an office writes around its question."""
        return self.kind is TermKind.SUBJECT and self.word.form not in ADDRESS

    @property
    def is_of_a_day(self) -> bool:
        """Whether it is a month or a year, which a fact may hold by the day that it speaks of."""
        return self.word.form in DAY_WORDS or bool(_YEAR.fullmatch(self.word.form))

    @property
    def is_known(self) -> bool:
        """Whether any fact holds it, as typed or in another writing, uncorrected."""
        return any(match.how != "corrected" for match in self.matches)


@dataclass(frozen=True)
class Query:
    """A query as read: its words in order, and typed word → word used where its frame was misspelt.

    `kept` is what a part of the look-up found out for it and needs again, by that part.
    """

    terms: tuple[Term, ...]
    mended: Mapping[str, str]
    kept: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def needed(self) -> tuple[tuple[int, Term], ...]:
        """Return the terms that an answer must hold, each with its place."""
        return tuple((place, term) for place, term in enumerate(self.terms) if term.is_needed)

    @cached_property
    def subject_places(self) -> list[int]:
        """Return where the words of the subject are: without those of address, where there are others."""
        found = [place for place, term in enumerate(self.terms) if term.kind is TermKind.SUBJECT]
        return [place for place in found if self.terms[place].is_subject] or found

    def core(self, *, is_part: bool) -> str:
        """Return the words without those of address around them ("grateful for a steer on …"); empty where none are.

        In a part of a longer text, words that no fact holds are taken for such; in a whole one, beside listed ones.
        """
        start = _address(self.terms, is_part)
        while start and start < len(self.terms) and self.terms[start].word.form in CONNECTORS:
            start += 1
        end = len(self.terms) - _address(self.terms[::-1], is_part)
        return " ".join(term.word.raw for term in self.terms[start:end]) if end - start < len(self.terms) else ""

    def parts(self) -> list[str]:
        """Return the parts that may be the question: from a question word on, after "on" or "about", before "for"."""
        forms = [term.word.form for term in self.terms]
        found = []
        for place, form in enumerate(forms[1:], start=1):
            before, after = self.terms[:place], self.terms[place + 1 :]
            found += [self.terms[place:]] if form in QUESTION_WORDS else []
            found += [after] if form in TOPIC_MARKS and after else []
            found += [before] if form in TAIL_MARKS else []
        return [" ".join(term.word.raw for term in part) for part in found[:_MOST_PARTS]]

    @cached_property
    def asks_number(self) -> bool:
        """Whether it asks how many: a fact without a number does not answer that."""
        return ("how", "many") in self._pairs

    @cached_property
    def counted_words(self) -> tuple[Word, ...]:
        """The words of the subject right behind "how many"."""
        if not self.asks_number:
            return ()
        start = next((place + 2 for place, pair in enumerate(self._pairs) if pair == ("how", "many")), len(self.terms))
        return tuple(term.word for term in takewhile(lambda term: term.kind is TermKind.SUBJECT, self.terms[start:]))

    @property
    def asks_now(self) -> bool:
        """Whether it asks how things stand."""
        return any(term.word.form in NOW_WORDS for term in self.terms)

    @property
    def asks_amount(self) -> bool:
        """Whether it asks how much."""
        return ("how", "much") in self._pairs

    @property
    def _pairs(self) -> Iterable[tuple[str, str]]:
        return pairwise(term.word.form for term in self.terms)


def _address(terms: Sequence[Term], is_address: bool) -> int:  # noqa: FBT001 — one private call, named by its parameter
    """Return how many terms at the beginning are of address: up to the last one before a fact's word or a name."""
    last = 0
    for place, term in enumerate(terms, start=1):
        is_listed = term.word.form in ADDRESS or bool(_TIME.fullmatch(term.word.form))
        if not is_listed and (term.names or (term.kind is TermKind.SUBJECT and term.matches)):
            break
        is_address |= is_listed
        if is_listed or term.kind is TermKind.SUBJECT:
            last = place
    return last if is_address else 0
