"""What the death of a delivery asks for: who posts to a dead channel pauses, and those who can act are told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import and_, select, update

from bot.messages import ChannelRef
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, ErrorClass, OutboxMessage
from bot.schedules import schedules
from bot.store.tables import deliveries, subscriptions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt, NotDeliveredError

TOLD_AGAIN_AFTER: Final = timedelta(hours=24)

_log = structlog.stdlib.get_logger(__name__)


async def failure_notices(
    connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, maintainers_channel: str, now: datetime
) -> list[Delivery]:
    """Pause what posts to a channel that takes no posts; return what the maintainers are to be told."""
    if error.verdict is ErrorClass.CHANNEL:
        here = and_(subscriptions.c.team == attempt.team, subscriptions.c.channel == attempt.channel)
        paused = {"paused_at": now, "paused_why": error.code}
        await connection.execute(
            update(subscriptions).where(here, subscriptions.c.paused_at.is_(None)).values(**paused)
        )
        await schedules.pause_channel(connection, ChannelRef(attempt.team, attempt.channel), error.code, now)
    if error.verdict is ErrorClass.GONE:
        return []
    about = {"delivery": attempt.id, "team": attempt.team, "channel": attempt.channel, "reason": error.code}
    _log.error("delivery is dead", **about)
    if not maintainers_channel or attempt.channel == maintainers_channel:
        return []
    if await _was_told(connection, attempt, error, now):
        return []
    return [
        Delivery(attempt.team, maintainers_channel, DeliveryKind.NOTE, OutboxMessage(failure_message(attempt, error)))
    ]


async def _was_told(connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, now: datetime) -> bool:
    """Whether another death in that channel for that reason was told within a day."""
    alike = select(deliveries.c.id).where(
        deliveries.c.team == attempt.team,
        deliveries.c.channel == attempt.channel,
        deliveries.c.state == DeliveryState.DEAD,
        deliveries.c.error == error.code,
        deliveries.c.settled_at > now - TOLD_AGAIN_AFTER,
        deliveries.c.id != attempt.id,
    )
    return (await connection.execute(alike.limit(1))).first() is not None


def failure_message(attempt: Attempt, error: NotDeliveredError) -> str:
    """Return what a person is told of a dead delivery, in Markdown: what happened, why, and what to do."""
    paused = " The channel’s subscriptions are paused until then." if error.verdict is ErrorClass.CHANNEL else ""
    return (
        f"**A post did not reach its channel.** {attempt.kind.capitalize()} {attempt.id} for {attempt.channel}: "
        f"{error.message} ({error.code}). Once that is put right: "
        f"**briefing-bot deliveries retry {attempt.id}**.{paused}"
    )
