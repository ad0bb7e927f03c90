"""The index: derived from content, never a source of truth. tantivy finds candidates, the ranker orders them."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import tantivy

from bot.content.turns import in_turns
from bot.lookup.tables.counts import Counts, Tally, at
from bot.lookup.tables.form_table import FormTable
from bot.lookup.tables.texts import TextReader, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.content.models import Fact
    from bot.lookup.language.acronyms import Acronym
    from bot.lookup.tables.texts import FactWords

_WRITER_BYTES = 15_000_000
_BATCH = 10
"""Facts that are indexed before it is asked whether others should get their turn."""
_KEYS = 500
"""Keys that are counted before it is asked."""
SMALL: Final = 1000
"""Facts up to which each edit builds the index anew: earlier wordings count in tantivy's scores, so it keeps none."""
_MOST_DEAD = 0.5
"""Earlier wordings that a larger index keeps beside each that is newest; beyond, it is built anew."""
_SCHEMA = (
    tantivy.SchemaBuilder()
    .add_unsigned_field("number", fast=True, indexed=True)
    .add_text_field("keys", tokenizer_name="whitespace", index_option="freq")
    .build()
)


class IndexedFact(NamedTuple):
    """A fact as the ranker reads it: the numbers of its statement's forms and of its keywords', each with a BREAK.

    Behind the last BREAK stand the forms that only its short form holds.
    """

    fact: Fact
    statement: array[int]
    keywords: array[int]


