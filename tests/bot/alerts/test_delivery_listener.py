"""A refused channel's alerts pause, and go on when an operator retries the delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.alerts import subscriptions
from bot.alerts.delivery_listener import AlertDeliveryListener
from bot.messages import ChannelRef
from bot.outbox.admin import Admin
from bot.outbox.delivery import Delivery, DeliveryKind, ErrorClass, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.outbox import Outbox
from tests.support.newsroom import HandClock
from tests.support.outbox import QUIET_S, NullTransport, refusal

if TYPE_CHECKING:
    from bot.store.database import Database


async def test_a_refused_channel_pauses_its_own_subscriptions_and_a_retry_resumes_them(database: Database) -> None:
    clock = HandClock()
    listeners = [AlertDeliveryListener(clock)]
    outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, listeners=listeners)
    async with database.transaction() as connection:
        for channel in ("C1", "C2"):
            place = ChannelRef("T1", channel)
            await subscriptions.subscribe(
                connection, place, subscriptions.wanted(place, ["all"], by="U1", at=clock.now())
            )
        await enqueue(connection, [Delivery("T1", "C1", DeliveryKind.ALERT, OutboxMessage("x"))], clock.now())
    (attempt,) = await outbox.claim(8)
    await outbox.refused(attempt, refusal(ErrorClass.CHANNEL, "is_archived"))
    assert await paused(database) == {"C1": "is_archived", "C2": ""}
    await Admin(database, clock, listeners).retry(attempt.id)
    assert await paused(database) == {"C1": "", "C2": ""}


async def paused(database: Database) -> dict[str, str]:
    """Return why the subscriptions of each channel are paused."""
    async with database.reading() as connection:
        found = await subscriptions.all_subscriptions(connection, paused=True)
    return {each.place.channel: each.pause_reason for each in found}
