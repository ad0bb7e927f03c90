"""Look-ups: words to the one fact that answers them, or an honest no with its reason."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.content.turns import in_turns
from bot.lookup.actors import asked_name
from bot.lookup.closest import ClosestFinder, Wordings
from bot.lookup.index import Index
from bot.lookup.language.courtesy import bare
from bot.lookup.language.lexicon import FUNCTION_WORDS
from bot.lookup.language.text import runs_once
from bot.lookup.query import Query, TermKind
from bot.lookup.questions import questions_in
from bot.lookup.ranker import Ranked
from bot.lookup.reasons import not_mentioned, nothing_held, perhaps_meant, shown_instead, unmatched, withdrawn
from bot.lookup.result import ECHO_LIMIT, RELATED, Answer, ScoredFact, together
from bot.lookup.search import Search
from bot.lookup.suggestions import coverage, guess_of, near, suggested, suggestion_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.content.models import Content, Fact
    from bot.lookup.evidence import Evidence
    from bot.lookup.index import IndexedFact
    from bot.lookup.suggestions import LookupSuggestion

LONGEST_QUERY = 500
"""Characters; longer words are not looked up."""
_NEAREST_SHARE = 0.5
_AS_GOOD = 0.6
_BATCH = 200
"""Facts that are compared in a millisecond at most."""

TYPE_SOMETHING = "Type a few words, such as a name, a topic or an amount."
TOO_LONG = f"The question is over {LONGEST_QUERY} characters. Ask in a few words."
NOTHING_TO_FIND = "These words name no subject. Type a name, a topic or an amount."


class Lookup:
    """Answers look-ups over one content; build a new one, or `refreshed`, when the content changes."""

    def __init__(self, content: Content) -> None:
        """Index every fact: one that is no longer served is found too, so that no other is shown in its place."""
        self._prepare(content, Index(content.facts), Wordings(content))

    def refreshed(self, content: Content) -> Lookup:
        """Return the look-up over newer content, re-reading only facts that changed; this one goes on answering."""
        changed, removed = _differing(self._content.facts, content.facts)
        index = self.index.updated(content.facts, changed, removed)
        newer = object.__new__(Lookup)
        newer._prepare(content, index, self._wordings.refreshed(content, changed, removed), self._search)
        return newer

    def _prepare(self, content: Content, index: Index, wordings: Wordings, before: Search | None = None) -> None:
        self._content = content
        self._wordings = wordings
        self.index = index
        self._search = Search(content, index, before)
        self._closest_finder = ClosestFinder(self._search)

    def read(self, words: str) -> Query:
        """Return what the words ask for."""
        return self._search.read(words)

    def knows(self, form: str) -> bool:
        """Whether a fact, or a name of the store, an area or a source, holds a form of a word."""
        return self._search.knows(form)

    def search(self, words: str, limit: int) -> list[Ranked]:
        """Return up to `limit` facts, best first, before any decision whether they answer."""
        return self._search.ranked(self.read(bare(words)), limit)

    def ask(self, words: str) -> Answer:
        """Answer any text. Deterministic; never raises for what the text holds."""
        echo = words[:ECHO_LIMIT]
        if not words.strip():
            return Answer(echo, "no_answer", reason=TYPE_SOMETHING)
        if len(words) > LONGEST_QUERY:
            return Answer(echo, "no_answer", reason=TOO_LONG)
        exact = self.index.entry(words.strip())
        words = bare(words)
        query = self.read(words)
        if exact:
            return self._served(echo, query, self._led_by(exact, self._search.answering(query)))
        if not any(term.kind is TermKind.SUBJECT for term in query.terms):
            return Answer(echo, "no_answer", reason=NOTHING_TO_FIND)
        if (asked := questions_in(words)) and (answer := self._ask_each(echo, asked)):
            return answer
        return self._decide(echo, words, query)

    def explain(self, words: str) -> tuple[Evidence, ...]:
        """Return what speaks for the facts shown and against them, then for the best others that hold a word."""
        answer = self.ask(words[:LONGEST_QUERY])
        text = bare(words[:LONGEST_QUERY])
        query = self.read(text)
        shown = [found.fact.id for found in answer.facts[: answer.leading]]
        leading = [self._search.score(query, entry) for each in shown if (entry := self.index.entry(each))]
        others = [found for found in self._search.current(query) if found.entry.fact.id not in shown]
        party, actors = self._search.actors.asked(query), self._search.actors
        return tuple(
            each._replace(is_of_another=bool(party) and not actors.fits(found.entry.fact, party, query))
            for found, each in zip(
                [*leading, *others], self._search.evidence(text, query, [*leading, *others]), strict=True
            )
            if each.matched or each.fact_id in shown
        )

    def nearest(self, words: str) -> Fact | None:
        """Return the served fact that holds most of what the words name, and at least half; it is never an answer."""
        query = self.read(words[:LONGEST_QUERY])
        best = max(self._search.current(query), key=lambda found: coverage(query, found), default=None)
        return best.entry.fact if best and coverage(query, best) >= _NEAREST_SHARE else None

    def _ask_each(self, echo: str, asked: Sequence[str]) -> Answer | None:
        """Answer each question of a text; None unless one of them is answered. A bare "when?" is about the first's."""
        answers: list[Answer] = []
        subject = " ".join(
            term.word.raw for term in self.read(asked[0]).terms if term.kind is TermKind.SUBJECT or term.names
        )
        for number, each in enumerate(asked):
            query = self.read(each)
            whole = each
            if number and not any(term.kind is TermKind.SUBJECT for term in query.terms):
                whole = f"{each} {subject}"
                query = self.read(whole)
            if not any(term.kind is TermKind.SUBJECT for term in query.terms):
                return None
            answers.append(self._decide(each, whole, query))
        if not any(answer.outcome == "answer" for answer in answers):
            return None
        return together(echo, answers)

    def _decide(self, echo: str, words: str, query: Query) -> Answer:
        """Answer with the fact that holds every needed word; else with the closest and what contradicts it; or not."""
        if answer := self._wholly(echo, query):
            return answer
        for typed, meant, text in self._closest_finder.repairs(query):
            answer = self._wholly(echo, self._search.read(text))
            if answer and answer.facts:
                return replace(
                    answer,
                    outcome="closest",
                    facts=answer.facts[:1],
                    further=(),
                    unmatched=(typed,),
                    reason=perhaps_meant(typed, meant),
                    suggestions=self._beside(query, answer.facts[0].fact),
                )
        return self._closest(echo, words, query)

    def _beside(self, query: Query, shown: Fact) -> tuple[LookupSuggestion, ...]:
        """Suggest what is near, other than the fact that is shown."""
        ranked = self._search.current(query)
        return suggested(None, near(query, (found for found in ranked if found.entry.fact is not shown)))

    def _wholly(self, echo: str, query: Query) -> Answer | None:
        """Answer with a fact that holds every needed word, and that is of whom the question is about."""
        answering = self._search.answering(query)
        party = self._search.actors.asked(query)
        fitting = [
            found for found in answering if not party or self._search.actors.fits(found.entry.fact, party, query)
        ]
        if fitting or (answering and not answering[0].entry.fact.is_current):
            return self._served(echo, query, (newest_first(fitting) if query.asks_now else fitting) or answering)
        if party and (unstated := self._unstated(query, self._search.current(query))):
            return self._answer(echo, query, [unstated])
        return None

    def _closest(self, echo: str, words: str, query: Query) -> Answer:
        """Show the closest fact with what it lacks or contradicts; else say that nothing is held."""
        ranked = self._search.current(query)
        closest = self._closest_finder.find(words, query, ranked)
        if not (closest and closest.evidence.premise) and (worded := self._worded(words)):
            closest = self._closest_finder.judged(words, query, worded, ranked)
        if closest is None:
            suggestions = self._suggestions(query, ranked)
            return Answer(
                echo, "no_answer", suggestions=suggestions, reason=nothing_held(query), unmatched=unmatched(query)
            )
        shown, actors = closest.evidence, self._search.actors
        party = actors.asked(query)
        fact = closest.found.entry.fact
        is_other = bool(party) and not actors.is_in_longer_name(query, party, fact)
        whose = actors.put_right(fact, party, asked_name(query, party)) if is_other else ""
        return replace(
            self._answer(echo, query, [closest.found]),
            outcome="closest",
            unmatched=shown.missing,
            premise=shown.premise,
            reason=whose or (shown.premise.sentence if shown.premise else not_mentioned(query, shown.missing)),
            suggestions=self._suggestions(query, closest.others),
        )

    def _worded(self, words: str) -> IndexedFact | None:
        """Return the fact that is nearest by the wordings in which people ask for it."""
        fact_id = self._wordings.nearest(words)
        return self.index.entry(fact_id) if fact_id else None

    def _unstated(self, query: Query, ranked: Sequence[Ranked]) -> Ranked | None:
        """Return the fact that says what is not stated: it holds all that the question names, or half of "how much"."""
        share = _NEAREST_SHARE if query.asks_amount else 1.0
        unstated = (found for found in ranked if found.entry.fact.certainty is Certainty.UNSTATED)
        return next((found for found in unstated if coverage(query, found) >= share), None)

    def _served(self, echo: str, query: Query, answering: list[Ranked]) -> Answer:
        """Answer with the first fact; with what superseded it; or say that it was withdrawn, and suggest the others."""
        first = answering[0].entry.fact
        served = [found for found in answering if found.entry.fact.is_current]
        if first.is_current:
            return self._answer(echo, query, served)
        instead = self._in_place_of(first)
        if entry := self.index.entry(instead.id) if instead else None:
            return self._answer(echo, query, self._led_by(entry, served))
        return Answer(echo, "no_answer", suggestions=suggested(None, served), reason=withdrawn(first))

    def _in_place_of(self, gone: Fact) -> Fact | None:
        """Return the fact that superseded one, at the end of the row; None when that was withdrawn."""
        fact: Fact | None = gone
        while fact is not None and not fact.is_current:
            fact = self._content.facts.get(fact.superseded_by) if fact.superseded_by else None
        return fact

    def _led_by(self, entry: IndexedFact, answering: list[Ranked]) -> list[Ranked]:
        """Put one fact before the others, with the best score among them."""
        best = max((found.score for found in answering), default=1.0)
        return [Ranked(entry, best, ()), *(found for found in answering if found.entry.fact is not entry.fact)]

    def _answer(self, echo: str, query: Query, answering: list[Ranked]) -> Answer:
        chosen = answering[: 1 + RELATED]
        corrected = {
            typed: _as_written(used, chosen[0].entry.fact)
            for typed, used in query.mended.items()
            if used.casefold() not in FUNCTION_WORDS  # nobody needs to be told of "the"
        }
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
            further=tuple(found.entry.fact for found in answering[1 + RELATED :]),
        )

    def _suggestions(self, query: Query, ranked: Iterable[Ranked]) -> tuple[LookupSuggestion, ...]:
        return suggested(self._meant(query), near(query, ranked))

    def _meant(self, query: Query) -> LookupSuggestion | None:
        """Suggest the query with its unknown words as names near them, if a fact answers that."""
        guess = guess_of(query, self._search.speller)
        first = self._search.first_served(self.read(guess)) if guess else None
        return suggestion_of(first.entry.fact, guess) if first and guess else None


