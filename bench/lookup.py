"""Look-ups over generated facts: CPU, build, memory, one changed file, and what an event loop feels of a build.

Each size is measured in a process of its own, so that memory is its own too.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import resource
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from bench.floors import WORK, work, work_s
from bench.table import BenchError, Row
from bot.content.certainty import Certainty
from bot.content.models import Area, Citation, Content, Fact, Memorandum, Source, SourceLocation
from bot.lookup.answer import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_QUESTIONS = 2_000
_SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
_BARE = "tantivy's bare search"
_ROWS = {
    "p50": (("1k", 0.2), ("10k", 0.3), ("100k", 0.5)),
    "p99": (("1k", 1.0), ("10k", 1.2), ("100k", 4.0)),
    "build": (("10k", 0.6), ("100k", 5.0)),
    "visible": (("10k", 50.0), ("100k", 100.0)),
}
"""The goals of what is measured at several sizes."""
ROWS = (
    *(
        Row(f"lookup-{size}-p50", f"CPU of a look-up, {size} facts, p50", "ms", _BARE, goal)
        for size, goal in _ROWS["p50"]
    ),
    *(
        Row(f"lookup-{size}-p99", f"CPU of a look-up, {size} facts, p99", "ms", _BARE, goal)
        for size, goal in _ROWS["p99"]
    ),
    *(Row(f"build-{size}", f"full build of {size} facts", "s", WORK, goal) for size, goal in _ROWS["build"]),
    *(
        Row(f"visible-{size}", f"one changed file of {size} facts visible", "ms", WORK, goal)
        for size, goal in _ROWS["visible"]
    ),
    Row("loop-lag", "event loop's lag p99 during a full build, 100k facts", "ms", "a thread of Python", 5.0),
    Row("lookups-in-build", "look-up p50 during a full build, 100k facts", "ms", "idle", 1.5, "ratio"),
    Row("index-memory", "memory of an index of 100k facts", "MB", "the facts", 100.0),
)
_FILE = 30
"""Facts in the one changed file."""
_SECONDS = 2.0
"""How long the loop is felt while nothing is built."""
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


def felt(lookup: Lookup, content: Content, asked: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the loop's lag and the look-ups' time while a full build goes on in a thread, each with its floor."""
    build = asyncio.run(feel(lookup, asked, partial(Lookup, content)))
    idle = asyncio.run(feel(lookup, asked, partial(time.sleep, _SECONDS)))
    busy = asyncio.run(feel(lookup, asked, _working))
    return {"loop-lag": (build.lag, busy.lag), "lookups-in-build": (build.asked, idle.asked)}


def _working() -> None:
    until = time.perf_counter() + _SECONDS
    while time.perf_counter() < until:
        work()


def _p99(figures: list[float]) -> float:
    return sorted(figures)[int(len(figures) * 0.99)]


def made(size: int) -> tuple[Content, list[str]]:
    """Return generated content and questions about it."""
    generator = Generator(size)
    facts = {fact.id: fact for fact in map(generator.fact, range(size))}
    all_facts = list(facts.values())
    return Content(_MEMORANDUM, {_SOURCE.id: _SOURCE}, facts, {}), [
        generator.question(all_facts) for _ in range(_QUESTIONS)
    ]


def measured(size: int, *, is_felt: bool) -> dict[str, tuple[float, float]]:
    """Build, ask, change a file: return each figure with its floor. Look-ups in ms of CPU, the rest by the clock."""
    gc.collect()
    empty = _memory()
    content, asked = made(size)
    gc.collect()
    before = _memory()
    lookup, built_s = built_in_thread(partial(Lookup, content))
    gc.collect()
    memory = _memory() - before
    lookup.ask(asked[0])
    looked, bare = [], []
    for words in asked:
        keys = [match.keys[0] for term in lookup.read(words).terms for match in term.matches[:1]]
        bare.append(_cpu_ms(lookup.index.candidates, keys, 10))
        looked.append(_cpu_ms(lookup.ask, words))
    by_clock_s = work_s(time.perf_counter)
    found = {
        "p50": (statistics.median(looked), statistics.median(bare)),
        "p99": (_p99(looked), _p99(bare)),
        "build": (built_s, by_clock_s),
        "visible": (visible_ms(lookup, content), by_clock_s * 1000),
        "index-memory": (memory, before - empty),
    }
    return found | (felt(lookup, content, asked) if is_felt else {})


def built_in_thread(work: Callable[[], Lookup]) -> tuple[Lookup, float]:
    """Return what is built and the seconds it took, in a thread with pauses as the bot builds it."""
    with ThreadPoolExecutor(1) as threads:
        started = time.perf_counter()
        return threads.submit(work).result(), time.perf_counter() - started


def visible_ms(lookup: Lookup, content: Content) -> float:
    """Return the milliseconds until a changed file's facts are found: the median of five edits."""
    took = []
    for turn in range(5):
        after = _edited(content, f"Newword{turn}")
        lookup, seconds = built_in_thread(partial(lookup.refreshed, after))
        took.append(seconds * 1000)
        if lookup.ask(f"newword{turn}").outcome != "answer":
            raise BenchError("a changed fact was not found")
    return statistics.median(took)


def measure(names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of these names."""
    found: dict[str, tuple[float, float]] = {}
    largest = {"loop-lag", "lookups-in-build", "index-memory"}
    for size, facts in _SIZES.items():
        wanted = {row.name for row in ROWS if f"-{size}" in row.name} | (largest if size == "100k" else set())
        if not wanted & names:
            continue
        say(f"lookup: {facts:,} facts")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            figures = pool.apply(measured, (facts,), {"is_felt": bool(names & {"loop-lag", "lookups-in-build"})})
        found |= {f"lookup-{size}-{kind}": figures[kind] for kind in ("p50", "p99")}
        found |= {f"{kind}-{size}": figures[kind] for kind in ("build", "visible")} | figures
    yield from (row.measured(*found[row.name]) for row in ROWS if row.name in names)


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
