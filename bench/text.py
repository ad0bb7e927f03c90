"""How the time for hostile text grows with its length: twice the characters, twice the time.

Prints the CPU time for the longest text and its ratio to that for half of it, medians of RUNS.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Final

from bot.answers.claim_check import MOST_CHARACTERS, sentences
from bot.lookup.language.text import words

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS: Final = 3
LONGEST: Final = 1_000_000
UNITS: Final = ("é", "\u0301\u0316", "a.b", "'", "one ", "million ", "مرحبا")
PARTS: Final = ("No. 1 ", "A. ", "Mr. ", ".    ", "x", "1. ")


def median_s(work: Callable[[str], object], text: str) -> float:
    """Return the CPU seconds that the work takes."""
    taken = []
    for _ in range(RUNS):
        begun = time.process_time()
        work(text)
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def main() -> None:
    """Print a row for each function and unit."""
    print("| what | repeated | ms | ÷ half the length |\n|---|---|---|---|")
    for name, work, longest, units in (
        ("words", words, LONGEST, UNITS),
        ("sentences", sentences, MOST_CHARACTERS, PARTS),
    ):
        for unit in units:
            whole = median_s(work, unit * (longest // len(unit)))
            half = median_s(work, unit * (longest // 2 // len(unit)))
            print(f"| {name} | {unit!r} | {1000 * whole:.1f} | {whole / half:.1f} |")


if __name__ == "__main__":
    main()
