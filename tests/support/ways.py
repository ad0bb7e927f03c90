"""Recording which modules a way through the code passes, for the tables of docs/architecture.md."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from types import FrameType

ROOT = Path(__file__).parents[2]
_OURS = tuple(f"{ROOT / name}/" for name in ("bot", "handlers", "workspace"))
_SHARED = re.compile(
    r"(bot|handlers|workspace)/\w+\.py|bot/(config|store)/\w+\.py|bot/content/models\.py|handlers/metrics/\w+\.py"
)
"""What every way uses: the modules at a root, the settings, the records of content, the database."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The calls of one thread: functions entered as `path:name`, in order, and which module called which."""

    entered: list[str] = field(default_factory=list)
    calls: set[tuple[str, str]] = field(default_factory=set)

    def passes(self, rooms: Sequence[str]) -> bool:
        """Whether these functions were entered in this order, whatever else was between them."""
        entered = iter(self.entered)
        return all(room in entered for room in rooms)

    def packages(self, rooms: Sequence[str]) -> set[str]:
        """Return the packages that the rooms' packages call, without what every way uses; `rooms` are paths."""
        found, seen, waiting = {package_of(room) for room in rooms}, set(rooms), list(rooms)
        while waiting:
            module = waiting.pop()
            for called in {called for caller, called in self.calls if caller == module} - seen:
                if _SHARED.fullmatch(called):
                    continue
                seen.add(called)
                if package_of(called) == package_of(module):
                    waiting.append(called)
                else:
                    found.add(package_of(called))
        return found


@dataclass(frozen=True, slots=True)
class Way:
    """A table of docs/architecture.md: functions as `path:name`, in order, and the modules they use."""

    rooms: Sequence[str]
    uses: AbstractSet[str]


def package_of(module: str) -> str:
    """Return a module's package, as `bot/outbox`."""
    return "/".join(module.split("/")[:2])


@contextmanager
def recorded() -> Iterator[Recording]:
    """Record this thread's calls of our own functions."""
    recording = Recording()
    begin = len(f"{ROOT}/")

    def note(frame: FrameType, event: str, _argument: object) -> None:
        path = frame.f_code.co_filename
        if event != "call" or not path.startswith(_OURS):
            return
        recording.entered.append(f"{path[begin:]}:{frame.f_code.co_qualname}")
        caller = frame.f_back
        while caller and not caller.f_code.co_filename.startswith(_OURS):
            caller = caller.f_back
        if caller:
            recording.calls.add((caller.f_code.co_filename[begin:], path[begin:]))

    sys.setprofile(note)
    try:
        yield recording
    finally:
        sys.setprofile(None)


def ways(page: str) -> Mapping[str, Way]:
    """Return each way of docs/architecture.md by its heading."""
    text = page.partition("<!-- ways -->")[2].partition("\n## ")[0]
    sections = re.findall(r"^### (.+?)\n(.+?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
    return {
        heading: Way(
            re.findall(r"^\| \d+ \| `([^`]+)` \|", section, re.MULTILINE),
            set(re.findall(r"`([^`]+)`", section.partition("\nUses: ")[2])),
        )
        for heading, section in sections
    }
