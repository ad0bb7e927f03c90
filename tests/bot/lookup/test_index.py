"""The index by itself: what an update leaves is what building anew gives, and older moments stay as they were."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.lookup import index as index_module
from bot.lookup.index import Index
from bot.lookup.language.acronyms import acronyms_in
from bot.lookup.language.text import forms, runs
from bot.lookup.tables.form_table import FormTable
from bot.lookup.tables.texts import TextReader
from tests.bot.lookup.conftest import fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.content.models import Fact

WORDS = st.sampled_from(["quay", "quays", "crane", "cranes", "tide", "£500m", "R & D", "co-operate", "AISI", "two"])
STATEMENTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
MOMENTS = st.lists(st.dictionaries(st.sampled_from("abcdef"), STATEMENTS, max_size=6), min_size=2, max_size=6)
JOINING = (
    "£5 5 2m million Million, half a billion two twenty three hundred k K per cent pc % mw megawatts pounds usd 3rd 2nd"
    " second may May july 7 2025 2025-07-21 21/7/2025 r R & + and n d D R&D quay co-operate one 1,5 2.5 GPT-4 of"
)
JOINED = st.lists(st.sampled_from(JOINING.split(" ")), max_size=9).map(" ".join)
ODD = JOINED | st.text(st.sampled_from("aZ \t\n\0|£&;.,-'’é1²ａ\u200b\u0301ß—«"), max_size=30)


@pytest.fixture(autouse=True, scope="module")
def _updated_however_small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "SMALL", 0)
        yield


def facts_of(statements: Mapping[str, str]) -> dict[str, Fact]:
    return {fact_id: fact(fact_id, statement, "harbour") for fact_id, statement in statements.items()}


def told(index: Index, keys: Iterable[str]) -> list[object]:
    """Return all that an index says of some keys, but for the numbers that it gives."""
    held = {form: index.facts_with_form(form) for form in index.forms}
    found = [sorted(entry.fact.id for entry in index.candidates([key], 50)) for key in keys]
    return [len(index), index.average_lengths, held, found, set(index.acronyms), [*map(index.facts_with, keys)]]


@settings(max_examples=30, deadline=None)
@given(MOMENTS)
def test_an_update_leaves_what_building_anew_gives_and_the_moment_before_as_it_was(
    moments: list[dict[str, str]],
) -> None:
    keys = ["quay", "crane", "tide", "£500000000", "500000000", "rd", "cooper", "aisi", "2", "harbor"]
    before: dict[str, Fact] = {}
    index = Index(before)
    known = told(index, keys)
    for moment in moments:
        facts = facts_of(moment)
        changed = [each for each in facts.values() if each != before.get(each.id)]
        earlier, index = index, index.updated(facts, changed, [fact_id for fact_id in before if fact_id not in facts])
        assert told(earlier, keys) == known
        known = told(index, keys)
        assert known == told(Index(facts), keys)
        before = facts


def test_earlier_wordings_take_nobodys_place_among_the_candidates() -> None:
    facts = facts_of({f"quay-{number}": f"Quay number {number}." for number in range(20)})
    index = Index(facts)
    for turn in range(5):
        facts = facts_of(dict.fromkeys(facts, f"Quay of turn {turn}."))
        index = index.updated(facts, [*facts.values()])
    assert {entry.fact.id for entry in index.candidates(["quay"], 20)} == facts.keys()


def test_an_index_that_was_updated_before_is_updated_again_as_if_it_was_not() -> None:
    facts = facts_of({"one": "A quay.", "two": "A crane."})
    index = Index(facts)
    for statement in ("A tide.", "A ferry."):
        changed = facts | facts_of({"one": statement})
        assert told(index.updated(changed, [changed["one"]]), ["quay", "tide", "ferri"]) == told(
            Index(changed), ["quay", "tide", "ferri"]
        )


@settings(max_examples=300, deadline=None)
@given(ODD, st.lists(ODD, max_size=3), ODD | st.none())
def test_any_text_is_read_as_a_question_is(statement: str, keywords: list[str], short: str | None) -> None:
    read_alone = runs(statement, short or "", *keywords)
    table, other = FormTable(), fact("other", "a aZ Z a1 1", "a")
    reader = TextReader(table)
    reader.read(other)
    words = reader.read(replace(fact("odd", statement, *keywords), short=short))
    stated = forms(read_alone[0])
    named = [form for run in read_alone[2:] for form in (*forms(run), "")]
    named += [form for form in forms(read_alone[1]) if form not in stated]
    assert [table.forms[number] for number in words.numbers] == [*stated, *named]
    assert words.statement_length == len(stated)
    assert words.acronyms == acronyms_in((read_alone[0], *read_alone[2:]))
