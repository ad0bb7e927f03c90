"""What speaks for a fact as the answer, and how much of it makes a fact close enough to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.lookup.evidence import Evidence

if TYPE_CHECKING:
    from bot.lookup.answer import Lookup

NOTHING: dict[str, Any] = {
    "fact_id": "crane-money",
    "matched": (),
    "missing": (),
    "coverage": 0.0,
    "lacks_name": False,
    "holds_name": False,
    "is_exact": False,
}
ONE = (("crane", 3.0),)
TWO = (*ONE, ("money", 2.0))


@pytest.mark.parametrize(
    ("how", "is_close"),
    [
        ({"matched": ONE, "coverage": 0.45, "is_exact": True}, True),
        ({"matched": ONE, "coverage": 0.44, "is_exact": True}, False),
        ({"matched": ONE, "coverage": 1.0, "is_exact": False}, False),
        ({"matched": TWO, "coverage": 0.4}, True),
        ({"matched": TWO, "coverage": 0.39}, False),
        ({"matched": ONE, "coverage": 0.3, "holds_name": True}, True),
        ({"matched": ONE, "coverage": 0.29, "holds_name": True}, False),
        ({"matched": ONE, "coverage": 0.3, "holds_name": True, "lacks_name": True}, False),
        ({"matched": TWO, "coverage": 0.4, "holds_name": True, "lacks_name": True}, True),
    ],
)
def test_a_fact_is_close_from_a_share_of_the_question_on(how: dict[str, Any], is_close: bool) -> None:  # noqa: FBT001 — pytest's
    assert Evidence(**{**NOTHING, **how}).is_close is is_close


def test_what_is_held_weighs_as_much_as_its_words() -> None:
    assert Evidence(**{**NOTHING, "matched": TWO}).held == 5.0


def of(lookup: Lookup, words: str, fact_id: str) -> Evidence:
    """Return what speaks for a fact when these words are asked."""
    return next(each for each in lookup.explain(words) if each.fact_id == fact_id)


@pytest.mark.parametrize(
    ("words", "holds_name"),
    [
        ("HSI zebras", True),
        ("zebras HSI", True),
        ("zebras of Grabson", True),
        ("Grabson zebras", False),
        ("sovereign", False),
    ],
)
def test_a_name_is_an_acronym_or_has_a_capital_that_does_not_begin_the_sentence(
    lookup: Lookup,
    words: str,
    holds_name: bool,  # noqa: FBT001 — pytest's
) -> None:
    found = next(each for each in lookup.explain(words) if each.matched)
    assert found.holds_name is holds_name


def test_a_name_that_another_fact_holds_is_lacked(lookup: Lookup) -> None:
    assert of(lookup, "cranes of Grabson and HSI", "crane-maker").lacks_name
    assert not of(lookup, "cranes of Grabson and zebras", "crane-maker").lacks_name


def test_matched_words_stand_by_weight_and_the_rest_is_missing(lookup: Lookup) -> None:
    found = of(lookup, "cranes built by zebras", "crane-maker")
    assert [word for word, _ in found.matched] == ["built", "cranes"]
    assert found.missing == ("zebras",)
    assert 0 < found.coverage < 1


def test_one_word_is_exact_as_typed_in_the_statement_or_as_a_whole_keyword(lookup: Lookup) -> None:
    assert of(lookup, "HSI", "institute").is_exact
    assert of(lookup, "sovereign", "institute").is_exact
    assert not of(lookup, "fund", "crane-money").is_exact
    assert not of(lookup, "sovereign ferries", "institute").is_exact
