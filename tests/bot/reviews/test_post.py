"""The weekly post on reviews: who gets which facts, how many, and what its buttons carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bot.actions import Action
from bot.config.maintainers import Maintainers
from bot.content.models import DatedReason
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState
from bot.outbox.enqueuing import enqueue
from bot.outbox.queries import attempt_of, rows
from bot.proposals.suggestion import FactFields
from bot.reviews.asks import AskCounts
from bot.reviews.post import MOST_IN_POST, ReviewListener, ReviewPost
from handlers.rendering.replies import delivered
from tests.support.newsroom import Newsroom
from workspace.blocks.pings import find_pings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.outbox.delivery import Attempt, OutboxMessage
    from bot.store.database import Database

BIDS, MONEY = "growth-zones-bids", "action-plan-money"
OVERDUE = date(2026, 12, 1)
LATE = datetime(2027, 6, 1, 9, tzinfo=UTC)


async def opened(database: Database, *due: str, owners: tuple[tuple[str, str], ...] = ()) -> Newsroom:
    """Publish content in which these facts are due, and the first has an owner."""
    newsroom = await Newsroom.opened(database)
    facts = newsroom.content.facts
    changed = {each: replace(facts[each], review_by=OVERDUE) for each in due}
    if due:
        changed[due[0]] = replace(changed[due[0]], owner="The <!channel> team")
    content = newsroom.content
    memorandum = replace(content.memorandum, owners=owners)
    newsroom.content = replace(content, facts={**facts, **changed}, memorandum=memorandum)
    await newsroom.publisher.publish(newsroom.content)
    return newsroom


async def composed(newsroom: Newsroom, channel: str = "C9") -> Sequence[tuple[str, OutboxMessage]]:
    return await ReviewPost(newsroom.database, newsroom.clock, Maintainers(channel)).compose("T1", None)


async def test_each_owner_gets_their_facts_and_the_maintainers_the_others(database: Database) -> None:
    newsroom = await opened(database, BIDS, MONEY, owners=(("The <!channel> team", "U0ADA"),))
    made = dict(await composed(newsroom))
    assert list(made) == ["U0ADA", "C9"] or list(made) == ["C9", "U0ADA"]
    (item,) = made["U0ADA"].items
    assert [each.action for each in item.buttons] == [
        Action.STILL_RIGHT,
        Action.REVIEW_CORRECT,
        Action.REVIEW_WITHDRAW,
    ]
    fact = newsroom.content.facts[BIDS]
    assert {each.value for each in item.buttons} == {f"{BIDS} {FactFields.of(fact).digest}"}
    assert "Review was due on 1 December 2026." in item.markdown
    assert made["U0ADA"].markdown.startswith("**One fact is due")
    (payload,) = delivered(made["U0ADA"])
    assert find_pings(payload["text"], payload["blocks"]) == ()
    assert [place for place, _ in await composed(newsroom, "")] == ["U0ADA"]


async def test_nothing_is_posted_where_nothing_is_due(database: Database) -> None:
    assert await composed(await opened(database)) == []


async def test_ten_facts_a_post_the_most_asked_first_and_the_rest_counted(database: Database) -> None:
    newsroom = await opened(database)
    asks = AskCounts(database, newsroom.clock, 9999)
    asks.answered(MONEY)
    await asks.flush()
    gone = replace(newsroom.content.facts[BIDS], withdrawn=DatedReason(on=OVERDUE, why="Wrong."))
    await newsroom.edit(gone)
    newsroom.clock.at = LATE
    ((place, message),) = await composed(newsroom)
    assert (place, len(message.items)) == ("C9", MOST_IN_POST)
    assert message.items[0].buttons[0].value.startswith(f"{MONEY} ")
    assert "Asked 1 time." in message.items[0].markdown
    number = sum(each.is_current for each in newsroom.content.facts.values())
    assert f"**{number} facts are due" in message.markdown
    assert f"{number - MOST_IN_POST} more: **briefing-bot review**." in message.markdown
    (payload,) = delivered(message)
    assert len(payload["blocks"]) <= 50


async def test_what_an_owner_cannot_get_the_maintainers_get_once(database: Database) -> None:
    newsroom = await opened(database, BIDS, owners=(("The <!channel> team", "U0GONE"),))
    ((place, message),) = await composed(newsroom)
    async with database.transaction() as connection:
        await enqueue(connection, [Delivery("T1", place, DeliveryKind.NOTE, message)], newsroom.clock.now())
    (attempt,) = await attempts(database)
    failed = replace(attempt, state=DeliveryState.FAILED, error="user_disabled")
    for _ in range(2):
        async with database.transaction() as connection:
            await ReviewListener(Maintainers("C9"), newsroom.clock).on_settled(connection, failed)
    (again,) = [each for each in await attempts(database) if each.channel == "C9"]
    assert "did not reach their owner, U0GONE" in again.message.markdown
    assert again.message.items == message.items
    async with database.transaction() as connection:
        await ReviewListener(Maintainers("C9"), newsroom.clock).on_settled(
            connection, replace(again, state=DeliveryState.FAILED)
        )
    assert len(await attempts(database)) == 2


async def attempts(database: Database) -> list[Attempt]:
    async with database.reading() as connection:
        return [attempt_of(row) for row in await connection.execute(rows())]
