"""How long `make test` takes; what it prints is the progress."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.floors import WORK, work_s
from bench.table import BenchError, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND: Final = ("make", "--silent", "test")
ROWS: Final = (Row("make-test", "`make test`", "s", WORK, 180.0),)


def measure(names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
    """Yield its row. Raises BenchError when a test fails or make is missing: then it took no time that counts."""
    for row in ROWS:
        if row.name in names:
            say(f"suite: {' '.join(COMMAND)}")
            begun = time.perf_counter()
            try:
                subprocess.run(COMMAND, cwd=Path(__file__).parent.parent, stdout=sys.stderr, check=True)  # noqa: S603 — nothing of it is typed
            except (OSError, subprocess.CalledProcessError) as error:
                raise BenchError(
                    f"`make test` did not pass ({error}). Mend it, or measure other rows by --only."
                ) from error
            yield row.measured(time.perf_counter() - begun, work_s(time.perf_counter))
