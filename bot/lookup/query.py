"""What an asker's words ask for: each word's weight, and every way in which a fact may hold it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bot.lookup.lexicon import CARRIERS, FRAME_WORDS, FUNCTION_WORDS, MONTH_NAMES
from bot.lookup.spelling import is_plain
from bot.lookup.text import words
from bot.lookup.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.lookup.acronyms import Acronym
    from bot.lookup.index import Index
    from bot.lookup.spelling import Correction, Speller
    from bot.lookup.tokens import Word

_SPLIT_SHORTEST = 3
_PREFIX_SHORTEST = 4
_PREFIX_KEYS = 8


WHOLE_STORE = ""
_Named = TypeVar("_Named")


class Name(NamedTuple):
    """The forms of a name's words and their keys, and what it is of: WHOLE_STORE, an area's key or a source's id."""

    forms: tuple[str, ...]
    keys: tuple[str, ...]
    of: str


_YEAR = re.compile(r"(?:19|20)\d\d")
DAY_WORDS = frozenset([*MONTH_NAMES, "May"])


class TermKind(IntEnum):
    """What a word does in a question."""

    FUNCTION = 0
    CARRIER = 1
    SUBJECT = 2


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
    def is_of_a_day(self) -> bool:
        """Whether it is a month or a year, which a fact may hold by the day that it speaks of."""
        return self.word.form in DAY_WORDS or bool(_YEAR.fullmatch(self.word.form))

    @property
    def is_known(self) -> bool:
        """Whether any fact holds it, as typed or in another writing, uncorrected."""
        return any(match.how != "corrected" for match in self.matches)


@dataclass(frozen=True, slots=True)
class Query:
    """A query as read: its words in order, and typed word → word used where its frame was misspelt."""

    terms: tuple[Term, ...]
    mended: Mapping[str, str]

    @property
    def asks_number(self) -> bool:
        """Whether it asks how many: a fact without a number does not answer that."""
        forms = [term.word.form for term in self.terms]
        return ("how", "many") in pairwise(forms)


