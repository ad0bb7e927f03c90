"""Changes as patches, where nothing is written by itself (CONTENT_APPLY=off)."""

from __future__ import annotations

import asyncio
import difflib
from typing import TYPE_CHECKING

from bot.publishing.applying.candidate import sound_candidate
from bot.publishing.applying.protocol import Applied
from bot.publishing.git_tree import root_of
from bot.recurrence.phrase import joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.publishing.applying.protocol import ApprovedChange
    from bot.publishing.content_check import ContentCheck


class PatchApply:
    """Writes nothing: returns what an approved change would change in a content folder."""

    def __init__(self, folder: Path, check: ContentCheck) -> None:
        self._folder = folder
        self._check = check

    async def apply(self, approved: ApprovedChange) -> Applied:
        """Return the patch of a change. Raises EditError, ApplyError."""
        candidate = await asyncio.to_thread(sound_candidate, self._folder, approved.change, self._check)
        if not candidate.after:
            return Applied("The content folder has it already.")
        return as_patch(candidate.before, candidate.after, _in_repository(self._folder))


def _in_repository(folder: Path) -> str:
    """Return where a folder is below the top of its git repository; its name alone where it is in none."""
    real = folder.resolve()
    return real.relative_to(root_of(real) or real.parent).as_posix().removeprefix(".")


def as_patch(before: Mapping[str, bytes | None], after: Mapping[str, str], folder: str) -> Applied:
    """Return a change that somebody has to make by hand, as a unified diff that `git apply` takes.

    `folder` is where the content is in its repository; empty for the top.
    """
    prefix = f"{folder}/" if folder else ""
    lines = (line for name in after for line in _file_patch(prefix + name, before[name], after[name]))
    return Applied(f"Not written: somebody has to make this change in {joined(list(after))}.", patch="".join(lines))


def _file_patch(name: str, before: bytes | None, after: str) -> Iterator[str]:
    old = "" if before is None else before.decode()
    yield f"diff --git a/{name} b/{name}\n"
    if before is None:
        yield "new file mode 100644\n"
    origin = "/dev/null" if before is None else f"a/{name}"
    lines = difflib.unified_diff(_lines(old), _lines(after), origin, f"b/{name}")
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, as git does."""
    *whole, last = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]
