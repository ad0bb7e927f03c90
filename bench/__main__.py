"""One table of what is measured: `python -m bench [--only ROW …] [--write]` (docs/performance.md).

It exits 1 when a ratio is worse than the committed one by more than 15 %, 2 when something that it needs is missing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from bench.table import COMMITTED, BenchError, Row, committed_in, table, unknown, worse, write
from bot.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.table import Measures

_BEGUN_S: Final = time.perf_counter()
MODULES: Final = ("replies", "start", "lookup", "schedules", "deliveries")


def modules() -> list[Measures]:
    """Return what offers rows. Raises BenchError when something that is needed is missing."""
    if not Path("/proc/self/stat").exists():
        raise BenchError("The benchmarks read CPU time and memory from /proc: run them on Linux.")
    try:
        return [cast("Measures", import_module(f"bench.{name}")) for name in MODULES]
    except ImportError as error:
        raise BenchError(f"{error.name} is missing. Run `make .venv/ready`, then .venv/bin/python -m bench.") from error


def machine() -> str:
    """Return what the figures are from."""
    names = Path("/proc/cpuinfo").read_text(encoding="utf-8").partition("model name")[2].partition(":")[2]
    name = names.splitlines()[0].strip() if names else platform.machine()
    return f"{len(os.sched_getaffinity(0))} cores of {name}, Python {platform.python_version()}"


def chosen(offered: Sequence[Row], only: Sequence[str]) -> frozenset[str]:
    """Return the names asked for: each row whose name begins with one of these. Raises BenchError for one of none."""
    for each in only:
        if not any(row.name.startswith(each) for row in offered):
            raise BenchError(f"There is no row {each}. The rows are: {', '.join(row.name for row in offered)}.")
    return frozenset(row.name for row in offered if not only or row.name.startswith(tuple(only)))


def say(what: str) -> None:
    """Show progress, where it does not mix with the table."""
    print(f"[{time.perf_counter() - _BEGUN_S:.0f}] {what}", file=sys.stderr, flush=True)


def run(only: Sequence[str], *, is_written: bool, path: Path = COMMITTED) -> int:
    """Measure, print the table, and return the exit code."""
    benches = modules()
    offered = [row for bench in benches for row in bench.ROWS]
    names, committed, of_machine = chosen(offered, only), committed_in(path), machine()
    rows: list[Row] = []
    for bench in benches:
        wanted = names & {row.name for row in bench.ROWS}
        if wanted:
            rows += bench.measure(wanted, say)
    today = SystemClock().now().date()
    print(table(rows, committed, today, of_machine))
    if is_written:
        write(path, rows, today, of_machine)
        return 0
    found = worse(rows, committed, of_machine)
    for sentence in (*unknown(rows, offered, committed), *found):
        print(sentence, file=sys.stderr)
    return 1 if found else 0


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW", help="only rows whose names begin so")
    parser.add_argument(
        "--write", action="store_true", help=f"write the figures to {COMMITTED.name} instead of comparing"
    )
    asked = parser.parse_args()
    try:
        sys.exit(run(asked.only, is_written=asked.write))
    except BenchError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
