"""What is left of a text when its phrases are cut out, in time linear in the length."""

from __future__ import annotations

import re

import pytest

from bot.recurrence.scanner import Scanner


def left_of(words: str) -> str:
    """Return what is left when each 9 is cut out."""
    scanner = Scanner(words, limit=1_000_000)
    scanner.take(re.compile("9"))
    return scanner.rest()


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("growth zones, every (9)", "growth zones"),
        ("growth zones and at 9, and on 9", "growth zones"),
        ("skills band 9", "skills band"),
        ("every, and 9 skills", "skills"),
    ],
)
def test_what_joined_the_phrases_goes(words: str, left: str) -> None:
    assert left_of(words) == left


def test_a_long_run_of_marks_is_read_in_linear_time() -> None:
    """Quadratic time would take longer than the suite's time limit."""
    run = "," * 400_000
    assert left_of(f"a{run}b 9") == f"a{run}b"
