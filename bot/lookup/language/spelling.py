"""What a misspelt word may have been meant as, from the words that facts hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.content.turns import in_turns
from bot.lookup.language.lexicon import FUNCTION_WORDS, names, plain_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence

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
_KEPT = 1024
"""Misspelt words whose corrections are kept: parts of a text are read again, and so are common slips."""
_BATCH = 1000
"""Forms that are sorted in a millisecond."""
_Place = TypeVar("_Place")


def is_plain(form: str) -> bool:
    """Whether a form is a common English word, meant as it stands."""
    return form in plain_words()


def is_name(form: str) -> bool:
    """Whether a form is a common name of people or places, and no other word."""
    return form in names()


def _is_spelt(form: str) -> bool:
    """Whether a form is one that a word may be a misspelling of."""
    return len(form) >= SHORTEST and form.isalpha()


def _put(buckets: dict[_Place, list[str]], place: _Place, form: str, *, is_held: bool) -> None:
    """Put a form into its list, or take it out; the list before stays as it is."""
    others = [other for other in buckets.get(place, ()) if other != form]
    buckets[place] = [*others, form] if is_held else others


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

    def __init__(
        self,
        count_of: Callable[[str], int],
        by_start: dict[tuple[str, int], list[str]],
        by_length: dict[int, list[str]],
        frame: Container[str],
    ) -> None:
        """Take forms by first letter and length, and by length; `count_of` says how many facts hold one."""
        self._count_of = count_of
        self._by_start = by_start
        self._by_length = by_length
        self._frame = frame
        self._starts = {start for start, _ in by_start}
        self._corrected: dict[str, Sequence[Correction]] = {}

    @classmethod
    def of(cls, forms: Iterable[str], count_of: Callable[[str], int], frame: Collection[str] = ()) -> Speller:
        """Sort the forms that facts hold, and the frame's words."""
        by_start: dict[tuple[str, int], list[str]] = {}
        by_length: dict[int, list[str]] = {}
        for batch in in_turns(dict.fromkeys(chain(forms, frame)), _BATCH):
            for form in filter(_is_spelt, batch):
                by_start.setdefault((form[0], len(form)), []).append(form)
                by_length.setdefault(len(form), []).append(form)
        return cls(count_of, by_start, by_length, frame)

    def updated(self, begun_and_gone: Iterable[str], count_of: Callable[[str], int], frame: Container[str]) -> Speller:
        """Return the speller after facts began or ceased to hold the forms in `begun_and_gone`; the frame stays."""
        by_start, by_length = self._by_start.copy(), self._by_length.copy()
        for form in filter(_is_spelt, begun_and_gone):
            if form not in frame:
                is_held = count_of(form) > 0
                _put(by_start, (form[0], len(form)), form, is_held=is_held)
                _put(by_length, len(form), form, is_held=is_held)
        return Speller(count_of, by_start, by_length, frame)

    def corrections(self, form: str) -> Sequence[Correction]:
        """Return the likeliest forms, best first, all the same number of edits away; empty when none is near."""
        found = self._corrected.get(form)
        if found is None:
            if len(self._corrected) >= _KEPT:
                self._corrected.clear()
            found = self._corrected[form] = self._likeliest(form)
        return found

    def _likeliest(self, form: str) -> list[Correction]:
        if len(form) < SHORTEST or is_plain(form) or is_name(form):
            return []
        edits = 2 if len(form) >= _TWO_EDITS_FROM else 1
        lengths = range(len(form) - edits, len(form) + edits + 1)
        near = self._near(form, (self._by_start.get((form[0], length), ()) for length in lengths), edits)
        if len(form) >= _OTHER_START_FROM and (not near or near[0].edits > 1):
            near = [*{*near, *self._one_edit_from(form, near, range(len(form) - 1, len(form) + 2))}]
        swapped = form[1] + form[0] + form[2:]
        if swapped in self._by_start.get((form[1], len(form)), ()):
            near.append(Correction(swapped, 1, keeps_first_letter=False))
        if len(form) < _REPLACES_FROM:
            near = [found for found in near if len(found.form) != len(form) or sorted(found.form) == sorted(form)]
        near.sort(key=partial(self._order, form))
        return [found for found in near if found.edits == near[0].edits][:_CHOICES]

    def _one_edit_from(
        self, form: str, same_start: Iterable[Correction], lengths: Iterable[int], limit: int = _CHOICES
    ) -> Iterator[Correction]:
        """Yield the forms one edit away, up to `limit` of each length; `same_start` are those with its first letter.

        Few strings differ in the first letter alone: they are looked up. All forms of a length are searched only where
        more than `limit` are near.
        """
        begun = [form[1:], form[1:2] + form[:1] + form[2:]]
        for start in self._starts:
            begun += (start + form[1:], start + form)
        others = {each for each in begun if each[:1] != form[0] and self._holds(each)}
        for length in lengths:
            near = [found for found in same_start if found.edits <= 1 and len(found.form) == length]
            near += [Correction(each, 1, keeps_first_letter=False) for each in others if len(each) == length]
            yield from near if len(near) <= limit else self._near(form, [self._by_length[length]], 1, limit)

    def _one_edit_around(self, form: str, lengths: Sequence[int], limit: int = _CHOICES) -> list[Correction]:
        """Return the forms up to one edit away, whatever they begin with, up to `limit` of each length."""
        same_start = self._near(form, (self._by_start.get((form[0], each), ()) for each in lengths), 1, limit)
        return [*self._one_edit_from(form, same_start, lengths, limit)]

    def _holds(self, form: str) -> bool:
        return (self._count_of(form) > 0 or form in self._frame) and _is_spelt(form)

    def one_letter_from(self, form: str, *, is_alone: bool, is_fixed: bool) -> list[str]:
        """Return forms one edit away, likeliest first, of a word that may be another: only ever for the closest fact.

        A good English word may be a slip, beside others. In a `is_fixed` one only letters change places.
        """
        is_good = is_plain(form) or is_name(form)
        if is_alone and is_good:
            return []
        lengths = range(len(form) - (not is_fixed), len(form) + 1 + (not is_fixed))
        near = self._one_edit_around(form, lengths, _MOST_REPAIRS)
        if is_fixed:
            near = [found for found in near if sorted(found.form) == sorted(form)]
        if is_good:
            near = [found for found in near if is_slip(form, found)]
        return [found.form for found in sorted(near, key=partial(self._order, form))][:_MOST_REPAIRS]

    def nearest(self, form: str) -> str | None:
        """Return the nearest form up to two edits away; only ever to suggest, None when none is."""
        if len(form) < SHORTEST or not form.isalpha() or is_plain(form):
            return None
        near = self._one_edit_around(form, range(len(form) - 1, len(form) + 2))
        if not near:
            lengths = range(max(_TWO_EDITS_FROM, len(form) - _GUESS_EDITS), len(form) + _GUESS_EDITS + 1)
            near = self._near(form, (self._by_length.get(length, ()) for length in lengths), _GUESS_EDITS)
        return min(near, key=partial(self._order, form)).form if near else None

    def _order(self, form: str, found: Correction) -> tuple[int, bool, bool, int, str]:
        count = _OFTEN if found.form in FUNCTION_WORDS else self._count_of(found.form)
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
