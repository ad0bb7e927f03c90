"""What the YAML parser complains about, in plain words, and where the broken part begins and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.content.entries import AreaEntry, FactEntry, MemorandumEntry, OverviewEntry, SourceEntry
from bot.content.faults import Code
from bot.content.models import Briefing, DatedReason, Section
from bot.content.yaml.quoting import mended
from bot.text import shown

if TYPE_CHECKING:
    import yaml

    from bot.content.files import TextFile

_QUOTE_IT = "Write the text on the line below `>`, as in `statement: >`, or put it in double quotes."
_ENTRY_LINE = re.compile(r"[^\s#]")
_KEY = re.compile(r"([^:\s]+)\s*:")
_FIELD = re.compile(r"\s*(?:- )?[\w-]+:(?=\s|$)")
_NAMES = frozenset(
    name
    for model in (FactEntry, DatedReason, SourceEntry, MemorandumEntry, OverviewEntry, AreaEntry, Briefing, Section)
    for name in model.model_fields
)
FIELD_NAME = "|".join(sorted(_NAMES, key=len, reverse=True))
"""Every field that there is, as a regular expression."""
_NO_COLON = re.compile(rf"( *)(?:- )?({FIELD_NAME})(?= |\Z)(?! *:)")
_FIELD_AT_MARGIN = re.compile(rf"({FIELD_NAME}) ")
_LOST_COMMA = re.compile(r"(?<=[0-9]) +(on|why)\Z")
_LONE_KEY = re.compile(r"([A-Za-z0-9][\w-]*) *\Z")
_NO_SPACE = re.compile(r"\s*(?:- )?([A-Za-z_-]+):(?=[^\s/])")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A syntax fault to be: line and column from 0, and the line from which the entry is to be left out."""

    code: Code
    message: str
    hint: str
    line: int
    column: int
    entry_line: int


def explain(error: yaml.MarkedYAMLError, file: TextFile) -> Complaint:
    """Return the parser's complaint about `file` in plain words."""
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    start = error.context_mark or mark
    line, column = _within(file, mark)
    start_line, start_column = _within(file, start)
    context = error.context or ""
    if lost := _lost_colon(file, start_line if "could not find expected ':'" in problem else line):
        complaint = lost
    elif "mapping values are not allowed" in problem:
        complaint = _colon(file, line, column)
    elif "quoted scalar" in context:
        complaint = _quote(problem, line, column, start_line, start_column)
    elif "flow" in context:
        complaint = _brackets(file, line, column, start_line, start_column)
    elif "did not find expected key" in problem:
        complaint = _expected_key(file, line, column)
    elif "could not find expected ':'" in problem:
        hint = "Text that goes on over several lines must be indented below its field."
        message = "This line is no field: it has no colon."
        complaint = Complaint(Code.YAML_SYNTAX, message, hint, start_line, start_column, start_line)
    else:
        code, message, hint = next((told for words, told in _OTHERS if words in problem), _UNKNOWN)
        complaint = Complaint(code, message, hint, line, column, line)
    return complaint


def _lost_colon(file: TextFile, line: int) -> Complaint | None:
    """Find a field or a fact's key without its colon in `line`, or above it in the same entry."""
    first, _, _ = entry_around(file.lines, line)
    if first < line and (key := _LONE_KEY.match(file.lines[first])) and _FIELD.match(file.lines[first + 1]):
        return _without_colon(key[1], first, key.end(1))
    top = first - 1 if first == line and first > 0 else first
    for number in range(line, top - 1, -1):
        field = _NO_COLON.match(file.lines[number])
        if field and len(field[1]) == _indentation(file.lines[line]):
            return _without_colon(field[2], number, field.end(2))
    return None


def _without_colon(name: str, line: int, column: int) -> Complaint:
    return Complaint(Code.YAML_SYNTAX, f"A colon is missing after `{name}`.", f"Write `{name}:`.", line, column, line)


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _within(file: TextFile, mark: yaml.Mark | None) -> tuple[int, int]:
    """Return line and column of a mark, from 0; the end of the file stands behind the last line."""
    if mark is None:
        return 0, 0
    if mark.line < len(file.lines):
        return mark.line, mark.column
    return len(file.lines) - 1, len(file.lines[-1])


_UNKNOWN = (
    Code.YAML_SYNTAX,
    "This cannot be read as YAML from here on.",
    "Compare it with the entries around it: indentation, colons, quotes.",
)
_OTHERS = (
    (
        "nested too deep",
        (Code.NESTED_TOO_DEEP, "The brackets or lists here are nested too deep.", "Make it flat."),
    ),
    (
        "found another document",
        (
            Code.SEVERAL_DOCUMENTS,
            "A line of three dashes begins a second document; what follows would be lost.",
            "Remove the line.",
        ),
    ),
    (
        "undefined alias",
        (Code.ANCHOR, "A value that begins with * is a YAML alias; none may be used here.", _QUOTE_IT),
    ),
    (
        "cannot start any token",
        (Code.YAML_SYNTAX, "A value cannot begin with this character.", _QUOTE_IT),
    ),
    (
        "expected comment or line break",
        (Code.YAML_SYNTAX, "The text must begin on the line below `>`.", "Move it to the next line and indent it."),
    ),
    (
        "block sequence entries are not allowed",
        (
            Code.YAML_SYNTAX,
            "A list cannot begin on the line of its field.",
            "Put each `- item` on a line of its own below the field.",
        ),
    ),
    (
        "expected <document start>",
        (
            Code.YAML_SYNTAX,
            "This line is indented less than the first entry.",
            "Begin every entry at the left margin.",
        ),
    ),
)


