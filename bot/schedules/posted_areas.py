"""Areas posted in a channel: for which time an area was last posted, so that no time posts it twice.

One row for each channel and area, and for its digest: of several schedules, batches and processes, the one that writes
the row for a time posts the area. Only a dispatch writes here, always in the same order, so that none waits for another
that waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select, text

from bot.messages import ChannelRef
from bot.outbox.queries import SKEW
from bot.store.engine import insert_into, row_parameter, row_source
from bot.store.tables import posted_areas as table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

DIGEST: Final = "digest"
"""Stands for a digest: it posts no area's briefing."""


async def claim(
    connection: AsyncConnection, wanted: Mapping[tuple[ChannelRef, str], datetime], now: datetime
) -> set[tuple[ChannelRef, str]]:
    """Claim areas of channels, each for a time; return those that were not yet posted for that time or a later one.

    A time ahead of `now` was written before the clock was set back, and does not count.
    """
    in_order = sorted(wanted.items(), key=lambda each: (each[0][0].team, each[0][0].channel, each[0][1]))
    rows = [
        {"team": place.team, "channel": place.channel, "area": area, "scheduled_for": at}
        for (place, area), at in in_order
    ]
    if not rows:
        return set()
    names = tuple(rows[0])
    statement = insert_into(connection, table).from_select(
        names, select(row_source(connection, table, *names)).where(text("true"))
    )  # SQLite takes ON for a join's without a WHERE (sqlite.org: "UPSERT", "Parsing Ambiguity")
    at, new = table.c.scheduled_for, statement.excluded.scheduled_for
    written = statement.on_conflict_do_update(
        index_elements=[table.c.team, table.c.channel, table.c.area],
        set_={"scheduled_for": new},
        where=or_(at < new, at > now + SKEW),
    ).returning(table.c.team, table.c.channel, table.c.area)
    found = await connection.execute(written, row_parameter(connection, rows))
    return {(ChannelRef(row.team, row.channel), row.area) for row in found.all()}
