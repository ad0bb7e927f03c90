"""A text from which what is understood is taken out, phrase by phrase; the rest means something else."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HOLE: Final = "\n"
"""Stands for what was taken out: the text itself is one line."""
_PLAIN: Final = str.maketrans({"–": "-", "—": "-", "‑": "-", "’": "'"})
_JOINS: Final = r"(?:at|on|in|and|every|each|time)"
_LEADING: Final = re.compile(rf"\A(?:[ ,;()]|{_JOINS}(?!\w))+", re.IGNORECASE)
_TRAILING: Final = re.compile(rf"(?:[ ,;()]|(?<!\w){_JOINS})+\Z", re.IGNORECASE)


class Scanner:
    """What is left of a text."""

    def __init__(self, words: str, longest: int) -> None:
        """Read at most `longest` characters: widened letters and digits, dashes and white space become plain ones."""
        plain = unicodedata.normalize("NFKC", words[:longest]).translate(_PLAIN)
        self.text = " ".join(plain[:longest].split())

    def take(
        self, pattern: re.Pattern[str], wanted: Callable[[re.Match[str]], bool] = lambda _: True
    ) -> list[re.Match[str]]:
        """Take out what a pattern finds and `wanted` approves of, and return it in order."""
        taken = [match for match in pattern.finditer(self.text) if wanted(match)]
        for match in reversed(taken):
            self.cut(match.start(), match.end())
        return taken

    def cut(self, start: int, end: int) -> None:
        """Take out the characters from `start` to `end`."""
        self.text = f"{self.text[:start]}{HOLE}{self.text[end:]}"

    def rest(self) -> str:
        """Return the words that are left, without those that only joined what was taken out."""
        first, *others = self.text.split(HOLE)
        pieces = [first, *(_LEADING.sub("", piece) for piece in others)]
        left = [*(_TRAILING.sub("", piece) for piece in pieces[:-1]), pieces[-1]]
        return " ".join(filter(None, left))
