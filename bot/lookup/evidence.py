"""What speaks for a fact as the answer to a query, and against it: matched words, missing words, contradictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bot.lookup.language.lexicon import ADDRESS
from bot.lookup.language.spelling import is_plain
from bot.lookup.language.text import runs_once, words
from bot.lookup.names import as_of_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.content.models import Fact
    from bot.lookup.query import Query, Term
    from bot.lookup.ranker import Ranked, Ranker

_ADDRESS_WEIGHT = 0.05
_PLAIN_WEIGHT = 0.3
_UNKNOWN_WEIGHT = 0.6
"""Share of the greatest rarity that a word which no fact holds weighs; an English word is likelier one of address."""
_CLOSE = 0.45
_CLOSE_WITH_MORE = 0.4
_CLOSE_BY_NAME = 0.3
"""Coverage from which a fact is close: where it holds one word of the query, as typed, or more."""


@dataclass(frozen=True, slots=True)
class Premise:
    """What a question takes for granted and no source says (`asked`), and what the fact holds in its place."""

    asked: str
    held: str
    sentence: str


class Evidence(NamedTuple):
    """Why a fact answers, is close, or is neither.

    `matched` are the words of the subject that it holds and their weights, greatest first, `missing` those that it
    lacks; `coverage`, 0 to 1, is the weighted share that it holds. `lacks_name`: among the missing is a name or figure
    that another fact holds; `holds_name`: one is among the matched. `is_exact`: it holds its one word as typed, in its
    statement or as a keyword. `is_of_another`: the question is about what another party does.
    """

    fact_id: str
    matched: tuple[tuple[str, float], ...]
    missing: tuple[str, ...]
    coverage: float
    lacks_name: bool
    holds_name: bool
    is_exact: bool
    premise: Premise | None = None
    is_of_another: bool = False

    @property
    def held(self) -> float:
        """The weight of the words that the fact holds."""
        return sum(weight for _, weight in self.matched)

    @property
    def is_close(self) -> bool:
        """Whether the fact may be shown as the closest one held."""
        if self.holds_name and not self.lacks_name:
            return self.coverage >= _CLOSE_BY_NAME
        if len(self.matched) < 2:  # noqa: PLR2004 — one word
            return self.is_exact and self.coverage >= _CLOSE
        return self.coverage >= _CLOSE_WITH_MORE


def evidence_of(
    query: Query, found: Ranked, lacked: Sequence[int], weights: Sequence[float], premise: Premise | None = None
) -> Evidence:
    """Return what speaks for a ranked fact, and what against it.

    `lacked` are the places of the needed terms that it lacks, `weights` those of all the query's terms.
    """
    matched: list[tuple[str, float]] = []
    missing: list[str] = []
    lost = 0.0
    lacks_name = holds_name = False
    for place, term in query.needed:
        weight = weights[place]
        if found.matches[place] is not None:
            matched.append((term.word.raw, round(weight, 2)))
            holds_name |= _is_name(term, place)
        elif place in lacked:
            missing.append(term.word.raw)
            lost += weight
            lacks_name |= bool(term.matches) and _is_name(term, place)
    held = sum(weight for _, weight in matched)
    matched.sort(key=lambda pair: -pair[1])
    coverage = held / (held + lost) if matched else 0.0
    is_exact = len(matched) == 1 and _holds_exactly(found.entry.fact, matched[0][0])
    return Evidence(
        found.entry.fact.id,
        tuple(matched),
        tuple(missing),
        round(coverage, 2),
        lacks_name,
        holds_name,
        is_exact,
        premise,
    )


def _holds_exactly(fact: Fact, raw: str) -> bool:
    """Whether a fact has a word as typed: in its statement, or as a whole keyword."""
    typed = [word.form for word in words(raw)]
    stated, *named = runs_once(fact.statement, *fact.keywords)
    return {*typed} <= {word.form for word in stated} or typed in [[word.form for word in run] for run in named]


def _is_name(term: Term, place: int) -> bool:
    """Whether a word is a figure, an acronym, or has a capital that does not begin the sentence."""
    return term.word.is_fixed or (place > 0 and term.word.raw[0].isupper())


def weights_of(query: Query, ranker: Ranker) -> list[float]:
    """Return how much of a query's subject each of its terms is."""
    return [_weight_of(term, ranker) for term in query.terms]


def _weight_of(term: Term, ranker: Ranker) -> float:
    """Return how much of a query's subject a word is: its rarity, and less for one that no fact holds."""
    if term.matches:
        return max(max(map(ranker.rarity, match.keys)) for match in term.matches)
    if term.word.form.lower() in ADDRESS:
        return ranker.greatest_rarity * _ADDRESS_WEIGHT
    is_address = term.word.raw.islower() and (is_plain(term.word.form) or not term.word.is_fixed)
    return ranker.greatest_rarity * (_PLAIN_WEIGHT if is_address else _UNKNOWN_WEIGHT)


def lacks(term: Term, found: Ranked, place: int) -> bool:
    """Whether a fact lacks a needed word and is not of what the word names, nor of the day."""
    if not term.is_needed or found.matches[place] is not None:
        return False
    fact = found.entry.fact
    if fact.area in term.names or any(citation.source.id in term.names for citation in fact.citations):
        return False
    return not (term.is_of_a_day and term.word.form in as_of_words(fact))
