"""Areas posted in a channel: for which time an area was last posted, so that no time posts it twice.

One row for each channel and area, and for its digest: of several schedules, batches and processes, the one that writes
the row for a time posts the area. Only a dispatch writes here, always in the same order, so that none waits for another
that waits for it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, or_, select, text

from bot.outbox.queries import SKEW
from bot.store.engine import insert_into, row_parameter, row_source
from bot.store.tables import posted_areas as table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Executable, Subquery
    from sqlalchemy.ext.asyncio import AsyncConnection

DIGEST: Final = "digest"
"""Stands for a digest: it posts no area's briefing."""


async def claim(
    connection: AsyncConnection, wanted: Mapping[tuple[str, str, str], datetime], now: datetime
) -> set[tuple[str, str, str]]:
    """Claim areas, each by its workspace, channel and key, for a time.

    Return those that were not yet posted for that time or a later one. A time ahead of `now` was written before the
    clock was set back, and does not count.
    """
    if not wanted:
        return set()
    rows = [
        {"team": team, "channel": channel, "area": area, "scheduled_for": at}
        for (team, channel, area), at in sorted(wanted.items())
    ]
    statement = _claiming(insert_into(connection, table), row_source(connection, table, *rows[0]))
    found = await connection.execute(statement, {**row_parameter(connection, rows), "ahead": now + SKEW})
    return {(team, channel, area) for team, channel, area in found}


@cache
def _claiming(inserting: Any, source: Subquery) -> Executable:  # noqa: ANN401 — the dialects' inserts share no type
    names = source.c.keys()
    # SQLite takes ON for a join's without a WHERE (sqlite.org: "UPSERT", "Parsing Ambiguity")
    inserting = inserting.from_select(names, select(source).where(text("true")))
    at, new = table.c.scheduled_for, inserting.excluded.scheduled_for
    claimed: Executable = inserting.on_conflict_do_update(
        index_elements=[table.c.team, table.c.channel, table.c.area],
        set_={"scheduled_for": new},
        where=or_(at < new, at > bindparam("ahead", type_=at.type)),
    ).returning(table.c.team, table.c.channel, table.c.area)
    return claimed
