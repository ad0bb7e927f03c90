"""Deliveries of workspaces that have removed the app: they wait, are neither late nor expire, and go on at its return.

Functions take a connection and belong to the caller's transaction. Times are aware UTC.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, not_, or_, select, update

from bot.outbox.delivery import EXPIRES_AFTER_S, REPLIES, DeliveryKind, DeliveryState
from bot.store.installation_tables import installed_workspaces
from bot.store.tables import deliveries, revisions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

WAS_REMOVED: Final = "the app was removed meanwhile"
"""Why a delivery was cancelled whose time was over when the app came back."""


def has_app(team: ColumnElement[str]) -> ColumnElement[bool]:
    """Select rows of workspaces that have not removed the app."""
    columns = installed_workspaces.c
    return team.not_in(select(columns.workspace).where(columns.removed_at.is_not(None)))


async def resume_deliveries(connection: AsyncConnection, team: str, now: datetime) -> Sequence[str]:
    """Let what waited in a workspace that has the app again go on; return the ids of what is cancelled instead.

    Edits, the notes of corrections and news of the newest revision are right whatever time has passed. What else is
    past its time is cancelled.
    """
    columns = deliveries.c
    waiting = and_(columns.team == team, columns.state == DeliveryState.PENDING)
    newest = select(func.coalesce(func.max(revisions.c.number), 0)).scalar_subquery()
    is_right = or_(
        columns.kind == DeliveryKind.EDIT,
        and_(columns.kind == DeliveryKind.NOTE, columns.payload["answers"].as_string().is_not(None)),
        and_(columns.kind == DeliveryKind.WATCH, func.coalesce(columns.revision, 0) == newest),
    )
    until = now + timedelta(seconds=EXPIRES_AFTER_S)
    await connection.execute(update(deliveries).where(waiting, is_right).values(due_at=now, expires_at=until))
    late = and_(waiting, not_(is_right), columns.expires_at <= now)
    await connection.execute(update(deliveries).where(late, columns.kind.in_(REPLIES)).values(payload={}))
    over = {"state": DeliveryState.CANCELLED.value, "error": WAS_REMOVED}
    return (await connection.scalars(update(deliveries).where(late).values(**over).returning(columns.id))).all()
