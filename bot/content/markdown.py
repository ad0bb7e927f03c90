"""Text → Markdown that shows exactly that text.

Rules: CommonMark 0.31 (backslash escapes, entity references, block starts).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

_INLINE = re.compile(r"([\\`*_\[\]<>&~|!])")
_BLOCK_START = re.compile(r"([#+\-=.):@\"'(])|(\d{1,9})([.)])")
_DESTINATION = re.compile(r"([\\()<>&*_`\[\]!])")
_HEADING = re.compile(r"(#{1,6}) ")


class Markdown(str):
    """Text that is Markdown already and is not escaped again."""

    __slots__ = ()


def escape(text: str) -> Markdown:
    """Return Markdown that shows `text` as it stands, on one line: white space is joined, NUL becomes U+FFFD."""
    line = _INLINE.sub(r"\\\1", " ".join(text.replace("\0", "\ufffd").split()))
    if start := _BLOCK_START.match(line):
        at = 0 if start[1] else len(start[2])
        line = f"{line[:at]}\\{line[at:]}"
    return Markdown(line)


def link(text: str, address: str) -> Markdown:
    """Return a link that shows `text` and leads to `address`."""
    destination = _DESTINATION.sub(r"\\\1", "".join(address.split()))
    return Markdown(f"[{escape(text)}]({destination})")


def day(value: date) -> str:
    """Return a date as readers see it: 21 July 2025."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def tidy(markdown: str) -> str:
    """Return Markdown without headings that have nothing below them, and without blank lines in a row."""
    kept: list[str] = []
    below = 1
    for line in reversed(markdown.split("\n")):
        heading = _HEADING.match(line)
        if heading and below <= len(heading[1]) and len(heading[1]) > 1:
            continue
        if line.strip():
            below = len(heading[1]) if heading else _TEXT
            kept.append(line.rstrip())
        elif kept and kept[-1]:
            kept.append("")
    return "\n".join(reversed(kept)).strip("\n") + "\n"


_TEXT = 7
"""Deeper than any heading: a line of text keeps the heading above it."""
