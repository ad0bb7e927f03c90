"""Characters that have no place in a content file, and how the rest is read in spite of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.content import syntax
from bot.content.faults import Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.faults import Fault
    from bot.content.files import TextFile

CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
    "\U000e0000-\U000e007f]"
)
"""Characters that nobody sees: controls, zero-width ones, those that turn the writing direction, U+FFFD."""


_MOST = 20
"""Lines of one file that are told of; a file with more is of another kind."""


def clean(file: TextFile, *, holds_facts: bool) -> tuple[list[Fault], list[str], dict[str, tuple[int, int]]]:
    """Return faults for characters that must not be there, lines that the parser can read, and the entries left out.

    Those entries are indented with tabs; they come by key, with the place of the tab.
    """
    faults: list[Fault] = []
    broken: dict[str, tuple[int, int]] = {}
    lines = list(file.lines)
    if not CONTROL.search(file.text) and "\t" not in file.text:
        return faults, lines, broken
    told = [number for number, line in enumerate(lines) if "\t" in line or CONTROL.search(line)][:_MOST]
    lines = [CONTROL.sub(" ", line).replace("\t", " ") for line in lines]
    for number in told:
        first, after, key = syntax.entry_around(file.lines, number)
        faults.extend(_line_faults(file, number, key if holds_facts else None))
        if _is_indented_with_tab(file.lines[number]):
            lines[first:after] = [""] * (after - first)
            if key:
                broken[key] = (number + 1, 1)
    return faults, lines, broken


def _line_faults(file: TextFile, number: int, fact_id: str | None) -> Iterator[Fault]:
    line = file.lines[number]
    if found := CONTROL.search(line):
        message = f"An invisible character (U+{ord(found[0]):04X}) stands here."
        hint = "Delete it; retyping the words around it helps."
        column = found.start() + 1
        yield file.fault(Code.CONTROL_CHARACTER, message, hint, line=number + 1, column=column, fact_id=fact_id)
    if "\t" in line:
        column = line.index("\t") + 1
        yield file.fault(Code.TAB, "A tab stands here.", "Use spaces.", line=number + 1, column=column, fact_id=fact_id)


def _is_indented_with_tab(line: str) -> bool:
    return "\t" in line[: len(line) - len(line.lstrip())] and bool(line.strip())
