"""The lines in which two texts differ, as plain text, and the addresses behind their links."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

_INLINE: Final = MarkdownIt("commonmark", {"html": False})
_CITED: Final = "#:~:text="


@dataclass(frozen=True, slots=True)
class DifferingLines:
    """What differs between two texts of Markdown.

    `lines` are pairs of lines as plain text, which differ; one that is new or gone is beside an empty one.
    `addresses` counts the old and new addresses, without cited words, behind links of lines whose words are the same;
    `others` counts lines that differ in neither: in emphasis, or in the words that a link opens at.
    """

    lines: tuple[tuple[str, str], ...]
    addresses: tuple[tuple[tuple[str, str], int], ...]
    others: int


def differing_lines(before: str, after: str) -> DifferingLines:
    """Return what differs between two texts of Markdown."""
    lines: list[tuple[str, str]] = []
    addresses: Counter[tuple[str, str]] = Counter()
    others = 0
    for one, other in line_pairs(before, after):
        (old, old_links), (new, new_links) = _read(one), _read(other)
        moved = {pair for pair in zip(old_links, new_links, strict=False) if pair[0] != pair[1]}
        if old != new:
            lines.append((old, new))
        elif moved:
            addresses.update(moved)
        else:
            others += 1
    return DifferingLines(tuple(lines), tuple(addresses.items()), others)


def line_pairs(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield pairs of lines that differ, as they are; one that is new or gone is beside an empty one."""
    old, new = ([line for line in text.split("\n") if line.strip()] for text in (before, after))
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = old[old_from:old_to], new[new_from:new_to]
        both = min(len(gone), len(come))
        yield from zip(gone, come, strict=False)
        yield from ((each, "") for each in gone[both:])
        yield from (("", each) for each in come[both:])


def _read(line: str) -> tuple[str, tuple[str, ...]]:
    """Return a line of Markdown as plain text, and the addresses of its links without the cited words."""
    inline = [child for token in _INLINE.parse(line) for child in token.children or () if token.type == "inline"]
    hrefs = (str(each.attrs["href"]) for each in inline if "href" in each.attrs)
    return "".join(each.content for each in inline), tuple(each.partition(_CITED)[0] for each in hrefs)
