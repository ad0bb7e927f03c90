"""Folded stacks as an indented tree with per cent."""

from __future__ import annotations

import pytest

from bench.flame import drawn

STACKS = [
    "main (cli/main.py:10);run (/x/.venv/lib/python3.11/site-packages/a/b.py:3);ask (bot/ask.py:7) 6",
    "main (cli/main.py:11);run (/x/.venv/lib/python3.11/site-packages/a/b.py:4);write (bot/write.py:7) 3",
    "other (threading.py:1) 1",
]


def test_calls_of_different_lines_are_one_and_small_ones_and_bare_callers_left_out() -> None:
    assert drawn(STACKS, 0.2).splitlines() == [
        " 90% run (a/b.py)",
        " 60%   ask (bot/ask.py)",
        " 30%   write (bot/write.py)",
    ]


@pytest.mark.parametrize("line", ["", "a;b", "a;b c", "a;b -"])
def test_what_is_no_folded_stack_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        drawn([line], 0.2)
