"""Text → Markdown that shows exactly that text.

Rules: CommonMark 0.31 (backslash escapes, entity references, block starts).
"""

from __future__ import annotations

import re

_HEADING = re.compile(r"(#{1,6}) ")


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
