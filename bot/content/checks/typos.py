"""Slips of the pen in a template's braces, brackets, quotation marks and commas, in plain words at their exact place.

Jinja2 tells only the line, and joins two texts that lack the comma between them without a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.content.faults import Code
from bot.content.templates import FUNCTIONS
from bot.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.content.faults import Fault
    from bot.content.files import TextFile

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_EXPRESSION = re.compile(r"\{\{(?P<body>.*?)(?:(?P<end>\}\})|(?=\{\{|\{%|\Z))", re.DOTALL)
_TEXT = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_TWO_TEXTS = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')\s*(\"[^\"\n]*\"|'[^'\n]*')")
_CURLY = re.compile("[“”„‘’]")
_LOST_CALL = re.compile(rf"\{{?[ \t]*\b(?:{'|'.join(sorted(FUNCTIONS))})\((?:[ \t]*[\"'“‘][^\n]*?)?\)[ \t]*\}}{{0,2}}")

Typo = tuple[int, str, str]
"""Where it is in the text, from 0; the message; the hint."""


def find_typos(file: TextFile, *, only_calls: bool) -> Iterator[Fault]:
    """Find slips in a template; with `only_calls`, as in a briefing, also calls that lack their braces.

    At most one is told for each pair of braces.
    """
    text = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), file.text)
    slips = [slip for found in _EXPRESSION.finditer(text) for slip in _expression_slips(found)]
    if only_calls:
        outside = _EXPRESSION.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
        slips += [_lost_braces(found) for found in _LOST_CALL.finditer(outside)]
    for index, message, hint in slips:
        line = text.count("\n", 0, index) + 1
        column = index - text.rfind("\n", 0, index)
        yield file.fault(Code.TEMPLATE_SYNTAX, message, hint, line=line, column=column)


def _expression_slips(found: re.Match[str]) -> Iterator[Typo]:
    start, body = found.start("body"), found["body"]
    bare = _TEXT.sub(lambda text: "_" * len(text[0]), body)
    slips = [_curly_quotes(bare)]
    slips += (
        [_open_quote(bare), _missing_comma(body), _separators(bare), _brackets(bare)]
        if found["end"]
        else [_open_braces(bare)]
    )
    if found["end"] and found.string.startswith("}", found.end()):
        slips.append((len(bare) + 2, "This brace is one too many.", "Write {{ and }}, two of each."))
    if slip := next(filter(None, slips), None):
        yield start + slip[0], slip[1], slip[2]


def _curly_quotes(bare: str) -> Typo | None:
    curly = _CURLY.search(bare)
    return curly and (curly.start(), "Curly quotation marks stand here.", 'Use straight quotes: "…".')


def _open_quote(bare: str) -> Typo | None:
    quote = re.search("[\"']", bare)
    hint = "Put one before and one after each text, both of the same kind."
    return quote and (quote.start(), "This quotation mark has no partner.", hint)


def _missing_comma(body: str) -> Typo | None:
    two = _TWO_TEXTS.search(body)
    if two is None:
        return None
    message = f"A comma is missing between {shown(two[1][1:-1])} and {shown(two[2][1:-1])}."
    return two.start(2), message, f"Write {two[1]}, {two[2]}."


def _separators(bare: str) -> Typo | None:
    if comma := re.search(r",\s*(,)", bare):
        return comma.start(1), "This comma is one too many.", "Delete it."
    wrong = re.search(r"_\s*([;:，])\s*_", bare)
    return wrong and (wrong.start(1), "Only a comma can stand between two ids.", "Write a comma here.")


def _brackets(bare: str) -> Typo | None:
    if bare.count("(") > bare.count(")"):
        return len(bare), "A closing bracket is missing before these braces.", "Write ) }}."
    if bare.count("(") < bare.count(")"):
        return bare.rindex(")"), "This closing bracket has no partner.", "Delete it, or write its ( as well."
    if bracket := re.search(r"\b(?:facts|line)( *)_", bare):
        return bracket.start(1), "An opening bracket is missing.", 'Write facts("…").'
    if bare.startswith("{"):
        return 0, "This brace is one too many.", "Write {{ and }}, two of each."
    return None


def _open_braces(bare: str) -> Typo:
    if brace := re.search(r"\}", bare):
        return brace.start(), "A closing brace is missing.", "Write }}."
    end = re.search(r"\)|\n|\Z", bare)
    place = end.end() if end and end[0] == ")" else len(bare.split("\n", 1)[0])
    return place, "The two closing braces are missing.", "Write }} here."


def _lost_braces(found: re.Match[str]) -> Typo:
    call = found[0].strip("{} \t")
    return found.start(), "A call needs two braces before and after it.", f"Write {{{{ {call} }}}}."
