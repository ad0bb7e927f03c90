"""What a misspelt word may have been meant as: forms with another first letter are looked up, not searched for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from bot.lookup.language.spelling import Speller

FORMS = ("cranbergs", "dranbergs", "ferryport", "isambards")


def speller(*forms: str) -> Speller:
    return Speller.of(forms, forms.count)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("verryport", ["ferryport"]),
        ("erryport", ["ferryport"]),
        ("sisambards", ["isambards"]),
        ("siambards", ["isambards", "isambards"]),
        ("xranbergs", ["cranbergs", "dranbergs"]),
        ("xxranbergs", []),
    ],
    ids=["replaced", "lost", "put before", "changed places", "two are near", "two edits"],
)
def test_a_slip_in_the_first_letter_is_corrected(typed: str, meant: list[str]) -> None:
    assert [found.form for found in speller(*FORMS).corrections(typed)] == meant


def test_where_many_forms_are_near_the_first_ones_of_a_length_are_chosen() -> None:
    near = [f"{letter}ranberg" for letter in "wvutsr"]
    found = speller(*near).corrections("xranberg")
    assert [each.form for each in found] == sorted(near[:4])


def test_a_row_of_other_words_changes_no_correction() -> None:
    asked = speller(*FORMS)
    before = asked.corrections("verryport")
    for number in range(5000):
        asked.corrections(f"isambrd{number}")
    assert asked.corrections("verryport") == before


_WORDS = st.text("qj", min_size=3, max_size=4) | st.text("qj", min_size=7, max_size=8)


@given(st.lists(_WORDS, max_size=12, unique=True), st.text("qj", min_size=1, max_size=9))
def test_forms_that_are_looked_up_are_those_that_comparing_all_would_find(forms: list[str], typed: str) -> None:
    asked, edits = speller(*forms), {form: OSA.distance(typed, form) for form in forms}
    near = asked.one_letter_from(typed, is_alone=False, is_fixed=False)
    assert {*near} == {form for form in forms if edits[form] <= 1}
    guesses = [form for form in forms if edits[form] <= 1 or (edits[form] == 2 and len(form) >= 7)]
    guess = asked.nearest(typed)
    assert (guess is None) == (not guesses or len(typed) < 3)
    assert guess is None or edits[guess] == min(edits.values())
