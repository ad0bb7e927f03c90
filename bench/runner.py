"""One table of what is measured: `python -m bench [--only ROW …] [--write]` (docs/performance.md).

It exits 1 when a ratio is worse than the committed one by more than 15 %, 2 when something that it needs is missing
or a row could not be measured; the others are printed and written all the same.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import deliveries, lookup, replies, schedules, start, suite
from bench.table import COMMITTED, PAGE, BenchError, Row, committed_in, page, shown, table, unknown, worse, write
from bot.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.table import Measures

_BEGUN_S: Final = time.perf_counter()
BENCHES: Final[Sequence[Measures]] = (replies, start, lookup, schedules, deliveries, suite)

OFFERED: Final = [row for bench in BENCHES for row in bench.ROWS]


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


def run(benches: Sequence[Measures], only: Sequence[str], path: Path, *, is_written: bool) -> int:
    """Measure, print the table, and return the exit code. Raises BenchError when nothing can be measured.

    What fails costs its own rows: the others are measured, printed and written.
    """
    if not Path("/proc/self/stat").exists():
        raise BenchError("The benchmarks read CPU time and memory from /proc: run them on Linux.")
    offered = [row for bench in benches for row in bench.ROWS]
    names, committed, of_machine = chosen(offered, only), committed_in(path), machine()
    rows: list[Row] = []
    failed: list[str] = []
    for bench in benches:
        if wanted := names & {row.name for row in bench.ROWS}:
            try:
                for row in bench.measure(wanted, say):
                    rows.append(checked(row))
                    say(f"{row.name}: {shown(row.figure)} {row.unit}, {row.ratio:.2f} times its floor")
            except (BenchError, OSError) as error:  # TimeoutError is one
                missing = ", ".join(sorted(wanted - {row.name for row in rows}))
                failed.append(f"Not measured: {missing}. {error or 'A process did not answer in time.'}")
    today = SystemClock().now().date()
    print(f"{today:%-d %B %Y}, {of_machine}\n\n{table(rows, committed)}")
    if is_written:
        write(path, rows, today, of_machine)
    found = [] if is_written else worse(rows, committed, of_machine)
    for sentence in (*(() if is_written else unknown(rows, offered, committed)), *found, *failed):
        print(sentence, file=sys.stderr)
    return 2 if failed else 1 if found else 0


def checked(row: Row) -> Row:
    """Return a row that has figures. Raises BenchError for one that has none: it would be worse than nothing."""
    if not (math.isfinite(row.figure) and math.isfinite(row.floor) and row.floor > 0):
        raise BenchError(f"{row.name} came to {row.figure}, its floor to {row.floor}: measure it again.")
    return row


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW", help="only rows whose names begin so")
    parser.add_argument(
        "--write", action="store_true", help=f"write {COMMITTED.name} and {PAGE.name} instead of comparing"
    )
    asked = parser.parse_args()
    try:
        code = run(BENCHES, asked.only, COMMITTED, is_written=asked.write)
        if asked.write:
            PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), OFFERED, committed_in(COMMITTED)), encoding="utf-8")
        sys.exit(code)
    except (BenchError, TimeoutError) as error:
        print(str(error) or "A process did not answer in time.", file=sys.stderr)
        sys.exit(2)