def _differing(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> tuple[list[Fact], list[str]]:
    """Return the facts that were added or changed, and the ids of those that are gone; most are the same objects."""
    same: set[int] = set()
    for batch in in_turns(before.values(), _BATCH):
        same.update(map(id, batch))
    other = [fact for batch in in_turns(after.values(), _BATCH) for fact in batch if id(fact) not in same]
    changed = [fact for batch in in_turns(other, _BATCH) for fact in batch if before.get(fact.id) != fact]
    added = sum(fact.id not in before for fact in changed)
    if len(before) + added == len(after):
        return changed, []
    return changed, [fact_id for batch in in_turns(before, _BATCH) for fact_id in batch if fact_id not in after]


def newest_first(fitting: list[Ranked]) -> list[Ranked]:
    """Put what came later first, where a question asks how things stand: what follows the best, or nearly as good."""
    if not fitting:
        return []
    best, *others = fitting
    later = [
        found
        for found in others
        if found.entry.fact.as_of > best.entry.fact.as_of
        and (found.entry.fact.id in best.entry.fact.since or found.score >= _AS_GOOD * best.score)
    ]
    newest = max(later, key=lambda found: found.entry.fact.as_of, default=best)
    return [newest, *(found for found in fitting if found is not newest)]


def _as_written(form: str, fact: Fact) -> str:
    """Return a form as the fact writes it: OpenAI, not openai."""
    return next(
        (word.raw for run in runs_once(fact.statement, *fact.keywords) for word in run if word.form == form), form
    )
