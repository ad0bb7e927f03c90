"""Speed and memory of look-ups over generated facts, beside tantivy's bare search in the same run.

    python -m bench.lookup [--facts N …] [--queries N]

Prints two tables: CPU time of a look-up, build, memory, and one changed file becoming visible; then what an event
loop and its look-ups feel while a thread builds. Each size runs in a child process, so that memory is its own too.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import random
import resource
import statistics
import time
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from bot.content.certainty import Certainty
from bot.content.models import Area, Citation, Content, Fact, Memorandum, Source, SourceLocation
from bot.lookup.answer import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SIZES = (1_000, 10_000, 100_000)
_FILE = 30
"""Facts in the one changed file."""
_NAP = 0.001
"""Seconds that the loop sleeps between look-ups while something is built."""
_DAY = date(2025, 7, 21)
_SYLLABLES = [c + v + e for c in "bcdfglmnprstv" for v in "aeiou" for e in ("", "n", "r", "l", "st")]
_SOURCE = Source("source", "A source", "A publisher", _DAY, "https://example.org/source")
_AREA = Area("generated", 1, "Generated facts")
_MEMORANDUM = Memorandum(
    title="A memorandum",
    short_title="Memorandum",
    parties=("One", "Other"),
    position_on=_DAY,
    checked_on=_DAY,
    contact="nobody",
    scope="generated facts",
    review_every=90,
    overview=Area("agreement", 0, "Overview"),
    areas=(_AREA,),
)


class Generator:
    """Makes facts whose words are as frequent as in English text (Zipf), and questions about them, with typos."""

    def __init__(self, facts: int) -> None:
        """Make a vocabulary that grows with the number of facts, as natural text's does (Heaps)."""
        self._random = random.Random(7)  # noqa: S311 — repeatable facts, no secret
        words = min(50_000, 40 * int(facts**0.6))
        self._words = sorted(
            {"".join(self._random.choices(_SYLLABLES, k=self._random.choice((2, 2, 3, 4)))) for _ in range(words)}
        )
        self._random.shuffle(self._words)
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._words) + 1)))

    def fact(self, number: int) -> Fact:
        """Make one fact: some 25 words, an amount now and then, three keywords."""
        words = self._random.choices(self._words, cum_weights=self._weights, k=self._random.randint(18, 30))
        if number % 5 == 0:
            words.insert(3, f"£{self._random.randint(1, 900)} million")
        keywords = [" ".join(self._random.choices(self._words, k=self._random.randint(1, 2))) for _ in range(3)]
        return Fact(
            id=f"fact-{number}",
            area=_AREA.key,
            statement=f"{' '.join(words).capitalize()}.",
            certainty=Certainty.STATED,
            citations=(Citation(_SOURCE, ""),),
            as_of=_DAY,
            checked_on=_DAY,
            place=SourceLocation(f"generated/{number // _FILE}.yaml", number % _FILE + 1, 1),
            keywords=tuple(keywords),
        )

    def question(self, facts: Sequence[Fact]) -> str:
        """Ask for two to five words of some fact; one in four misspelt, one in ten of words that no fact holds."""
        fact = self._random.choice(facts)
        words = self._random.sample(fact.statement[:-1].split(), k=self._random.randint(2, 5))
        luck = self._random.random()
        if luck < 0.25:  # noqa: PLR2004 — the share told above
            longest = max(range(len(words)), key=lambda place: len(words[place]))
            at = self._random.randrange(1, len(words[longest]))
            words[longest] = words[longest][:at] + words[longest][at + 1 :]
        elif luck > 0.9:  # noqa: PLR2004 — the share told above
            words.append("quizzaciously")
        return " ".join(words)


@dataclass(frozen=True)
class Felt:
    """What the loop feels while a thread works: p99 of its lag in ms, and a look-up's median and p99 by the clock."""

    lag: float
    asked: float
    slowest: float


async def feel(lookup: Lookup, asked: Sequence[str], act: Callable[[], object]) -> Felt:
    """Look up again and again on the loop, with naps between, for as long as `act` works in a thread."""
    lags, took = [], []
    working = asyncio.ensure_future(asyncio.to_thread(act))
    turn = 0
    while not working.done() or turn == 0:
        started = time.perf_counter()
        await asyncio.sleep(_NAP)
        woke = time.perf_counter()
        lookup.ask(asked[turn % len(asked)])
        lags.append((woke - started - _NAP) * 1000)
        took.append((time.perf_counter() - woke) * 1000)
        turn += 1
    await working
    return Felt(_p99(lags), statistics.median(took), _p99(took))


