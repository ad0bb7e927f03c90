"""Watches: people who want one message when a fact changes. A watch ends after 30 days, or with its message.

Functions take a connection and belong to the caller's transaction. Times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from bot.outbox.removed_workspaces import has_app
from bot.store.engine import insert_into
from bot.store.tables import watches as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.content.models import Fact

WATCHED_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Watch:
    """A user's watch on a fact, from `created_at` until `until`."""

    team: str
    user: str
    fact_id: str
    created_at: datetime
    until: datetime


async def watch(connection: AsyncConnection, team: str, user: str, fact: Fact, at: datetime) -> Watch:
    """Add a watch; a repeat extends it by 30 days from now."""
    added = Watch(team, user, fact.id, at, at + WATCHED_FOR)
    key, times = {"team": team, "user": user, "fact_id": fact.id}, {"until": added.until, "created_at": at}
    row = insert_into(connection, table).values(**key, **times)
    await connection.execute(row.on_conflict_do_update(index_elements=[*key], set_=times))
    return added


async def unwatch(connection: AsyncConnection, team: str, user: str, fact_id: str) -> None:
    """Delete a watch."""
    which = (table.c.team == team, table.c.user == user, table.c.fact_id == fact_id)
    await connection.execute(delete(table).where(*which))


async def of_user(connection: AsyncConnection, team: str, user: str, at: datetime) -> tuple[Watch, ...]:
    """Return a user's watches, the first to end first."""
    query = select(table).where(table.c.team == team, table.c.user == user, table.c.until > at)
    return tuple(map(_read, await connection.execute(query.order_by(table.c.until, table.c.fact_id))))


async def of_team(connection: AsyncConnection, team: str, at: datetime) -> tuple[Watch, ...]:
    """Return the watches of a workspace."""
    query = select(table).where(table.c.team == team, table.c.until > at)
    return tuple(map(_read, await connection.execute(query.order_by(table.c.user, table.c.fact_id))))


async def take(connection: AsyncConnection, facts: Iterable[str], at: datetime) -> tuple[Watch, ...]:
    """Return the watches on these facts and delete them; not of workspaces that have removed the app."""
    due = select(table).where(table.c.fact_id.in_(list(facts)), table.c.until > at, has_app(table.c.team))
    found = tuple(map(_read, await connection.execute(due.order_by(table.c.user, table.c.fact_id))))
    for each in found:
        await unwatch(connection, each.team, each.user, each.fact_id)
    return found


def _read(row: Row[Any]) -> Watch:
    return Watch(row.team, row.user, row.fact_id, row.created_at, row.until)
