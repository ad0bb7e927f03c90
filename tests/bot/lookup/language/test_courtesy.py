"""What stands around a question: it goes, in time linear in the length; the suite's time limit stops anything else."""

from __future__ import annotations

import pytest

from bot.lookup.answer import LONGEST_QUERY
from bot.lookup.language.courtesy import bare


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("growth zones, please - thanks :)", "growth zones"),
        ("growth zones (please)", "growth zones"),
        ("growth zones :-( ty!", "growth zones"),
        ("growth zones - :)", "growth zones -"),
        ("growth zones\nThanks\nBob", "growth zones"),
        ("growth zones - best wishes, Al.", "growth zones"),
        ("growth zones best Bob", "growth zones best Bob"),
        ("growth zones\n\nthanks so much\n", "growth zones"),
        ("hi team, thanks. growth zones", "growth zones"),
        ("growth zonesthanks", "growth zonesthanks"),
        ("thanks, please", "thanks"),
    ],
)
def test_courtesy_at_the_ends_goes(typed: str, asked: str) -> None:
    assert bare(typed) == asked


@pytest.mark.parametrize(
    "unit",
    [
        *(":)  ", ":) ", ":)", ":) :a: ", ":D ", "<3 ", ";-( ", "-", "–", ", ", "\n", "\t ", " ", "(", "?!", ". "),
        *("thanks, please. ", "thanks ", "please\n", "many thanks so much all ", "hi team, ", "Best\nBob\n", "Al "),
        *(":+1: ", ":+1:", "\N{PERSON WITH FOLDED HANDS}", "1. ", "re: ", "- \n", "\u200b", "*_~`"),
    ],
)
@pytest.mark.parametrize("end", ["today", "?", "x", "please", "\nthanks\nBob"])
def test_a_run_of_courtesy_between_words_stands_and_at_the_end_goes(unit: str, end: str) -> None:
    run = unit * (LONGEST_QUERY // len(unit))
    assert bare(f"growth zones {run}{end}").startswith("growth zones")
    assert bare(f"{run}{end} growth zones").rstrip("(").endswith("growth zones")
