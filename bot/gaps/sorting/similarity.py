"""How alike short questions are: character n-grams with idf, cosine, and what a question's nearest neighbours add.

Takes distinct texts in a fixed order and returns matrices. It imports numpy, so whoever needs it imports it late.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.lookup.language.lexicon import CARRIERS, FUNCTION_WORDS
from bot.lookup.language.text import words
from bot.lookup.language.tokens import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    _Ints = NDArray[np.intp]
    _Floats = NDArray[np.float64]

MOST_WORDS: Final = 30
"""Of a question: what comes after says little about its theme."""
_GRAMS: Final = (3, 4, 5)
_FUNCTION_WEIGHT, _CARRIER_WEIGHT = 0.5, 0.7
"""Words that ask or join, and words around a question ("tell me about"), say less of its theme."""
_IDF_FLOOR: Final = 0.5
"""Added to each idf: what every question holds still counts a little."""
_RARE: Final = 16
"""Questions: an n-gram of so few is added pair by pair, others by a product of matrices."""
_MOST_COLUMNS: Final = 8192
"""Common n-grams that are compared: bounds time and memory for text that is made to have many."""
_NEIGHBOURS: Final = 5
_NEIGHBOUR_SHARE: Final = 0.5
_ROUNDS: Final = 2
_DECIMALS: Final = 5
"""Figures are rounded, so that the order of a sum decides no tie."""


class Likeness:
    """How alike each two of some texts are, and what follows for groups of them; a group is a list of places."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._alike = similarities(texts)
        self._near = with_neighbours(self._alike)

    def nearest(self, groups: Mapping[str, Sequence[int]], least: float) -> dict[int, str]:
        """Return, for each text of no group, the group that it is nearest to, where they are `least` alike."""
        filled = {key: group for key, group in sorted(groups.items()) if group}
        free = sorted(set(range(len(self._near))).difference(*filled.values()))
        if not filled or not free:
            return {}
        cosines = np.stack([self._to_group(group)[free] for group in filled.values()])
        best, keys = cosines.argmax(axis=0), list(filled)
        return {at: keys[best[n]] for n, at in enumerate(free) if cosines[best[n], n] >= least}

    def groups(self, among: Sequence[int], least: float) -> list[list[int]]:
        """Return some texts in groups that are `least` alike."""
        found = average_link(self._near[np.ix_(among, among)], least)
        return [sorted(among[at] for at in group) for group in found]

    def apart(self, groups: Sequence[list[int]], same: float) -> list[list[int]]:
        """Return the groups, those whose centres are `same` or more alike as one."""
        share = np.zeros((len(groups), len(self._near)), np.float32)
        for number, group in enumerate(groups):
            share[number, group] = 1 / len(group)
        centres = share @ self._near @ share.T
        length = np.sqrt(np.maximum(np.diagonal(centres), 1e-9))
        centres = centres / length / length[:, None]
        kept: dict[int, list[int]] = {}
        for number, group in enumerate(groups):
            first = next((other for other in kept if centres[number, other] >= same), number)
            kept[first] = sorted([*kept.get(first, ()), *group])
        return list(kept.values())

    def within(self, group: Sequence[int]) -> float:
        """Return the average cosine of two texts of a group, neighbours apart."""
        size = len(group)
        sums = self._alike[np.ix_(group, group)].sum() - self._alike[group, group].sum()
        return float(sums / (size * (size - 1))) if size > 1 else 1.0

    def centre(self, group: Sequence[int]) -> int:
        """Return the text of a group that is most like the others; of two the first."""
        return group[int(self._alike[np.ix_(group, group)].sum(axis=1).argmax())]

    def _to_group(self, group: Sequence[int]) -> Matrix:
        """Return the cosine of each text to the centre of a group."""
        cosines: Matrix = np.round(self._near[:, group].mean(axis=1) / self._length(group), _DECIMALS)
        return cosines

    def _length(self, group: Sequence[int]) -> float:
        return float(max(self._near[np.ix_(group, group)].mean(), 1e-9) ** 0.5)


def similarities(texts: Sequence[str]) -> Matrix:
    """Return the cosine of each pair of texts, n × n; a text without words is like no other."""
    rows, columns, weights = _entries(texts)
    count = len(texts)
    if not len(rows):
        return np.zeros((count, count), np.float32)
    held = np.bincount(columns)
    weights = weights * (np.log((1 + count) / (1 + held)) + _IDF_FLOOR)[columns]
    norms = np.sqrt(np.bincount(rows, weights**2, minlength=count))
    weights = weights / norms[rows]
    alike = _of_common(rows, columns, weights, held, count) + _of_rare(rows, columns, weights, held, count)
    np.fill_diagonal(alike, norms > 0)
    return np.round(alike, _DECIMALS)


def with_neighbours(alike: Matrix) -> Matrix:
    """Return similarities in which each text is taken together with those nearest to it.

    Two questions that share no word are alike where their neighbours are.
    """
    nearest = min(_NEIGHBOURS, len(alike) - 1)
    if nearest < 1:
        return alike
    for _ in range(_ROUNDS):
        others = alike.copy()
        np.fill_diagonal(others, 0)
        beside = np.argpartition(-others, nearest - 1, axis=1)[:, :nearest]
        weights = np.take_along_axis(others, beside, axis=1)
        weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        mixed = _mixed(_mixed(alike, beside, weights).T, beside, weights)
        length = np.sqrt(np.maximum(np.diagonal(mixed), 1e-9))
        alike = np.round((mixed + mixed.T) / 2 / length / length[:, None], _DECIMALS)
    return alike


