"""Reviews that are due, by who is asked for them and how often their facts are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from bot.content.areas import plain_name
from bot.content.checks.reviews import due, review_day
from bot.messages import ListItem
from bot.outbox.delivery import OutboxMessage
from bot.outbox.weekly import WeeklyPost
from bot.proposals.suggestion import FactFields
from bot.reviews.asks import asks_of
from bot.text import escape, link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.content.checks.reviews import DueReview
    from bot.content.models import Content, Fact
    from bot.store.database import Database

MOST_IN_POST: Final = 10
NAME: Final = "reviews"
"""The weekly post's name, which never changes."""
_INTRO: Final = (
    "Compare each with its source. **Still right** proposes today as the day of the check, and somebody else approves "
    "that; **Correct** and **Withdraw** open a form."
)


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


def button_value(fact: Fact) -> str:
    """Return what a button below a review carries: its fact, and what stands for the fact as it was shown."""
    return f"{fact.id} {FactFields.of(fact).digest}"


class ReviewPost:
    """The weekly post to each owner about their facts that are past their review."""

    def __init__(self, database: Database, clock: Clock, channel: str) -> None:
        """`channel` is the id of MAINTAINERS_CHANNEL, which gets those of facts whose owner has no Slack id."""
        self._database = database
        self._clock = clock
        self._channel = channel

    @property
    def weekly(self) -> WeeklyPost:
        """The post as the outbox makes it."""
        return WeeklyPost(NAME, self.compose)

    async def compose(self, _team: str, _since: datetime | None) -> Sequence[tuple[str, OutboxMessage]]:
        """Return the message to each owner; none where nothing is due. Raises StoreError and NothingPublishedError."""
        content = (await self._database.latest()).content
        async with self._database.reading() as connection:
            asks = await asks_of(connection)
        found = most_asked(due(content, review_day(self._clock.now())), asks)
        by_place: dict[str, list[AskedReview]] = {}
        for each in found:
            if place := owner_of(content, each.review.fact) or self._channel:
                by_place.setdefault(place, []).append(each)
        return [(place, post(content, reviews)) for place, reviews in by_place.items()]


def post(content: Content, reviews: Sequence[AskedReview]) -> OutboxMessage:
    """Return the post on some reviews: at most ten, each with its buttons, and how many more there are."""
    titles = {area.key: area.title for area in content.areas}
    shown = [ListItem(_item(each, titles), _buttons(each.review.fact)) for each in reviews[:MOST_IN_POST]]
    number = "One fact is" if len(reviews) == 1 else f"{len(reviews)} facts are"
    more = len(reviews) - len(shown)
    rest = (f"The {len(shown)} most asked are below; {more} more: **briefing-bot review**.",) if more else ()
    markdown = "\n\n".join((f"**{number} past the day of the next review.** {_INTRO}", *rest))
    return OutboxMessage(markdown, items=tuple(shown))


def _item(each: AskedReview, titles: Mapping[str, str]) -> str:
    fact = each.review.fact
    asked = f"asked {each.asks} {'time' if each.asks == 1 else 'times'}" if each.asks else "not asked of late"
    about = " · ".join((f"**{escape(fact.label)}**", escape(titles.get(fact.area, fact.area)), asked))
    owner = f" Owner: {escape(fact.owner)}." if fact.owner else ""
    cited = " · ".join(link(citation.source.name, citation.link) for citation in fact.citations)
    return f"{escape(fact.statement)}\n\n{about}\n\n{each.review.line}{owner} {cited}"


def _buttons(fact: Fact) -> tuple[Button, ...]:
    value = button_value(fact)
    return (
        Button(Action.STILL_RIGHT, "Still right", value),
        Button(Action.REVIEW_CORRECT, "Correct", value),
        Button(Action.REVIEW_WITHDRAW, "Withdraw", value),
    )
