"""The index: derived from content, never a source of truth. tantivy finds candidates, the ranker orders them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tantivy

from bot.lookup.counts import Counts, FormTable
from bot.lookup.language.acronyms import acronyms_in
from bot.lookup.language.text import forms, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.content.models import Fact
    from bot.lookup.language.acronyms import Acronym
    from bot.lookup.language.tokens import Word

_WRITER_BYTES = 15_000_000
_SCHEMA = (
    tantivy.SchemaBuilder()
    .add_unsigned_field("number", fast=True, indexed=True)
    .add_text_field("keys", tokenizer_name="whitespace", index_option="freq")
    .build()
)


@dataclass(frozen=True, slots=True)
class IndexedFact:
    """A fact as the ranker reads it: the numbers of its statement's forms and of its keywords', each with a BREAK.

    Behind the last BREAK stand the forms that only its short form holds.
    """

    fact: Fact
    statement: array[int]
    keywords: array[int]


class Index:
    """One moment of the facts, ready for look-ups; `updated` makes the next moment and leaves this one as it is."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        """Index every fact given. Takes about 0.05 ms a fact: for many, off the event loop."""
        self._tantivy = tantivy.Index(_SCHEMA)
        self._writer = self._tantivy.writer(_WRITER_BYTES, 1)
        self._table = FormTable()
        self._entries: list[IndexedFact | None] = []
        self._numbers: dict[str, int] = {}
        self._counts = Counts()
        self._change(facts, ())

    def updated(self, changed: Iterable[Fact], removed: Iterable[str] = ()) -> Index:
        """Return the index after facts were added or replaced, and the ids in `removed` dropped.

        Only the newest index of a row may be updated, by one thread at a time; older ones go on answering.
        """
        after = object.__new__(Index)
        after._tantivy, after._writer, after._table = self._tantivy, self._writer, self._table
        after._entries, after._numbers = self._entries.copy(), self._numbers.copy()
        after._counts = self._counts.copy()
        after._change(changed, removed)
        return after

    def _change(self, changed: Iterable[Fact], removed: Iterable[str]) -> None:
        for fact_id in removed:
            self._remove(fact_id)
        for fact in changed:
            self._remove(fact.id)
            self._add(fact)
        self._writer.commit()
        self._tantivy.reload()
        self._searcher = self._tantivy.searcher()
        counts, facts = self._counts, max(1, len(self))
        self.average_lengths = (
            max(1.0, counts.statement_words / facts),
            max(1.0, counts.keyword_words / max(1, counts.keywords)),
        )
        """Mean number of forms in a statement, and in a keyword."""

    def _add(self, fact: Fact) -> None:
        statement, short, *keywords = _read(fact)
        number_of = self._table.__getitem__
        stated = array("I", list(map(number_of, forms(statement))))
        named: list[int] = []
        for keyword in keywords:
            named += map(number_of, forms(keyword))
            named.append(0)
        named += [number for number in map(number_of, forms(short)) if number not in stated]
        entry = IndexedFact(fact, stated, array("I", named))
        self._count(entry, acronyms_in((statement, *keywords)), 1)
        number = len(self._entries)
        self._numbers[fact.id] = number
        self._entries.append(entry)
        keys = self._table.form_keys
        document = tantivy.Document()
        document.add_unsigned("number", number)
        document.add_text("keys", " ".join([keys[form] for form in (*stated, *named)]))
        self._writer.add_document(document)

    def _remove(self, fact_id: str) -> None:
        number = self._numbers.pop(fact_id, None)
        old = None if number is None else self._entries[number]
        if number is None or old is None:
            return
        statement, _, *keywords = _read(old.fact)
        self._count(old, acronyms_in((statement, *keywords)), -1)
        self._entries[number] = None
        self._writer.delete_documents_by_term("number", number)

    def _count(self, entry: IndexedFact, acronyms: Iterable[Acronym], step: int) -> None:
        counts = self._counts
        breaks = entry.keywords.count(0)
        counts.statement_words += step * len(entry.statement)
        counts.keywords += step * (breaks + any(entry.keywords[-1:]))
        counts.keyword_words += step * (len(entry.keywords) - breaks)
        counts.make_room(self._table)
        counts.count({*entry.statement, *entry.keywords} - {0}, self._table, step)
        counts.count_acronyms(acronyms, step)

    def __len__(self) -> int:
        """Return the number of facts."""
        return len(self._numbers)

    def entry(self, fact_id: str) -> IndexedFact | None:
        """Return the fact with this id."""
        number = self._numbers.get(fact_id)
        return None if number is None else self._entries[number]

    def candidates(self, keys: Iterable[str], limit: int) -> list[IndexedFact]:
        """Return up to `limit` facts that hold any of the keys, those that hold the rarest and most first."""
        return self._found([(tantivy.Occur.Should, _term(key)) for key in keys if self.facts_with(key)], limit)

    def matching(
        self, needed: Iterable[Iterable[tuple[str, ...]]], keys: Iterable[str], limit: int
    ) -> list[IndexedFact]:
        """Return up to `limit` facts that hold each of `needed`, those that hold most of `keys` first.

        One need is a choice of matches, and a match is keys that must all be there.
        """
        clauses = [(tantivy.Occur.Must, _any([_all(match) for match in matches])) for matches in needed]
        clauses += [(tantivy.Occur.Should, _term(key)) for key in keys]
        return self._found(clauses, limit)

    def _found(self, clauses: list[tuple[tantivy.Occur, tantivy.Query]], limit: int) -> list[IndexedFact]:
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
        number = self._table.key_number(key)
        return _at(self._counts.keys, number)

    def forms_of(self, key: str) -> list[tuple[int, str]]:
        """Return the forms under which facts hold the key, each with its number."""
        table = self._table
        return [(number, table.forms[number]) for number in table.alike(key) if _at(self._counts.forms, number)]

    def has_form(self, form: str) -> bool:
        """Whether any fact holds the form."""
        return _at(self._counts.forms, self._table.get(form)) > 0

    @property
    def forms(self) -> Mapping[str, int]:
        """Every form that facts hold, and how many facts do."""
        return {form: count for form, count in zip(self._table.forms, self._counts.forms, strict=False) if count}

    @property
    def acronyms(self) -> Iterable[Acronym]:
        """Every acronym that a fact explains."""
        return self._counts.acronyms


def _read(fact: Fact) -> list[list[Word]]:
    """Read the words of a fact's statement, of its short form and of each keyword."""
    return runs(fact.statement, fact.short or "", *fact.keywords)


def _at(counts: list[int], number: int | None) -> int:
    """Return a count; 0 for what was numbered after these were counted."""
    return counts[number] if number is not None and number < len(counts) else 0


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
