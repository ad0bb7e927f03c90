"""Alert filters by certainty and by fact: read from words, decided for a change, and said.

A filter by certainty is kept as text: empty for none, ANY for every change of certainty, or `possible>intended`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.content.certainty import Certainty
from bot.errors import BriefingBotError
from bot.text import shown

if TYPE_CHECKING:
    from bot.store.revision import Change

ANY: Final = "any"
FACT: Final = "fact:"
"""Begins the area of a subscription to one fact; the fact's id follows."""

_ANY = re.compile(
    r"\b(?:only\s+)?(?:when\s+(?:the\s+|its\s+)?certainty\s+changes|certainty(?:\s+changes)?(?:\s+only)?)\b",
    re.IGNORECASE,
)
_PAIR = re.compile(r"\b(?:only\s+)?when\s+(?:an?\s+)?(\w+)\s+becomes?\s+(?:an?\s+)?(\w+)\b", re.IGNORECASE)
_FACT = re.compile(r"\bfact\s+([a-z0-9][a-z0-9-]*)", re.IGNORECASE)


def take_certainty(words: str) -> tuple[str, str]:
    """Return the filter by certainty that words ask for, and the words without it. Raises BriefingBotError."""
    if found := _PAIR.search(words):
        before, after = (_certainty(each) for each in found.groups())
        return f"{before}>{after}", _PAIR.sub(" ", words)
    return (ANY, _ANY.sub(" ", words)) if _ANY.search(words) else ("", words)


def is_certainty(certainty: str) -> bool:
    """Whether a text is a filter by certainty, as it is kept; empty is none."""
    return certainty in {ANY, *(f"{before}>{after}" for before in Certainty for after in Certainty)}


def take_facts(words: str) -> tuple[tuple[str, ...], str]:
    """Return the facts that words name (`fact ID`), as areas of subscriptions, and the words without them."""
    return tuple(f"{FACT}{each.lower()}" for each in _FACT.findall(words)), _FACT.sub(" ", words)


def typed(area: str) -> str:
    """Return the area of a subscription as it is typed."""
    return area.replace(FACT, "fact ", 1) if area.startswith(FACT) else area


def is_wanted(change: Change, *, corrections_only: bool, certainty: str) -> bool:
    """Whether a subscription with these filters wants a change; with several, any of them is enough."""
    if not corrections_only and not certainty:
        return True
    return (corrections_only and change.kind.is_correction) or _has_changed(change, certainty)


def said(*, corrections_only: bool, certainty: str) -> str:
    """Say what a subscription with these filters gets."""
    if not corrections_only and not certainty:
        return "every change, corrections first"
    wanted = ["corrections and withdrawals"] if corrections_only else []
    if certainty == ANY:
        wanted.append("changes of certainty")
    elif certainty:
        before, _, after = certainty.partition(">")
        wanted.append(f"facts that were {before} and become {after}")
    return f"{' and '.join(wanted)} only"


def _has_changed(change: Change, certainty: str) -> bool:
    """Whether a change is one of certainty that a filter asks for."""
    if not certainty or change.before is None or change.after is None:
        return False
    pair = change.before.certainty, change.after.certainty
    return pair[0] != pair[1] if certainty == ANY else f"{pair[0]}>{pair[1]}" == certainty


def _certainty(word: str) -> Certainty:
    try:
        return Certainty(word.casefold())
    except ValueError:
        known = ", ".join(Certainty)
        raise BriefingBotError(f"{shown(word)} is no certainty.", f"They are: {known}.") from None
