"""Reads the content folder safely: a listing, and each file's bytes or the fault that keeps it from being read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.content.faults import Code, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.content.faults import Problem, Spot

SIZE_LIMIT = 1024 * 1024
"""In bytes."""
FINGERPRINTS = "fingerprints"
"""The folder of the sources' fingerprints, whose files have the sources' ids as names."""
NOT_PLAIN_TEXT: Problem = (
    Code.WORD_PROCESSOR,
    "This is a word processor's file, not plain text.",
    "Save it as plain text (in most word processors: Save as, Plain text, UTF-8).",
)
_READ = (".yaml", ".md.j2")
_WORD_PROCESSORS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of word processors begin: .docx and .odt, .doc."""


@dataclass(frozen=True)
class TextFile:
    """A file's text, with line feeds for line breaks; `name` is its path relative to the content folder."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their breaks."""
        return self.text.split("\n")

    def fault(self, code: Code, message: str, hint: str = "", at: Spot = (1, 1), fact_id: str | None = None) -> Fault:
        """Return a fault in this file."""
        line, column = at
        source_line = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Fault(self.name, line, column, code, message, hint, source_line, fact_id)


@dataclass(frozen=True, slots=True)
class Listing:
    """The content folder's files by path relative to it.

    `files` maps YAML and template files to their bytes; `others` are the rest; `folders` are those at the top.
    """

    files: dict[str, bytes]
    others: tuple[str, ...]
    folders: tuple[str, ...]
    faults: tuple[Fault, ...]


def list_folder(root: Path) -> Listing:
    """Read every file in `root` and its folders but hidden ones. Raises nothing: whatever is wrong is a fault."""
    files: dict[str, bytes] = {}
    others: list[str] = []
    folders: list[str] = []
    faults: list[Fault] = []
    try:
        top = sorted(root.iterdir())
    except OSError as error:
        faults.append(Fault(root.name, 1, 1, Code.UNREADABLE, f"The folder cannot be read: {error.strerror}."))
        return Listing({}, (), (), tuple(faults))
    for path in top:
        if path.name.startswith((".", "__pycache__")):
            continue
        if path.is_dir():
            folders.append(_shown_path(path, root))
        for each in _below(path):
            name = _shown_path(each, root)
            if not name.endswith(_READ) and not name.startswith(f"{FINGERPRINTS}/"):
                others.append(name)
                continue
            data = _read(each, root.resolve())
            if isinstance(data, bytes):
                files[name] = data
            else:
                faults.append(Fault(name, 1, 1, *data))
    return Listing(files, tuple(others), tuple(folders), tuple(faults))


def decode(name: str, data: bytes) -> TextFile | Fault:
    """Return the text of a file, or the fault that it is not UTF-8."""
    if data.startswith(_WORD_PROCESSORS):
        return Fault(name, 1, 1, *NOT_PLAIN_TEXT)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        hint = "Save it as UTF-8 (in most editors: Save as, Encoding, UTF-8)."
        return Fault(name, line, column, Code.NOT_UTF8, "This file is not UTF-8 text.", hint)
    return TextFile(name, text.replace("\r\n", "\n").replace("\r", "\n"))


def _below(path: Path) -> Iterator[Path]:
    """Yield the files at `path` or anywhere below; a linked folder is yielded itself, not walked."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__pycache__")))
        linked = [name for name in inner if os.path.islink(os.path.join(folder, name))]  # noqa: PTH114, PTH118 — os.walk speaks strings
        named_as_files = [name for name in inner if name.endswith(_READ) and name not in linked]
        for name in sorted([*names, *linked, *named_as_files]):
            if not name.startswith("."):
                yield path.__class__(folder) / name


def _read(path: Path, root: Path) -> bytes | Problem:
    try:
        real = path.resolve()
        if not real.is_relative_to(root):
            message = "This is a link to a place outside the content folder."
            return Code.OUTSIDE_FOLDER, message, "Put the file itself here."
        if not real.is_file():
            return Code.UNREADABLE, "This is not an ordinary file.", "Put an ordinary file here, or remove it."
        with real.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it links to itself"
        return Code.UNREADABLE, f"This file cannot be read: {reason}.", "Check its permissions."
    if len(data) > SIZE_LIMIT:
        return Code.TOO_LARGE, "This file is larger than 1 MiB.", "Split it: a fact file should fit one screen."
    return data


def _shown_path(path: Path, root: Path) -> str:
    """Return the relative path with `/`; a name that is not UTF-8 shows U+FFFD."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "replace")
