"""Days off of a channel: local days on which no schedule posts there, and alerts wait. Corrections do not.

Functions take a connection and belong to the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from bot.messages import ChannelRef
from bot.store.tables import days_off as table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.rule import DaysOff


async def by_channel(connection: AsyncConnection) -> Mapping[ChannelRef, DaysOff]:
    """Return the days off of every channel that has some."""
    found: dict[ChannelRef, DaysOff] = {}
    for row in await connection.execute(select(table).order_by(table.c.first)):
        place = ChannelRef(row.team, row.channel)
        found[place] = (*found.get(place, ()), (row.first, row.last))
    return found


async def of_channel(connection: AsyncConnection, place: ChannelRef) -> DaysOff:
    """Return the days off of a channel, earliest first."""
    here = table.c.team == place.team, table.c.channel == place.channel
    rows = await connection.execute(select(table).where(*here).order_by(table.c.first))
    return tuple((row.first, row.last) for row in rows)


async def put(connection: AsyncConnection, place: ChannelRef, wanted: DaysOff, today: date) -> DaysOff:
    """Make these the days off of a channel, without those that are over; return them."""
    here = table.c.team == place.team, table.c.channel == place.channel
    await connection.execute(delete(table).where(*here))
    kept = tuple(sorted({(first, last) for first, last in wanted if last >= today}))
    rows = [{"team": place.team, "channel": place.channel, "first": first, "last": last} for first, last in kept]
    if rows:
        await connection.execute(insert(table), rows)
    return kept
