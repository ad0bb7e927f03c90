"""Gaps: questions that the facts do not answer, with how often and when they came, and no word of who asked.

A workspace has at most MOST_KEPT: the least asked go first, of those the ones that came last the longest ago.
Functions take a connection and belong to the caller's transaction. Days are UTC's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, delete, func, select

from bot.store.engine import insert_into
from bot.store.maintainer_tables import gaps as table
from bot.store.maintainer_tables import gaps_dropped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

MOST_KEPT: Final = 5000


@dataclass(frozen=True, slots=True)
class Gap:
    """A question as it was first asked, in a workspace; `id` is the same for the same question there."""

    team: str
    words: str
    count: int
    first_on: date
    last_on: date
    id: str = ""


@dataclass(frozen=True, slots=True)
class DropCount:
    """How many questions of a workspace were not kept on a day, for a reason (a Dropped)."""

    team: str
    day: date
    reason: str
    count: int


async def gaps_of(connection: AsyncConnection, team: str = "") -> tuple[Gap, ...]:
    """Return the gaps of a workspace, or of all, the most asked first, then the newest."""
    columns = (getattr(table.c, name) for name in Gap.__slots__)
    asked = select(*columns).order_by(table.c.count.desc(), table.c.last_on.desc(), table.c.words, table.c.id)
    found = await connection.execute(asked.where(table.c.team == team) if team else asked)
    return tuple(Gap(*each) for each in found)


async def dropped_of(connection: AsyncConnection, team: str = "") -> tuple[DropCount, ...]:
    """Return how many were not kept, by day and reason, the newest day first."""
    columns = gaps_dropped.c
    counted = select(columns.team, columns.day, columns.reason, columns.count)
    ordered = counted.order_by(columns.day.desc(), columns.count.desc(), columns.reason, columns.team)
    found = await connection.execute(ordered.where(columns.team == team) if team else ordered)
    return tuple(DropCount(*each) for each in found)


async def add(connection: AsyncConnection, found: Iterable[Gap], *, most: int = MOST_KEPT) -> Mapping[str, int]:
    """Add gaps to those that are kept; return how many of each workspace were given up for room.

    Rows are written in one order, so that two processes never wait for each other.
    """
    wanted = sorted(found, key=lambda gap: gap.id)
    if not wanted:
        return {}
    statement = insert_into(connection, table)
    new, old = statement.excluded, table.c
    merged = {
        "count": old.count + new.count,
        "first_on": case((new.first_on < old.first_on, new.first_on), else_=old.first_on),
        "last_on": case((new.last_on > old.last_on, new.last_on), else_=old.last_on),
    }
    rows = [asdict(each) for each in wanted]
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=merged), rows)
    teams = dict.fromkeys(each.team for each in wanted)
    return {team: given_up for team in teams if (given_up := await _make_room(connection, team, most))}


async def _make_room(connection: AsyncConnection, team: str, most: int) -> int:
    """Delete what a workspace has too much, the least asked and oldest first; return how many."""
    count = await connection.scalar(select(func.count()).select_from(table).where(table.c.team == team)) or 0
    if count <= most:
        return 0
    least = select(table.c.id).where(table.c.team == team)
    ordered = least.order_by(table.c.count, table.c.last_on, table.c.first_on, table.c.id)
    await connection.execute(delete(table).where(table.c.id.in_(ordered.limit(count - most))))
    return count - most


async def count_dropped(connection: AsyncConnection, dropped: Sequence[DropCount]) -> None:
    """Count what was not kept."""
    statement = insert_into(connection, gaps_dropped)
    added: dict[str, Any] = {"count": gaps_dropped.c.count + statement.excluded.count}
    rows = [
        {"team": each.team, "day": each.day, "reason": each.reason, "count": each.count}
        for each in sorted(dropped, key=lambda each: (each.team, each.day, each.reason))
    ]
    if rows:
        key = ["team", "day", "reason"]
        await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=added), rows)
