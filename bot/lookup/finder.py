"""Words to facts in order, best first: reading, spelling fix and ranking, before any decision to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lookup.index import Index
from bot.lookup.lexicon import FRAME_WORDS
from bot.lookup.query import Name, Query, Reader
from bot.lookup.ranker import Ranked, Ranker
from bot.lookup.spelling import Speller

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.content.models import Fact


class Finder:
    """Ranks the facts of one moment; `refreshed` makes the next moment's and leaves this one as it is."""

    def __init__(self, facts: Iterable[Fact], names: Iterable[Name] = ()) -> None:
        """Index the facts; `names` are what the whole store, its areas and sources are called."""
        self._prepare(Index(facts), names)

    def refreshed(self, changed: Iterable[Fact], removed: Iterable[str], names: Iterable[Name] = ()) -> Finder:
        """Return the finder after facts changed, were added or were removed (ids); this one goes on working."""
        newer = object.__new__(Finder)
        newer._prepare(self.index.updated(changed, removed), names)
        return newer

    def _prepare(self, index: Index, names: Iterable[Name]) -> None:
        self.index = index
        names = tuple(names)
        self._speller = Speller(index.forms, FRAME_WORDS.union(*(name.forms for name in names)))
        self._reader = Reader(index, self._speller, names)
        self._ranker = Ranker(index)

    def read(self, words: str) -> Query:
        """Read what the words ask for."""
        return self._reader.read(words)

    def rank(self, query: Query, limit: int) -> list[Ranked]:
        """Return up to `limit` facts for a query as read, best first."""
        return self._ranker.rank(query, limit)

    def rank_holding(self, query: Query, limit: int) -> list[Ranked]:
        """Return up to `limit` facts that hold what the query needs of a fact's own text, best first."""
        return self._ranker.rank_holding(query, limit)

    def guess(self, query: Query) -> str | None:
        """Return the query with each unknown word as the nearest word of a fact; None if one has none near.

        Looser than a correction: only ever for a suggestion.
        """
        guessed = []
        for unit in query.units:
            if unit.readings or not unit.is_needed:
                guessed.append(unit.word.raw)
            elif near := self._speller.nearest(unit.word.form):
                guessed.append(near)
            else:
                return None
        told = " ".join(guessed)
        return told if any(unit.is_needed and not unit.readings for unit in query.units) else None

    def find(self, words: str, limit: int) -> list[Ranked]:
        """Return up to `limit` facts for the words, best first."""
        return self.rank(self.read(words), limit)