class Reader:
    """Reads queries against one index."""

    def __init__(self, index: Index, speller: Speller, names: Iterable[Name] = ()) -> None:
        """Take the names of what the store, an area or a source is about."""
        self._index = index
        self._speller = speller
        names = tuple(names)
        self._frame = FRAME_WORDS | {form for name in names for form in name.forms}
        self._names = _by_first((name.keys, name) for name in names)
        self._acronyms: dict[str, list[Acronym]] = {}
        for acronym in index.acronyms:
            self._acronyms.setdefault(acronym.form, []).append(acronym)
        self._meanings = _by_first((acronym.keys, acronym) for acronym in index.acronyms)

    def read(self, text: str) -> Query:
        """Read a query. Any text is allowed; one of no words gives a query of no terms."""
        found = words(text)
        near = self._corrections(found)
        mended = self._mended(near)
        if mended:  # read anew: "£500 millipn" is no amount yet
            told = {word.raw: mended[word.form] for word in found if word.form in mended}
            found = words(" ".join(told.get(word.raw, word.raw) for word in found))
        else:
            told = {}
        if found and found[0].form == "us":  # a question hardly begins with the pronoun
            found[0] = found[0]._replace(form="US", is_fixed=True)
        terms = [Term(word, _kind(word)) for word in found]
        for place, term in enumerate(terms):
            self._read_word(term, is_last=place == len(terms) - 1)
        for place in range(len(terms) - 1):
            self._read_joined(terms[place], terms[place + 1])
        self._read_runs([term for term in terms if term.kind is not TermKind.FUNCTION])
        for term in terms:
            if not term.is_known:
                self._correct(term, near.get(term.word.form, ()))
            term.is_needed = term.kind is TermKind.SUBJECT and WHOLE_STORE not in term.names
        return Query(tuple(terms), told)

    def _corrections(self, found: list[Word]) -> dict[str, list[Correction]]:
        """Return what each unknown word may have been meant as; nothing for the start of a word at the end."""
        near = {word.form: self._speller.corrections(word.form) for word in found if self._is_unknown(word)}
        if found and len(found[-1].form) >= _PREFIX_SHORTEST and self._index.keys_from(found[-1].form, 1):
            near.pop(found[-1].form, None)
        return near

    def _mended(self, near: dict[str, list[Correction]]) -> dict[str, str]:
        """Return the words that are likeliest misspelt ones of a question's frame (which, million, memorandum)."""
        return {
            form: nearest[0].form
            for form, nearest in near.items()
            if nearest and nearest[0].edits == 1 and nearest[0].form in self._frame
        }

    def _is_unknown(self, word: Word) -> bool:
        form = word.form
        return (
            not word.is_fixed
            and form.isalpha()
            and form not in self._frame
            and not self._index.facts_with(key_of(form))
        )

    def _read_word(self, term: Term, *, is_last: bool) -> None:
        index, word = self._index, term.word
        key = key_of(word.form)
        if index.facts_with(key):
            term.matches.append(Match((key,)))
        if word.parts:
            keys = tuple(map(key_of, word.parts))
            if all(map(index.facts_with, keys)):
                term.matches.append(Match(keys, 0.95, "joined"))
        for acronym in self._acronyms.get(word.form, ()):
            term.meaning = term.meaning or acronym.meaning
            term.matches.append(Match(acronym.keys, 0.9, "expanded", acronym.meaning))
        if not term.matches and not word.is_fixed and word.form.isalpha():
            term.matches += self._split(word.form)
            if is_last and not term.matches and len(word.form) >= _PREFIX_SHORTEST and not is_plain(word.form):
                term.matches += self._prefixed(word.form)

    def _split(self, form: str) -> list[Match]:
        for cut in range(_SPLIT_SHORTEST, len(form) - _SPLIT_SHORTEST + 1):
            before, after = form[:cut], form[cut:]
            if self._index.has_form(before) and self._index.facts_with(key_of(after)):
                return [Match((key_of(before), key_of(after)), 0.9, "joined")]
        return []

    def _prefixed(self, start: str) -> list[Match]:
        return [Match((key,), 0.8, "prefix") for key in self._index.keys_from(start, _PREFIX_KEYS)]

    def _read_joined(self, term: Term, following: Term) -> None:
        """Let "chat gpt" be ChatGPT where facts hold that."""
        joined = term.word.form + following.word.form
        if TermKind.FUNCTION not in (term.kind, following.kind) and self._index.has_form(joined):
            for half in (term, following):
                half.matches.append(Match((key_of(joined),), 0.95, "joined"))

    def _read_runs(self, terms: list[Term]) -> None:
        """Find names of the whole store, and the words that an acronym of a fact stands for."""
        keys = [key_of(term.word.form) for term in terms]
        for place, key in enumerate(keys):
            for run, acronym in self._meanings.get(key, ()):
                if tuple(keys[place : place + len(run)]) == run:
                    for term in terms[place : place + len(run)]:
                        term.matches.append(Match((acronym.form,), 0.9, "expanded"))
            for run, name in self._names.get(key, ()):
                if tuple(keys[place : place + len(run)]) == run:
                    for term in terms[place : place + len(run)]:
                        term.names.add(name.of)

    def _correct(self, term: Term, near: Iterable[Correction]) -> None:
        for correction in near:
            factor = 0.8 if correction.keeps_first_letter else 0.7
            term.matches.append(
                Match((key_of(correction.form),), factor / correction.edits**0.5, "corrected", correction.form)
            )


def _kind(word: Word) -> TermKind:
    if word.form in FUNCTION_WORDS:
        return TermKind.FUNCTION
    if word.form in CARRIERS:
        return TermKind.CARRIER
    return TermKind.SUBJECT


def _by_first(named: Iterable[tuple[tuple[str, ...], _Named]]) -> dict[str, list[tuple[tuple[str, ...], _Named]]]:
    found: dict[str, list[tuple[tuple[str, ...], _Named]]] = {}
    for keys, thing in named:
        if keys:
            found.setdefault(keys[0], []).append((keys, thing))
    return found
