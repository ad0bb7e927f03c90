"""The order of facts: BM25 by field × share of the query's words that a fact holds × how exactly it holds them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from bot.content.models import Certainty
from bot.lookup.query import Match, Query, Term, TermKind
from bot.lookup.tokens import key_of

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable

    from bot.lookup.index import Index, IndexedFact

_SATURATION = 1.2
_LENGTH_SHARE = 0.75
_KEYWORD_WEIGHT = 2.5
_FUNCTION_WEIGHT = 0.6
_CARRIER_WEIGHT = 0.7
_COVERAGE_POWER = 0.25
_OTHER_ENDING = 0.9
_OTHER_WORD = 0.7
_ENDINGS = frozenset(("", "e", "s", "es", "d", "ed", "ing", "y", "ies", "ied"))
_NEIGHBOURS = 0.5
_WHOLE_KEYWORD = 0.4
_LONGEST_KEYWORD = 8
_NAMED_AREA = 1.15
_UNSTATED = 0.8


@dataclass(frozen=True, slots=True)
class Ranked:
    """A fact and how well it fits: `held` are the readings by which it holds the query's units (None: it does not)."""

    entry: IndexedFact
    score: float
    held: tuple[Match | None, ...]


class Ranker:
    """Orders candidates for one index; the same query over the same facts gives the same order, always."""

    def __init__(self, index: Index) -> None:
        """Rank by the counts of this index."""
        self._index = index
        self._statement_length, self._keyword_length = index.average_lengths

    def rank(self, query: Query, limit: int) -> list[Ranked]:
        """Return up to `limit` facts that hold any of the query's words, best first; ties by newer as_of, then id."""
        return self._ordered(query, self._index.candidates(_keys(query.units), limit))

    def rank_holding(self, query: Query, limit: int) -> list[Ranked]:
        """Return up to `limit` facts that hold every word that only a fact's own text can hold, in the same order."""
        needed = [unit for unit in query.units if unit.is_needed and not unit.names and not unit.is_of_a_day]
        if not all(unit.readings for unit in needed):
            return []
        wished = _keys(unit for unit in query.units if unit not in needed)
        return self._ordered(
            query,
            self._index.holding([[reading.keys for reading in unit.readings] for unit in needed], wished, limit),
        )

    def _ordered(self, query: Query, entries: list[IndexedFact]) -> list[Ranked]:
        if not entries:
            return []
        scoring = _Scoring(self._index, query, (self._statement_length, self._keyword_length))
        ranked = [scoring.score(entry) for entry in entries]
        ranked.sort(key=lambda found: (-found.score, -found.entry.fact.as_of.toordinal(), found.entry.fact.id))
        return ranked


def _keys(units: Iterable[Term]) -> list[str]:
    """Return the keys that the units may be held by, each once, in order."""
    return list(dict.fromkeys(key for unit in units for reading in unit.readings for key in reading.keys))


