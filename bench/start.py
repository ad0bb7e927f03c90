"""Start: CPU from starting `briefing-bot run` to its first answer, and its memory then, beside a bare Bolt hello.

They are started in turn: the bot with an empty folder, where it makes its database and publishes, and again with what
it left there. Modules are compiled by a start before those that count. A process's children are counted with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from bench.driver import SECRET, HttpDriver, Stand, ready
from bench.processes import BOT, family, family_cpu_s, mib, process, unused_ports
from bench.table import Row
from tests.support.unlimited import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS: Final = 5
SETTLE_S: Final = 2.0
"""Seconds after the first answer at which memory is read: what the start leaves behind it is done by then."""
_HELLO: Final = "hello on uvicorn"
ROWS: Final = (
    Row("start", "CPU from start to first answer", "s", _HELLO, 1.0),
    Row("start-memory", "resident memory then", "MiB", _HELLO, 1.8, "ratio"),
    Row("restart", "CPU from a start on what is published to the first answer", "s", _HELLO, 1.0),
    Row("restart-memory", "resident memory then", "MiB", _HELLO, 1.8, "ratio"),
)


@dataclass(frozen=True, slots=True)
class Started:
    """What a start took: CPU seconds to the first answer, and resident MiB behind it."""

    cpu_s: float
    mib: float


async def started(port: int, command: str, *arguments: str, **settings: str) -> Started:
    """Start Python with these arguments, ask a command, and stop it."""
    async with process(*arguments, **settings) as server:
        await ready(HttpDriver(port).command, command, server)
        spent_s = family_cpu_s(server.pid)
        await asyncio.sleep(SETTLE_S)
        return Started(spent_s, sum(map(mib, family(server.pid))))


async def measured(say: Callable[[str], None]) -> tuple[list[Started], list[Started], list[Started]]:
    """Return the starts of the bot with an empty folder, those after them, and those of the floor."""
    first, again, floors, (port, floor) = list[Started](), list[Started](), list[Started](), unused_ports(2)
    async with Stand().serving() as stand:
        url = f"{stand.url}/api/"
        settings = {"SLACK_BOT_TOKEN": "xoxb-1-2-bench", "SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}
        settings |= UNLIMITED | {"SLACK_API_URL": url}
        for turn in range(ROUNDS + 1):
            say(f"start: round {turn} of {ROUNDS}")
            with TemporaryDirectory() as folder:
                for starts in (first, again):
                    starts.append(await started(port, "/fact", *BOT, **settings, DATA_DIR=folder))
            floors.append(await started(floor, "/hello", "-m", "bench.hello", "http", str(floor), url, SECRET))
    return first[1:], again[1:], floors[1:]


def measure(names: frozenset[str], say: Callable[[str], None]) -> Iterator[Row]:
    """Yield the rows of these names."""
    first, again, floors = asyncio.run(measured(say))
    for row in ROWS:
        if row.name in names:
            field, ours = "mib" if row.unit == "MiB" else "cpu_s", again if row.name.startswith("re") else first
            yield row.measured(*(median(getattr(each, field) for each in starts) for starts in (ours, floors)))
