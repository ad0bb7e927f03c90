"""The parts of what somebody typed: two questions in one, or a question beside words of address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.lookup.language.lexicon import (
    ADDRESS,
    AUXILIARIES,
    CONNECTORS,
    PERSONS,
    QUESTION_WORDS,
    REQUESTS,
    TAIL_MARKS,
    TELLING,
    TOPIC_MARKS,
)
from bot.lookup.query import TermKind, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.lookup.language.tokens import Word

MOST_QUESTIONS: Final = 3
MOST_SEGMENTS: Final = 6
_OPENING = "|".join(sorted(QUESTION_WORDS | AUXILIARIES))
_BOUNDARY = re.compile(rf"(?:\?|(?:[,;]|(?<!\s))\s+(?:and|also|plus|&)\b|;)[\s,]*(?=(?:{_OPENING})\b)", re.IGNORECASE)

_LONGEST_ASKER = 5
_ASKING = QUESTION_WORDS - {"what", "which", "whose"}
_TOLD = TELLING | PERSONS | CONNECTORS
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


def request_in(found: Sequence[Word]) -> Sequence[Word]:
    """Return what is asked, without who asks it ("SoS wants to know") and how ("could you tell me about")."""
    is_requested = False
    is_question = not found or found[0].form in AUXILIARIES | QUESTION_WORDS
    for place, word in enumerate(found[1 : _LONGEST_ASKER + 1], start=1):
        if not is_question and word.form in REQUESTS and _has_subject(found[place + 1 :]):
            found, is_requested = found[place + 1 :], True
            break
    start = _asked_from(found, is_requested=is_requested)
    end = _asked_until(found)
    return next((part for part in (found[start:end], found[start:]) if _has_subject(part)), found)


def _has_subject(found: Sequence[Word]) -> bool:
    return any(kind_of(word) is TermKind.SUBJECT for word in found)


def _asked_from(found: Sequence[Word], *, is_requested: bool) -> int:
    """Return where the question begins behind words that only ask: at a question word, or after "tell me about"."""
    start, is_told, has_person = 0, False, is_requested
    has_carrier = has_asked = False
    for place, word in enumerate(found):
        form = word.form
        is_address = form in ADDRESS
        if kind_of(word) is TermKind.SUBJECT and not is_address:
            return start
        if is_told and form in QUESTION_WORDS:
            return place
        is_told |= is_address or form in TELLING
        has_person |= is_address or form in PERSONS
        has_asked |= form in _ASKING
        has_carrier |= kind_of(word) is TermKind.CARRIER
        is_marked = (is_told or has_carrier) and not has_asked and form in TOPIC_MARKS
        if is_marked or (is_told and has_person and form in _TOLD):
            start = place + 1
    return start


def _asked_until(found: Sequence[Word]) -> int:
    """Return where words of address behind the question begin: "for a submission"."""
    has_address = False
    for place in range(len(found) - 1, 0, -1):
        form = found[place].form
        if has_address and form in TAIL_MARKS:
            return place
        is_address = form in ADDRESS
        if kind_of(found[place]) is TermKind.SUBJECT and not is_address:
            break
        has_address |= is_address
    return len(found)
