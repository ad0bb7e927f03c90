"""Bounded Markdown of an impact: comparisons, lists and counts in which nothing mentions, refers or commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from bot.changes.detect import marked
from bot.changes.word_diff import compare
from bot.text import Markdown, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LISTED: Final = 10
"""Facts, answers and faults that are listed; then “and 12 more”."""
CHARACTERS: Final = 600
"""Characters of one field that are shown."""
_T = TypeVar("_T")
_LIVE: Final = re.compile(
    r"(\]\((?:\\.|[^()\\\s])*\))|@(?=\w)|#(?=\d)|\bGH-(?=\d)|^:(?=:)|#(?=\\?#\\?\[)"
    r"|\bgithub(?=\.com\b)|\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{6}(?=[0-9a-f]{1,58}\b)",
    re.IGNORECASE | re.MULTILINE,
)
"""A link's address, which stays; and where GitHub would see a mention, a reference (a number, an address, the digits of
a commit), or a workflow command."""
_JOINER: Final = "\u2060"
"""U+2060 WORD JOINER: readers do not see it."""


def inert(markdown: str) -> Markdown:
    """Return Markdown in which nothing mentions, refers or commands; it reads the same."""
    return Markdown(_LIVE.sub(lambda found: found[0] if found[1] else f"{found[0]}{_JOINER}", markdown))


def and_more(number: int) -> str:
    """Return “ and 12 more” where a list of so many is cut."""
    return f" and {number - LISTED} more" if number > LISTED else ""


def listed(items: Iterable[_T], render: Callable[[_T], str], limit: int) -> Markdown:
    """Render the first items, and count the others."""
    every = list(items)
    lines = [inert(render(each)) for each in every[:limit]]
    if len(every) > limit:
        lines.append(Markdown(f"and {len(every) - limit} more"))
    return Markdown("\n\n".join(lines))


def compared(before: str, after: str) -> tuple[str, str]:
    """Return two texts as Markdown, differing words in bold, each cut where it is long."""
    pairs = enumerate(zip(before, after, strict=False))
    first = next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))
    if max(len(before), len(after)) > CHARACTERS and (same := max(0, first - CHARACTERS // 2)):
        before, after = f"…{before[same:]}", f"…{after[same:]}"
    old, new = compare(*(text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…" for text in (before, after)))
    return marked(old), marked(new)


def cut(text: str) -> Markdown:
    """Return text as Markdown, cut where it is long."""
    return escape(text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…")


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun."""
    return f"1 {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"