class _Scoring:
    """Scores facts for one query."""

    def __init__(self, index: Index, query: Query, lengths: tuple[float, float]) -> None:
        self._units = query.units
        self._lengths = lengths
        self._facts = max(1, len(index))
        self._rarity: dict[str, float] = {}
        self._places: dict[int, tuple[str, float]] = {}
        typed = {unit.word.form for unit in query.units}
        typed |= {reading.shown for unit in query.units for reading in unit.readings}
        for unit in query.units:
            for reading in unit.readings:
                for key in reading.keys:
                    if key not in self._rarity:
                        self._rarity[key] = self._rarity_of(index.facts_with(key))
                        for number, form in index.forms_of(key):
                            self._places[number] = (key, _likeness(form, unit.word.form, typed))
        self._weights = [self._weight(unit) for unit in query.units]
        self._total = sum(self._weights) or 1.0
        self._follows = self._neighbours()
        self._areas = set().union(*(unit.names for unit in query.units))
        self._runs = self._runs_of(query.units)

    def _rarity_of(self, facts: int) -> float:
        return log(1 + (self._facts - facts + 0.5) / (facts + 0.5))

    def _weight(self, unit: Term) -> float:
        """How much of the query a unit is: its rarity, and less for words that only ask or carry."""
        known = [max(self._rarity[key] for key in reading.keys) for reading in unit.readings]
        rarity = max(known) if known else self._rarity_of(0)
        if unit.kind is TermKind.FUNCTION:
            return rarity * _FUNCTION_WEIGHT
        return rarity * (_CARRIER_WEIGHT if unit.kind is TermKind.CARRIER else 1.0)

    def _neighbours(self) -> set[tuple[str, str]]:
        telling = [unit for unit in self._units if unit.kind is not TermKind.FUNCTION]
        pairs = set()
        for unit, following in pairwise(telling):
            for one in unit.readings:
                for other in following.readings:
                    if len(one.keys) == len(other.keys) == 1:
                        pairs.add((one.keys[0], other.keys[0]))
        return pairs

    def _runs_of(self, units: tuple[Term, ...]) -> dict[tuple[str, ...], float]:
        """Return each run of the query's words, as keys and as forms, and its share of the query."""
        keys = [_keyword_keys(unit) for unit in units]
        runs: dict[tuple[str, ...], float] = {}
        for start in range(len(units)):
            share = 0.0
            run: tuple[str, ...] = ()
            typed: tuple[str, ...] = ()
            for end in range(start, min(start + _LONGEST_KEYWORD, len(units))):
                share += self._weights[end] / self._total
                run, typed = (*run, *keys[end]), (*typed, units[end].word.form)
                runs[run] = max(runs.get(run, 0.0), share)
                runs[typed] = max(runs.get(typed, 0.0), share)
        return runs

    def score(self, entry: IndexedFact) -> Ranked:
        """Score one fact."""
        weights, neighbours = self._read_statement(entry.statement)
        named = self._read_keywords(entry.keywords, weights, neighbours)
        named = max(named, self._runs.get(tuple(entry.fact.id.split("-")), 0.0))
        get = weights.get
        score = covered = 0.0
        held: list[Match | None] = []
        for unit, share in zip(self._units, self._weights, strict=True):
            best, best_worth = None, 0.0
            for reading in unit.readings:
                keys = reading.keys
                weight = get(keys[0], 0.0) if len(keys) == 1 else min([get(key, 0.0) for key in keys])
                if weight * reading.factor > best_worth:
                    best, best_worth = reading, weight * reading.factor
            held.append(best)
            if best is not None:
                score += share * best_worth
                covered += share * best.factor
        score += _NEIGHBOURS * sum(min(self._rarity[one], self._rarity[other]) for one, other in neighbours)
        score *= (covered / self._total) ** _COVERAGE_POWER
        score *= 1 + _WHOLE_KEYWORD * named
        if entry.fact.area in self._areas:
            score *= _NAMED_AREA
        if entry.fact.certainty is Certainty.UNSTATED:
            score *= _UNSTATED
        return Ranked(entry, score, tuple(held))

    def _read_statement(self, forms: array[int]) -> tuple[dict[str, float], set[tuple[str, str]]]:
        """Return the weight of each key that the statement holds, and the query's pairs that stand together."""
        places = self._places
        found = [(place, *places[form]) for place, form in enumerate(forms) if form in places]
        together = self._together(found) if len(found) > 1 else set()
        return self._weigh(found, len(forms) / self._lengths[0]), together

    def _read_keywords(self, forms: array[int], weights: dict[str, float], together: set[tuple[str, str]]) -> float:
        """Add each key's weight by the keyword that fits it best; return the query's share that is a whole keyword."""
        places = self._places
        found = [(place, *places[form]) for place, form in enumerate(forms) if form in places]
        best: dict[str, float] = {}
        named = 0.0
        at = 0
        while at < len(found):
            start, end = _keyword_around(forms, found[at][0])
            inside = [hit for hit in found[at:] if hit[0] < end]
            at += len(inside)
            length = end - start
            for key, weight in self._weigh(inside, length / self._lengths[1]).items():
                best[key] = max(best.get(key, 0.0), _KEYWORD_WEIGHT * weight)
            if len(inside) > 1:
                together |= self._together(inside)
            if len(inside) == length and end < len(forms):
                named = max(named, self._runs.get(tuple([key for _, key, _ in inside]), 0.0))
        for key, weight in best.items():
            weights[key] = weights.get(key, 0.0) + weight
        return named

    def _weigh(self, found: list[tuple[int, str, float]], length: float) -> dict[str, float]:
        """Saturate each key's count in a run of `length` times the average, less if only other forms stand there."""
        tally: dict[str, tuple[int, float]] = {}
        for _, key, exactness in found:
            before = tally.get(key)
            tally[key] = (before[0] + 1, max(before[1], exactness)) if before else (1, exactness)
        slope = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length)
        return {key: exact * count * (_SATURATION + 1) / (count + slope) for key, (count, exact) in tally.items()}

    def _together(self, found: list[tuple[int, str, float]]) -> set[tuple[str, str]]:
        return {
            (one[1], other[1])
            for one, other in pairwise(found)
            if other[0] == one[0] + 1 and (one[1], other[1]) in self._follows
        }


def _keyword_keys(unit: Term) -> tuple[str, ...]:
    """Return the keys that a keyword with this word has for it: a compound has those of its parts too."""
    if not unit.readings:
        return ("",)
    first, word = unit.readings[0], unit.word
    if first.how:
        return first.keys[:1]
    return (first.keys[0], *map(key_of, word.parts), *([word.broad] if word.broad else []))


def _likeness(form: str, asked: str, typed: set[str]) -> float:
    """How exactly a form of a fact is what was asked: the same, with another ending, or of another part of speech."""
    if form in typed:
        return 1.0
    shared = next((at for at, (one, other) in enumerate(zip(form, asked, strict=False)) if one != other), 0)
    shared = shared or min(len(form), len(asked))
    if form[shared:] in _ENDINGS and asked[shared:] in _ENDINGS:
        return _OTHER_ENDING
    return _OTHER_WORD


def _keyword_around(forms: array[int], place: int) -> tuple[int, int]:
    """Return where the keyword that holds this place starts and ends: at a BREAK, or with the forms."""
    start = end = place
    while start and forms[start - 1]:
        start -= 1
    while end < len(forms) and forms[end]:
        end += 1
    return start, end