def under_load(lookup: Lookup, content: Content, changed: Content, asked: Sequence[str]) -> dict[str, Felt]:
    """Feel the loop while nothing, a full build, and the refresh after one changed file goes on in a thread."""
    return {
        "idle": asyncio.run(feel(lookup, asked, partial(time.sleep, 2))),
        "full": asyncio.run(feel(lookup, asked, partial(Lookup, content))),
        "file": asyncio.run(feel(lookup, asked, partial(lookup.refreshed, changed))),
    }


def _p99(figures: list[float]) -> float:
    return sorted(figures)[int(len(figures) * 0.99)]


def measure(size: int, questions: int) -> tuple[dict[str, float], dict[str, Felt]]:
    """Build, ask, change a file: return the figures of one size. Look-ups in ms of CPU, the rest as the clock says."""
    generator = Generator(size)
    facts = {fact.id: fact for fact in map(generator.fact, range(size))}
    content = Content(_MEMORANDUM, {_SOURCE.id: _SOURCE}, facts, {})
    all_facts = list(facts.values())
    asked = [generator.question(all_facts) for _ in range(questions)]
    gc.collect()
    before = _memory()
    started = time.perf_counter()
    lookup = Lookup(content)
    built = time.perf_counter() - started
    gc.collect()
    memory = _memory() - before
    lookup.ask(asked[0])
    looked = sorted(_cpu_ms(lookup.ask, words) for words in asked)
    keys = [[match.keys[0] for term in lookup.read(words).terms for match in term.matches[:1]] for words in asked]
    bare = sorted(_cpu_ms(lookup.index.candidates, found, 10) for found in keys)
    felt = under_load(lookup, content, _edited(content, "Underload"), asked)
    visible = []
    for turn in range(5):
        after = _edited(content, f"Newword{turn}")
        started = time.perf_counter()
        lookup = lookup.refreshed(after)
        visible.append((time.perf_counter() - started) * 1000)
        if lookup.ask(f"newword{turn}").outcome != "answer":
            raise SystemExit("a changed fact was not found")
    figures = {
        "p50": statistics.median(looked),
        "p99": looked[int(len(looked) * 0.99)],
        "bare p50": statistics.median(bare),
        "bare p99": bare[int(len(bare) * 0.99)],
        "build s": built,
        "memory MB": memory,
        "visible ms": statistics.median(visible),
    }
    return figures, felt


def _edited(content: Content, word: str) -> Content:
    """Return the content after an edit of one file's facts, each with the word."""
    changed = {
        fact_id: replace(content.facts[fact_id], statement=f"{word} {number}.")
        for number, fact_id in enumerate(list(content.facts)[:_FILE])
    }
    return Content(_MEMORANDUM, content.sources, {**content.facts, **changed}, {})


def _cpu_ms(act: Callable[..., object], *words: object) -> float:
    started = time.process_time_ns()
    act(*words)
    return (time.process_time_ns() - started) / 1e6


def _memory() -> float:
    """Return the resident memory in MB now, or the most so far where /proc is not there."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def main() -> None:
    """Measure each size asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, nargs="+", default=_SIZES)
    parser.add_argument("--queries", type=int, default=2_000)
    options = parser.parse_args()
    print(
        "| facts | look-up CPU ms p50 / p99 | tantivy alone p50 / p99 | build s | memory MB | changed file visible ms |"
    )
    print("|---|---|---|---|---|---|")
    loads = []
    for size in options.facts:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            told, felt = pool.apply(measure, (size, options.queries))
        loads.append((size, felt))
        print(
            f"| {size:,} | {told['p50']:.2f} / {told['p99']:.2f} | {told['bare p50']:.2f} / {told['bare p99']:.2f} |"
            f" {told['build s']:.2f} | {told['memory MB']:.0f} | {told['visible ms']:.0f} |"
        )
    print("\n| facts | meanwhile in a thread | loop lag ms p99 | look-up ms p50 / p99 by the clock | times idle p50 |")
    print("|---|---|---|---|---|")
    for size, felt in loads:
        for name, work in (("idle", "nothing"), ("full", "full build"), ("file", "one file's refresh")):
            each = felt[name]
            print(
                f"| {size:,} | {work} | {each.lag:.1f} | {each.asked:.2f} / {each.slowest:.2f} |"
                f" {each.asked / felt['idle'].asked:.2f} |"
            )


if __name__ == "__main__":
    main()
