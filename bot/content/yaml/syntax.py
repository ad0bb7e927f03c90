"""Explains the YAML parser's complaints in plain words, and finds where the broken entry begins and ends."""

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

    from bot.content.faults import Problem
    from bot.content.files import TextFile

_QUOTE_IT = "Write the text on the line below `>`, as in `statement: >`, or put it in double quotes."
_ENTRY_LINE = re.compile(r"[^\s#]")
_KEY = re.compile(r"([^:\s]+)\s*:")
_FIELD = re.compile(r"\s*(?:- )?[\w-]+:(?=\s|$)")
_MODELS = (FactEntry, DatedReason, SourceEntry, MemorandumEntry, OverviewEntry, AreaEntry, Briefing, Section)
_NAMES = {name for model in _MODELS for name in model.model_fields}
FIELD_NAME = "|".join(sorted(_NAMES, key=lambda name: (-len(name), name)))
"""The fields of all files, as a regular expression."""
_NO_COLON = re.compile(rf"( *)(?:- )?({FIELD_NAME})(?= |\Z)(?! *:)")
_KNOWN_FIELD = re.compile(rf"\s*(?:- )?({FIELD_NAME}):(?= |\Z)")
_FIELD_AT_MARGIN = re.compile(rf"({FIELD_NAME}) ")
_FACT_FIELD_AT_MARGIN = re.compile(
    rf"({'|'.join(sorted(FactEntry.model_fields.keys() - MemorandumEntry.model_fields))}):"
)
_LOST_COMMA = re.compile(r"(?<=[0-9]) +(on|why)\Z")
_LONE_KEY = re.compile(r"([A-Za-z0-9][\w-]*) *\Z")
_NO_SPACE = re.compile(r"\s*(?:- )?([A-Za-z_-]+):(?=[^\s/])")

_Position = tuple[int, int]
"""Line and column from 0, as the parser counts."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A syntax fault to be: where it is, and the line from which the entry is to be left out, all from 0."""

    problem: Problem
    line: int
    column: int
    entry_line: int


def explain(error: yaml.MarkedYAMLError, file: TextFile) -> Complaint:
    """Return the parser's complaint about `file` in plain words."""
    problem, context = error.problem or "", error.context or ""
    at = _within(file, error.problem_mark or error.context_mark)
    start = _within(file, error.context_mark or error.problem_mark)
    is_without_colon = "could not find expected ':'" in problem
    complaint = _lost_colon(file, (start if is_without_colon else at)[0])
    if complaint is not None:
        return complaint
    if "mapping values are not allowed" in problem:
        complaint = _colon(file, at)
    elif "quoted scalar" in context:
        complaint = _quote(problem, at, start)
    elif "parsing a flow" in context:
        complaint = _brackets(file, at, start)
    elif "did not find expected key" in problem:
        complaint = _expected_key(file, at)
    elif is_without_colon and (unspaced := _NO_SPACE.match(file.lines[start[0]])):
        complaint = _unspaced(unspaced, start[0])
    elif is_without_colon:
        hint = "Text that goes on over several lines must be indented below its field."
        complaint = _complaint("This line is not a field: it has no colon.", hint, start)
    else:
        words = next((words for words in _OTHERS if words in problem), "")
        message, hint = _OTHERS.get(words, _UNKNOWN).split("\n")
        complaint = _complaint(message, hint, at, code=_CODES.get(words, Code.YAML_SYNTAX))
    return complaint


def _complaint(
    message: str, hint: str, at: _Position, entry_line: int | None = None, code: Code = Code.YAML_SYNTAX
) -> Complaint:
    return Complaint((code, message, hint), *at, at[0] if entry_line is None else entry_line)


def _lost_colon(file: TextFile, line: int) -> Complaint | None:
    """Find a field or a fact's key without its colon in `line`, or above it in the same entry."""
    first, _, _ = entry_around(file.lines, line)
    if first < line and (key := _LONE_KEY.match(file.lines[first])) and _FIELD.match(file.lines[first + 1]):
        return _without_colon(key[1], (first, key.end(1)))
    top = first - 1 if first == line and first > 0 else first
    for number in range(line, top - 1, -1):
        field = _NO_COLON.match(file.lines[number])
        if field and len(field[1]) == _indentation(file.lines[line]):
            return _without_colon(field[2], (number, field.end(2)))
    return None


def _without_colon(name: str, at: _Position) -> Complaint:
    return _complaint(f"A colon is missing after `{name}`.", f"Write `{name}:`.", at)


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _within(file: TextFile, mark: yaml.Mark | None) -> _Position:
    """Return the position of a mark; the end of the file counts as the end of its last line."""
    if mark is None:
        return 0, 0
    if mark.line < len(file.lines):
        return mark.line, mark.column
    return len(file.lines) - 1, len(file.lines[-1])


