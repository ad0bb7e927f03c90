"""An impact as the comment of a pull request: parts that open at a press, below GitHub's limit."""

from __future__ import annotations

import re
from html import escape as escape_html
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from bot.publishing.comparing.bounded_markdown import inert
from bot.publishing.impact_text import headline, lead, sections
from bot.text import escape

if TYPE_CHECKING:
    from bot.publishing.impact import Impact
    from bot.publishing.impact_text import ImpactSection

MARKER: Final = "<!-- briefing-bot impact -->"
"""The first line: the comment that begins with it is edited by a later run."""
LIMIT: Final = 60_000
"""Bytes of a comment. GitHub takes 65,536 characters, and Linux 128 KiB in a variable, where it is base64."""
_TAG: Final = re.compile(r"\\.|<", re.DOTALL)
_FENCE: Final = re.compile(r"^([ >]*(?:[-*+] +|\d+[.)] +)*)(`{3,}|~{3,})", re.MULTILINE)
_SPARE: Final = 2_000
"""Bytes kept for the sentence on what is left out."""


def comment(impact: Impact, command: str) -> str:
    """Return Markdown for GitHub; `command` prints the whole where the comment has no room for it."""
    parts = [MARKER, f"### {inert(escape(headline(impact)))}", *lead(impact)]
    left_out: list[str] = []
    room = LIMIT - _SPARE - _size("\n\n".join(parts))
    for section in sections(impact):
        part, is_whole = _details(section, room)
        room -= _size(part)
        parts += [part] if part else []
        left_out += [] if is_whole else [section.title]
    if left_out:
        named = inert(escape(f"{', '.join(left_out)[:500]}."))
        parts.append(f"**Left out for want of room, wholly or in part:** {named} All of it: {inert(escape(command))}")
    return "\n\n".join(parts) + "\n"


def _details(section: ImpactSection, room: int) -> tuple[str, bool]:
    """Return a part that opens and closes, with the paragraphs that there is room for, and whether these are all."""
    title = inert(escape_html(section.title))
    before = f"<details{' open' if section.is_open else ''}><summary><b>{title}</b></summary>"
    parts = [before, *_literal(section.markdown).split("\n\n"), "</details>"]
    sizes = list(accumulate(_size(part) + 2 for part in (before, parts[-1], *parts[1:-1])))
    fitting = sum(size <= room for size in sizes[2:])
    if not fitting:
        return "", False
    return "\n\n".join([*parts[: 1 + fitting], parts[-1]]), fitting == len(sizes) - 2


def _literal(markdown: str) -> str:
    """Return Markdown in which GitHub sees neither HTML nor code, as Slack sees none: only a template can hold some."""
    return _FENCE.sub(r"\1\\\2", _TAG.sub(lambda found: "&lt;" if found[0] == "<" else found[0], markdown))


def _size(text: str) -> int:
    return len(text.encode())
