"""Writes a text into YAML in the style of what was there: the same quotes, and line folds where they were."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Final

import yaml

from bot.content.yaml.quoting import in_curly_quotes, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 120
"""Columns of a line that is written anew."""
_LONGEST: Final = 140
"""Columns that a line may have after a word of it was changed: a correction then stays in its line."""
_MOST_WORDS: Final = 400
"""Words up to which a new text is compared with the old one: it takes the square of them."""


def one_paragraph(text: str) -> str:
    """Return a text with single spaces and no line breaks; no-break spaces stay."""
    return re.sub("[ \t\r\n\f\v]+", " ", text).strip()


def inline(text: str, *, flow: bool) -> str:
    """Return a text as YAML on one line: as it is where YAML reads it so, else quoted. `flow`: within brackets."""
    return text if _is_plain(text, flow=flow) else quoted(text)


def in_style(text: str, style: str | None, *, flow: bool) -> str:
    """Return a text on one line in the quotes of another (`'`, `"` or none), as far as it can be written so."""
    if style == "'":
        return "'" + text.replace("'", "''") + "'"
    if style == '"':
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return inline(text, flow=flow)


def wrapped(text: str, width: int) -> list[str]:
    """Return a text's words in lines of at most `width` characters; a longer word has its own line."""
    return _fitted([text.split(" ")], width, width)


def refolded(old: Sequence[str], text: str, width: int = WIDTH) -> list[str]:
    """Return a text in lines that break where those of `old` do, as far as their words are the same.

    A line that gets longer than 140 characters passes its last words on to the next one.
    """
    words = text.split(" ")
    before = [(word, number) for number, line in enumerate(old) for word in line.split(" ")]
    if len(words) > _MOST_WORDS or len(before) > _MOST_WORDS:
        return wrapped(text, width)
    matcher = SequenceMatcher(None, [word for word, _ in before], words, autojunk=False)
    placed: list[tuple[int, str]] = []
    for kind, start, end, first, after in matcher.get_opcodes():
        for position, word in enumerate(words[first:after]):
            beside = placed[-1][0] if placed else 0
            placed.append((beside if kind == "insert" else before[min(start + position, end - 1)][1], word))
    lines = [[word for _, word in group] for _, group in groupby(placed, key=lambda each: each[0])]
    return _fitted(lines, width, _LONGEST)


def _fitted(lines: Sequence[list[str]], width: int, longest: int) -> list[str]:
    fitted: list[str] = []
    carried: list[str] = []
    for line in lines:
        words = carried + line
        carried = []
        if len(" ".join(words)) > longest:
            kept = _fitting(words, width)
            words, carried = words[:kept], words[kept:]
        fitted.append(" ".join(words))
    while carried:
        kept = _fitting(carried, width)
        fitted.append(" ".join(carried[:kept]))
        carried = carried[kept:]
    return fitted


def _fitting(words: Sequence[str], width: int) -> int:
    """Return how many words fit into a line; at least one."""
    length = len(words[0])
    for number, word in enumerate(words[1:], start=1):
        length += 1 + len(word)
        if length > width:
            return number
    return len(words)


def _is_plain(text: str, *, flow: bool) -> bool:
    if not text or in_curly_quotes(text) or (flow and re.search(r"[\[\]{},#]", text)):
        return False
    written = f"key: [{text}]" if flow else f"key: {text}"
    try:
        node = yaml.compose(written, Loader=yaml.CBaseLoader)
    except yaml.YAMLError:
        return False
    value = node.value[0][1] if isinstance(node, yaml.MappingNode) else None
    if value is None:
        return False
    value = value.value[0] if flow and len(value.value) == 1 else value
    return isinstance(value, yaml.ScalarNode) and not value.style and value.value == text