def average_link(alike: Matrix, least: float) -> list[list[int]]:
    """Return the groups of average-link clustering, cut where two groups are less than `least` alike.

    Follows the chain of nearest neighbours (Murtagh 1983); n² time and memory.
    """
    alike = alike.copy()
    np.fill_diagonal(alike, -np.inf)
    groups: dict[int, list[int]] = {number: [number] for number in range(len(alike))}
    done: list[list[int]] = []
    chain: list[int] = []
    while groups:
        last = chain[-1] if chain else next(iter(groups))
        chain = chain or [last]
        row = alike[last]
        best = int(row.argmax())
        if row[best] < least:
            done.append(groups.pop(chain.pop()))
            alike[last] = alike[:, last] = -np.inf
        elif len(chain) > 1 and row[chain[-2]] >= row[best]:
            _merge(alike, groups, chain.pop(), chain.pop())
        else:
            chain.append(best)
    return done


def _merge(alike: Matrix, groups: dict[int, list[int]], gone: int, kept: int) -> None:
    """Merge one group into another; the similarity to each other group is the mean over all pairs."""
    share = len(groups[gone]) / (len(groups[gone]) + len(groups[kept]))
    merged = share * alike[gone] + (1 - share) * alike[kept]
    merged[kept] = -np.inf
    alike[kept] = alike[:, kept] = merged
    alike[gone] = alike[:, gone] = -np.inf
    groups[kept] += groups.pop(gone)


def _mixed(alike: Matrix, beside: _Ints, weights: Matrix) -> Matrix:
    """Return rows that are partly their neighbours' rows."""
    mixed = (1 - _NEIGHBOUR_SHARE) * alike
    for number in range(beside.shape[1]):
        mixed += _NEIGHBOUR_SHARE * weights[:, number, None] * alike[beside[:, number]]
    return mixed


def _entries(texts: Sequence[str]) -> tuple[_Ints, _Ints, _Floats]:
    """Return row, column and weight of each feature that stands in two texts or more."""
    features = [_features(text) for text in texts]
    held = Counter(feature for found in features for feature in found)
    shared = sorted(feature for feature, count in held.items() if count > 1)
    columns = {feature: number for number, feature in enumerate(shared)}
    entries = [
        (row, columns[feature], weight)
        for row, found in enumerate(features)
        for feature, weight in found.items()
        if feature in columns
    ]
    row, column, weight = zip(*entries, strict=True) if entries else ((), (), ())
    return np.array(row, np.intp), np.array(column, np.intp), np.array(weight, np.float64)


def _features(text: str) -> dict[str, float]:
    """Return the weight of each n-gram and stem of a text."""
    features: dict[str, float] = defaultdict(float)
    for word in words(text)[:MOST_WORDS]:
        for feature, weight in _word_features(word.form):
            features[feature] += weight
    return features


@lru_cache(maxsize=8192)
def _word_features(form: str) -> tuple[tuple[str, float], ...]:
    """Return a word's n-grams with its borders, and its stem; all n-grams together weigh as one word would."""
    weight = _FUNCTION_WEIGHT if form in FUNCTION_WORDS else _CARRIER_WEIGHT if form in CARRIERS else 1.0
    bordered = f" {form} "
    grams = [bordered[at : at + size] for size in _GRAMS for at in range(len(bordered) - size + 1)]
    share = weight / len(grams) ** 0.5
    return (*((gram, share) for gram in grams), (f"={key_of(form)}", weight))


def _of_common(rows: _Ints, columns: _Ints, weights: _Floats, held: _Ints, count: int) -> Matrix:
    """Return what features of many texts add to the similarities."""
    common = np.flatnonzero(held > _RARE)[:_MOST_COLUMNS]
    places = np.full(len(held), -1)
    places[common] = np.arange(len(common))
    chosen = places[columns] >= 0
    dense = np.zeros((count, len(common)), np.float32)
    dense[rows[chosen], places[columns[chosen]]] = weights[chosen]
    product: Matrix = dense @ dense.T
    return product


def _of_rare(rows: _Ints, columns: _Ints, weights: _Floats, held: _Ints, count: int) -> Matrix:
    """Return what features of few texts add to the similarities, pair by pair."""
    order = np.argsort(columns, kind="stable")
    rows, columns, weights = rows[order], columns[order], weights[order]
    places: list[_Ints] = []
    products: list[_Floats] = []
    for size in range(2, _RARE + 1):
        chosen = held[columns] == size
        texts, values = rows[chosen].reshape(-1, size), weights[chosen].reshape(-1, size)
        places.append((texts[:, :, None] * count + texts[:, None, :]).ravel())
        products.append((values[:, :, None] * values[:, None, :]).ravel())
    added = np.bincount(np.concatenate(places), np.concatenate(products), minlength=count * count)
    return added.reshape(count, count).astype(np.float32)
