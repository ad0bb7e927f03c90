"""Reviews that are due, by who answers for their facts and how often these are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.content.areas import plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.content.checks.reviews import DueReview
    from bot.content.models import Content, Fact


@dataclass(frozen=True, slots=True)
class AskedReview:
    """A review that is due, and how often its fact was asked for in the days that are counted."""

    review: DueReview
    asks: int


def most_asked(reviews: Sequence[DueReview], asks: Mapping[str, int]) -> list[AskedReview]:
    """Return reviews with the most asked facts first, then the longest overdue."""
    counted = [AskedReview(each, asks.get(each.fact.id, 0)) for each in reviews]
    return sorted(counted, key=lambda each: (-each.asks, each.review.due_on))


def owner_of(content: Content, fact: Fact) -> str:
    """Return the Slack id of a fact's owner, a person or a channel; nothing where memorandum.yaml has none."""
    owner = plain_name(fact.owner or "")
    return next((id_ for name, id_ in content.memorandum.owners if plain_name(name) == owner), "") if owner else ""
