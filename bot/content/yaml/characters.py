"""Finds characters that do not belong in a content file, and cleans the rest so that it can be parsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.content.faults import Code
from bot.content.files import NOT_PLAIN_TEXT
from bot.content.yaml import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.faults import Fault, Spot
    from bot.content.files import TextFile

_JOINING = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\ufb50-\ufdff\ufe70-\ufefc"
"""Letters of Arabic and Indic scripts, in which a joiner or non-joiner is part of the spelling."""
_EMOJI = "\u00a9\u00ae\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]"
    f"|(?<![{_JOINING}])\u200c|(?<![{_JOINING}{_EMOJI}])\u200d|(?<=[{_EMOJI}])\u200d(?![{_EMOJI}])"
    "|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e007f]"
)
"""Invisible characters: controls, zero-width ones, those that turn the writing direction, U+FFFD.

Joiners that a script or an emoji needs are not among them.
"""

_WIDE_SPACE = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_WIDE_COLON = "：﹕︓"
_INDENTATION = re.compile(rf"([ \t]*)([{_WIDE_SPACE}][\s]*)(?=\S)")
_COLON = re.compile(
    rf"( *(?:- )?)({syntax.FIELD_NAME}|(?<![^\n])[A-Za-z0-9][\w-]*)( ?[{_WIDE_COLON}]|:[{_WIDE_SPACE}])"
)
_LOOK_ALIKE = re.compile(f"[{_WIDE_SPACE}{_WIDE_COLON}]")
"""What web pages have instead of spaces and colons. Within a text they are harmless, and not looked for."""
_WORD_PROCESSOR = "{\\rtf"

_REPORTED_LINES = 20
"""Per file; one with more is of another kind."""


def clean(file: TextFile, *, holds_facts: bool) -> tuple[list[Fault], list[str], dict[str, Spot]]:
    """Return faults for forbidden characters, lines that the parser can read, and the entries left out of them.

    Those entries are indented with tabs; they come by key, with the place of the tab.
    """
    broken: dict[str, Spot] = {}
    faults, lines = _with_plain_signs(file, holds_facts=holds_facts)
    if not CONTROL.search(file.text) and "\t" not in file.text:
        return faults, lines, broken
    faulty = [number for number, line in enumerate(file.lines) if "\t" in line or CONTROL.search(line)][
        :_REPORTED_LINES
    ]
    lines = [CONTROL.sub(" ", line).replace("\t", " ") for line in lines]
    for number in faulty:
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
        message = f"An invisible character (U+{ord(found[0]):04X}) is here."
        hint = "Delete it; retyping the words around it helps."
        yield file.fault(Code.CONTROL_CHARACTER, message, hint, (number + 1, found.start() + 1), fact_id)
    if "\t" in line:
        yield file.fault(Code.TAB, "A tab is here.", "Use spaces.", (number + 1, line.index("\t") + 1), fact_id)


def _is_indented_with_tab(line: str) -> bool:
    return "\t" in line[: len(line) - len(line.lstrip())] and bool(line.strip())


def word_processor_fault(file: TextFile) -> Fault | None:
    """Return the fault that a file is a word processor's, if it is; nothing else in it is checked then."""
    if not file.text.lstrip().startswith(_WORD_PROCESSOR):
        return None
    return file.fault(*NOT_PLAIN_TEXT)


def _with_plain_signs(file: TextFile, *, holds_facts: bool) -> tuple[list[Fault], list[str]]:
    """Return faults for spaces and colons that only look like those of YAML, and the lines with YAML's own."""
    lines = list(file.lines)
    faults: list[Fault] = []
    if not _LOOK_ALIKE.search(file.text):
        return faults, lines
    for number, line in enumerate(file.lines):
        if indentation := _INDENTATION.match(line):
            lines[number] = " " * indentation.end() + line[indentation.end() :]
        colon = _COLON.match(lines[number])
        if colon:
            after = lines[number][colon.end() :]
            lines[number] = f"{colon[1]}{colon[2]}:{'' if after.startswith(' ') or not after else ' '}{after}"
        if (indentation or colon) and len(faults) < _REPORTED_LINES:
            key = syntax.entry_around(lines, number)[2] if holds_facts else None
            faults.extend(_look_alike_faults(file, number, indentation, colon, key))
    return faults, lines


def _look_alike_faults(
    file: TextFile, number: int, indentation: re.Match[str] | None, colon: re.Match[str] | None, fact_id: str | None
) -> Iterator[Fault]:
    if indentation:
        char = indentation[2][0]
        message = f"A {_space_name(char)} is in the indentation; it only looks like a space."
        hint = "Delete the spaces at the start of the line and type them again."
        yield file.fault(Code.LOOK_ALIKE, message, hint, (number + 1, indentation.start(2) + 1), fact_id)
    if colon:
        sign = colon[3].strip(" ")
        column = colon.end() - len(sign) + 1
        message = f"A full-width colon follows `{colon[2]}`; it only looks like a colon."
        if sign.startswith(":"):
            message = f"A {_space_name(sign[1])} follows `{colon[2]}:`; it only looks like a space."
            column += 1
        hint = f"Type `{colon[2]}:` and a space again."
        yield file.fault(Code.LOOK_ALIKE, message, hint, (number + 1, column), fact_id)


def _space_name(char: str) -> str:
    return "no-break space" if char in "\u00a0\u202f" else f"special space (U+{ord(char):04X})"
