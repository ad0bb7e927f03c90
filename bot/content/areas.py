"""Finds areas by the names that people type: key, number, title or alias, in any case."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.errors import UnknownAreaError
from bot.text import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.content.models import Area, Memorandum

RESERVED_WORDS = frozenset(
    {
        "alerts",
        "all",
        "changes",
        "help",
        "history",
        "pause",
        "propose",
        "resume",
        "schedule",
        "search",
        "settings",
        "subscribe",
        "subscriptions",
        "unsubscribe",
    }
)
"""Words with another meaning after /briefing and /fact; no area may have such a name."""
_LONGEST_NAME = 200


def plain_name(words: str) -> str:
    """Normalise a name for comparison: no case, no punctuation, `&` read as `and`, single spaces."""
    text = unicodedata.normalize("NFKC", words[:_LONGEST_NAME]).casefold().replace("&", " and ")
    return " ".join(re.sub(r"[\W_]+", " ", text).split())


def names_of(area: Area) -> tuple[str, ...]:
    """Return the names of an area that people may type, its number first."""
    return (str(area.number), f"area {area.number}", area.key, area.title, *area.aliases)


def names_area(memorandum: Memorandum, words: str) -> Area | None:
    """Return the area that `words` name exactly, or None."""
    if len(words) > _LONGEST_NAME:
        return None
    return _areas_by_name(memorandum).get(plain_name(words))


@lru_cache(maxsize=8)
def most_words(memorandum: Memorandum) -> int:
    """Return how many words, at most, name an area: with a dash or the like between any two."""
    return 2 * max(len(name.split()) for name in _areas_by_name(memorandum)) - 1


def find_area(memorandum: Memorandum, words: str) -> Area:
    """Return the area that `words` name. Raises UnknownAreaError, with similar names."""
    area = names_area(memorandum, words)
    if area is not None:
        return area
    names = _areas_by_name(memorandum)
    close = [names[name] for name in nearest(plain_name(words), [name for name in names if not name.isdigit()], 9)]
    suggestions = tuple(dict.fromkeys(each.title for each in close))[:3]
    listed = ", ".join(f"{each.number} {each.title}" for each in memorandum.areas)
    hint = f"Did you mean {' or '.join(suggestions)}?" if suggestions else f"The areas are: {listed}."
    raise UnknownAreaError(shown(words), hint, suggestions)


@lru_cache(maxsize=8)
def _areas_by_name(memorandum: Memorandum) -> Mapping[str, Area]:
    areas = (memorandum.overview, *memorandum.areas)
    return {plain_name(name): area for area in reversed(areas) for name in names_of(area)}