def _colon(file: TextFile, line: int, column: int) -> Complaint:
    """Explain a second colon on a line, or a field below an unfinished line."""
    text = file.lines[line]
    above = next((n for n in range(line - 1, -1, -1) if file.lines[n].strip()), None)
    first = _FIELD.match(text)
    if first and first.end() <= column:
        message = f"The colon after {shown(text[first.end() : column].strip())} makes YAML read a second field here."
        return Complaint(Code.UNQUOTED_COLON, message, _QUOTE_IT, line, column, line)
    unspaced = _NO_SPACE.match(file.lines[above]) if above is not None else None
    if above is not None and unspaced:
        return Complaint(
            Code.MISSING_SPACE,
            f"There is no space after `{unspaced[1]}:`.",
            "Put one space after the colon.",
            above,
            unspaced.end() - 1,
            above,
        )
    return Complaint(
        Code.YAML_SYNTAX,
        "No field can begin here: the line is indented too far, or the line above lacks its colon.",
        "Indent all fields of one entry alike, and end each field's name with a colon.",
        line,
        len(text) - len(text.lstrip()),
        line if above is None else above,
    )


def _quote(problem: str, line: int, column: int, start_line: int, start_column: int) -> Complaint:
    if "end of stream" in problem or "document indicator" in problem:
        return Complaint(
            Code.YAML_SYNTAX,
            "This quotation mark is never closed.",
            "Close it at the end of the text, with the same mark.",
            start_line,
            start_column,
            start_line,
        )
    return Complaint(
        Code.YAML_SYNTAX,
        "In double quotes a backslash has a meaning of its own.",
        "Write \\\\ for a backslash, or put the text in single quotes.",
        line,
        column,
        start_line,
    )


def _brackets(file: TextFile, line: int, column: int, start_line: int, start_column: int) -> Complaint:
    text = file.lines[line]
    if line == start_line and text[column : column + 1] == ":":
        message = f"A colon stands in unquoted text: {shown(text[start_column : column + 1])}."
        hint = "Put the text in double quotes."
        if lost := _LOST_COMMA.search(text, start_column, column):
            message = f"A comma is missing before `{lost[1]}`."
            return Complaint(Code.YAML_SYNTAX, message, f"Write `, {lost[1]}:`.", line, lost.start(1), start_line)
        if mend := mended(text, start_column, column):
            message = f"The colon in the text of `{mend[0]}` makes YAML read a second field."
            hint = f"Put the text in quotation marks: {mend[1]}"
        return Complaint(Code.UNQUOTED_COLON, message, hint, line, column, start_line)
    opening = file.lines[start_line][start_column : start_column + 1]
    if opening not in {"[", "{"}:
        return Complaint(
            Code.YAML_SYNTAX,
            "A bracket or comma stands where a value should be.",
            _QUOTE_IT,
            line,
            column,
            line,
        )
    return Complaint(
        Code.YAML_SYNTAX,
        f"The bracket {opening} is not closed, or an item in it is not separated by a comma.",
        f"Close it with {'}' if opening == '{' else ']'} on the same line.",
        start_line,
        start_column,
        start_line,
    )


def _expected_key(file: TextFile, line: int, column: int) -> Complaint:
    """Explain a line that fits no entry: text after a closing quote, a lost continuation, a wrong indentation."""
    text = file.lines[line]
    above = file.lines[line - 1] if line else ""
    if " #" in above and not _FIELD.match(text):
        return Complaint(
            Code.TEXT_AFTER_HASH,
            "Text goes on after a comment: everything from ` #` to the end of that line is lost.",
            _QUOTE_IT,
            line - 1,
            above.index(" #") + 1,
            line - 1,
        )
    if text[:column].strip():
        return Complaint(
            Code.YAML_SYNTAX,
            f"Text follows where the value has ended: {shown(text[column:])}.",
            "Put quotation marks around the whole text, or write it on the line below `>`.",
            line,
            column,
            line,
        )
    return Complaint(
        Code.YAML_SYNTAX,
        "This line fits neither the entry above nor the margin.",
        "Indent all fields of one entry alike.",
        line,
        column,
        line,
    )


def entry_around(lines: list[str], line: int) -> tuple[int, int, str | None]:
    """Return the first line of the entry around `line`, the line after it (both from 0), and its key.

    An entry begins at the left margin and goes on to the next such line. A line there that is no key has none.
    """
    line = min(line, len(lines) - 1)
    first = next((n for n in range(line, -1, -1) if _ENTRY_LINE.match(lines[n])), 0)
    after = next((n for n in range(max(line, first) + 1, len(lines)) if _ENTRY_LINE.match(lines[n])), len(lines))
    key = _KEY.match(lines[first])
    if key is None and first + 1 < after and _FIELD.match(lines[first + 1]):
        key = _LONE_KEY.match(lines[first])
    if key is None:
        key = _FIELD_AT_MARGIN.match(lines[first])
    return first, after, key[1] if key else None
