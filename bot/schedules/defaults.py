"""Defaults of a workspace: what a new subscription there begins with, where its words say nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.recurrence.rule import Calendar
from bot.store.engine import insert_into
from bot.store.tables import workspace_defaults as table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Defaults:
    """Areas (keys), an IANA time zone and whose bank holidays; empty for what is as ever."""

    areas: tuple[str, ...] = ()
    tz: str = ""
    calendar: Calendar | None = None


async def of_workspace(connection: AsyncConnection, team: str) -> Defaults:
    """Return the defaults of a workspace; empty where nobody has set any."""
    row = (await connection.execute(select(table).where(table.c.team == team))).first()
    return Defaults(tuple(row.areas), row.tz, Calendar(row.calendar) if row.calendar else None) if row else Defaults()


async def put(connection: AsyncConnection, team: str, wanted: Defaults) -> None:
    """Make these the defaults of a workspace."""
    values = {"areas": list(wanted.areas), "tz": wanted.tz, "calendar": wanted.calendar and wanted.calendar.value}
    row = insert_into(connection, table).values(team=team, **values)
    await connection.execute(row.on_conflict_do_update(index_elements=[table.c.team], set_=values))
