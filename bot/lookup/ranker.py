"""The order of facts: BM25 by field × share of the query's words that a fact holds × how exactly it holds them."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import fsum, log
from typing import TYPE_CHECKING, NamedTuple

from bot.content.certainty import Certainty
from bot.lookup.language.tokens import key_of
from bot.lookup.query import Match, Query, Term, TermKind

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable

    from bot.lookup.index import Index, IndexedFact

_SATURATION = 1.2
_LENGTH_SHARE = 0.75
_KEYWORD_WEIGHT = 2.5
_FUNCTION_WEIGHT = 0.75
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

_Hit = tuple[int, str, float]
"""A place in a fact whose form the query asks for, the form's key, and how exactly it is what was asked."""


class Ranked(NamedTuple):
    """A fact and how well it fits: `matches` has the best match for each term, None for a term that the fact lacks."""

    entry: IndexedFact
    score: float
    matches: tuple[Match | None, ...]


class Ranker:
    """Orders candidates for one index; the same query over the same facts gives the same order, always."""

    def __init__(self, index: Index) -> None:
        """Rank by the counts of this index."""
        self._index = index

    @property
    def greatest_rarity(self) -> float:
        """The rarity of a word that no fact holds."""
        return _rarity(max(1, len(self._index)), 0)

    def rarity(self, key: str) -> float:
        """Return how rare a key is among the facts (inverse document frequency)."""
        return _rarity(max(1, len(self._index)), self._index.facts_with(key))

    def rank(self, query: Query, limit: int) -> list[Ranked]:
        """Return up to `limit` facts that hold any of the query's words, best first; ties by newer as_of, then id."""
        return self._ordered(query, self._index.candidates(_keys(query.terms), limit))

    def rank_matching(self, query: Query, limit: int) -> list[Ranked]:
        """Return up to `limit` facts that hold every word that only a fact's own text can hold, in the same order."""
        needed = [term for term in query.terms if term.is_needed and not term.names and not term.is_of_a_day]
        if not all(term.matches for term in needed):
            return []
        wished = _keys(term for term in query.terms if term not in needed)
        return self._ordered(
            query,
            self._index.matching([[match.keys for match in term.matches] for term in needed], wished, limit),
        )

    def score(self, query: Query, entry: IndexedFact) -> Ranked:
        """Return how well one fact fits a query."""
        return self._ordered(query, [entry])[0]

    def _ordered(self, query: Query, entries: list[IndexedFact]) -> list[Ranked]:
        if not entries:
            return []
        scoring = query.kept.get(self)
        if not isinstance(scoring, _Scoring):
            scoring = query.kept[self] = _Scoring(self._index, query)
        ranked = [scoring.score(entry) for entry in entries]
        ranked.sort(key=lambda found: (-found.score, -found.entry.fact.as_of.toordinal(), found.entry.fact.id))
        return ranked


def _rarity(facts: int, holding: int) -> float:
    return log(1 + (facts - holding + 0.5) / (holding + 0.5))


def _keys(terms: Iterable[Term]) -> list[str]:
    """Return the keys that the terms may be held by, each once, in order."""
    return list(dict.fromkeys(key for term in terms for match in term.matches for key in match.keys))


