"""Publishing: one changed file among 10,000 facts, from the folder on disk to the commit.

python -m bench.publish [--facts N]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from bot.clock import SystemClock
from bot.config import BRIEFINGS
from bot.config.maintainers import Maintainers
from bot.logging import set_up_logging
from bot.outbox.operators import Operators
from bot.publishing.publisher import Publisher
from bot.store.database import Database
from bot.store.engine import database_url

ROUNDS = 7
FACTS_IN_FILE = 50


def fill(folder: Path, facts: int) -> Path:
    """Add fact files with `facts` facts in all to a copy of the shipped content, and return the last one."""
    shutil.copytree(BRIEFINGS, folder)
    for start in range(0, facts, FACTS_IN_FILE):
        entries = (entry(number) for number in range(start, min(facts, start + FACTS_IN_FILE)))
        file = folder / "infrastructure" / f"bench-{start // FACTS_IN_FILE}.yaml"
        file.write_text("\n".join(entries), encoding="utf-8")
    return file


def entry(number: int) -> str:
    """Return a made-up fact."""
    return (
        f"bench-{number}:\n  statement: >\n    Site {number} could draw {number % 97} megawatts in its first year.\n"
        f"  certainty: possible\n  sources: {{dsit-press-release: could look to invest}}\n"
        f"  keywords: [site {number}, megawatts]\n"
    )


def rewrite(file: Path, number: int) -> None:
    """Change a word of every fact in a file."""
    text = re.sub(r"in its \w+ year", f"in its {number}th year", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")


async def measure(folder: Path, facts: int) -> list[tuple[float, float]]:
    """Return how many seconds each round took: by the clock, and of CPU."""
    file = fill(folder / "briefings", facts)
    database = Database(database_url("", folder))
    await database.migrate()
    publisher = Publisher(database, SystemClock(), Operators(Maintainers(), SystemClock()))
    await publisher.publish_folder(folder / "briefings")
    took = []
    for number in range(ROUNDS):
        rewrite(file, number)
        started = time.perf_counter(), time.process_time()
        publication = await publisher.publish_folder(folder / "briefings")
        took.append((time.perf_counter() - started[0], time.process_time() - started[1]))
        if len(publication.changes) != min(facts, FACTS_IN_FILE):
            raise RuntimeError(f"{len(publication.changes)} changes")
    await database.close()
    return took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--facts", type=int, default=10_000)
    facts = parser.parse_args().facts
    set_up_logging("error")
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(measure(Path(folder), facts))
    by_clock, cpu = (median(each) for each in zip(*took, strict=True))
    print(f"one changed file of {FACTS_IN_FILE} among {facts} facts: {by_clock:.3f} s, {cpu:.3f} s of CPU")


if __name__ == "__main__":
    main()