_UNKNOWN = (
    "This cannot be read as YAML from here on.\nCompare it with the entries around it: indentation, colons, quotes."
)
_TOO_DEEP = "The brackets or lists here are nested too deep.\nMake it flat."
_OTHERS = {
    "nested too deep": _TOO_DEEP,
    "maximum nesting depth": _TOO_DEEP,  # what libyaml itself refuses, from PyYAML 6.0.4 on
    "found another document": (
        "A line of three dashes begins a second document; what follows would be lost.\nRemove the line."
    ),
    "undefined alias": f"A value that begins with * is a YAML alias; none may be used here.\n{_QUOTE_IT}",
    "cannot start any token": f"A value cannot begin with this character.\n{_QUOTE_IT}",
    "expected comment or line break": (
        "The text must begin on the line below `>`.\nMove it to the next line and indent it."
    ),
    "block sequence entries are not allowed": (
        "A list cannot begin on the line of its field.\nPut each `- item` on a line of its own below the field."
    ),
    "expected <document start>": (
        "This line is indented less than the first entry.\nBegin every entry at the left margin."
    ),
}
"""Message and hint by part of the parser's words."""
_CODES = {
    "nested too deep": Code.NESTED_TOO_DEEP,
    "maximum nesting depth": Code.NESTED_TOO_DEEP,
    "found another document": Code.SEVERAL_DOCUMENTS,
    "undefined alias": Code.ANCHOR,
}


def _colon(file: TextFile, at: _Position) -> Complaint:
    """Explain a second colon on a line, or a field below an unfinished line."""
    line, column = at
    text = file.lines[line]
    first = _FIELD.match(text)
    if first and first.end() <= column:
        message = f"The colon after {shown(text[first.end() : column].strip())} makes YAML read a second field here."
        return _complaint(message, _QUOTE_IT, at, code=Code.UNQUOTED_COLON)
    above = next((n for n in range(line - 1, -1, -1) if file.lines[n].strip()), line)
    if above < line and (unspaced := _NO_SPACE.match(file.lines[above])):
        return _unspaced(unspaced, above)
    if above < line and (name := field_at_margin(file.lines[above])):
        return _complaint(*at_margin(name), (above, 0))
    if (field := _KNOWN_FIELD.match(text)) and (before := _KNOWN_FIELD.match(file.lines[above])):
        place, other = field.start(1), before.start(1)
        message = f"`{field[1]}` begins behind {place} spaces, and `{before[1]}` above it behind {other}."
        hint = "Indent both alike: all fields of one entry begin below one another."
        return _complaint(message, hint, (line, place), above)
    message = "No field can begin here: the line is indented too far, or the line above lacks its colon."
    hint = "Indent all fields of one entry alike, and end each field's name with a colon."
    return _complaint(message, hint, (line, len(text) - len(text.lstrip())), above)


def field_at_margin(line: str) -> str:
    """Return the fact's field that a line has at the margin, where it begins an entry instead; empty for none."""
    found = _FACT_FIELD_AT_MARGIN.match(line)
    return found[1] if found else ""


def at_margin(name: str) -> tuple[str, str]:
    """Return message and hint for a field of an entry that stands at the margin."""
    message = f"`{name}` stands at the margin, so the entry above ends before it."
    return message, "Begin the line with two spaces, like the other fields."


def _unspaced(found: re.Match[str], line: int) -> Complaint:
    message = f"There is no space after `{found[1]}:`."
    at = line, found.end() - 1
    return _complaint(message, "Put one space after the colon.", at, code=Code.MISSING_SPACE)


def _quote(problem: str, at: _Position, start: _Position) -> Complaint:
    if "end of stream" in problem or "document indicator" in problem:
        hint = "Close it at the end of the text, with the same mark."
        return _complaint("This quotation mark is never closed.", hint, start)
    message = "In double quotes a backslash has a meaning of its own."
    return _complaint(message, "Write \\\\ for a backslash, or put the text in single quotes.", at, start[0])


def _brackets(file: TextFile, at: _Position, start: _Position) -> Complaint:
    (line, column), (start_line, start_column) = at, start
    text = file.lines[line]
    if line == start_line and text[column : column + 1] == ":":
        if lost := _LOST_COMMA.search(text, start_column, column):
            return _complaint(
                f"A comma is missing before `{lost[1]}`.", f"Write `, {lost[1]}:`.", (line, lost.start(1))
            )
        message = f"A colon is in unquoted text: {shown(text[start_column : column + 1])}."
        hint = "Put the text in double quotes."
        if mend := mended(text, start_column, column):
            message = f"The colon in the text of `{mend[0]}` makes YAML read a second field."
            hint = f"Put the text in quotation marks: {mend[1]}"
        return _complaint(message, hint, at, code=Code.UNQUOTED_COLON)
    opening = file.lines[start_line][start_column : start_column + 1]
    if opening not in {"[", "{"}:
        return _complaint("A bracket or comma is where a value should be.", _QUOTE_IT, at)
    message = f"The bracket {opening} is not closed, or an item in it is not separated by a comma."
    return _complaint(message, f"Close it with {'}' if opening == '{' else ']'} on the same line.", start)


def _expected_key(file: TextFile, at: _Position) -> Complaint:
    """Explain a line that fits no entry: text after a closing quote, a lost continuation, a wrong indentation."""
    line, column = at
    text = file.lines[line]
    above = file.lines[line - 1] if line else ""
    if " #" in above and not _FIELD.match(text):
        message = "Text goes on after a comment: everything from ` #` to the end of that line is lost."
        return _complaint(message, _QUOTE_IT, (line - 1, above.index(" #") + 1), code=Code.TEXT_AFTER_HASH)
    if text[:column].strip():
        message = f"Text follows where the value has ended: {shown(text[column:])}."
        return _complaint(message, "Put quotation marks around the whole text, or write it on the line below `>`.", at)
    message = "This line fits neither the entry above nor the margin."
    return _complaint(message, "Indent all fields of one entry alike.", at)


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
