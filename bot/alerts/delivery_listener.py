"""Pauses the alerts of a channel that refuses posts, resumes them at a retry, drops what was told; keeps the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.alerts import alerts, subscriptions
from bot.alerts.settings_audit import recorded
from bot.audit.audit import BOT, AuditEntry, record
from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, ErrorClass

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.outbox.delivery import Attempt


class AlertDeliveryListener:
    """Keeps alert subscriptions paused while their channel is refused (DeliveryListener, OperatorListener)."""

    def __init__(self, clock: Clock, who: str = BOT) -> None:
        """`clock` says when a subscription was paused; `who` is the operator in the audit."""
        self._clock = clock
        self._who = who

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Pause the subscriptions of a channel that takes no posts; drop alerts that a scheduled post has told."""
        place, message = ChannelRef(attempt.team, attempt.channel), attempt.message
        if attempt.state is DeliveryState.SENT and message.request and message.rendered_changes:
            told = {each: message.fact_digests[each] for each in message.rendered_changes}
            await alerts.drop_told(connection, place, told)
        if attempt.error_class is ErrorClass.CHANNEL:
            now = self._clock.now()
            async with recorded(connection, place, BOT, now):
                await subscriptions.pause(connection, place, attempt.error, now)

    async def on_operator_change(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Resume the subscriptions that the refusal of a retried delivery had paused; record what the operator did."""
        is_retry, now = attempt.state is DeliveryState.PENDING, self._clock.now()
        place, what = ChannelRef(attempt.team, attempt.channel), f"{attempt.kind} to {attempt.channel}"
        action, reason = ("retried", f"{what}: {attempt.error}") if is_retry else ("cancelled", what)
        entry = AuditEntry(
            attempt.team, self._who, f"delivery.{action}", attempt.id, reason, f"{what}: {attempt.state}"
        )
        await record(connection, entry, now)
        if is_retry:
            async with recorded(connection, place, self._who, now):
                await subscriptions.resume(connection, place, pause_reason=attempt.error)
