"""Text for people: Markdown escaping, quotations, spelling suggestions, British dates, digests."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2s
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""In the order of `date.weekday`: Monday is 0."""

SHOWN_CHARACTERS = 60


def shown(text: str) -> str:
    """Quote a text for a message: one line, printable, at most SHOWN_CHARACTERS."""
    line = " ".join("".join(" " if unicodedata.category(char)[0] == "C" else char for char in text[:1000]).split())
    return f"“{line[: SHOWN_CHARACTERS - 1]}…”" if len(line) > SHOWN_CHARACTERS else f"“{line}”"


def visible(text: str) -> str:
    """Return text with a dot for each character that a terminal would act on or hide."""
    return "".join(char if char.isprintable() else "·" for char in text)


NEAR_ENOUGH = 60


def nearest(word: str, known: Iterable[str], limit: int = 1) -> tuple[str, ...]:
    """Return the known words most similar to `word`, best first, at most `limit`; often none."""
    found = process.extract(
        word[:200].casefold(),
        tuple(known),
        scorer=fuzz.ratio,
        processor=str.casefold,
        limit=limit,
        score_cutoff=NEAR_ENOUGH,
    )
    return tuple(match for match, _, _ in found)


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return “Did you mean …?”, or `otherwise` when no known word is similar."""
    close = nearest(word, known)
    return f"Did you mean {close[0]}?" if close else otherwise


_SHORTEST_MISSPELT = 6
_LONG = 10


def misspelt(name: str, known: Sequence[str]) -> str:
    """Return the known name that another one is, but for a letter or two left out, added, changed or swapped; or "".

    Shorter names may differ by one letter, and those below six by none: HOST is no misspelt PORT.
    """
    if name in known or len(name) < _SHORTEST_MISSPELT:
        return ""
    found = process.extractOne(name[:200], known, scorer=OSA.distance, score_cutoff=1 if len(name) < _LONG else 2)
    return found[0] if found else ""


TYPO_LETTERS = 2


def is_it_a_typo(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return “Did you mean …?” when a known word differs in at most TYPO_LETTERS letters, or `otherwise`.

    Two letters that swapped places count as one. Use it where many known words are similar, as fact ids are.
    """
    close = process.extractOne(word[:200], tuple(known), scorer=OSA.distance, score_cutoff=TYPO_LETTERS)
    return f"Did you mean {close[0]}?" if close else otherwise


_INLINE = re.compile(r"([\\`*_\[\]<>&~|!])")
_BLOCK_START = re.compile(r"([#+\-=.):@\"'(])|(\d{1,9})([.)])")
_DESTINATION = re.compile(r"([\\()<>&*_`\[\]!])")


class Markdown(str):
    """Text that is Markdown already: it is not escaped again."""

    __slots__ = ()


def escape(text: str) -> Markdown:
    """Escape `text` for Markdown, on one line: white space is joined, NUL becomes U+FFFD."""
    line = _INLINE.sub(r"\\\1", " ".join(text.replace("\0", "\ufffd").split()))
    if start := _BLOCK_START.match(line):
        at = 0 if start[1] else len(start[2])
        line = f"{line[:at]}\\{line[at:]}"
    return Markdown(line)


def escape_lines(text: str) -> Markdown:
    """Escape `text` for the end of a paragraph or list item, and keep its line breaks; empty lines are left out."""
    return Markdown("\\\n  ".join(escape(line) for line in text.splitlines() if line.strip()))


@lru_cache(maxsize=1024)
def link(text: str, address: str) -> Markdown:
    """Return a link that shows `text` and leads to `address`; a store has hardly more sources than are kept."""
    destination = _DESTINATION.sub(r"\\\1", "".join(address.split()))
    return Markdown(f"[{escape(text)}]({destination})")


def storable(text: str) -> str:
    """Return a text as every database takes it: NUL and halves of surrogate pairs become replacement characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def sentence(text: str) -> str:
    """Return text with a full stop, unless it ends like a sentence."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def digest(text: str) -> str:
    """Return what stands for a text: the same words, the same digest."""
    return blake2s(text.encode(), digest_size=8).hexdigest()


def day(value: date) -> str:
    """Return a date as readers see it: 21 July 2025."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
