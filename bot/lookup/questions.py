"""The parts of what somebody typed: two questions in one, or a question beside words of address."""

from __future__ import annotations

import re
from typing import Final

from bot.lookup.language.lexicon import AUXILIARIES, QUESTION_WORDS

MOST_QUESTIONS: Final = 3
MOST_SEGMENTS: Final = 6
_OPENING = "|".join(sorted(QUESTION_WORDS | AUXILIARIES))
_BOUNDARY = re.compile(rf"(?:\?|[,;]?\s+(?:and|also|plus|&)\b|;)[\s,]*(?=(?:{_OPENING})\b)", re.IGNORECASE)

_MARKS = re.compile(r"[:;()\[\]\n]|\s[-–—]+\s|[,?!.]\s")


def questions_in(text: str) -> tuple[str, ...]:
    """Return the questions of a text, when it has two or three; else nothing.

    A boundary is a question mark, a semicolon or "and" before a question word: "who signed it and when".
    """
    pieces = [piece.strip(" ,;?") for piece in _BOUNDARY.split(text)]
    found = tuple(filter(None, pieces))
    return found if 1 < len(found) <= MOST_QUESTIONS else ()


def segments_in(text: str) -> tuple[str, ...]:
    """Return what stands between marks of punctuation (colon, comma, dash, bracket), where there are two parts.

    A text with control characters has none: nobody typed it.
    """
    if not "".join(text.split()).isprintable():
        return ()
    found = tuple(piece.strip() for piece in _MARKS.split(text) if piece.strip())
    return found[:MOST_SEGMENTS] if len(found) > 1 else ()
