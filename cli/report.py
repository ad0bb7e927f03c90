"""Prints faults for people, programs and GitHub."""

from __future__ import annotations

import json
import unicodedata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.content.faults import Severity
from bot.publishing.git_tree import root_of
from bot.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.content.faults import Fault

_WINDOW = 100
"""Characters of a source line shown around the caret."""
_JSON_FIELDS = ("line", "column", "severity", "code", "message", "hint", "paste")
_COLOURS = {Severity.ERROR: typer.colors.RED, Severity.WARNING: typer.colors.YELLOW}


def human(faults: Sequence[Fault], folder: Path) -> str:
    """Return faults for a terminal, grouped by fact, with colours (typer.echo strips them elsewhere)."""
    groups = groupby(faults, key=lambda fault: (fault.file, fault.fact_id))
    parts = ["\n".join(_group(list(group), folder)) for _, group in groups]
    return "\n\n".join([*parts, tally(faults)])


def _group(faults: list[Fault], folder: Path) -> Iterator[str]:
    if faults[0].fact_id:
        yield typer.style(visible(faults[0].fact_id), bold=True)
    for fault in faults:
        place = f"{visible(shown_file(folder, fault.file))}:{fault.line}:{fault.column}"
        yield f"{place} {typer.style(fault.severity, fg=_COLOURS[fault.severity])} {fault.code}"
        if fault.source_line.strip():
            line, caret = _excerpt(fault.source_line, fault.column)
            yield f"  {fault.line:>4} | {line}"
            yield f"       | {caret}"
        yield f"  {fault.message}"
        if fault.hint:
            yield f"  {fault.hint}"
        if fault.paste:
            yield f"\n{fault.paste}"


def _excerpt(source_line: str, column: int) -> tuple[str, str]:
    """Return the part of a line around a column, and a caret below that column; wide characters take two places."""
    start = max(0, column - 1 - _WINDOW // 2) if len(source_line) > _WINDOW else 0
    line = visible(source_line[start : start + _WINDOW])
    before = line[: column - 1 - start]
    return line, "".join("  " if unicodedata.east_asian_width(char) in "WF" else " " for char in before) + "^"


def tally(faults: Iterable[Fault]) -> str:
    """Return “3 errors, 1 warning in 2 files.”."""
    found = list(faults)
    counts = [(sum(fault.severity is severity for fault in found), severity.value) for severity in Severity]
    counted = ", ".join(_count(number, word) for number, word in counts if number)
    return f"{counted} in {_count(len({fault.file for fault in found}), 'file')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def json_lines(faults: Iterable[Fault], folder: Path) -> Iterator[str]:
    """Yield a JSON object for each fault: file, line, column, severity, code, message, hint, paste."""
    for fault in faults:
        values = {name: getattr(fault, name) for name in _JSON_FIELDS}
        yield json.dumps({"file": shown_file(folder, fault.file), **values}, ensure_ascii=False)


def github(faults: Iterable[Fault], folder: Path) -> Iterator[str]:
    """Yield a workflow annotation for each fault (GitHub Docs, “Workflow commands for GitHub Actions”)."""
    for fault in faults:
        places = {
            "file": repository_file(folder, fault.file),
            "line": str(fault.line),
            "col": str(fault.column),
            "title": fault.code.value,
        }
        properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in places.items())
        message = f"{fault.message}\n{fault.hint}\n{fault.paste}".rstrip()
        yield f"::{fault.severity} {properties}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for char in f"%\r\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def shown_file(folder: Path, name: str) -> str:
    """Return a file's path, relative to the working directory if it is below it."""
    path = (folder / name).absolute()
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def repository_file(folder: Path, name: str) -> str:
    """Return a file's path with `/`, relative to the top of the git repository around it; else as shown_file does."""
    root = root_of(folder)
    path = (folder / name).absolute()
    return path.relative_to(root).as_posix() if root else shown_file(folder, name)
