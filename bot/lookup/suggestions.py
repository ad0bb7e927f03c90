"""What to try instead of an answer: the query with names near its unknown words, and facts that hold part of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.content.models import Fact
    from bot.lookup.language.spelling import Speller
    from bot.lookup.query import Query
    from bot.lookup.ranker import Ranked

_NEAR = 3
_NEAR_COVERAGE = 0.3


@dataclass(frozen=True, slots=True)
class LookupSuggestion:
    """Something to try instead, never an answer: `text` to show, `fact_id` what it leads to.

    `label` is the fact's certainty and `source` who published it, and when.
    """

    kind: Literal["did_you_mean", "near"]
    text: str
    fact_id: str
    label: str = ""
    source: str = ""


def near(query: Query, ranked: Iterable[Ranked]) -> Iterator[Ranked]:
    """Yield the served facts that hold at least three tenths of the words that the query needs."""
    for found in ranked:
        if found.entry.fact.is_current and coverage(query, found) >= _NEAR_COVERAGE:
            yield found


def suggested(meant: LookupSuggestion | None, found: Iterable[Ranked]) -> tuple[LookupSuggestion, ...]:
    """Return the guess, if any, and up to three facts, none of them twice."""
    others = (each.entry.fact for each in found if meant is None or each.entry.fact.id != meant.fact_id)
    return (*((meant,) if meant else ()), *map(suggestion_of, islice(others, _NEAR)))


def suggestion_of(fact: Fact, guess: str = "") -> LookupSuggestion:
    """Return a fact as a suggestion; `guess` is the query that it answers, where that is what is suggested."""
    first = fact.citations[0].source if fact.citations else None
    source = f"{first.publisher}, {first.published:%Y}" if first else ""
    if guess:
        return LookupSuggestion("did_you_mean", f"Did you mean “{guess}”?", fact.id, fact.label, source)
    return LookupSuggestion("near", fact.short or fact.statement, fact.id, fact.label, source)


def guess_of(query: Query, speller: Speller) -> str | None:
    """Return the query with each unknown word as the nearest word of a fact; None if one has none near.

    Looser than a correction: only for a suggestion.
    """
    guessed = []
    for term in query.terms:
        if term.matches or not term.is_needed:
            guessed.append(term.word.raw)
        elif word := speller.nearest(term.word.form):
            guessed.append(word)
        else:
            return None
    return " ".join(guessed) if any(term.is_needed and not term.matches for term in query.terms) else None


def coverage(query: Query, found: Ranked) -> float:
    """Return the share of the needed words that a fact holds, each counted alike."""
    needed = [match for term, match in zip(query.terms, found.matches, strict=True) if term.is_needed]
    return sum(match is not None for match in needed) / len(needed) if needed else 0.0
