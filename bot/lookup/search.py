"""Searches one content: reads a query, ranks the facts, and says which hold all that it needs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.lookup.actors import Actors
from bot.lookup.evidence import evidence_of, lacks, weights_of
from bot.lookup.language.lexicon import FRAME_WORDS, QUANTITIES
from bot.lookup.language.spelling import Speller
from bot.lookup.language.text import runs_once
from bot.lookup.names import as_of_words, names_in, other_names_in
from bot.lookup.premises import counted_in, counts_another, counts_otherwise, is_plain_text, premise_of, value_places
from bot.lookup.query_reader import Reader
from bot.lookup.ranker import Ranker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.content.models import Content, Fact
    from bot.lookup.evidence import Evidence
    from bot.lookup.index import Index, IndexedFact
    from bot.lookup.query import Query
    from bot.lookup.ranker import Ranked

_CANDIDATES = 40
_NEAR_CANDIDATES = 10


class Search:
    """Finds facts for queries; decides nothing. Good for one index and its content."""

    def __init__(self, content: Content, index: Index, before: Search | None = None) -> None:
        """Prepare the names and the spelling of this content; `before` is the search that an update follows."""
        names = tuple(names_in(content))
        self.frame = FRAME_WORDS.union(*(name.forms for name in names))
        """Words that a question may hold and a fact need not."""
        self.speller: Speller = (
            before.speller.updated(index.begun_and_gone, index.facts_with_form, self.frame)
            if before and index.begun_and_gone is not None and self.frame == before.frame
            else Speller.of(index.forms, index.facts_with_form, self.frame)
        )
        self.actors = Actors(names)
        self._reader = Reader(index, self.speller, names, other_names_in(content))
        self._ranker = Ranker(index)
        self._index = index

    def read(self, text: str) -> Query:
        """Return what a text asks for."""
        return self._reader.read(text)

    def knows(self, form: str) -> bool:
        """Whether a fact or a name holds a form."""
        return self._reader.knows(form)

    def ranked(self, query: Query, limit: int) -> list[Ranked]:
        """Return up to `limit` facts that hold any of the query's words, best first."""
        return self._ranker.rank(query, limit)

    def current(self, query: Query) -> list[Ranked]:
        """Return the served ones among the best facts."""
        current = query.kept.get(self)
        if not isinstance(current, list):
            ranked = self._ranker.rank(query, _NEAR_CANDIDATES)
            current = query.kept[self] = [found for found in ranked if found.entry.fact.is_current]
        return current

    def score(self, query: Query, entry: IndexedFact) -> Ranked:
        """Return how well one fact fits a query."""
        return self._ranker.score(query, entry)

    def answering(self, query: Query) -> list[Ranked]:
        """Find the facts that hold every needed word, and at least one word of the subject themselves."""
        subjects, needed = query.subject_places, query.needed
        counted = counted_in(query)
        answering = [
            found
            for found in self._ranker.rank_matching(query, _CANDIDATES)
            if any(found.matches[place] for place in subjects)
            and not any(lacks(term, found, place) for place, term in needed)
            and not (query.asks_number and not _tells_number(found.entry.fact))
            and not counts_otherwise(counted, found.entry.fact)
        ]
        return [found for found in answering if not counts_another(query, found.entry.fact)]

    def first_served(self, query: Query) -> Ranked | None:
        """Return the best of the served facts that answer."""
        return next((found for found in self.answering(query) if found.entry.fact.is_current), None)

    def evidence(self, text: str, query: Query, ranked: Iterable[Ranked]) -> Iterator[Evidence]:
        """Yield what speaks for each fact and against it; `text` is what the query was read from."""
        weights = weights_of(query, self._ranker)
        values = value_places(query) if is_plain_text(text) else frozenset()
        for found in ranked:
            missing = [place for place, term in query.needed if lacks(term, found, place)]
            premise = None
            if not values.isdisjoint(missing):
                is_held = partial(self._is_held_beside, query, found, weights)
                premise = premise_of(query, found, weights, self.actors.forms, is_held)
            yield evidence_of(query, found, missing, weights, premise)

    def _is_held_beside(
        self, query: Query, this: Ranked, weights: Sequence[float], places: Sequence[int], *, mostly: bool = False
    ) -> bool:
        """Whether what came after a fact, or another served fact on the subject of a query, holds these terms.

        `mostly`: that other fact holds more than half of what this one holds of the subject, by weight.
        """
        rest = [place for place, term in enumerate(query.terms) if term.is_subject and place not in places]
        later = [self.score(query, entry) for each in this.entry.fact.since if (entry := self._index.entry(each))]

        def held_of_rest(found: Ranked) -> float:
            return sum(weights[place] for place in rest if found.matches[place])

        least = held_of_rest(this) / 2 if mostly else 0.0
        beside = [found for found in self.current(query) if held_of_rest(found) > least]
        return any(all(_holds(found, query, place) for place in places) for found in (*later, *beside))


def _holds(found: Ranked, query: Query, place: int) -> bool:
    match = found.matches[place]
    term = query.terms[place]
    return (match is not None and match.how != "corrected") or (
        term.is_of_a_day and term.word.form in as_of_words(found.entry.fact)
    )


def _tells_number(fact: Fact) -> bool:
    """Whether a fact gives a number, or says that none is stated."""
    return fact.certainty is Certainty.UNSTATED or any(
        word.form[:1].isdigit() or word.form in QUANTITIES for word in runs_once(fact.statement)[0]
    )
