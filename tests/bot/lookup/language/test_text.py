"""One form for everything that is the same, on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lookup.language.text import clean, words
from bot.lookup.language.tokens import key_of


def forms(text: str) -> list[str]:
    return [word.form for word in words(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("£500m", "£500 million"),
        ("£500m", "£500,000,000"),
        ("£500m", "500 million pounds"),
        ("£500M", "GBP 500m"),
        ("£2bn", "£2,000 million"),
        ("£1.5bn", "1.5 billion pounds"),
        ("half a billion", "500 million"),
        ("20%", "twenty per cent"),
        ("20 percent", "20 %"),
        ("100MW", "100 megawatts"),
        ("two hundred bids", "200 bids"),
        ("second area", "2nd area"),
        ("21 July 2025", "2025-07-21"),
        ("21st July 2025", "21/07/2025"),
        ("U.K.", "UK"),
        ("what’s", "what's"),
        ("the Port's", "the Port"),
        ("café", "cafe"),
        ("ＦＵＬＬ width", "full width"),
        ("R&D", "R&amp;D"),
        ("R&D", "r and d"),
        ("R & D", "R&D"),
        ("co-operation", "co‑operation"),
        ("GPT-4o", "gpt-4O"),
        ("soft\u00adhyphen", "softhyphen"),
        ("zero\u200bwidth", "zerowidth"),
        ("Straße", "strasse"),
    ],
)
def test_two_writings_of_one_thing_have_one_form(one: str, other: str) -> None:
    assert forms(one) == forms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("£500m", "$500m"),
        ("£500m", "£500bn"),
        ("GPT-4", "GPT-4o"),
        ("the US", "us"),
        ("May 2025", "it may"),
        ("20%", "20"),
        ("3.5", "35"),
    ],
)
def test_different_things_keep_different_forms(one: str, other: str) -> None:
    assert forms(one) != forms(other)


def test_a_word_written_apart_keeps_its_parts() -> None:
    (word,) = words("GPT-4o")
    assert (word.form, word.parts) == ("gpt4o", ("gpt", "4o"))


def test_an_amount_is_found_without_its_currency() -> None:
    (word,) = words("£500m")
    assert word.broad == "500000000"


def test_capitals_say_nothing_in_a_text_of_capitals() -> None:
    assert forms("WHAT IS THE US") == forms("what is the us")


@given(st.text(st.characters(exclude_categories=())))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_words_that_the_index_can_take(text: str) -> None:
    for word in words(text):
        assert word.form
        assert " " not in word.form
        word.form.encode("utf-8")


@given(st.text(alphabet="0123456789£$%.,- kmbntwo&MW/", max_size=40))
def test_numbers_of_any_shape_are_read(text: str) -> None:
    words(text)


@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "a",
        "a-",
        "1,",
        "£1",
        "é",
        "\u0301\u0316",
        "\ud800",
        "\x00",
        "9",
        "a.b",
        "'",
        "one ",
        "million ",
        "مرحبا",
        "👩‍👩‍👧",
    ],
)
def test_a_hundred_thousand_characters_are_read(unit: str) -> None:
    """How long it takes is in bench/text.py."""
    words(unit * (100_000 // len(unit)))


@pytest.mark.parametrize(
    ("word", "other"),
    [("responsible", "responses"), ("governance", "government"), ("important", "imports"), ("cheque", "check")],
)
def test_words_of_another_meaning_are_not_one_word(word: str, other: str) -> None:
    assert key_of(word) != key_of(other)


def test_forms_of_one_word_are_one_word() -> None:
    assert key_of("responsible") == key_of("responsibilities")
    assert key_of("zone") == key_of("zones")
