"""Adding deliveries to the outbox, within the transaction that causes them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.outbox.delivery import DeliveryState, message_to_json
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.messages import ChannelRef
    from bot.outbox.delivery import Delivery


_APART = timedelta(microseconds=100)


async def enqueue(connection: AsyncConnection, wanted: Iterable[Delivery], now: datetime) -> None:
    """Add deliveries. In a channel they are sent by priority, then in this order."""
    added = [_row(each, now + number * _APART, now) for number, each in enumerate(wanted)]
    if added:
        await connection.execute(insert(deliveries), added)


async def enqueue_once(connection: AsyncConnection, delivery: Delivery, now: datetime) -> None:
    """Add a delivery unless its id is known; one that failed or was cancelled is enqueued again."""
    added = _row(delivery, now, now)
    is_postgresql = connection.dialect.name == "postgresql"
    statement = (postgresql.insert if is_postgresql else sqlite.insert)(deliveries).values(added)
    again = {name: statement.excluded[name] for name in ("payload", "state", "due_at", "expires_at", "revision")}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[deliveries.c.id],
            set_={**again, "error": None, "fencing_token": deliveries.c.fencing_token + 1},
            where=deliveries.c.state.in_((DeliveryState.FAILED, DeliveryState.CANCELLED)),
        )
    )


async def hold_back(connection: AsyncConnection, revision: int, until: datetime) -> None:
    """Let nothing that a revision caused be posted before a moment, in UTC."""
    waiting = and_(deliveries.c.revision == revision, deliveries.c.state == DeliveryState.PENDING)
    await connection.execute(update(deliveries).where(waiting).values(due_at=until))


async def cancel_replies(connection: AsyncConnection, place: ChannelRef, ts: str) -> None:
    """Cancel the pending replies in the thread of a post that is removed."""
    columns = deliveries.c
    posted = select(columns.id).where(columns.team == place.team, columns.channel == place.channel, columns.ts == ts)
    waiting = and_(columns.parent_id.in_(posted), columns.state == DeliveryState.PENDING)
    values = {"state": DeliveryState.CANCELLED.value, "error": "the post was removed"}
    await connection.execute(update(deliveries).where(waiting).values(**values))


def _row(delivery: Delivery, created_at: datetime, now: datetime) -> dict[str, Any]:
    due_at = delivery.due_at or now
    return {
        "id": delivery.id,
        "team": delivery.team,
        "channel": delivery.channel,
        "kind": delivery.kind.value,
        "priority": int(delivery.priority),
        "payload": message_to_json(delivery.message),
        "state": DeliveryState.PENDING.value,
        "created_at": created_at,
        "due_at": due_at,
        "expires_at": due_at + timedelta(seconds=delivery.expires_after_s),
        "revision": delivery.revision,
        "schedule_id": delivery.schedule_id,
        "parent_id": delivery.parent_id,
    }
