"""The closest fact to a question that none answers: by what it holds, by a part of the question, or by one letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.lookup.language.lexicon import QUESTION_WORDS
from bot.lookup.query import TermKind
from bot.lookup.questions import segments_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.lookup.evidence import Evidence
    from bot.lookup.query import Query
    from bot.lookup.ranker import Ranked
    from bot.lookup.search import Search


_MOST_WORDS = 1000
_OF_ANOTHER = 0.6
"""What a fact about another party is worth where a question is about what one does."""
_PART_ALONE = 0.3
"""Share of the question that a part of one word must be."""


class Closest(NamedTuple):
    """The closest fact, what speaks for it and against it, and the facts beside it."""

    found: Ranked
    evidence: Evidence
    others: list[Ranked]


class ClosestFinder:
    """Chooses the closest fact."""

    def __init__(self, search: Search) -> None:
        """Take the search of the content."""
        self._search = search

    def find(self, text: str, query: Query, ranked: list[Ranked]) -> Closest | None:
        """Return the fact that puts a premise right, that answers most of a part, or that holds most; or none."""
        search = self._search
        evidence = list(search.evidence(text, query, ranked))
        scores = [found.score * (1.0 if self._fits(query, found) else _OF_ANOTHER) for found in ranked]
        chosen = closest_of(evidence, scores)
        if chosen is not None and evidence[chosen].premise:
            return Closest(ranked[chosen], evidence[chosen], ranked[:chosen] + ranked[chosen + 1 :])
        marked = self._answered_part([query.core(is_part=False), *segments_in(text)])
        for part in (marked, self._answered_part(query.parts())):
            if part is not None:
                closest = self._of_part(text, query, part, ranked)
                shown = closest.evidence
                holds_enough = part is marked or len(shown.matched) > 1 or shown.coverage >= _PART_ALONE
                if chosen is not None:
                    least = evidence[chosen].held
                    holds_enough = shown.held > least or (shown.held == least and self._fits(query, part))
                if holds_enough:
                    return closest
        if chosen is None:
            near = self._close_part(text)
            return self._of_part(text, query, near, ranked) if near else None
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

    def _fits(self, query: Query, found: Ranked) -> bool:
        party = self._search.actors.asked(query)
        return not party or self._search.actors.fits(found.entry.fact, party)

    def _of_part(self, text: str, query: Query, part: Ranked, ranked: list[Ranked]) -> Closest:
        """Judge a part's fact by the whole question."""
        found = self._search.score(query, part.entry)
        others = [other for other in ranked if other.entry is not part.entry]
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
