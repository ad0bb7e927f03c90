"""Where one question ends and the next begins, whatever stands between them."""

from __future__ import annotations

import pytest

from bot.lookup.questions import questions_in


@pytest.mark.parametrize("joint", ["? ", "; ", " and ", ", and ", "  also\n", "\n\nand\n", " plus , "], ids=repr)
def test_a_boundary_parts_two_questions(joint: str) -> None:
    assert questions_in(f"who signed it{joint}when was it") == ("who signed it", "when was it")


@pytest.mark.parametrize("unit", [" ", "\n", ", ", "? ", " and", " and,"])
def test_a_long_run_parts_nothing_in_linear_time(unit: str) -> None:
    """Quadratic time would take longer than the suite's time limit."""
    assert questions_in(f"who signed it{unit * 400_000}x") == ()
