"""A flame graph as text: what share of the samples each call holds, indented by who calls it.

    py-spy record --format raw --output stacks.txt --pid …
    python -m bench.flame stacks.txt [--least 2]

It reads folded stacks (`a;b;c 12`, a line each), as py-spy and perf's stackcollapse write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
    frame = re.sub(r":\d+\)$", ")", frame)
    return re.sub(r"\((?:.*/)?(?:site-packages|lib/python[\d.]+)/", "(", frame)


def tree(call: Call, least: float, whole: int, indent: int = 0) -> Iterator[str]:
    """Yield a line for each call that holds at least this share; a chain of single calls keeps its last."""
    for name, each in sorted(call.calls.items(), key=lambda item: -item[1].samples):
        if each.samples < least * whole:
            return
        yield f"{each.samples / whole:5.0%} {'  ' * indent}{name}"
        yield from tree(each, least, whole, indent + 1)