class Index:
    """One moment of the facts, ready for look-ups; `updated` makes the next moment and leaves this one as it is.

    What only grows is shared by all moments: the forms' numbers, the words of facts, and which fact a number is of.
    """

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """Index facts by id. Takes about 0.05 ms a fact, in turns: for many, off the event loop."""
        self._tantivy = tantivy.Index(_SCHEMA)
        self._table = FormTable()
        self._texts = Texts()
        self._ids: list[str] = []
        self._was_updated = False
        self._numbers: dict[str, int] = {}
        """Each fact's number by its id, as it was when all facts were indexed; moments share it."""
        self._numbers_since: dict[str, int | None] = {}
        """The numbers of facts that were added or changed since, None for those that are gone."""
        self._size = 0
        self._counts = Counts()
        self.begun_and_gone: list[str] | None = None
        """Forms that no fact held before the update, or that none holds since; None for an index built anew."""
        self._change(facts, facts.values(), ())
        self._numbers, self._numbers_since = cast("dict[str, int]", self._numbers_since), {}
        keys = in_turns(self._table.known_keys, _KEYS)
        self._counts.keys = array("i", [self._searcher.doc_freq("keys", key) for some in keys for key in some])

    def updated(self, facts: Mapping[str, Fact], changed: Sequence[Fact], removed: Iterable[str] = ()) -> Index:
        """Return the index of `facts`: of these, `changed` were added or replaced, and the ids in `removed` dropped.

        One thread at a time may update a row of indexes; older ones go on answering. What is small, what was updated
        before, and what would keep more than half as many earlier wordings as facts, is built anew.
        """
        is_small = len(facts) <= SMALL
        if is_small or self._was_updated or len(self._ids) + len(changed) > (1 + _MOST_DEAD) * len(facts):
            return Index(facts)
        after = object.__new__(Index)
        vars(after).update(vars(self))
        self._was_updated = True
        after._numbers_since, after._counts = self._numbers_since.copy(), self._counts.copy()
        numbers = after._change(facts, changed, removed, self._table)
        after.begun_and_gone = [after._table.forms[number] for number in numbers]
        return after

    def _change(
        self,
        facts: Mapping[str, Fact],
        changed: Iterable[Fact],
        removed: Iterable[str],
        counted: FormTable | None = None,
    ) -> list[int]:
        """Index what changed; return the numbers of the forms that no fact held before, or that none holds since.

        `counted` has the keys that are counted; for many facts tantivy tells them afterwards.
        """
        self.facts = facts
        """Each fact of this moment by its id."""
        table, reader = self._table, TextReader(self._table)
        added, dropped = Tally(counted), Tally(counted)
        writer = self._tantivy.writer(_WRITER_BYTES, 1)
        for ids in in_turns(removed, _BATCH):
            dropped.add(self._remove(ids, writer))
        for batch in in_turns(changed, _BATCH):
            dropped.add(self._remove([fact.id for fact in batch], writer))
            added.add(self._add(batch, reader, writer))
        writer.commit()
        writer.wait_merging_threads()  # ends the writer, whose memory is needed again only for the next change
        self._tantivy.reload()
        self._searcher = self._tantivy.searcher()
        counts, number = self._counts, max(1, len(self))
        counts.make_room(table)
        begun_and_gone = [*counts.take(dropped, -1), *counts.take(added, 1)]
        self.average_lengths = (
            max(1.0, counts.statement_words / number),
            max(1.0, counts.keyword_words / max(1, counts.keywords)),
        )
        """Mean number of forms in a statement, and in a keyword."""
        return begun_and_gone

    def _add(self, batch: list[Fact], reader: TextReader, writer: tantivy.IndexWriter) -> list[FactWords]:
        read = [*map(reader.read, batch)]
        keys = self._table.form_keys.__getitem__
        for fact, words in zip(batch, read, strict=True):
            number = self._numbers_since[fact.id] = len(self._ids)
            self._ids.append(fact.id)
            self._texts.add(words)
            document = tantivy.Document()
            document.add_unsigned("number", number)
            document.add_text("keys", " ".join(map(keys, words.numbers)))
            writer.add_document(document)
        self._size += len(batch)
        return read

    def _remove(self, ids: Iterable[str], writer: tantivy.IndexWriter) -> list[FactWords]:
        held = {each: number for each in ids if (number := self._number(each)) is not None}
        self._numbers_since |= dict.fromkeys(held)
        self._size -= len(held)
        for number in held.values():
            writer.delete_documents_by_query(tantivy.Query.term_query(_SCHEMA, "number", number))
        return [*map(self._texts.__getitem__, held.values())]

    def __len__(self) -> int:
        """Return the number of facts."""
        return self._size

    def entry(self, fact_id: str) -> IndexedFact | None:
        """Return the fact with this id."""
        number = self._number(fact_id)
        return None if number is None else self._entry(number)

    def _number(self, fact_id: str) -> int | None:
        since = self._numbers_since
        return since[fact_id] if fact_id in since else self._numbers.get(fact_id)

    def _entry(self, number: int) -> IndexedFact:
        return IndexedFact(self.facts[self._ids[number]], self._texts.statement(number), self._texts.keywords(number))

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
        return [self._entry(int(number or 0)) for number in numbers]

    def keys_from(self, start: str, limit: int) -> list[str]:
        """Return up to `limit` keys that begin so, the most frequent first."""
        return [key for key, _ in self._searcher.terms_with_prefix("keys", start, limit=limit) if self.facts_with(key)]

    def facts_with(self, key: str) -> int:
        """Return how many facts hold the key."""
        number = self._table.key_number(key)
        return at(self._counts.keys, number)

    def forms_of(self, key: str) -> list[tuple[int, str]]:
        """Return the forms under which facts hold the key, each with its number."""
        table = self._table
        return [(number, table.forms[number]) for number in table.alike(key) if at(self._counts.forms, number)]

    def has_form(self, form: str) -> bool:
        """Whether any fact holds the form."""
        return self.facts_with_form(form) > 0

    def facts_with_form(self, form: str) -> int:
        """Return how many facts hold the form."""
        return at(self._counts.forms, self._table.get(form))

    @property
    def forms(self) -> Iterable[str]:
        """Every form that facts hold, in the order in which they were first read."""
        return (form for form, count in zip(self._table.forms, self._counts.forms, strict=False) if count)

    @property
    def acronyms(self) -> Iterable[Acronym]:
        """Every acronym that a fact explains."""
        return self._counts.acronyms


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
