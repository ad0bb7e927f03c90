"""Failure notices: a delivery that failed is logged, and posted to the operators' channel."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import select

from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, ErrorClass, OutboxMessage
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt, NotDeliveredError

REPORT_AGAIN_AFTER: Final = timedelta(hours=24)

_log = structlog.stdlib.get_logger(__name__)


async def failure_notices(
    connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, maintainers_channel: str, now: datetime
) -> list[Delivery]:
    """Log the failure of a delivery; return the notice to operators, at most once a day for a channel and reason."""
    if error.error_class is ErrorClass.NOT_FOUND:
        return []
    about = {"delivery": attempt.id, "team": attempt.team, "channel": attempt.channel, "reason": error.code}
    _log.error("delivery.failed", **about)
    if not maintainers_channel or attempt.channel == maintainers_channel or attempt.kind is DeliveryKind.POST:
        return []
    if await _was_reported(connection, attempt, error, now):
        return []
    return [
        Delivery(attempt.team, maintainers_channel, DeliveryKind.NOTE, OutboxMessage(failure_message(attempt, error)))
    ]


async def _was_reported(connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, now: datetime) -> bool:
    """Whether another failure in that channel for that reason was reported within a day."""
    alike = select(deliveries.c.id).where(
        deliveries.c.team == attempt.team,
        deliveries.c.channel == attempt.channel,
        deliveries.c.state == DeliveryState.FAILED,
        deliveries.c.error == error.code,
        deliveries.c.finished_at > now - REPORT_AGAIN_AFTER,
        deliveries.c.id != attempt.id,
        deliveries.c.kind != DeliveryKind.POST,
    )
    return (await connection.execute(alike.limit(1))).first() is not None


def failure_message(attempt: Attempt, error: NotDeliveredError) -> str:
    """Return the notice of a failed delivery, in Markdown: what happened, why, and what to do."""
    paused = " The channel’s subscriptions are paused until then." if error.error_class is ErrorClass.CHANNEL else ""
    return (
        f"**A post did not reach its channel.** {attempt.kind.capitalize()} {attempt.id} for {attempt.channel} failed "
        f"({error.code}). {error.message} Once that is fixed, run "
        f"**briefing-bot deliveries retry {attempt.id}**.{paused}"
    )
