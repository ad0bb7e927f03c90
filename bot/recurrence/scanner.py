"""Text scanner: phrases that are understood are cut out, what remains is the rest."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HOLE: Final = "\n"
"""Marks where a phrase was cut out; the text itself has no line breaks."""
_PLAIN: Final = str.maketrans({"–": "-", "—": "-", "‑": "-", "’": "'"})
_JOINS: Final = r"(?:at|on|in|and|every|each|time)"
_LEADING: Final = re.compile(rf"\A(?:[ ,;()]|{_JOINS}(?!\w))+", re.IGNORECASE)
_JOIN_AT_END: Final = re.compile(rf"(?<!\w){_JOINS}\Z", re.IGNORECASE)
_LONGEST_JOIN: Final = len("every")


class Scanner:
    """A text on one line, and what is left of it."""

    def __init__(self, words: str, limit: int) -> None:
        """Normalise (NFKC, plain dashes, single spaces) and truncate to `limit` characters."""
        plain = unicodedata.normalize("NFKC", words[:limit]).translate(_PLAIN)
        self.text = " ".join(plain[:limit].split())

    def take(
        self, pattern: re.Pattern[str], wanted: Callable[[re.Match[str]], bool] = lambda _: True
    ) -> list[re.Match[str]]:
        """Cut out the matches of a pattern that `wanted` accepts, and return them in order."""
        taken = [match for match in pattern.finditer(self.text) if wanted(match)]
        for match in reversed(taken):
            self.cut(match.start(), match.end())
        return taken

    def cut(self, start: int, end: int) -> None:
        """Cut out the characters from `start` to `end`."""
        self.put(start, end, HOLE)

    def put(self, start: int, end: int, words: str) -> None:
        """Put words in the place of the characters from `start` to `end`."""
        self.text = f"{self.text[:start]}{words}{self.text[end:]}"

    def rest(self) -> str:
        """Return the words that are left, without those that only joined the phrases cut out."""
        first, *others = self.text.split(HOLE)
        pieces = [first, *(_LEADING.sub("", piece) for piece in others)]
        left = [*map(_without_joins_behind, pieces[:-1]), pieces[-1]]
        return " ".join(filter(None, left))


def _without_joins_behind(piece: str) -> str:
    """Return a piece without the marks and joining words at its end; read backwards, in linear time."""
    piece = piece.rstrip(" ,;()")
    while join := _JOIN_AT_END.search(piece, max(0, len(piece) - _LONGEST_JOIN)):
        piece = piece[: join.start()].rstrip(" ,;()")
    return piece
