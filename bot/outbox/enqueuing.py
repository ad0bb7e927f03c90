"""Adding deliveries to the outbox, within the transaction that causes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import blake2s
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, insert, select, update

from bot.content.turns import among_tasks
from bot.outbox.delivery import EXPIRES_AFTER_S, REPLIES, DeliveryKind, DeliveryState, message_to_json, new_id
from bot.store.engine import insert_into, insert_rows
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.messages import ChannelRef
    from bot.outbox.delivery import Attempt, Delivery


CLOSED: Final = frozenset({"is_inactive", "is_archived", "not_in_channel", "channel_not_found"})
"""Slack's codes for an edit in a channel that is archived, or that we are not in: its posts stand."""

_AT_ONCE = 500
"""Deliveries added by one statement: between two, other tasks have their turn."""
_APART = timedelta(microseconds=100)


async def enqueue(connection: AsyncConnection, wanted: Iterable[Delivery], now: datetime) -> None:
    """Add deliveries. In a channel they are sent by priority, then in this order."""
    numbered = enumerate(wanted)
    while some := list(islice(numbered, _AT_ONCE)):
        rows = [_row(each, now + n * _APART, now) async for n, each in among_tasks(some)]
        await insert_rows(connection, deliveries, rows)


async def enqueue_new(connection: AsyncConnection, delivery: Delivery, now: datetime, number: int = 0) -> bool:
    """Add a delivery unless its id is known, whatever became of that; `number` orders those of one moment."""
    statement = insert_into(connection, deliveries).values(_row(delivery, now + number * _APART, now))
    added = statement.on_conflict_do_nothing(index_elements=[deliveries.c.id]).returning(deliveries.c.id)
    return await connection.scalar(added) is not None


async def enqueue_once(connection: AsyncConnection, delivery: Delivery, now: datetime) -> None:
    """Add a delivery unless its id is known; one that failed or was cancelled is enqueued again."""
    statement = insert_into(connection, deliveries).values(_row(delivery, now, now))
    again = {name: statement.excluded[name] for name in ("payload", "state", "due_at", "expires_at", "revision")}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[deliveries.c.id],
            set_={**again, "error": None, "fencing_token": deliveries.c.fencing_token + 1},
            where=deliveries.c.state.in_((DeliveryState.FAILED, DeliveryState.CANCELLED)),
        )
    )


async def retry_edits(connection: AsyncConnection, place: ChannelRef, now: datetime) -> None:
    """Make the edits that a channel refused while it was closed to us, in their order."""
    columns = deliveries.c
    refused = (columns.state == DeliveryState.FAILED, columns.error.in_(CLOSED))
    here = (columns.team == place.team, columns.channel == place.channel, columns.kind == DeliveryKind.EDIT)
    until = now + timedelta(seconds=EXPIRES_AFTER_S)
    fresh = {"state": DeliveryState.PENDING.value, "error": None, "due_at": now, "expires_at": until}
    token = {"fencing_token": columns.fencing_token + 1}
    await connection.execute(update(deliveries).where(*here, *refused).values(**fresh, **token))


async def hold_back(connection: AsyncConnection, revision: int, until: datetime) -> None:
    """Let nothing that a revision caused be posted before a moment, in UTC."""
    waiting = and_(deliveries.c.revision == revision, deliveries.c.state == DeliveryState.PENDING)
    await connection.execute(update(deliveries).where(waiting).values(due_at=until))


async def enqueue_rest(connection: AsyncConnection, attempt: Attempt, parts: int) -> None:
    """Add the later messages of a long text that was posted, directly after the first.

    They go to the thread of the first, or its own; the parts of a reply follow one another where the first is.
    """
    if parts == 1:
        return
    first = (await connection.execute(select(deliveries).where(deliveries.c.id == attempt.id))).mappings().one()
    is_in_place = attempt.thread or attempt.kind in REPLIES
    fresh = {
        **dict.fromkeys(("claimed_at", "claimed_by", "ts", "finished_at", "error")),
        **dict.fromkeys(("attempts", "fencing_token"), 0),
        "state": DeliveryState.PENDING.value,
        "parent_id": first["parent_id"] or (None if is_in_place else first["id"]),
    }
    message = replace(attempt.message, fact_digests={}, rendered_changes={}, request=None, follows=attempt.ts)
    rest = [
        {
            **first,
            **fresh,
            "id": new_id(),
            "payload": message_to_json(replace(message, part=part)),
            "created_at": first["created_at"] + timedelta(microseconds=part),
        }
        for part in range(1, parts)
    ]
    await connection.execute(insert(deliveries), rest)


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


def id_of(*key: object) -> str:
    """Return the id that stands for a key, the same in every process and version: what has it is made once."""
    return blake2s(" ".join(map(str, key)).encode(), digest_size=16).hexdigest()
