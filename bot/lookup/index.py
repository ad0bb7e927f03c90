"""The index: derived from content, never a source of truth. tantivy finds candidates, the ranker orders them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import tantivy

from bot.lookup.acronyms import Acronym, acronyms_in
from bot.lookup.text import forms, runs
from bot.lookup.vocabulary import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.content.models import Fact
    from bot.lookup.word import Word

_WRITER_BYTES = 15_000_000
_SCHEMA = (
    tantivy.SchemaBuilder()
    .add_text_field("id", tokenizer_name="raw", index_option="basic")
    .add_unsigned_field("number", fast=True)
    .add_text_field("keys", tokenizer_name="whitespace", index_option="freq")
    .build()
)
_Counted = TypeVar("_Counted")
BREAK = ""
"""Stands between two keywords, so that words of different keywords are never neighbours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact as the ranker reads it: the forms of its statement and of its keywords (with a BREAK between)."""

    fact: Fact
    statement: tuple[str, ...]
    keywords: tuple[str, ...]
    phrases: tuple[str, ...]
    acronyms: tuple[Acronym, ...]


def read_fact(fact: Fact) -> Entry:
    """Read a fact's words, once."""
    statement, short, *keywords = runs(fact.statement, fact.short or "", *fact.keywords)
    stated = forms(statement)
    told = [form for form in forms(short) if form not in stated]
    named: list[str] = []
    for keyword in keywords:
        named += forms(keyword)
        named.append(BREAK)
    if told:
        named += [*told, BREAK]
    phrases = {" ".join(map(key_of, fact.id.split("-"))): None}
    phrases.update((phrase_of(keyword), None) for keyword in keywords)
    return Entry(fact, tuple(stated), tuple(named), tuple(phrases), acronyms_in((statement, *keywords)))


def phrase_of(found: Iterable[Word]) -> str:
    """Return the keys of a run of words as one string, to compare whole phrases by."""
    return " ".join([key_of(word.form) for word in found])


@dataclass(slots=True)
class _Counts:
    """What is counted over all facts; every number is exact after any row of updates."""

    forms: dict[str, int] = field(default_factory=dict)
    facts_with: dict[str, int] = field(default_factory=dict)
    forms_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    acronyms: dict[Acronym, int] = field(default_factory=dict)
    statement_words: int = 0
    keyword_words: int = 0
    keywords: int = 0

    def copy(self) -> _Counts:
        return _Counts(
            dict(self.forms),
            dict(self.facts_with),
            dict(self.forms_of),
            dict(self.phrases),
            dict(self.acronyms),
            self.statement_words,
            self.keyword_words,
            self.keywords,
        )

    def count(self, entry: Entry, step: int) -> None:
        """Add (step 1) or take away (step -1) an entry."""
        self.statement_words += step * len(entry.statement)
        breaks = entry.keywords.count(BREAK)
        self.keywords += step * breaks
        self.keyword_words += step * (len(entry.keywords) - breaks)
        found = {*entry.statement, *entry.keywords}
        found.discard(BREAK)
        keys = set()
        for form in found:
            key = key_of(form)
            keys.add(key)
            before = self.forms.get(form, 0)
            if before and before + step:
                self.forms[form] = before + step
            else:
                self._list_form(form, key, step)
        for key in keys:
            count = self.facts_with.get(key, 0) + step
            if count:
                self.facts_with[key] = count
            else:
                del self.facts_with[key]
        for pair in entry.acronyms:
            _add(self.acronyms, pair, step)
        for phrase in entry.phrases:
            ids = self.phrases.get(phrase, ())
            ids = (*ids, entry.fact.id) if step > 0 else tuple(id_ for id_ in ids if id_ != entry.fact.id)
            if ids:
                self.phrases[phrase] = ids
            else:
                del self.phrases[phrase]

    def _list_form(self, form: str, key: str, step: int) -> None:
        """List a form that no fact held, or drop one that no fact holds any more."""
        alike = self.forms_of.get(key, ())
        if step > 0:
            self.forms[form] = step
            self.forms_of[key] = (*alike, form)
        else:
            del self.forms[form]
            self.forms_of[key] = tuple(other for other in alike if other != form)
            if not self.forms_of[key]:
                del self.forms_of[key]


def _add(counts: dict[_Counted, int], key: _Counted, step: int) -> int:
    count = counts.get(key, 0) + step
    if count:
        counts[key] = count
    else:
        del counts[key]
    return count