class _Scoring:
    """Scores facts for one query."""

    def __init__(self, index: Index, query: Query) -> None:
        self._terms = query.terms
        self._lengths = index.average_lengths
        self._facts = max(1, len(index))
        self._rarity: dict[str, float] = {}
        self._places: dict[int, tuple[str, float]] = {}
        typed = {term.word.form for term in query.terms}
        typed |= {match.shown for term in query.terms for match in term.matches}
        for term in query.terms:
            for match in term.matches:
                for key in match.keys:
                    if key not in self._rarity:
                        self._rarity[key] = self._rarity_of(index.facts_with(key))
                        for number, form in index.forms_of(key):
                            likeness = 1.0 if form in typed else _likeness(form, term.word.form)
                            self._places[number] = (key, likeness)
        self._shares = [(term.matches, self._weight(term)) for term in query.terms]
        self._held = sum([weight for matches, weight in self._shares if matches]) or 1.0
        self._follows = self._neighbours()
        self._areas = set().union(*(term.names for term in query.terms))
        self._keyword_keys = [_keyword_keys(term) for term in query.terms]
        self._forms = [(term.word.form,) for term in query.terms]
        self._firsts = {term.word.form for term in query.terms} | {keys[0] for keys in self._keyword_keys}

    def _rarity_of(self, facts: int) -> float:
        return _rarity(self._facts, facts)

    def _weight(self, term: Term) -> float:
        """How much of the query a term is: its rarity, and less for words that only ask or carry."""
        known = [max([self._rarity[key] for key in match.keys]) for match in term.matches]
        rarity = max(known) if known else self._rarity_of(0)
        if term.kind is TermKind.FUNCTION:
            return rarity * _FUNCTION_WEIGHT
        return rarity * (_CARRIER_WEIGHT if term.kind is TermKind.CARRIER else 1.0)

    def _neighbours(self) -> set[tuple[str, str]]:
        telling = [term for term in self._terms if term.kind is not TermKind.FUNCTION]
        pairs = set()
        for term, following in pairwise(telling):
            for one in term.matches:
                for other in following.matches:
                    if len(one.keys) == len(other.keys) == 1:
                        pairs.add((one.keys[0], other.keys[0]))
        return pairs

    def _share_of(self, run: tuple[str, ...]) -> float:
        """Return the share of the query that a run of its words is, written as keys or as forms; 0 for other words."""
        most = 0.0
        for written in (self._keyword_keys, self._forms):
            for start in range(len(written)):
                share, read = 0.0, 0
                for place in range(start, min(start + _LONGEST_KEYWORD, len(written))):
                    if run[read : read + len(written[place])] != written[place]:
                        break
                    share += self._shares[place][1] / self._held
                    read += len(written[place])
                    if read == len(run):
                        most = max(most, share)
                        break
        return most

    def score(self, entry: IndexedFact) -> Ranked:
        """Score one fact."""
        weights, neighbours = self._read_statement(entry.statement)
        named = self._read_keywords(entry.keywords, weights, neighbours)
        fact_id = entry.fact.id
        if fact_id.partition("-")[0] in self._firsts:
            named = max(named, self._share_of(tuple(fact_id.split("-"))))
        get = weights.get
        score = covered = 0.0
        matches: list[Match | None] = []
        for ways, share in self._shares:
            best, best_worth = None, 0.0
            for match in ways:
                keys = match.keys
                weight = get(keys[0], 0.0) if len(keys) == 1 else min([get(key, 0.0) for key in keys])
                if weight * match.factor > best_worth:
                    best, best_worth = match, weight * match.factor
            matches.append(best)
            if best is not None:
                score += share * best_worth
                covered += share * best.factor
        if neighbours:
            score += _NEIGHBOURS * fsum([min(self._rarity[one], self._rarity[other]) for one, other in neighbours])
        score *= (covered / self._held) ** _COVERAGE_POWER
        score *= 1 + _WHOLE_KEYWORD * named
        if entry.fact.area in self._areas:
            score *= _NAMED_AREA
        if entry.fact.certainty is Certainty.UNSTATED:
            score *= _UNSTATED
        return Ranked(entry, score, tuple(matches))

    def _read_statement(self, forms: array[int]) -> tuple[dict[str, float], set[tuple[str, str]]]:
        """Return the weight of each key that the statement holds, and the query's pairs that stand together."""
        places = self._places
        found = [(place, *places[form]) for place, form in enumerate(forms) if form in places]
        together = self._together(found) if len(found) > 1 else set()
        return dict(_weighed(found, len(forms) / self._lengths[0])), together

    def _read_keywords(self, forms: array[int], weights: dict[str, float], together: set[tuple[str, str]]) -> float:
        """Add each key's weight by the keyword that fits it best; return the query's share that is a whole keyword."""
        places, average = self._places, self._lengths[1]
        found = [(place, *places[form]) for place, form in enumerate(forms) if form in places]
        best: dict[str, float] = {}
        named = 0.0
        at = 0
        while at < len(found):
            start, end = _keyword_around(forms, found[at][0])
            inside = [found[at]]
            at += 1
            while at < len(found) and found[at][0] < end:
                inside.append(found[at])
                at += 1
            for key, weight in _weighed(inside, (end - start) / average):
                if weight > best.get(key, 0.0):
                    best[key] = weight
            if len(inside) > 1:
                together |= self._together(inside)
            if len(inside) == end - start and end < len(forms):
                named = max(named, self._share_of(tuple([key for _, key, _ in inside])))
        for key, weight in best.items():
            weights[key] = weights.get(key, 0.0) + _KEYWORD_WEIGHT * weight
        return named

    def _together(self, found: list[_Hit]) -> set[tuple[str, str]]:
        if not self._follows:
            return set()
        return {
            (one[1], other[1])
            for one, other in pairwise(found)
            if other[0] == one[0] + 1 and (one[1], other[1]) in self._follows
        }


def _weighed(found: list[_Hit], length: float) -> Iterable[tuple[str, float]]:
    """Saturate each key's count in a run of `length` times the average, less if only other forms stand there."""
    slope = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length)
    if len(found) == 1:  # as it mostly is
        _, key, exactness = found[0]
        return ((key, exactness * (_SATURATION + 1) / (1 + slope)),)
    tally: dict[str, tuple[int, float]] = {}
    for _, key, exactness in found:
        count, most = tally.get(key, (0, 0.0))
        tally[key] = (count + 1, max(most, exactness))
    return [(key, exact * count * (_SATURATION + 1) / (count + slope)) for key, (count, exact) in tally.items()]


def _keyword_keys(term: Term) -> tuple[str, ...]:
    """Return the keys that a keyword with this word has for it: a compound has those of its parts too."""
    if not term.matches:
        return ("",)
    first, word = term.matches[0], term.word
    if first.how:
        return first.keys[:1]
    return (first.keys[0], *map(key_of, word.parts), *([word.broad] if word.broad else []))


@lru_cache(maxsize=4096)
def _likeness(form: str, asked: str) -> float:
    """How exactly another form of a fact is what was asked: with another ending, or of another part of speech."""
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
