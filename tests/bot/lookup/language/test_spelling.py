"""What a misspelt word may have been meant as: forms with another first letter are looked up, not searched for."""

import pytest

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
