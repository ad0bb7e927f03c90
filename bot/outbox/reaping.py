"""Overdue deliveries: expired, without the post that they belong to, claimed long ago, or ahead of the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, or_, select, update

from bot.outbox.delivery import REPLIES, DeliveryState
from bot.outbox.queries import IN_DOUBT, SKEW, decode, rows
from bot.outbox.removed_workspaces import has_app
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt


class Overdue(NamedTuple):
    """Conditions of deliveries that are overdue at a moment.

    `expired`: too old to be posted. `orphan`: the post whose thread it goes to was never posted. `stale`: claimed so
    long ago that its call can no longer reach Slack. `claimed_ahead`, `created_ahead`: by a clock that was set back.
    """

    expired: ColumnElement[bool]
    orphan: ColumnElement[bool]
    stale: ColumnElement[bool]
    claimed_ahead: ColumnElement[bool]
    created_ahead: ColumnElement[bool]


def overdue_at(now: datetime, shared_now: datetime, quiet: timedelta, in_flight: Collection[str]) -> Overdue:
    """Return the conditions at a moment: `now` by this process's clock, `shared_now` by the one that processes share.

    Attempts of this process that are `in_flight` (ids) are not stale, whatever the clock says.
    """
    columns, parent = deliveries.c, deliveries.alias("lost")
    pending = columns.state == DeliveryState.PENDING
    lost = select(parent.c.id).where(parent.c.state.in_((DeliveryState.FAILED, DeliveryState.CANCELLED)))
    sending = and_(columns.state == DeliveryState.SENDING, columns.id.not_in(in_flight))
    return Overdue(
        expired=and_(pending, columns.expires_at <= now, has_app(columns.team)),
        orphan=and_(pending, columns.parent_id.in_(lost)),
        stale=and_(sending, columns.claimed_at <= shared_now - quiet),
        claimed_ahead=and_(columns.state.in_(IN_DOUBT), columns.claimed_at > shared_now + SKEW),
        created_ahead=and_(pending, columns.created_at > now + SKEW),
    )


async def is_any_overdue(connection: AsyncConnection, overdue: Overdue) -> bool:
    """Whether there is one; locks nothing."""
    return bool(await connection.scalar(select(select(deliveries.c.id).where(or_(*overdue)).exists())))


async def reap(connection: AsyncConnection, overdue: Overdue, now: datetime, shared_now: datetime) -> list[Attempt]:
    """Mark what is stale unconfirmed, cancel orphans, and have what is ahead of the clock count from now.

    Return what has expired, for the outbox to fail; what only another version can decode fails here.
    """
    columns = deliveries.c
    await connection.execute(update(deliveries).where(overdue.claimed_ahead).values(claimed_at=shared_now))
    await _pull_back(connection, overdue.created_ahead, now)
    await connection.execute(update(deliveries).where(overdue.stale).values(state=DeliveryState.UNCONFIRMED.value))
    why = "the post that it belongs to was never posted"
    await connection.execute(update(deliveries).where(overdue.orphan, columns.kind.in_(REPLIES)).values(payload={}))
    await connection.execute(
        update(deliveries).where(overdue.orphan).values(state=DeliveryState.CANCELLED.value, error=why)
    )
    found, undecodable = decode(await connection.execute(rows().where(overdue.expired)))
    unread = {"state": DeliveryState.FAILED.value, "error": "undecodable"}
    await connection.execute(update(deliveries).where(columns.id.in_(undecodable)).values(**unread))
    return found


async def _pull_back(connection: AsyncConnection, ahead: ColumnElement[bool], now: datetime) -> None:
    """Let what was enqueued while the clock was ahead wait as long from now as it was to wait from then."""
    columns = deliveries.c
    query = select(columns.id, columns.created_at, columns.due_at, columns.expires_at).where(ahead)
    for number, row in enumerate(await connection.execute(query.order_by(columns.created_at))):
        created_at = now + timedelta(microseconds=number)
        moved = {name: created_at + (row._mapping[name] - row.created_at) for name in ("due_at", "expires_at")}  # noqa: SLF001 — SQLAlchemy's documented name
        await connection.execute(update(deliveries).where(columns.id == row.id).values(created_at=created_at, **moved))
