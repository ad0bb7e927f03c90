"""What a misspelt word may have been meant as, from the words that facts hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.lookup.language.lexicon import FUNCTION_WORDS, names, plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHORTEST = 3
"""Shorter words are never corrected: too many others are near."""
_REPLACES_FROM = 4
"""In shorter words two letters may have changed places, or one is lost; none is replaced: hsl is not HSI."""
_TWO_EDITS_FROM = 7
_OTHER_START_FROM = 6
"""Shorter words with another first letter are mostly other words: inked is not linked."""
_GUESS_EDITS = 2
_CHOICES = 4
_OFTEN = 1_000_000
"""How often a word such as "the" is counted."""
_MOST_REPAIRS = 12


def is_plain(form: str) -> bool:
    """Whether a form is a common English word, meant as it stands."""
    return form in plain_words()


def is_name(form: str) -> bool:
    """Whether a form is a common name of people or places, and no other word."""
    return form in names()


@dataclass(frozen=True, slots=True)
class Correction:
    """A form that may have been meant, and how many edits away it is."""

    form: str
    edits: int
    keeps_first_letter: bool


def is_slip(typed: str, meant: Correction) -> bool:
    """Whether a letter was left out, doubled, or changed places: of these there are few, so it is likelier meant."""
    if meant.edits > 1:
        return False
    if len(typed) != len(meant.form):
        return len(typed) < len(meant.form) or any(
            typed[:at] + typed[at + 1 :] == meant.form and typed[at] == typed[at - 1] for at in range(1, len(typed))
        )
    return sorted(typed) == sorted(meant.form)


class Speller:
    """Finds forms near a misspelt one; edits are insert, drop, replace and swap of neighbours (OSA distance)."""

    def __init__(self, forms: Mapping[str, int], frame: Iterable[str] = ()) -> None:
        """Sort the forms that facts hold (and how many facts do), and the frame's words, by first letter and length."""
        self._counts = forms
        self._by_start: dict[tuple[str, int], list[str]] = {}
        self._by_length: dict[int, list[str]] = {}
        for form in {**forms, **dict.fromkeys(frame)}:
            if len(form) >= SHORTEST and form.isalpha():
                self._by_start.setdefault((form[0], len(form)), []).append(form)
                self._by_length.setdefault(len(form), []).append(form)

    def corrections(self, form: str) -> list[Correction]:
        """Return the likeliest forms, best first, all the same number of edits away; empty when none is near."""
        if len(form) < SHORTEST or is_plain(form) or is_name(form):
            return []
        edits = 2 if len(form) >= _TWO_EDITS_FROM else 1
        lengths = range(len(form) - edits, len(form) + edits + 1)
        near = self._near(form, (self._by_start.get((form[0], length), ()) for length in lengths), edits)
        if len(form) >= _OTHER_START_FROM and (not near or near[0].edits > 1):
            near = [*{*near, *self._near(form, (self._by_length.get(length, ()) for length in lengths), 1)}]
        swapped = form[1] + form[0] + form[2:]
        if swapped in self._by_start.get((form[1], len(form)), ()):
            near.append(Correction(swapped, 1, keeps_first_letter=False))
        if len(form) < _REPLACES_FROM:
            near = [found for found in near if len(found.form) != len(form) or sorted(found.form) == sorted(form)]
        near.sort(key=partial(self._order, form))
        return [found for found in near if found.edits == near[0].edits][:_CHOICES]

    def one_letter_from(self, form: str, *, is_alone: bool, is_fixed: bool) -> list[str]:
        """Return forms one edit away, likeliest first, of a word that may be another: only ever for the closest fact.

        A good English word may be a slip, beside others. In a `is_fixed` one only letters change places.
        """
        is_good = is_plain(form) or is_name(form)
        if is_alone and is_good:
            return []
        lengths = (len(form),) if is_fixed else range(len(form) - 1, len(form) + 2)
        near = self._near(form, (self._by_length.get(length, ()) for length in lengths), 1, _MOST_REPAIRS)
        if is_fixed:
            near = [found for found in near if sorted(found.form) == sorted(form)]
        if is_good:
            near = [found for found in near if is_slip(form, found)]
        return [found.form for found in sorted(near, key=partial(self._order, form))][:_MOST_REPAIRS]

    def nearest(self, form: str) -> str | None:
        """Return the nearest form up to two edits away; only ever to suggest, None when none is."""
        if len(form) < SHORTEST or not form.isalpha() or is_plain(form):
            return None
        lengths = range(len(form) - _GUESS_EDITS, len(form) + _GUESS_EDITS + 1)
        edits = min(_GUESS_EDITS, len(form) - SHORTEST + 1)
        near = self._near(form, (self._by_length.get(length, ()) for length in lengths), edits)
        return min(near, key=partial(self._order, form)).form if near else None

    def _order(self, form: str, found: Correction) -> tuple[int, bool, bool, int, str]:
        count = _OFTEN if found.form in FUNCTION_WORDS else self._counts.get(found.form, 0)
        return found.edits, not is_slip(form, found), not found.keeps_first_letter, -count, found.form

    def _near(self, form: str, buckets: Iterable[Iterable[str]], edits: int, limit: int = _CHOICES) -> list[Correction]:
        found = []
        for bucket in buckets:
            hits = extract(
                form,
                bucket,
                scorer=OSA.distance,  # type: ignore[arg-type]
                score_cutoff=edits,
                limit=limit,
            )
            found += [
                Correction(other, int(distance), other[0] == form[0])
                for other, distance, _ in hits
                if distance <= 1 or len(other) >= _TWO_EDITS_FROM
            ]
        return found
