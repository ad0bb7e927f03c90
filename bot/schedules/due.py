"""Rows of a dispatch: schedules that are due, the runs that their days have, and their next runs.

Thousands may be due in one second, so each statement is for all schedules of a batch, is built once, and reads no
column that a dispatch has no use for.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import Integer, Text, bindparam, cast, delete, func, or_, select, tuple_, update

from bot.messages import ChannelRef
from bot.schedules.posted_areas import DIGEST
from bot.schedules.runs import RunState
from bot.schedules.schedules import rule_of
from bot.store.engine import row_parameter, row_source
from bot.store.tables import schedule_runs, schedules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import Row, Select, Subquery, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.occurrences import Occurrence
    from bot.recurrence.rule import Rule


class DueSchedule(NamedTuple):
    """A schedule as a dispatch reads it: the fields of a Schedule that decide what it posts."""

    id: str
    place: ChannelRef
    areas: tuple[str, ...]
    is_digest: bool
    rule: Rule
    created_at: datetime
    last_posted_revision: int

    @property
    def keys(self) -> list[tuple[str, str, str]]:
        """What it posts, as `posted_areas` has it: its areas or the digest, each with workspace and channel."""
        team, channel = self.place.team, self.place.channel
        return [(team, channel, key) for key in ((DIGEST,) if self.is_digest else self.areas)]


class ExistingRuns(NamedTuple):
    """Of some schedules, the states of the runs of their days, and the ids of posts that may still wait."""

    states: dict[tuple[str, date], str]
    waiting: dict[str, list[str]]


async def lock_due(connection: AsyncConnection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Lock and return up to `limit` rows that are due and that no other dispatch has locked, the earliest first."""
    found: Sequence[Row[Any]] = (await connection.execute(_due(), {"now": now, "most": limit})).all()
    return found


@cache
def _due() -> Select[Any]:
    columns = schedules.c
    return (
        select(
            columns.id,
            columns.team,
            columns.channel,
            cast(columns.areas, Text).label("areas"),  # thousands have the same: `areas_of` reads each text once
            columns.is_digest,
            columns.rule,
            columns.created_at,
            columns.last_posted_revision,
            columns.next_on,
            columns.next_at,
        )
        .where(columns.next_at <= bindparam("now", type_=columns.next_at.type), columns.paused_at.is_(None))
        .order_by(columns.next_at, columns.team, columns.channel, columns.id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)
    )


def read_due(row: Row[Any]) -> DueSchedule:
    """Return the schedule of a row. Raises INVALID_RULE."""
    return DueSchedule(
        row.id,
        ChannelRef(row.team, row.channel),
        areas_of(row.areas),
        row.is_digest,
        rule_of(row.rule),
        row.created_at,
        row.last_posted_revision,
    )


@lru_cache(maxsize=1000)
def areas_of(text: str) -> tuple[str, ...]:
    """Return the areas of a row."""
    return tuple(orjson.loads(text))


async def existing_runs(connection: AsyncConnection, schedule_ids: Iterable[str], since: date) -> ExistingRuns:
    """Return the runs that these schedules have from a day on, and their posts that may still wait, of any day."""
    found = ExistingRuns({}, {})
    parameter = row_parameter(connection, [{"id": each} for each in schedule_ids])
    query = _runs_of(row_source(connection, schedules, "id"))
    for schedule_id, local_date, state, delivery_id in await connection.execute(query, {**parameter, "since": since}):
        found.states[schedule_id, local_date] = state
        if state == RunState.DUE:
            found.waiting.setdefault(schedule_id, []).append(delivery_id)
    return found


@cache
def _runs_of(source: Subquery) -> Select[Any]:
    columns = schedule_runs.c
    since = columns.local_date >= bindparam("since", type_=columns.local_date.type)
    query = select(columns.schedule_id, columns.local_date, columns.state, columns.delivery_id)
    return query.where(columns.schedule_id.in_(select(source)), or_(since, columns.state == RunState.DUE.value))


async def delete_missed(connection: AsyncConnection, days: Collection[tuple[str, date]]) -> None:
    """Delete missed runs of days that are due after all: the clock was ahead, or the rule has changed."""
    if days:
        here = tuple_(schedule_runs.c.schedule_id, schedule_runs.c.local_date).in_(days)
        await connection.execute(delete(schedule_runs).where(here, schedule_runs.c.state == RunState.MISSED))


async def set_next_runs(connection: AsyncConnection, planned: Iterable[tuple[str, Occurrence | None]]) -> None:
    """Set the next run of each schedule, by its id; None: there is none."""
    rows = [
        {"id": schedule_id, "next_on": following and following.local_date, "next_at": following and following.starts_at}
        for schedule_id, following in planned
    ]
    statement = _setting(row_source(connection, schedules, "id", "next_on", "next_at"))
    await connection.execute(statement, row_parameter(connection, rows))


@cache
def _setting(source: Subquery) -> Update:
    values = {"next_on": source.c.next_on, "next_at": source.c.next_at}
    return update(schedules).where(schedules.c.id == source.c.id).values(**values)


async def same_minute_counts(
    connection: AsyncConnection, minutes: Collection[tuple[str, datetime]]
) -> dict[tuple[str, datetime], int]:
    """Return how many schedules of a workspace are due at these times, dispatched or not."""
    times = {at for _, at in minutes}
    waiting = select(schedules.c.team, schedules.c.next_at.label("scheduled_for")).where(schedules.c.next_at.in_(times))
    begun = (
        select(schedules.c.team, schedule_runs.c.scheduled_for)
        .join(schedules, schedules.c.id == schedule_runs.c.schedule_id)
        .where(schedule_runs.c.scheduled_for.in_(times))
    )
    each = waiting.union_all(begun).subquery().c
    counts = select(each.team, each.scheduled_for, func.count().label("size")).group_by(each.team, each.scheduled_for)
    return {(row.team, row.scheduled_for): row.size for row in await connection.execute(counts)}
