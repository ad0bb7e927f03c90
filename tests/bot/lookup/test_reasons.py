"""Acronyms are written with the capitals of what they stand for, however they were typed."""

from __future__ import annotations

import pytest

from bot.lookup.reasons import shown_instead


@pytest.mark.parametrize(
    ("typed", "meaning", "told"),
    [
        ("mou", "Memorandum of Understanding", "MoU = Memorandum of Understanding."),
        ("Mou", "Memorandum of Understanding", "MoU = Memorandum of Understanding."),
        ("aisi", "AI Security Institute", "AISI = AI Security Institute."),
        (
            "dsit",
            "Department for Science and Innovation, Technology",
            "DSIT = Department for Science and Innovation, Technology.",
        ),
        ("kumo", "Kumoland", "kumo = Kumoland."),
        ("x", "", "x = ."),
    ],
)
def test_an_acronym_has_the_capitals_of_its_meaning(typed: str, meaning: str, told: str) -> None:
    assert shown_instead({}, {typed: meaning}) == told


def test_a_sentence_begins_with_a_capital_where_it_is_no_acronym() -> None:
    assert shown_instead({"teh": "tech"}, {"mou": "Memo of Us"}) == "Showing “tech” for “teh”; MoU = Memo of Us."
    assert shown_instead({}, {}) == ""
