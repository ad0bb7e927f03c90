"""Text to words: one normalisation for facts and for what askers type, safe and linear on any text.

Kept apart on purpose: what a word *is* (its form, decided here) and how alike two forms are (stems, index.py).
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from bot.lookup.language.amounts import join_words, may_join
from bot.lookup.language.lexicon import FUNCTION_WORDS
from bot.lookup.language.tokens import Word
from bot.text import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT = 2048
"""Facts whose words are kept, the last ones that were read: about a kilobyte each."""

FORM_LIMIT = 64
"""Longer runs of letters are cut: no word is that long."""

_LONGEST_ACRONYM = 6
"""Letters: a longer text that is all capitals is shouted, a shorter one may be WHO or AISI."""

_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|pound|#x?[0-9a-fA-F]{1,6});")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_BLANK = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufff0-\uffff]")
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ`´′", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣", "-"),
        "⁄": "/",
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ł": "l",
        "Ł": "L",
        "ı": "i",
    }
)
_WORD = re.compile(
    r"""
      \b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})\b  # a date
    | (?<!\w)(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:\.\d{1,9})?    # a number,
      (?i:[kmb]|mn|mln|mil|bn|bil|tn|[mgkt]w|[mgk]wh)?(?!\w|\.\w)           # perhaps with its unit
    | (?<!\w)[A-Za-z](?:\.[A-Za-z])+\b\.?                          # a dotted acronym
    | [^\W_]+(?:[-'.&][^\W_]+)*
    | [£$€%&+]
    """,
    re.VERBOSE,
)
_ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_JOINTS = re.compile(r"[-&]|(?<!\d)\.|\.(?!\d)")
_DOTTED = re.compile(r"[A-Za-z](?:\.[A-Za-z])+\.?")
_LETTERS_THEN_DIGITS = re.compile(r"([^\W\d_]{2,})(\d.*)")


def without_unseen(text: str) -> str:
    """Return a text without the characters that have no width and no meaning."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def clean(text: str) -> str:
    """Return `text` with one way to write each character: NFKC, no accents, plain quotes and hyphens, no controls.

    Case is kept. Idempotent; the time is linear in the length, whatever the text holds.
    """
    return " ".join(_folded(text).split())


def is_clean(text: str) -> bool:
    """Whether a text of one line is certainly written as it is cleaned, but for its blanks: quick."""
    return text.isascii() and text.isprintable() and "&" not in text


def pieces_of(text: str) -> list[str]:
    """Return what stands between blanks in a text as it is written, each character in its one way."""
    return _folded(unescaped(text)).split()


def question_key(text: str) -> str:
    """Return what stands for words that were asked: the same for the same words in any case."""
    return digest(clean(text).casefold())


def _folded(text: str) -> str:
    """Do what `clean` does, but for runs of blanks."""
    if not text.replace("£", "").isascii():
        text = _UNSEEN.sub("", text.translate(_LOOKALIKES))
        if not text.replace("£", "").isascii():
            text = _without_marks(unicodedata.normalize("NFKD", _without_marks(text)))
            text = _UNSEEN.sub("", unicodedata.normalize("NFC", text).translate(_LOOKALIKES))
    return text if text.isprintable() else _BLANK.sub(" ", text)


def _without_marks(text: str) -> str:
    """Drop accents. Done before decomposing too: sorting a long run of marks would take quadratic time."""
    return "".join(character for character in text if not unicodedata.combining(character))


def words(text: str) -> list[Word]:
    """Return the words of a text, in order; amounts, dates and spelt numbers each as one word of one form."""
    return runs(text)[0]


def runs(*texts: str) -> list[list[Word]]:
    """Return the words of each text, in order: as `words` does, and quicker for many short texts."""
    split = [*map(pieces_of, texts)]
    together = " ".join(chain.from_iterable(split))
    is_shouted = together.isupper() and len(together) > _LONGEST_ACRONYM
    return [words_of(pieces, is_shouted=is_shouted) for pieces in split]


def words_of(pieces: Iterable[str], *, is_shouted: bool = False) -> list[Word]:
    """Return the words of the pieces of a text. `is_shouted`: it is all capitals, and they say nothing."""
    read = _shouted if is_shouted else _piece
    found: list[Word] = []
    for piece in pieces:
        found += read(piece) if len(piece) <= FORM_LIMIT else read.__wrapped__(piece)
    return join_words(found)


@lru_cache(maxsize=_KEPT)
def runs_once(*texts: str) -> tuple[tuple[Word, ...], ...]:
    """Return what `runs` does, for texts that are read again and again: a fact's statement and keywords."""
    return tuple(map(tuple, runs(*texts)))


def unescaped(text: str) -> str:
    """Put characters for the entities that Slack sends in their place."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def forms(found: Iterable[Word]) -> list[str]:
    """Return every form that a fact's words can be found by, in order."""
    forms: list[str] = []
    for form, _, parts, broad, _, _ in found:
        forms.append(form)
        if parts:
            forms += parts
        if broad:
            forms.append(broad)
    return forms


def read_piece(piece: str) -> tuple[Word, ...]:
    """Read what stands between two blanks: no word goes over a blank."""
    if piece.isascii() and piece.isalpha() and piece.islower():
        form = sys.intern(piece[:FORM_LIMIT])
        return (Word(form, form, joins=may_join(form)),)
    return tuple([_word(raw[:FORM_LIMIT]) for raw in _WORD.findall(piece)])


_piece = lru_cache(maxsize=8192)(read_piece)
"""Most pieces come again and again."""


@lru_cache(maxsize=4096)
def _shouted(piece: str) -> tuple[Word, ...]:
    """Read a piece of a text that is all capitals: they say nothing there."""
    found = [raw[:FORM_LIMIT] for raw in _WORD.findall(piece)]
    return tuple([_word(raw.lower())._replace(raw=raw) for raw in found])


@lru_cache(maxsize=4096)
def _word(raw: str) -> Word:
    word = _read(raw)
    return word._replace(joins=True) if may_join(word.form) else word


def _read(raw: str) -> Word:
    """Read one word; in mixed case, capitals mark an acronym and keep US, IT and WHO apart from us, it and who."""
    if raw.isascii() and raw.isalpha() and raw.islower():
        return Word(sys.intern(raw[:FORM_LIMIT]), raw)
    if raw[0].isdigit() and ("-" not in raw or _ISO_DATE.fullmatch(raw)):
        return Word(raw.replace(",", "").lower(), raw, is_fixed=True)
    if not raw[0].isalnum():
        return Word(raw, raw, is_fixed=True)
    if _DOTTED.fullmatch(raw):
        return Word(raw.replace(".", "").lower(), raw, is_fixed=True)
    word = _compound(raw)
    if word.is_fixed and word.form in FUNCTION_WORDS and raw.isupper() and raw != "I":
        return word._replace(form=word.form.upper())
    return word


def _compound(raw: str) -> Word:
    """Read letters joined by hyphens, dots, & or an apostrophe, capitals, and letters mixed with digits."""
    bare = raw
    if "'" in raw:
        stem, _, ending = raw.rpartition("'")
        bare = (stem if ending in {"s", "S"} else raw).replace("'", "")
    pieces = tuple(piece.lower()[:FORM_LIMIT] for piece in _JOINTS.split(bare))
    form = "".join(pieces)[:FORM_LIMIT]
    parts = pieces if len(pieces) > 1 else ()
    if not parts and (apart := _LETTERS_THEN_DIGITS.fullmatch(form)):
        parts = apart.groups()
    is_acronym = len(bare) > 1 and bare.isupper()
    has_digit = any(map(str.isdigit, form))
    return Word(sys.intern(form), raw, parts, is_fixed=is_acronym or has_digit or max(map(len, pieces)) == 1)
