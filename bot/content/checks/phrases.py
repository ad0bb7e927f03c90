"""Text → words and phrases that can be compared, whatever the typography: case, quotation marks, hyphens, £2bn.

Numbers are written in digits, with their currency, magnitude and per cent as words of their own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LONGEST: Final = 7
"""Words of the longest phrase that is kept."""

_TOKEN = re.compile(r"(?:[A-Za-z]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_]+|[£$€%]")
_PER_CENT = re.compile(r"\bper ?cent\b", re.IGNORECASE)
_UNITS = {"bn": "billion", "m": "million", "mn": "million", "tn": "trillion", "k": "thousand"}
_UNDER_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve"
    " thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_SMALL = {word: number for number, word in enumerate(_UNDER_TWENTY.split()) if number > 1}
"""Without “one”, which is mostly no number."""
_TENS = {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905 — words
}
_DIGITS = frozenset(range(1, 10))
_HUNDRED = 100
MAGNITUDES: Final = frozenset({"thousand", "million", "billion", "trillion", "%"})
CURRENCIES: Final = frozenset("£$€")


@dataclass(frozen=True, slots=True)
class SourceWord:
    """A word as it is compared, and its place in the text."""

    word: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Whether it is a number, in digits or not."""
        return self.word[0].isdigit()


def read_words(text: str) -> list[SourceWord]:
    """Return the words of a text, in order; marks between them are lost."""
    found = [
        SourceWord(_folded(token[0]), token.start(), token.end())
        for token in _TOKEN.finditer(_PER_CENT.sub(lambda found: "%".ljust(len(found[0])), text))
    ]
    return list(_with_units(_in_digits(found), text))


def plain_words(text: str) -> list[str]:
    """Return only the words as they are compared."""
    return [each.word for each in read_words(text)]


def phrases(words: Sequence[str]) -> Iterator[str]:
    """Yield each phrase of one to seven words, as one text."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            yield " ".join(words[start:end])


def windows(words: Sequence[str]) -> Iterator[str]:
    """Yield each phrase of seven words; all of them as one where there are fewer."""
    for start in range(max(1, len(words) - LONGEST + 1)):
        yield " ".join(words[start : start + LONGEST])


def _folded(token: str) -> str:
    if token[0].isdigit():
        return re.sub(r",(?=\d{3}(?:\D|\Z))", "", token)
    letters = unicodedata.normalize("NFKD", token.casefold())
    return "".join(char for char in letters if not unicodedata.combining(char) and char != ".")


def _in_digits(found: Iterable[SourceWord]) -> Iterator[SourceWord]:
    """Write number words from two on in digits, with their hundreds."""
    last: tuple[int, SourceWord] | None = None
    for each in found:
        value = _TENS.get(each.word) or _SMALL.get(each.word)
        if last is not None:
            number, word = last
            if value in _DIGITS and number in _TENS.values():
                last = number + (value or 0), SourceWord(str(number + (value or 0)), word.start, each.end)
                continue
            if each.word == "hundred" and number < _HUNDRED:
                last = number * _HUNDRED, SourceWord(str(number * _HUNDRED), word.start, each.end)
                continue
            yield word
            last = None
        if value:
            last = value, SourceWord(str(value), each.start, each.end)
        else:
            yield each
    if last is not None:
        yield last[1]


def _with_units(found: Iterable[SourceWord], text: str) -> Iterator[SourceWord]:
    """Join letters to the digits before them (4o), but make words of a magnitude (2bn)."""
    last: SourceWord | None = None
    for each in found:
        joined = last is not None and last.is_number and last.end == each.start and each.word.isalpha()
        if joined and last is not None and each.word not in _UNITS and text[each.start - 1].isdigit():
            last = SourceWord(last.word + each.word, last.start, each.end)
            continue
        if last is not None:
            yield last
        last = SourceWord(_UNITS[each.word], each.start, each.end) if joined and each.word in _UNITS else each
    if last is not None:
        yield last
