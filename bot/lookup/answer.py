"""Look-ups: words to the one fact that answers them, or an honest no with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from bot.content.models import Certainty
from bot.lookup.index import Index
from bot.lookup.lexicon import FRAME_WORDS, QUANTITIES
from bot.lookup.names import as_of_words, names_in
from bot.lookup.query import Query, Reader, Term, TermKind
from bot.lookup.ranker import Ranked, Ranker
from bot.lookup.reasons import nothing_held, shown_instead, withdrawn
from bot.lookup.spelling import Speller
from bot.lookup.text import runs, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.content.models import Content, Fact
    from bot.lookup.index import IndexedFact

LONGEST_QUERY = 500
"""Characters; longer words are not looked up."""
ECHO_LIMIT = 200
"""Characters of the asker's words that a reply repeats."""
_CANDIDATES = 40
_RELATED = 2
_NEAR = 3
_NEAR_CANDIDATES = 10
_NEAR_SHARE = 0.3
_NEAREST_SHARE = 0.5

TYPE_SOMETHING = "Type a few words, such as a name, a topic or an amount."
TOO_LONG = f"The question is over {LONGEST_QUERY} characters. Ask in a few words."
NOTHING_TO_FIND = "These words name no subject. Type a name, a topic or an amount."


@dataclass(frozen=True, slots=True)
class ScoredFact:
    """A fact and its score; scores compare within one answer only."""

    fact: Fact
    score: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to try instead: `text` to show, `fact_id` what it leads to. Never an answer."""

    kind: Literal["did_you_mean", "near"]
    text: str
    fact_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a look-up found. `facts` is empty unless outcome is "answer": the answer first, then related ones.

    `query` is the asker's words, cut at ECHO_LIMIT; `corrected` typed word → word used; `expanded` acronym → meaning;
    `reason` one plain sentence, empty when nothing needs saying; `further` facts that hold the words too, best first.
    """

    query: str
    outcome: Literal["answer", "no_answer"]
    facts: tuple[ScoredFact, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    expanded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    suggestions: tuple[Suggestion, ...] = ()
    reason: str = ""
    further: tuple[Fact, ...] = ()


class Lookup:
    """Answers look-ups over one content; build a new one, or `refreshed`, when the content changes."""

    def __init__(self, content: Content) -> None:
        """Index every fact: one that is no longer served is found too, so that no other is shown in its place."""
        self._prepare(content, Index(content.facts.values()))

    def refreshed(self, content: Content) -> Lookup:
        """Return the look-up over newer content, re-match only facts that changed; this one goes on answering."""
        before = self._content.facts
        changed = [fact for fact in content.facts.values() if (old := before.get(fact.id)) is not fact and old != fact]
        removed = [fact_id for fact_id in before if fact_id not in content.facts]
        newer = object.__new__(Lookup)
        newer._prepare(content, self.index.updated(changed, removed))
        return newer

    def _prepare(self, content: Content, index: Index) -> None:
        names = tuple(names_in(content))
        self._content = content
        self.index = index
        self._speller = Speller(index.forms, FRAME_WORDS.union(*(name.forms for name in names)))
        self._reader = Reader(index, self._speller, names)
        self._ranker = Ranker(index)

    def read(self, words: str) -> Query:
        """Return what the words ask for."""
        return self._reader.read(words)

    def search(self, words: str, limit: int) -> list[Ranked]:
        """Return up to `limit` facts, best first, before any decision whether they answer."""
        return self._ranker.rank(self.read(words), limit)

    def ask(self, words: str) -> Answer:
        """Answer any text. Deterministic; never raises for what the text holds."""
        echo = words[:ECHO_LIMIT]
        if not words.strip():
            return Answer(echo, "no_answer", reason=TYPE_SOMETHING)
        if len(words) > LONGEST_QUERY:
            return Answer(echo, "no_answer", reason=TOO_LONG)
        query = self.read(words)
        answering = self._answering(query)
        if exact := self.index.entry(words.strip()):
            return self._told(echo, query, self._led_by(exact, answering))
        if not any(term.kind is TermKind.SUBJECT for term in query.terms):
            return Answer(echo, "no_answer", reason=NOTHING_TO_FIND)
        if answering:
            return self._told(echo, query, answering)
        return Answer(echo, "no_answer", suggestions=self._suggestions(query), reason=nothing_held(query))

    def nearest(self, words: str) -> Fact | None:
        """Return the served fact that holds most of what the words name, and at least half; it is never an answer."""
        query = self.read(words[:LONGEST_QUERY])
        ranked = [found for found in self._ranker.rank(query, _NEAR_CANDIDATES) if found.entry.fact.is_current]
        best = max(ranked, key=lambda found: _coverage(query, found), default=None)
        return best.entry.fact if best and _coverage(query, best) >= _NEAREST_SHARE else None

    def _told(self, echo: str, query: Query, answering: list[Ranked]) -> Answer:
        """Answer with the first fact; with what superseded it; or say that it was withdrawn, and suggest the others."""
        first = answering[0].entry.fact
        served = [found for found in answering if found.entry.fact.is_current]
        if first.is_current:
            return self._answer(echo, query, served)
        instead = self._in_place_of(first)
        if entry := self.index.entry(instead.id) if instead else None:
            return self._answer(echo, query, self._led_by(entry, served))
        return Answer(echo, "no_answer", suggestions=_near(served), reason=withdrawn(first))

    def _in_place_of(self, gone: Fact) -> Fact | None:
        """Return the fact that superseded one, at the end of the row; None when that was withdrawn."""
        fact: Fact | None = gone
        while fact is not None and not fact.is_current:
            fact = self._content.facts.get(fact.superseded_by) if fact.superseded_by else None
        return fact

    def _led_by(self, entry: IndexedFact, answering: list[Ranked]) -> list[Ranked]:
        """Put one fact before the others, with the best score among them."""
        best = max((found.score for found in answering), default=1.0)
        return [Ranked(entry, best, ()), *(found for found in answering if found.entry is not entry)]

    def _answering(self, query: Query) -> list[Ranked]:
        """Find the facts that hold every needed word, and at least one word of the subject themselves."""
        return [
            found
            for found in self._ranker.rank_matching(query, _CANDIDATES)
            if any(
                match and term.kind is TermKind.SUBJECT for term, match in zip(query.terms, found.matches, strict=True)
            )
            and not any(_lacks(term, found, place) for place, term in enumerate(query.terms))
            and not (query.asks_number and not _tells_number(found.entry.fact))
        ]

    def _answer(self, echo: str, query: Query, answering: list[Ranked]) -> Answer:
        chosen = answering[: 1 + _RELATED]
        corrected = {typed: _as_written(used, chosen[0].entry.fact) for typed, used in query.mended.items()}
        corrected |= {
            term.word.raw: _as_written(match.shown, chosen[0].entry.fact)
            for term, match in zip(query.terms, chosen[0].matches, strict=False)
            if match and match.how == "corrected"
        }
        expanded = {term.word.raw: term.meaning for term in query.terms if term.meaning}
        return Answer(
            echo,
            "answer",
            tuple(ScoredFact(found.entry.fact, round(found.score, 4)) for found in chosen),
            MappingProxyType(corrected),
            MappingProxyType(expanded),
            reason=shown_instead(corrected, expanded),
            further=tuple(found.entry.fact for found in answering[1 + _RELATED :]),
        )

    def _suggestions(self, query: Query) -> tuple[Suggestion, ...]:
        ranked = self._ranker.rank(query, _NEAR_CANDIDATES)
        near = [found for found in ranked if found.entry.fact.is_current and _coverage(query, found) >= _NEAR_SHARE]
        return self._meant(query) + _near(near)

    def _meant(self, query: Query) -> tuple[Suggestion, ...]:
        """Suggest the query with its unknown words as names near them, if a fact answers that."""
        guess = self._guess(query)
        if guess is None:
            return ()
        answering = [found for found in self._answering(self.read(guess)) if found.entry.fact.is_current]
        if not answering:
            return ()
        return (Suggestion("did_you_mean", f"Did you mean “{guess}”?", answering[0].entry.fact.id),)

    def _guess(self, query: Query) -> str | None:
        """Return the query with each unknown word as the nearest word of a fact; None if one has none near.

        Looser than a correction: only for a suggestion.
        """
        guessed = []
        for term in query.terms:
            if term.matches or not term.is_needed:
                guessed.append(term.word.raw)
            elif near := self._speller.nearest(term.word.form):
                guessed.append(near)
            else:
                return None
        return " ".join(guessed) if any(term.is_needed and not term.matches for term in query.terms) else None


def _as_written(form: str, fact: Fact) -> str:
    """Return a form as the fact writes it: OpenAI, not openai."""
    return next((word.raw for run in runs(fact.statement, *fact.keywords) for word in run if word.form == form), form)


def _near(found: list[Ranked]) -> tuple[Suggestion, ...]:
    facts = [each.entry.fact for each in found[:_NEAR]]
    return tuple(Suggestion("near", fact.short or fact.statement, fact.id) for fact in facts)


def _tells_number(fact: Fact) -> bool:
    """Whether a fact gives a number, or says that none is stated."""
    return fact.certainty is Certainty.UNSTATED or any(
        word.form[:1].isdigit() or word.form in QUANTITIES for word in words(fact.statement)
    )


def _lacks(term: Term, found: Ranked, place: int) -> bool:
    """Whether a fact lacks a needed word and is not of what the word names, nor of the day."""
    if not term.is_needed or found.matches[place] is not None:
        return False
    fact = found.entry.fact
    if fact.area in term.names or any(citation.source.id in term.names for citation in fact.citations):
        return False
    return not (term.is_of_a_day and term.word.form in as_of_words(fact))


def _coverage(query: Query, found: Ranked) -> float:
    subject = [match for term, match in zip(query.terms, found.matches, strict=True) if term.is_needed]
    return sum(match is not None for match in subject) / len(subject) if subject else 0.0
