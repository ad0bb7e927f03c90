"""The closest fact to a question that none answers: by what it holds, by a part of the question, or by one letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.lookup.language.lexicon import QUESTION_WORDS
from bot.lookup.query import TermKind
from bot.lookup.questions import segments_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.lookup.evidence import Evidence
    from bot.lookup.query import Query
    from bot.lookup.ranker import Ranked
    from bot.lookup.search import Search


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
        chosen = closest_of(evidence)
        if chosen is not None and evidence[chosen].premise:
            return Closest(ranked[chosen], evidence[chosen], ranked[:chosen] + ranked[chosen + 1 :])
        least = 0 if chosen is None else len(evidence[chosen].matched)
        part = self._answered_part(query, text, least) or (self._close_part(text) if chosen is None else None)
        if part is not None:
            whole = search.score(query, part.entry)
            others = [found for found in ranked if found.entry is not part.entry]
            return Closest(whole, next(search.evidence("", query, [whole])), others)
        if chosen is None:
            return None
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

    def _close_part(self, text: str) -> Ranked | None:
        """Return the fact that is close to a part between marks, of the last part that has one."""
        for part in reversed(segments_in(text)):
            query = self._search.read(part)
            ranked = self._search.current(query)
            if (chosen := closest_of(list(self._search.evidence(part, query, ranked)))) is not None:
                return ranked[chosen]
        return None

    def _answered_part(self, whole: Query, text: str, least: int) -> Ranked | None:
        """Return the fact that answers a part of at least so many subject words: without address, or between marks.

        A part that begins with a question word counts, then that of the most words, one as typed, the shorter one.
        """
        parts = [(part, True) for part in (*whole.parts(), whole.core(is_part=False), *segments_in(text)) if part]
        parts += [(core, False) for part, _ in parts[:] if (core := self._search.read(part).core(is_part=True))]
        best: tuple[bool, int, bool, int, int] = (False, max(1, least), False, -len(whole.terms), -1)
        chosen = None
        for place, (part, is_typed) in enumerate(parts):
            query = self._search.read(part)
            is_question = bool(query.terms) and query.terms[0].word.form in QUESTION_WORDS
            rank = (is_question, sum(term.is_subject for term in query.terms), is_typed, -len(query.terms), place)
            if rank > best and (first := self._search.first_served(query)):
                best, chosen = rank, first
        return chosen


def closest_of(evidence: Sequence[Evidence]) -> int | None:
    """Return the place of the closest fact: the first that puts a premise right, else the first close one."""
    for place, each in enumerate(evidence):
        if each.premise:
            return place
    close = [place for place, each in enumerate(evidence) if each.is_close]
    return min(close, key=lambda place: evidence[place].lacks_name, default=None)
