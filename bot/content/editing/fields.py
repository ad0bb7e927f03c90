"""Writes a field that was not there, as the content's files have it: a statement below `>`, lists in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.content.editing.scalars import WIDTH, inline, one_paragraph, wrapped
from bot.content.yaml.quoting import quoted

if TYPE_CHECKING:
    from bot.content.editing.changes import FieldValue

STEP: Final = 2
"""Columns by which what belongs to a field is indented."""
_DATED: Final = frozenset({"corrected", "withdrawn"})
_BELOW: Final = "statement"
_QUOTED: Final = frozenset({"why", "title"})


def field_lines(name: str, value: FieldValue, indentation: int) -> list[str]:
    """Return the lines of a field."""
    margin = " " * indentation
    if name in _DATED and isinstance(value, dict):
        inner = [line for key, words in value.items() for line in field_lines(key, words, indentation + STEP)]
        return [f"{margin}{name}:", *inner]
    if isinstance(value, str) and name == _BELOW:
        inner_margin = margin + " " * STEP
        words = wrapped(one_paragraph(value), WIDTH - len(inner_margin))
        return [f"{margin}{name}: >", *(inner_margin + line for line in words)]
    if isinstance(value, str) and name in _QUOTED:
        return [f"{margin}{name}: {quoted(one_paragraph(value))}"]
    return [f"{margin}{inline(name, flow=False)}: {inline_value(value)}"]


def inline_value(value: FieldValue, *, flow: bool = False) -> str:
    """Return a value on one line. `flow`: within brackets."""
    if isinstance(value, str):
        return inline(one_paragraph(value), flow=flow)
    if isinstance(value, dict):
        pairs = (f"{inline(key, flow=True)}: {inline(one_paragraph(each), flow=True)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    return f"[{', '.join(inline(one_paragraph(each), flow=True) for each in value)}]"
