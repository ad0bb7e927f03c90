"""A flame graph as text: what share of the CPU's samples each call holds, indented by who calls it.

    python -m bench.flame stacks.txt [--record "/fact new"] [--least 2]

It reads folded stacks (`a;b;c 12`, a line each) as `py-spy record --format raw` and perf's stackcollapse write them.
With --record it has py-spy, which must be on PATH, write them first: of the bot, over HTTP, while it answers commands.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.driver import SECRET, HttpDriver, Stand, all_answered, ready
from bench.processes import BOT, process, unused_ports
from bench.replies import new_questions, payloads
from bench.table import BenchError
from tests.support.unlimited import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECONDS: Final = 20
_ALL: Final = 0.97
"""The share of a call's samples that another call holds alone, for the first to be left out."""


@dataclass
class Call:
    """A function as called from those above it, and how many samples were in it or below."""

    samples: int = 0
    calls: dict[str, Call] = field(default_factory=dict)

    def add(self, stack: list[str], samples: int) -> None:
        """Add samples that were taken at the end of a stack."""
        self.samples += samples
        if stack:
            self.calls.setdefault(stack[0], Call()).add(stack[1:], samples)


def read(lines: Iterable[str]) -> Call:
    """Return the tree of folded stacks. Raises ValueError for a line that is none."""
    top = Call()
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        top.add([named(frame) for frame in stack.split(";")], int(samples))
    return top


def named(frame: str) -> str:
    """Return a frame without its line, and its file without the folders above the package."""
    if not frame:
        return "(no Python frame)"
    frame = re.sub(r":\d+\)$", ")", frame)
    return re.sub(r"\((?:.*/)?(?:site-packages|lib/python[\d.]+)/", "(", frame)


def tree(call: Call, whole: int, least: float, indent: int = 0) -> Iterator[str]:
    """Yield a line for each call with this share of the samples; of calls that only call the next, the last alone."""
    for name, each in sorted(call.calls.items(), key=lambda item: -item[1].samples):
        if each.samples < least * whole:
            return
        is_left_out = any(below.samples >= _ALL * each.samples for below in each.calls.values())
        if not is_left_out:
            yield f"{each.samples / whole:4.0%} {'  ' * indent}{name}"
        yield from tree(each, whole, least, indent if is_left_out else indent + 1)


def drawn(lines: Iterable[str], least: float) -> str:
    """Return the text: calls with at least this share of all samples."""
    top = read(lines)
    return "\n".join(tree(top, top.samples, least))


async def record(path: Path, asked: str) -> None:
    """Have py-spy record the bot while it answers. Raises BenchError when py-spy fails."""
    spy = shutil.which("py-spy")
    if spy is None:
        raise BenchError("py-spy is not on PATH: pip install py-spy, in a folder of its own.")
    (port,) = unused_ports(1)
    settings = {"SLACK_BOT_TOKEN": "xoxb-1-2-bench", "SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}
    async with Stand().serving() as stand:
        settings |= UNLIMITED | {"SLACK_API_URL": f"{stand.url}/api/"}
        async with process(*BOT, **settings) as bot:
            send, fresh = HttpDriver(port).command, new_questions()
            await ready(send, "/fact", bot)
            await all_answered(send, payloads(asked, 600, fresh), 8)
            how = ("--format", "raw", "--nonblocking", "--rate", "250", "--duration", str(SECONDS))
            spying = await asyncio.create_subprocess_exec(
                spy, "record", "--pid", str(bot.pid), "--output", str(path), *how, stdout=sys.stderr
            )
            while spying.returncode is None:
                await all_answered(send, payloads(asked, 100, fresh), 8)
            if spying.returncode:
                raise BenchError(f"py-spy ended with {spying.returncode}.")


def main() -> None:
    """Record, where that is asked for, and print the text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stacks", type=Path, help="the file of folded stacks")
    parser.add_argument(
        "--record", metavar="ASKED", choices=["/fact", "/fact new", "/briefing"], help="record it first"
    )
    parser.add_argument("--least", type=float, default=2.0, help="per cent of the samples (default 2)")
    options = parser.parse_args()
    try:
        if options.record:
            asyncio.run(record(options.stacks, options.record))
        print(drawn(options.stacks.read_text(encoding="utf-8").splitlines(), options.least / 100))
    except (BenchError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
