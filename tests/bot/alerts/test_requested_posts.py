"""Posts that people ask for by a button: once each, before alerts, told to nobody but who asked; on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.alerts.requested_posts import RequestedPosts
from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.messages import ChannelRef, Outcome, Poster, Reply
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, ErrorClass, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.outbox import Outbox
from bot.store.tables import deliveries
from tests.support.outbox import MAINTAINERS, QUIET_S, NullTransport, refusal

if TYPE_CHECKING:
    from bot.outbox.progress import Progress
    from bot.store.database import Database

CHANNEL = ChannelRef("T1", "C1")
REPLY = Reply(Outcome.BRIEFING, "Words.")
ADA = Poster("U1", "ada")


@pytest.fixture
def posts(database: Database) -> RequestedPosts:
    return RequestedPosts(database, SystemClock(), lambda: None, awaited_s=0.0)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database, SystemClock(), NullTransport(), quiet_s=QUIET_S, maintainers=Maintainers(MAINTAINERS))


async def press(posts: RequestedPosts) -> Progress:
    """Press the one button."""
    return await posts.post(REPLY, CHANNEL, ADA, "1.0")


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(deliveries)) or 0


async def test_one_button_posts_once_and_before_alerts(
    database: Database, posts: RequestedPosts, outbox: Outbox
) -> None:
    alert = Delivery(CHANNEL.team, CHANNEL.channel, DeliveryKind.ALERT, OutboxMessage("An alert."))
    async with database.transaction() as connection:
        await enqueue(connection, [alert], SystemClock().now())
    assert [(await press(posts)).state for _ in range(3)] == [DeliveryState.PENDING] * 3
    assert await count(database) == 2
    (attempt,) = await outbox.claim(9)
    assert (attempt.kind, attempt.message.footer) == (DeliveryKind.POST, "Posted by ada.")
    await outbox.sent(attempt, "2.0")
    assert (await press(posts)).state is DeliveryState.SENT
    assert await count(database) == 2


async def test_a_post_that_failed_is_tried_again_and_no_operator_is_notified(
    database: Database, posts: RequestedPosts, outbox: Outbox
) -> None:
    await press(posts)
    (first,) = await outbox.claim(9)
    await outbox.refused(first, refusal(ErrorClass.CHANNEL, "not_in_channel"))
    async with database.reading() as connection:
        row = (await connection.execute(select(deliveries.c.state, deliveries.c.error))).one()
    assert tuple(row) == (DeliveryState.FAILED, "not_in_channel")
    assert (await press(posts)).state is DeliveryState.PENDING
    assert not await outbox.sent(first, "2.0"), "what was overtaken decides nothing"
    assert await count(database) == 1
