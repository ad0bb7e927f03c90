"""Awaited answers: people who want one message when a published fact answers what they asked.

A row goes with its message, when its person presses it off, after AWAITED_FOR, and when the app is removed. Functions
take a connection and belong to the caller's transaction. Times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, tuple_, update

from bot.outbox.enqueuing import id_of
from bot.store.engine import insert_into
from bot.store.maintainer_tables import awaited_answers as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection

AWAITED_FOR: Final = timedelta(days=90)
MOST_AWAITED: Final = 20
"""Answers that one person awaits."""
_NEVER: Final = 0
"""The number of no revision: looked up at once, in case that one was published since the question."""


@dataclass(frozen=True, slots=True)
class AwaitedAnswer:
    """What a person wants to be told of, once, before `until`; `question` is the id of its gap, `words` are to read."""

    team: str
    user: str
    question: str
    words: str
    asked_at: datetime
    until: datetime

    @property
    def delivery_id(self) -> str:
        """The id of its message."""
        return id_of("awaited", self.team, self.user, self.question, self.asked_at.isoformat())


async def wait(connection: AsyncConnection, awaited: AwaitedAnswer) -> None:
    """Add one; a repeat begins it anew."""
    key = ("team", "user", "question")
    values = {name: getattr(awaited, name) for name in AwaitedAnswer.__slots__}
    row = insert_into(connection, table).values(**values, looked_up=_NEVER)
    fresh = {name: row.excluded[name] for name in ("words", "asked_at", "until", "looked_up")}
    await connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=fresh))


async def forget(connection: AsyncConnection, team: str, user: str, question: str) -> bool:
    """Delete one; return whether it was there."""
    which = (table.c.team == team, table.c.user == user, table.c.question == question)
    return await connection.scalar(delete(table).where(*which).returning(table.c.question)) is not None


async def of_user(connection: AsyncConnection, team: str, user: str, at: datetime) -> tuple[AwaitedAnswer, ...]:
    """Return what a person awaits, the first to end first."""
    mine = _rows().where(table.c.team == team, table.c.user == user, table.c.until > at)
    found = await connection.execute(mine.order_by(table.c.until, table.c.question))
    return tuple(AwaitedAnswer(*each) for each in found)


async def of_team(connection: AsyncConnection, team: str, at: datetime) -> tuple[AwaitedAnswer, ...]:
    """Return what the people of a workspace await."""
    found = await connection.execute(_rows().where(table.c.team == team, table.c.until > at))
    return tuple(AwaitedAnswer(*each) for each in found)


async def not_looked_up(
    connection: AsyncConnection, revision: int, at: datetime, limit: int
) -> tuple[AwaitedAnswer, ...]:
    """Return some that were not looked up in a revision, those that began to wait first first."""
    due = _rows().where(table.c.looked_up < revision, table.c.until > at)
    ordered = due.order_by(table.c.looked_up, table.c.asked_at, table.c.team, table.c.user, table.c.question)
    return tuple(AwaitedAnswer(*each) for each in await connection.execute(ordered.limit(limit)))


async def looked_up(connection: AsyncConnection, some: Iterable[AwaitedAnswer], revision: int) -> None:
    """Note that a revision does not answer these."""
    keys = [(each.team, each.user, each.question) for each in some]
    here = tuple_(table.c.team, table.c.user, table.c.question).in_(keys)
    newer = table.c.looked_up < revision
    await connection.execute(update(table).where(here, newer).values(looked_up=revision))


async def count(connection: AsyncConnection) -> int:
    """Return how many are awaited."""
    return await connection.scalar(select(func.count()).select_from(table)) or 0


async def forget_all(connection: AsyncConnection, team: str) -> None:
    """Delete those of a workspace."""
    await connection.execute(delete(table).where(table.c.team == team))


def _rows() -> Select[Any]:
    return select(*(getattr(table.c, name) for name in AwaitedAnswer.__slots__))