class Index:
    """One moment of the facts, ready for look-ups; `updated` makes the next moment and leaves this one as it is."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        """Index every fact given. Takes about 0.1 ms a fact: for many, off the event loop."""
        self._tantivy = tantivy.Index(_SCHEMA)
        self._writer = self._tantivy.writer(_WRITER_BYTES, 1)
        self._entries: list[Entry | None] = []
        self._numbers: dict[str, int] = {}
        self._counts = _Counts()
        self._change(list(map(read_fact, facts)), ())

    def updated(self, changed: Iterable[Fact], removed: Iterable[str] = ()) -> Index:
        """Return the index after facts were added or replaced, and the ids in `removed` dropped.

        Only the newest index of a row may be updated, by one thread at a time; older ones go on answering.
        """
        after = object.__new__(Index)
        after._tantivy, after._writer = self._tantivy, self._writer
        after._entries, after._numbers = list(self._entries), dict(self._numbers)
        after._counts = self._counts.copy()
        after._change(list(map(read_fact, changed)), removed)
        return after

    def _change(self, entries: Sequence[Entry], removed: Iterable[str]) -> None:
        for fact_id in (*removed, *(entry.fact.id for entry in entries)):
            number = self._numbers.pop(fact_id, None)
            if number is None:
                continue
            old = self._entries[number]
            if old is not None:
                self._counts.count(old, -1)
            self._entries[number] = None
            self._writer.delete_documents_by_term("id", fact_id)
        for entry in entries:
            number = len(self._entries)
            self._numbers[entry.fact.id] = number
            self._entries.append(entry)
            self._counts.count(entry, 1)
            document = tantivy.Document()
            document.add_text("id", entry.fact.id)
            document.add_unsigned("number", number)
            document.add_text("keys", " ".join(map(key_of, (*entry.statement, *entry.keywords))))
            self._writer.add_document(document)
        self._writer.commit()
        self._tantivy.reload()
        self._searcher = self._tantivy.searcher()

    def __len__(self) -> int:
        """Return the number of facts."""
        return len(self._numbers)

    def entry(self, fact_id: str) -> Entry | None:
        """Return the fact with this id."""
        number = self._numbers.get(fact_id)
        return None if number is None else self._entries[number]

    def candidates(self, keys: Iterable[str], limit: int) -> list[Entry]:
        """Return up to `limit` facts that hold any of the keys, those that hold the rarest and most first."""
        return self._found([(tantivy.Occur.Should, _term(key)) for key in keys if self.facts_with(key)], limit)

    def holding(self, needed: Iterable[Iterable[tuple[str, ...]]], keys: Iterable[str], limit: int) -> list[Entry]:
        """Return up to `limit` facts that hold each of `needed`, those that hold most of `keys` first.

        One need is a choice of readings, and a reading is keys that must all be there.
        """
        clauses = [(tantivy.Occur.Must, _any([_all(reading) for reading in readings])) for readings in needed]
        clauses += [(tantivy.Occur.Should, _term(key)) for key in keys]
        return self._found(clauses, limit)

    def _found(self, clauses: list[tuple[tantivy.Occur, tantivy.Query]], limit: int) -> list[Entry]:
        if not clauses:
            return []
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return [entry for number in numbers if (entry := self._entries[int(number or 0)])]

    def keys_from(self, start: str, limit: int) -> list[str]:
        """Return up to `limit` keys that begin so, the most frequent first."""
        return [key for key, _ in self._searcher.terms_with_prefix("keys", start, limit=limit) if self.facts_with(key)]

    def facts_with(self, key: str) -> int:
        """Return how many facts hold the key."""
        return self._counts.facts_with.get(key, 0)

    def forms_of(self, key: str) -> tuple[str, ...]:
        """Return the forms under which facts hold the key."""
        return self._counts.forms_of.get(key, ())

    def has_form(self, form: str) -> bool:
        """Whether any fact holds the form."""
        return form in self._counts.forms

    @property
    def forms(self) -> Mapping[str, int]:
        """Every form that facts hold, and how many facts do."""
        return self._counts.forms

    @property
    def acronyms(self) -> Iterable[Acronym]:
        """Every acronym that a fact explains."""
        return self._counts.acronyms

    def named(self, phrase: str) -> tuple[str, ...]:
        """Return the ids of the facts that have this run of keys as a whole keyword."""
        return self._counts.phrases.get(phrase, ())

    @property
    def average_lengths(self) -> tuple[float, float]:
        """Mean number of forms in a statement, and in a keyword."""
        counts = self._counts
        statement = counts.statement_words / max(1, len(self))
        return max(1.0, statement), max(1.0, counts.keyword_words / max(1, counts.keywords))


def _term(key: str) -> tantivy.Query:
    return tantivy.Query.term_query(_SCHEMA, "keys", key, "freq")


def _any(queries: list[tantivy.Query]) -> tantivy.Query:
    if len(queries) == 1:
        return queries[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _all(keys: tuple[str, ...]) -> tantivy.Query:
    if len(keys) == 1:
        return _term(keys[0])
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, _term(key)) for key in keys])
