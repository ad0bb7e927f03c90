"""The closest fact to a question that none answers: by what it holds, a part, one letter, or how people ask for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.lookup.index import SMALL, Index
from bot.lookup.language.lexicon import QUESTION_WORDS
from bot.lookup.query import TermKind
from bot.lookup.questions import segments_in
from bot.lookup.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.content.models import Content, Fact
    from bot.lookup.evidence import Evidence
    from bot.lookup.index import IndexedFact
    from bot.lookup.query import Query
    from bot.lookup.ranker import Ranked


_MOST_WORDS = 1000
_OF_ANOTHER = 0.6
"""What a fact about another party is worth where a question is about what one does."""
_PART_ALONE = 0.3
"""Share of the question that a part of one word must be."""
_FEWEST = 2
"""Words that a fact and its wordings must hold of a question; one word alone is held by chance."""


class Closest(NamedTuple):
    """The closest fact, what speaks for it and against it, and the facts beside it."""

    found: Ranked
    evidence: Evidence
    others: list[Ranked]


class ClosestFinder:
    """Chooses the closest fact."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def find(self, text: str, query: Query, ranked: list[Ranked]) -> Closest | None:
        """Return the fact that puts a premise right, that answers most of a part, or that holds most; or none."""
        search = self._search
        evidence = list(search.evidence(text, query, ranked))
        party = search.actors.asked(query)
        scores = [found.score * (1.0 if self._fits(query, party, found) else _OF_ANOTHER) for found in ranked]
        chosen = closest_of(evidence, scores)
        if chosen is not None and evidence[chosen].premise:
            return Closest(ranked[chosen], evidence[chosen], ranked[:chosen] + ranked[chosen + 1 :])
        marked = self._answered_part([query.core(is_part=False), *segments_in(text)])
        for part in (marked, self._answered_part(query.parts())):
            if part is not None:
                closest = self.judged(text, query, part.entry, ranked)
                shown = closest.evidence
                holds_enough = part is marked or len(shown.matched) > 1 or shown.coverage >= _PART_ALONE
                if chosen is not None:
                    least = evidence[chosen].held
                    holds_enough = shown.held > least or (shown.held == least and self._fits(query, party, part))
                if holds_enough:
                    return closest
        if chosen is None:
            near = self._close_part(text)
            return self.judged(text, query, near.entry, ranked) if near else None
        return Closest(ranked[chosen], evidence[chosen], ranked[:chosen] + ranked[chosen + 1 :])

    def repairs(self, query: Query) -> Iterator[tuple[str, str, str]]:
        """Yield the query's one unknown word, a word one letter from it, and the query with that in its place."""
        unknown = [term for term in query.terms if term.is_needed and not term.is_known]
        if len(unknown) != 1 or not unknown[0].is_subject:
            return
        word = unknown[0].word
        is_alone = not any(
            term.kind is TermKind.SUBJECT or term.names for term in query.terms if term is not unknown[0]
        )
        forms = self._search.speller.one_letter_from(word.form, is_alone=is_alone, is_fixed=word.is_fixed)
        if unknown[0] is query.terms[0]:
            forms.sort(key=lambda form: form not in QUESTION_WORDS)
        for form in forms:
            yield word.raw, form, " ".join(form if term is unknown[0] else term.word.raw for term in query.terms)

    def _fits(self, query: Query, party: str, found: Ranked) -> bool:
        return not party or self._search.actors.fits(found.entry.fact, party, query)

    def judged(self, text: str, query: Query, entry: IndexedFact, ranked: list[Ranked]) -> Closest:
        """Judge a fact that was found otherwise by the whole question."""
        found = self._search.score(query, entry)
        others = [other for other in ranked if other.entry.fact is not entry.fact]
        return Closest(found, next(self._search.evidence(text, query, [found])), others)

    def _close_part(self, text: str) -> Ranked | None:
        """Return the fact that is close to a part between marks, of the last part that has one."""
        for part in reversed(segments_in(text)):
            query = self._search.read(part)
            ranked = self._search.current(query)
            if (
                chosen := closest_of(
                    list(self._search.evidence(part, query, ranked)), [found.score for found in ranked]
                )
            ) is not None:
                return ranked[chosen]
        return None

    def _answered_part(self, typed: Iterable[str]) -> Ranked | None:
        """Return the fact that answers a part with words of the subject, or a part without its words of address.

        The part of the most words counts, then one as typed, the shorter, the later one.
        """
        parts = [(part, True) for part in typed if part]
        parts += [(core, False) for part, _ in parts[:] if (core := self._search.read(part).core(is_part=True))]
        best: tuple[int, bool, int, int] = (1, False, -_MOST_WORDS, -1)
        chosen = None
        for place, (part, is_typed) in enumerate(parts):
            query = self._search.read(part)
            rank = (sum(term.is_subject for term in query.terms), is_typed, -len(query.terms), place)
            if rank > best and (first := self._search.first_served(query)):
                best, chosen = rank, first
        return chosen


def closest_of(evidence: Sequence[Evidence], scores: Sequence[float]) -> int | None:
    """Return the place of the closest fact: the first that puts a premise right, if none holds more, else the best."""
    close = [place for place, each in enumerate(evidence) if each.is_close]
    most = max((evidence[place].held for place in close), default=0.0)
    for place, each in enumerate(evidence):
        if each.premise and each.held >= most:
            return place
    return max(close, key=lambda place: scores[place] * evidence[place].coverage, default=None)


class Wordings:
    """Finds the closest fact by the wordings in which people ask for it (`asked`); no answer rests on them.

    A second index, of facts with their wordings as keywords; empty while no fact has any.
    """

    def __init__(self, content: Content, index: Index | None = None, before: Search | None = None) -> None:
        """Index the facts, unless an index of them is given; `before` is the search that an update follows."""
        if index is None:
            is_used = any(fact.asked for fact in content.facts.values())
            index = Index({fact.id: _with_wordings(fact) for fact in content.facts.values()} if is_used else {})
        self._index = index
        self._search = Search(content, index, before)
        self._closest = ClosestFinder(self._search)

    def refreshed(self, content: Content, changed: Sequence[Fact], removed: Iterable[str]) -> Wordings:
        """Return the wordings of newer content; these go on answering."""
        if len(content.facts) <= SMALL or (not len(self._index) and any(fact.asked for fact in changed)):
            return Wordings(content)
        index = self._updated(changed, removed) if len(self._index) else self._index
        return Wordings(content, index, self._search)

    def _updated(self, changed: Sequence[Fact], removed: Iterable[str]) -> Index:
        worded = [*map(_with_wordings, changed)]
        facts = {**self._index.facts, **{fact.id: fact for fact in worded}}
        for fact_id in removed:
            facts.pop(fact_id, None)
        return self._index.updated(facts, worded, removed)

    def nearest(self, text: str) -> str | None:
        """Return the id of the fact that holds all of a question, or most of it, and two words of its subject."""
        if not len(self._index):
            return None
        query = self._search.read(text)
        if first := self._search.first_served(query):
            closest: Closest | None = self._closest.judged(text, query, first.entry, [])
        else:
            closest = self._closest.find(text, query, self._search.current(query))
        return closest.found.entry.fact.id if closest and len(closest.evidence.matched) >= _FEWEST else None


def _with_wordings(fact: Fact) -> Fact:
    return replace(fact, keywords=(*fact.keywords, *fact.asked)) if fact.asked else fact
