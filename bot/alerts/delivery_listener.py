"""Pauses the alerts of a channel that Slack refuses posts to, resumes them at a retry, and drops what was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.alerts import alerts, subscriptions
from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, ErrorClass

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.outbox.delivery import Attempt


class AlertDeliveryListener:
    """Keeps alert subscriptions paused while their channel is refused (DeliveryListener, OperatorListener)."""

    def __init__(self, clock: Clock) -> None:
        """`clock` says when a subscription was paused."""
        self._clock = clock

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Pause the subscriptions of a channel that takes no posts; drop alerts that a scheduled post has told."""
        place, message = ChannelRef(attempt.team, attempt.channel), attempt.message
        if attempt.state is DeliveryState.SENT and message.request and message.rendered_changes:
            told = {each: message.fact_digests[each] for each in message.rendered_changes}
            await alerts.drop_told(connection, place, told)
        if attempt.error_class is ErrorClass.CHANNEL:
            await subscriptions.pause(connection, place, attempt.error, self._clock.now())

    async def on_operator_change(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Resume the subscriptions that the refusal of a retried delivery had paused."""
        if attempt.state is DeliveryState.PENDING:
            place = ChannelRef(attempt.team, attempt.channel)
            await subscriptions.resume(connection, place, pause_reason=attempt.error)
