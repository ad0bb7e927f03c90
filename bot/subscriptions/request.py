"""Parse what to subscribe to from words: `infrastructure, adoption alerts, corrections only`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.alerts.filters import FACT, take_certainty, take_facts
from bot.alerts.subscriptions import ALL
from bot.content.areas import find_area, most_words, names_area
from bot.errors import BriefingBotError, UnknownAreaError
from bot.text import did_you_mean, shown

if TYPE_CHECKING:
    from bot.content.models import Content, Memorandum
    from bot.recurrence.rule import Rule

LONGEST_REQUEST: Final = 500
"""Characters that are read: five areas have room in them."""

_CORRECTIONS_ONLY = re.compile(r"\b(?:corrections?\s+only|only\s+corrections?)\b", re.IGNORECASE)
_DIGEST = re.compile(r"\b(?:weekly\s+)?digest\b", re.IGNORECASE)
_ALERTS = frozenset({"alert", "alerts"})
_FILLERS = frozenset({"and", "for", "the", "to", "from", "please", "on", "at", "every", "in"})
_ADDRESSED = frozenset({"me", "us", "this", "channel", "here"})
"""Whoever asks: that is always where the request was typed."""
_MARKS = ".!?;:()\"'`“”‘’«»*_~"
_EVERYTHING = frozenset({ALL, "everything"})


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """A parsed request: `areas` are keys or facts, or ALL; `alerts`, whether alerts are asked for, with their filters.

    Facts and filters are as in bot/alerts/filters.py. `is_digest`: what changed, in all areas. `unknown` is the error
    for the first word that names no area. `rule` is that of a schedule, None for alerts only. `facts_alone`: beside a
    schedule, its facts alone are to be alerted on.
    """

    areas: tuple[str, ...] = ()
    corrections_only: bool = False
    certainty: str = ""
    alerts: bool = False
    is_digest: bool = False
    unknown: UnknownAreaError | None = None
    rule: Rule | None = None
    facts_alone: bool = False

    @property
    def alert_areas(self) -> tuple[str, ...]:
        """The areas and facts to alert on, beside a schedule of its areas."""
        return tuple(each for each in self.areas if each.startswith(FACT) or not self.facts_alone)

    @property
    def is_for_alerts(self) -> bool:
        """Whether it asks for alerts and nothing else."""
        return self.alerts and bool(self.areas) and not self.is_digest and self.rule is None and self.unknown is None

    @property
    def names_schedule(self) -> bool:
        """Whether it says all that a schedule needs but its times: areas, or the digest alone."""
        return self.unknown is None and (self.areas in ((), (ALL,)) if self.is_digest else bool(self.areas))

    def or_on(self, areas: tuple[str, ...]) -> SubscriptionRequest:
        """Return a request on these areas, where this one names nothing."""
        is_empty = not self.areas and not self.is_digest and self.unknown is None
        return replace(self, areas=areas) if is_empty else self


def read_request(memorandum: Memorandum, words: str) -> SubscriptionRequest:
    """Return the request in some words; areas may have any of their names. Raises BriefingBotError for a certainty."""
    rest = words[:LONGEST_REQUEST]
    certainty, rest = take_certainty(rest)
    facts, rest = take_facts(rest)
    corrections_only = bool(_CORRECTIONS_ONLY.search(rest))
    is_digest = bool(_DIGEST.search(rest))
    left = _DIGEST.sub(" ", _CORRECTIONS_ONLY.sub(" ", rest)).replace(",", " ").split()
    left = [word for each in left if (word := each.strip(_MARKS))]
    is_asked = bool(corrections_only or certainty) or any(word.casefold() in _ALERTS for word in left)
    found: list[str] = []
    unknown: UnknownAreaError | None = None
    while left:
        area, used = _longest_name(memorandum, left)
        if not area and left[0].casefold() not in _FILLERS | _ADDRESSED | _ALERTS:
            try:
                area = find_area(memorandum, left[0]).key
            except UnknownAreaError as error:
                unknown = unknown or error
        found += [area] if area else []
        left = left[used:]
    areas = (ALL,) if ALL in found else tuple(dict.fromkeys((*found, *facts)))
    facts_alone = bool(facts) and not is_asked and areas != (ALL,)
    alerts = is_asked or bool(facts)
    return SubscriptionRequest(areas, corrections_only, certainty, alerts, is_digest, unknown, facts_alone=facts_alone)


def parse_request(memorandum: Memorandum, words: str) -> SubscriptionRequest:
    """Return the request in some words. Raises UnknownAreaError, with suggestions."""
    request = read_request(memorandum, words)
    if request.unknown is not None:
        raise request.unknown
    return request


def require_facts(content: Content, request: SubscriptionRequest) -> None:
    """Raise BriefingBotError when a request names a fact that there is not."""
    for area in request.areas:
        fact_id = area.removeprefix(FACT)
        if area.startswith(FACT) and fact_id not in content.facts:
            hint = did_you_mean(fact_id, content.facts, "/briefing changes shows ids.")
            raise BriefingBotError(f"No fact is called {shown(fact_id)}.", hint)


def keys_of(content: Content, request: SubscriptionRequest) -> tuple[str, ...]:
    """Return the areas of a request in the memorandum's order; ALL is every area of this revision."""
    return tuple(area.key for area in content.areas if request.areas == (ALL,) or area.key in request.areas)


def _longest_name(memorandum: Memorandum, words: list[str]) -> tuple[str, int]:
    """Return the area that the longest run of first words names, and its length; empty and 1 for none."""
    for count in range(min(len(words), most_words(memorandum)), 0, -1):
        area = names_area(memorandum, " ".join(words[:count]))
        if area is not None:
            return area.key, count
    return (ALL, 1) if words[0].casefold() in _EVERYTHING else ("", 1)
