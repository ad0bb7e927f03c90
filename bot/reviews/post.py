"""The weekly post to each owner about their facts that are past their review."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.actions import Action, Button
from bot.content.checks.reviews import due, review_day
from bot.messages import ListItem
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage, Priority
from bot.outbox.enqueuing import enqueue_new, id_of
from bot.outbox.weekly import WeeklyPost
from bot.proposals.suggestion import FactFields
from bot.reviews.asks import asks_of
from bot.reviews.reviews import most_asked, owner_of
from bot.text import escape, link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from bot.content.models import Content, Fact
    from bot.outbox.delivery import Attempt
    from bot.reviews.reviews import AskedReview
    from bot.store.database import Database

MOST_IN_POST: Final = 10
NAME: Final = "reviews"
"""The weekly post's name, which never changes."""
_INTRO: Final = (
    "Compare each with its source. **Still right** proposes today as the day of the check, and somebody else approves "
    "that; **Correct** and **Withdraw** open a form."
)
_NOT_REACHED: Final = (
    "**These reviews did not reach their owner, {owner}.** Answer them here, and mend `owners` in memorandum.yaml."
)


def button_value(fact: Fact) -> str:
    """Return what a button below a review carries: its fact, and what stands for the fact as it was shown."""
    return f"{fact.id} {FactFields.of(fact).digest}"


class ReviewPost:
    """The weekly post to each owner about their facts that are past their review."""

    def __init__(self, database: Database, clock: Clock, maintainers: Maintainers) -> None:
        """Post those of facts whose owner has no Slack id to the channel of `maintainers`."""
        self._database = database
        self._clock = clock
        self._channel = maintainers.channel

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


class ReviewListener:
    """Brings a weekly post that its owner cannot get to the maintainers (DeliveryListener): a review is not lost."""

    def __init__(self, maintainers: Maintainers, clock: Clock) -> None:
        """Post to the channel of `maintainers`, of their own workspace."""
        self._maintainers = maintainers
        self._clock = clock

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Post there what could not be posted, once, and say for whom it was."""
        message = attempt.message
        buttons = {button.action for item in message.items for button in item.buttons}
        if attempt.state is not DeliveryState.FAILED or Action.STILL_RIGHT not in buttons:
            return
        if attempt.channel == self._maintainers.channel or not self._maintainers.listen_to(attempt.team):
            return
        markdown = f"{_NOT_REACHED.format(owner=escape(attempt.channel))}\n\n{message.markdown}"
        again = replace(message, markdown=markdown)
        name = id_of("review", attempt.id)
        delivery = Delivery(
            attempt.team, self._maintainers.channel, DeliveryKind.NOTE, again, Priority.SCHEDULE, id=name
        )
        await enqueue_new(connection, delivery, self._clock.now())


def post(content: Content, reviews: Sequence[AskedReview]) -> OutboxMessage:
    """Return the post on some reviews: at most ten, each with its buttons, and how many more there are."""
    titles = {area.key: area.title for area in content.areas}
    shown = [ListItem(_item(each, titles), _buttons(each.review.fact)) for each in reviews[:MOST_IN_POST]]
    number = "One fact is" if len(reviews) == 1 else f"{len(reviews)} facts are"
    more = len(reviews) - len(shown)
    rest = (f"The {len(shown)} most asked are below; {more} more: **briefing-bot review**.",) if more else ()
    markdown = "\n\n".join((f"**{number} due for a review.** {_INTRO}", *rest))
    return OutboxMessage(markdown, items=tuple(shown))


def _item(each: AskedReview, titles: Mapping[str, str]) -> str:
    fact = each.review.fact
    about = f"**{escape(fact.label)}** · {escape(titles.get(fact.area, fact.area))} · {each.review.line}"
    asked = f" Asked {each.asks} {'time' if each.asks == 1 else 'times'}." if each.asks else ""
    owner = f" Owner: {escape(fact.owner)}." if fact.owner else ""
    cited = " · ".join(link(citation.source.name, citation.link) for citation in fact.citations)
    return f"{escape(fact.statement)}\n\n{about}{asked}{owner} {cited}"


def _buttons(fact: Fact) -> tuple[Button, ...]:
    value = button_value(fact)
    return (
        Button(Action.STILL_RIGHT, "Still right", value),
        Button(Action.REVIEW_CORRECT, "Correct", value),
        Button(Action.REVIEW_WITHDRAW, "Withdraw", value),
    )
