"""The words of facts as numbers of their forms: read from their texts, and kept one after the other."""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.lookup.language.acronyms import acronyms_in, may_hold_acronyms
from bot.lookup.language.amounts import GOES_ON
from bot.lookup.language.text import forms, is_clean, pieces_of, read_piece, runs, words_of
from bot.lookup.tables.form_table import BREAK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.content.models import Fact
    from bot.lookup.language.acronyms import Acronym
    from bot.lookup.language.tokens import Word
    from bot.lookup.tables.form_table import FormTable

_MARK = "\0"
"""Stands behind each text; no cleaned text holds it."""
_BETWEEN = f" {_MARK} "
_OTHER = -1
"""Stands for a piece of several forms, and for one that may be part of a word with its neighbours."""
_MOST_PIECES = 100_000
"""Pieces kept while facts are read: forgotten beyond, as the frequent ones are soon met again."""


class FactWords(NamedTuple):
    """The numbers of a fact's forms: as many as `statement_length` of its statement, then its keywords'.

    A BREAK stands behind each keyword; behind the last one stand the forms that only its short form holds.
    """

    numbers: Sequence[int]
    statement_length: int
    acronyms: tuple[Acronym, ...]


class Texts:
    """The words of every fact by the fact's number, in one array; it only grows, so that every moment shares it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._words = array("I")
        self._starts = array("I", [0])
        self._keywords_from = array("I")
        self._acronyms: dict[int, tuple[Acronym, ...]] = {}

    def __len__(self) -> int:
        """Return how many facts are kept; the next one gets this number."""
        return len(self._keywords_from)

    def add(self, words: FactWords) -> None:
        """Keep a fact's words."""
        if words.acronyms:
            self._acronyms[len(self)] = words.acronyms
        self._keywords_from.append(len(self._words) + words.statement_length)
        self._words.extend(words.numbers)
        self._starts.append(len(self._words))

    def statement(self, number: int) -> array[int]:
        """Return the numbers of the forms in a fact's statement."""
        return self._words[self._starts[number] : self._keywords_from[number]]

    def keywords(self, number: int) -> array[int]:
        """Return the numbers of the forms in a fact's keywords."""
        return self._words[self._keywords_from[number] : self._starts[number + 1]]

    def __getitem__(self, number: int) -> FactWords:
        """Return a fact's words."""
        start, keywords_from, end = self._starts[number], self._keywords_from[number], self._starts[number + 1]
        return FactWords(self._words[start:end], keywords_from - start, self._acronyms.get(number, ()))


class TextReader:
    """Reads facts, one after the other, and knows again the pieces of their texts."""

    def __init__(self, table: FormTable) -> None:
        """Take the table by which forms are numbered."""
        self._table = table
        self._known: dict[str, int] = {_MARK: 0}

    def read(self, fact: Fact) -> FactWords:
        """Read the words of a fact's statement, of each keyword, and of its short form."""
        texts = cleaned = [fact.statement, *fact.keywords, fact.short or ""]
        if not is_clean(" ".join(texts)):
            cleaned = [" ".join(pieces_of(text)) for text in texts]
        acronyms: tuple[Acronym, ...] = ()
        if may_hold_acronyms(together := " ".join(cleaned)) or together.isupper():
            numbers, acronyms = self._with_capitals(texts)
        else:
            pieces = f"{_BETWEEN.join(cleaned)}{_BETWEEN}".split()
            known = [*map(self._known.get, pieces)]
            numbers = [
                self._number(piece) if number is None else number for number, piece in zip(known, pieces, strict=True)
            ]
            if _OTHER in numbers:
                numbers = self._with_neighbours(pieces, numbers)
        length = numbers.index(0)
        del numbers[length], numbers[-1]
        if fact.short:
            _drop_what_is_stated(numbers, length)
        return FactWords(numbers, length, acronyms)

    def _with_capitals(self, texts: list[str]) -> tuple[list[int], tuple[Acronym, ...]]:
        """Read texts of which all words matter: they hold an acronym, or are shouted."""
        together, acronyms = _read_with_capitals(*texts)
        return [*map(self._table.__getitem__, together.split(" "))], acronyms

    def _with_neighbours(self, pieces: list[str], numbers: list[int]) -> list[int]:
        """Read texts of which a piece is not one word: it is read with those around it that may belong to it."""
        forms_of = self._table.forms
        read: list[int] = []
        start = end = 0
        while start < len(pieces):
            while end < len(pieces) and (numbers[end] == _OTHER or forms_of[numbers[end]] in GOES_ON):
                end += 1
            run = numbers[start:end]
            read += self._numbered(words_of(pieces[start:end])) if _OTHER in run else run
            read += numbers[end : end + 1]
            start = end = end + 1
        return read

    def _numbered(self, words: Iterable[Word]) -> list[int]:
        return [*map(self._table.__getitem__, forms(words))]

    def _number(self, piece: str) -> int:
        """Return the number of a piece that is one word, and _OTHER for other pieces."""
        words = read_piece(piece)
        is_one = len(words) == 1 and not words[0].joins and not words[0].parts
        number = self._table[words[0].form] if is_one else _OTHER
        if len(self._known) >= _MOST_PIECES:
            self._known = {_MARK: 0}
        self._known[piece] = number
        return number


@lru_cache(maxsize=1024)
def _read_with_capitals(*texts: str) -> tuple[str, tuple[Acronym, ...]]:
    """Return the forms of texts with a BREAK after each text, as one string, and the acronyms of all but the last.

    Most of a small store's time goes here, and each edit reads all of it again.
    """
    read = runs(*texts)
    return " ".join(form for words in read for form in (*forms(words), BREAK)), acronyms_in(read[:-1])


def _drop_what_is_stated(numbers: list[int], length: int) -> None:
    """Drop those numbers of the short form, which comes last, that the statement of this length has too."""
    last = next((place for place in range(len(numbers) - 1, length - 1, -1) if not numbers[place]), length - 1) + 1
    numbers[last:] = [number for number in numbers[last:] if number not in numbers[:length]]
