"""What somebody wants to subscribe to, read from their words: `infrastructure, adoption alerts, corrections only`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.content.areas import find_area, names_area
from bot.subscriptions import ALL

if TYPE_CHECKING:
    from bot.content.models import Memorandum

_CORRECTIONS_ONLY = re.compile(r"\b(?:corrections?\s+only|only\s+corrections?)\b", re.IGNORECASE)
_FILLERS = frozenset({"alert", "alerts", "and", "for", "the", "to", "from", "please"})
_EVERYTHING = frozenset({ALL, "everything"})
LONGEST_WISH = 500
"""Characters that are read; nobody names five areas in more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Areas by their keys, or ALL; and whether only corrections of them are wanted."""

    areas: tuple[str, ...]
    corrections_only: bool


def read_wish(memorandum: Memorandum, words: str) -> Wish:
    """Read the areas that words name, by any of their names. Raises UnknownAreaError, with what may have been meant."""
    rest = _CORRECTIONS_ONLY.sub(" ", words[:LONGEST_WISH])
    left = rest.replace(",", " ").split()
    found: list[str] = []
    while left:
        area, used = _longest_name(memorandum, left)
        if not area and left[0].casefold() not in _FILLERS:
            area, used = find_area(memorandum, left[0]).key, 1
        found += [area] if area else []
        left = left[used:]
    areas = (ALL,) if ALL in found else tuple(dict.fromkeys(found))
    return Wish(areas, corrections_only=rest != words[:LONGEST_WISH])


def _longest_name(memorandum: Memorandum, words: list[str]) -> tuple[str, int]:
    """Return the area that the first words name, as many of them as make one, and how many; nothing and 1 for none."""
    for count in range(len(words), 0, -1):
        area = names_area(memorandum, " ".join(words[:count]))
        if area is not None:
            return area.key, count
    return (ALL, 1) if words[0].casefold() in _EVERYTHING else ("", 1)
