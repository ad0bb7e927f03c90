"""Sort questions into themes, those that an expert confirmed and new ones: pure, without a model or a database."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.lookup.language.lexicon import FRAME_WORDS, FUNCTION_WORDS
from bot.lookup.language.text import clean, question_key, words
from bot.lookup.language.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.gaps.sorting.similarity import Likeness

MOST_THEMES: Final = 70
MOST_DISTINCT: Final = 1_500
"""Different questions that are sorted, those asked most first; the rest are single questions."""
MOST_EXAMPLES: Final = 700
"""Confirmed questions that new ones are compared with, shared out among the themes."""
LEAST_TO_JOIN: Final = 0.4
"""Cosine of a question to the confirmed theme that it joins."""
LEAST_ALIKE: Final = 0.5
"""Average cosine of two groups that become one theme."""
LEAST_WITHIN: Final = 0.1
"""Average cosine within a new theme, neighbours apart: below it the questions have too little in common."""
LEAST_SIZE: Final = 2
SAME: Final = 0.9
"""New themes as alike as this are one."""
TELLING_WORDS: Final = 3
_MOST_CHARACTERS: Final = 400
_FRAME_WEIGHT: Final = 0.3


@dataclass(frozen=True)
class Theme:
    """Questions about one thing. `key` is a confirmed theme's, or `new:N`.

    `name` is its most central question; `words` are up to three words that other questions lack. `questions` are
    places in what was sorted, ascending; a confirmed theme may have none.
    """

    key: str
    name: str
    words: tuple[str, ...]
    questions: tuple[int, ...]


@dataclass(frozen=True)
class Clustering:
    """What questions were sorted into: confirmed themes by key, then new ones by size; `singles` have no theme."""

    themes: tuple[Theme, ...]
    singles: tuple[int, ...]


def clusters(questions: Sequence[str], confirmed: Mapping[str, Sequence[str]]) -> Clustering:
    """Sort questions into confirmed themes (key to its questions) and new ones.

    The same questions in any order give the same themes. A confirmed question stays with its theme (with the first by
    key, where two have it). Thousands of questions take seconds of CPU: never call it on the event loop.
    """
    from bot.gaps.sorting.similarity import Likeness  # noqa: PLC0415 — it brings numpy, which nothing else needs

    spelt: dict[str, str] = {}
    places = _places(questions, spelt)
    fixed = {form: key for key in sorted(confirmed, reverse=True) for form in _places(confirmed[key], spelt)}
    asked = sorted((form for form in places if form not in fixed), key=lambda form: _rank(form, places))
    forms = sorted({*_examples(fixed), *asked[:MOST_DISTINCT]})
    likeness = Likeness(forms)
    known: dict[str, list[int]] = {key: [] for key in sorted(confirmed)}
    for at, form in enumerate(forms):
        if form in fixed:
            known[fixed[form]].append(at)
    centres = {key: likeness.centre(group) for key, group in known.items() if group}
    for at, key in likeness.nearest(known, LEAST_TO_JOIN).items():
        known[key].append(at)
    rest = sorted(set(range(len(forms))).difference(*known.values()))
    new = _sound(likeness.groups(rest, LEAST_ALIKE), likeness, [len(places.get(form, ())) for form in forms])
    keys = (key for number in count(1) if (key := f"new:{number}") not in confirmed)
    named = dict(zip(keys, new[: max(0, MOST_THEMES - len(known))], strict=False))
    centres |= {key: likeness.centre(group) for key, group in named.items()}
    held = {key: {forms[at] for at in group} for key, group in (known | named).items()}
    for form, key in fixed.items():
        held[key].add(form)
    telling = _Words([spelt[form] for form in forms])
    themes = tuple(
        Theme(
            key,
            spelt[forms[centres[key]]] if key in centres else key,
            telling.of(group),
            tuple(sorted(place for form in held[key] for place in places.get(form, ()))),
        )
        for key, group in (known | named).items()
    )
    settled = {place for theme in themes for place in theme.questions}
    return Clustering(themes, tuple(place for place in range(len(questions)) if place not in settled))


def _places(questions: Iterable[str], spelt: dict[str, str]) -> dict[str, list[int]]:
    """Return the places of the questions of each normal form, but for those without words.

    Adds to `spelt` how each form is written: of several ways the first by the alphabet.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(questions):
        if form := " ".join(word.form for word in words(text[:_MOST_CHARACTERS])):
            places[form].append(place)
            written = clean(text[:_MOST_CHARACTERS])
            spelt[form] = min(written, spelt.get(form, written))
    return places


def _rank(form: str, places: Mapping[str, list[int]]) -> tuple[int, str]:
    return -len(places[form]), question_key(form)


def _examples(fixed: Mapping[str, str]) -> list[str]:
    """Return the confirmed forms that new questions are compared with: of each theme as many, in an order of chance."""
    by_theme: dict[str, list[str]] = defaultdict(list)
    for form, key in fixed.items():
        by_theme[key].append(form)
    most = max(1, MOST_EXAMPLES // max(1, len(by_theme)))
    return [form for forms in by_theme.values() for form in sorted(forms, key=question_key)[:most]]


def _sound(groups: list[list[int]], likeness: Likeness, asked: Sequence[int]) -> list[list[int]]:
    """Return the groups that are themes, by how much was asked: none too small or too mixed, no two the same."""
    large = [group for group in sorted(groups) if sum(asked[at] for at in group) >= LEAST_SIZE]
    kept = likeness.apart([group for group in large if likeness.within(group) >= LEAST_WITHIN], SAME)
    return sorted(kept, key=lambda group: (-sum(asked[at] for at in group), group))


class _Words:
    """Which words the questions hold, and which of them tell a theme from the others."""

    def __init__(self, questions: Sequence[str]) -> None:
        self._ways: dict[str, Counter[str]] = defaultdict(Counter)
        self._stems = []
        for text in questions:
            found = {key_of(word.form): word for word in words(text) if word.form not in FUNCTION_WORDS}
            for stem, word in found.items():
                self._ways[stem][word.raw if word.is_fixed else word.form] += 1
            self._stems.append(found.keys())
        self._held = Counter(stem for stems in self._stems for stem in stems)

    def of(self, group: Sequence[int]) -> tuple[str, ...]:
        """Return a theme's most telling words, as they are mostly written."""
        within = Counter(stem for at in group for stem in self._stems[at])
        ranked = sorted(within, key=lambda stem: (-self._telling(stem, within[stem]), stem))
        return tuple(self._written(stem) for stem in ranked[:TELLING_WORDS])

    def _telling(self, stem: str, within: int) -> float:
        """Weigh how many of the theme hold a word against how many others do; a word of the question's frame less."""
        share: float = within / (1 + self._held[stem] - within) ** 0.5
        rarity = math.log((1 + len(self._stems)) / (1 + self._held[stem]))
        return share * rarity * (_FRAME_WEIGHT if self._written(stem) in FRAME_WORDS else 1)

    def _written(self, stem: str) -> str:
        ways = self._ways[stem]
        return min(ways, key=lambda way: (-ways[way], way))
