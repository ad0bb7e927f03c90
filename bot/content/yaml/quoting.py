"""Finds texts that need quotation marks in YAML, and gives what to paste instead."""

from __future__ import annotations

import re

from bot.text import shown

CURLY_MESSAGE = "YAML does not take curly quotation marks for quotation marks."
CURLY_HINT = 'Use straight ones; if the curly ones belong to the text, put straight ones around them: "“…”".'
_CURLY = {"“": "”", "‘": "’", "„": "“"}
_FIELD = re.compile(r"(?:\A\s*|,\s*)([\w-]+):\s+(?=\S)")
_NEXT = {"corrected": "on|why", "withdrawn": "on|why"}
_ANY_FIELD = "[a-z0-9]+(?:-[a-z0-9]+)*"


def quoted(text: str) -> str:
    """Return a text in quotation marks, as YAML reads it."""
    if '"' in text or "\\" in text:
        return f"'{text.replace(chr(39), chr(39) * 2)}'"
    return f'"{text}"'


def mended(line: str, opening: int, cut: int) -> tuple[str, str] | None:
    """Return a field within braces and `field: "its whole text"`, or None where that is not clear.

    `opening` is the column of the brace in its line, from 0, `cut` that of the colon or comma too many.
    """
    fields = list(_FIELD.finditer(line[opening + 1 : cut]))
    if line[opening : opening + 1] != "{" or not fields:
        return None
    field = fields[-1][1]
    start = opening + 1 + fields[-1].end()
    outer = re.match(r"\s*([\w-]+):", line)
    names = _NEXT.get(outer[1] if outer else "", _ANY_FIELD)
    following = re.compile(rf",\s*(?:{names}):\s").search(line, cut)
    end = following.start() if following else line.rfind("}")
    if end <= cut or line[start] in "\"'":
        return None
    return field, f"{field}: {quoted(line[start:end].strip())}"


def comma_in_braces(line: str, opening: int, cut: int, rest: str) -> tuple[str, str]:
    """Return message and hint for a text that a comma cuts before `rest`; for the places see `mended`."""
    mend = mended(line, opening, cut - 1)
    if mend is None:
        return f"The comma before {shown(rest)} ends the text before it.", "Put the whole text in double quotes."
    message = f"The comma before {shown(rest)} ends the text of `{mend[0]}`."
    return message, f"Put the text in quotation marks: {mend[1]}"


def in_curly_quotes(value: str) -> bool:
    """Whether a text is in curly quotation marks, which YAML reads as part of it."""
    return len(value) > 1 and _CURLY.get(value[0]) == value[-1]
