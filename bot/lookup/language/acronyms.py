"""Acronyms and what they stand for, read from the facts: AISI = AI Security Institute, both ways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.lookup.language.lexicon import FUNCTION_WORDS
from bot.lookup.language.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.lookup.language.tokens import Word

_ACRONYM = re.compile(r"[A-Z][A-Za-z]{0,6}[A-Z]s?")
_SHORTEST = 2


class Acronym(NamedTuple):
    """An acronym's form, the keys of the words that it stands for, and those words as written."""

    form: str
    keys: tuple[str, ...]
    meaning: str


def acronyms_in(texts: Sequence[Sequence[Word]]) -> tuple[Acronym, ...]:
    """Return each acronym of a fact whose words stand in the fact too; `texts` are its statement and keywords.

    An acronym stands for neighbouring words with its letters as initials.
    Those are written with capitals, or are a keyword of their own.
    """
    letters = {
        word.form.removesuffix("s") if word.raw.endswith("s") else word.form
        for run in texts
        for word in run
        if not word.raw.islower() and _is_acronym(word.raw)
    }
    if not letters:
        return ()
    found = [
        Acronym(
            acronym,
            tuple(key_of(word.form) for word in taken if word.form not in FUNCTION_WORDS),
            " ".join([word.raw for word in taken]),
        )
        for acronym in sorted(letters)
        for run in texts
        for taken in _meanings(acronym, run)
    ]
    return tuple(dict.fromkeys(found))


def may_hold_acronyms(text: str) -> bool:
    """Whether a cleaned text may hold an acronym: quick, and never wrong where it says no."""
    return _ACRONYM.search(text) is not None


def _is_acronym(raw: str) -> bool:
    """Whether a word is mostly capitals, as AISI, MoU and SMEs are, and OpenAI is not."""
    return bool(_ACRONYM.fullmatch(raw)) and 2 * sum(map(str.isupper, raw)) > len(raw)


def _meanings(letters: str, run: Sequence[Word]) -> Iterator[list[Word]]:
    for start, word in enumerate(run):
        if word.form.startswith(letters[0]) and word.form != letters:
            taken = _take(letters, run, start)
            told = [word for word in taken if word.form not in FUNCTION_WORDS]
            is_name = all(word.raw[0].isupper() for word in told) or (
                len(taken) == len(run) and len(letters) > _SHORTEST
            )
            if len(told) > 1 and is_name and taken[-1] in told:
                yield taken


def _take(letters: str, run: Sequence[Word], start: int) -> list[Word]:
    """Return the words from `start` on whose initials are the letters; joining words may be left out of them.

    A word that is itself an acronym gives all its letters (the AI of AISI).
    """
    taken: list[Word] = []
    at = start
    while letters and at < len(run):
        form = run[at].form
        if len(form) > 1 and letters.startswith(form):
            letters = letters[len(form) :]
        elif form.startswith(letters[0]):
            letters = letters[1:]
        elif not (taken and form in FUNCTION_WORDS):
            return []
        taken.append(run[at])
        at += 1
    return [] if letters else taken
