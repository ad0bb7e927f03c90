"""What is new for a schedule: how its areas differ from what was last posted in its channel, whoever scheduled that.

Contents are compared, not lists of what happened: a change that was put back is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, tuple_

from bot.alerts.subscriptions import ALL
from bot.changes.detect import in_order, merged
from bot.messages import ChannelRef
from bot.store.engine import row_parameter, row_source
from bot.store.revisions import changed_since
from bot.store.tables import revisions, schedules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.revision import Change


@dataclass(frozen=True, slots=True)
class LastPosted:
    """The revision from which an area was last posted in a channel, and the schedule that posted it."""

    revision: int
    schedule_id: str


LastPosts = dict[tuple[ChannelRef, str, bool], LastPosted]
"""The last post of each area in some channels: by channel, area, and whether a digest posted it."""
NEVER: Final = LastPosted(0, "")


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes since a revision, by fact, corrections first; `days` are those of each fact's last change (UTC)."""

    changes: Mapping[str, Change]
    days: Mapping[str, date]


async def last_posts(connection: AsyncConnection, places: Collection[ChannelRef]) -> LastPosts:
    """Return what schedules have posted in these channels, paused ones too."""
    if not places:
        return {}
    columns, channels = schedules.c, row_source(connection, schedules, "team", "channel")
    query = select(
        columns.id, columns.team, columns.channel, columns.areas, columns.is_digest, columns.last_posted_revision
    )
    in_one = query.where(tuple_(columns.team, columns.channel).in_(select(channels)), columns.last_posted_revision > 0)
    parameter = row_parameter(connection, [{"team": place.team, "channel": place.channel} for place in places])
    found: LastPosts = {}
    for row in await connection.execute(in_one, parameter):
        for area in row.areas:
            key = (ChannelRef(row.team, row.channel), area, row.is_digest)
            if found.get(key, NEVER).revision < row.last_posted_revision:
                found[key] = LastPosted(row.last_posted_revision, row.id)
    return found


async def revision_at(connection: AsyncConnection, moment: datetime) -> int:
    """Return the number of the revision that was the newest at a moment; of the first one for a moment before it."""
    numbers = revisions.c.number
    then = await connection.scalar(select(func.max(numbers)).where(revisions.c.published_at <= moment))
    return then or await connection.scalar(select(func.min(numbers))) or 0


async def change_set(connection: AsyncConnection, since: int, until: int | None = None) -> ChangeSet:
    """Return how facts differ between a revision and a later one (None: the newest), by content."""
    found = await changed_since(connection, None, since, until)
    days = {each.change.fact_id: each.published_at.date() for each in found}
    return ChangeSet({each.fact_id: each for each in merged(each.change for each in found)}, days)


def news(since: Mapping[str, int], changed: Mapping[int, ChangeSet]) -> tuple[Change, ...]:
    """Return what is new in some areas; `since` has the revision last posted of each, and `changed` what followed it.

    A fact that several of the areas show is news only when it changed since the newest of their posts.
    """
    found: dict[str, Change] = {}
    for revision in set(since.values()):
        for fact_id, change in changed[revision].changes.items():
            posted = [number for area, number in since.items() if area == ALL or area in change.areas]
            newest = changed[max(posted)].changes.get(fact_id) if posted else None
            if newest is not None:
                found[fact_id] = newest
    return in_order(found.values())
