"""The content folder with a change made in it: edited, and checked as publishing would check it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.content.editing.edit import edited
from bot.content.faults import Severity
from bot.content.files import list_folder
from bot.publishing.applying.protocol import ApplyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.content.editing.changes import ContentChange
    from bot.content.faults import Fault
    from bot.content.models import Content
    from bot.publishing.content_check import ContentCheck


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files of a content folder that a change touches, by path: their bytes before (None: new) and their new text.

    `content` is the whole folder with the change, None where that has an error; `faults` are all its faults.
    """

    before: Mapping[str, bytes | None]
    after: Mapping[str, str]
    content: Content | None
    faults: tuple[Fault, ...]


def candidate_of(folder: Path, change: ContentChange, check: ContentCheck) -> Candidate:
    """Make a change in a copy of a folder, and check that. Raises EditError."""
    return candidate_with(folder, lambda files: edited(files, change), check)


def candidate_with(
    folder: Path, edit: Callable[[Mapping[str, bytes]], dict[str, str]], check: ContentCheck
) -> Candidate:
    """Make an edit, from files by path to those that it touches, in a copy of a folder, and check that."""
    files = list_folder(folder).files
    after = edit(files)
    with _copied(files | {name: text.encode() for name, text in after.items()}) as copy:
        content, faults = check(copy)
    return Candidate({name: files.get(name) for name in after}, after, content, faults)


def sound_candidate(folder: Path, change: ContentChange, check: ContentCheck) -> Candidate:
    """Make a change in a copy of a folder. Raises EditError, and ApplyError with the first fault that `check` finds."""
    candidate = candidate_of(folder, change, check)
    errors = [fault for fault in candidate.faults if fault.severity is Severity.ERROR]
    if errors:
        more = f" ({len(errors) - 1} more)" if errors[1:] else ""
        message = f"The content would have a fault: {errors[0].file}:{errors[0].line}: {errors[0].message}{more}"
        raise ApplyError(message, errors[0].hint)
    return candidate


@contextmanager
def _copied(files: Mapping[str, bytes]) -> Iterator[Path]:
    with TemporaryDirectory(prefix="briefing-bot-") as temporary:
        for name, data in files.items():
            path = Path(temporary) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        yield Path(temporary)
