"""Schedules: which channels get which briefings by which rule, and their runs.

A channel owns its schedules, whoever created them. Functions take a connection and belong to the caller's transaction.
Times are aware UTC. A day of a schedule has at most one row in `schedule_runs`: so it is never posted twice, whatever
process is killed, whichever clock is wrong, and however often its rule changes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import AwareDatetime  # noqa: TC002 — it resolves it itself
from sqlalchemy import and_, delete, func, insert, select, tuple_, update

from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.recurrence.rule import RULE_ADAPTER, Days, Repeat, Rule
from bot.schedules.posted_areas import DIGEST
from bot.schedules.runs import RunState, cancel_pending
from bot.store.tables import schedule_runs
from bot.store.tables import schedules as table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

MAX_PER_CHANNEL: Final = 200
INVALID_RULE: Final = (LookupError, ValueError, TypeError)
"""Raised by `read` for a rule that another version wrote, or whose time zone is gone."""
INVALID: Final = Rule(Days(Repeat.WEEKLY), time(), "UTC")
"""Placeholder for such a rule, so that the schedule can be listed and removed. It has no occurrence."""


class TooManySchedulesError(BriefingBotError):
    """A channel has MAX_PER_CHANNEL schedules already."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is posted in a channel, and when.

    `areas` are keys in the order in which they are posted, or (ALL,) for the digest. `next_on` and `next_at` are the
    local day and the moment of the next run, None while paused. `last_posted_revision` is 0 before the first post.
    `pause_reason` is "" while it runs; at `paused_until` it is resumed by itself. `last_activity_at`: when somebody
    last clicked on it or on one of its posts. `created_by` is shown to readers, and has no other effect.
    """

    id: str
    place: ChannelRef
    areas: tuple[str, ...]
    is_digest: bool
    rule: Rule
    created_at: AwareDatetime
    created_by: str
    next_on: date | None
    next_at: AwareDatetime | None
    last_activity_at: AwareDatetime
    last_posted_revision: int = 0
    paused_at: AwareDatetime | None = None
    pause_reason: str = ""
    paused_until: AwareDatetime | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """What it posts: its areas, or the digest."""
        return (DIGEST,) if self.is_digest else self.areas

    @property
    def is_readable(self) -> bool:
        """Whether its rule could be read."""
        return self.rule != INVALID


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """A run of a schedule on a local day; `delivery_id`, `ts` (of the post) and `reason` are "" where there is none."""

    schedule_id: str
    local_date: date
    scheduled_for: datetime
    state: RunState
    reason: str = ""
    delivery_id: str = ""
    ts: str = ""


async def require_room(connection: AsyncConnection, place: ChannelRef) -> None:
    """Raise TooManySchedulesError when a channel can have no further schedule."""
    here = select(func.count()).select_from(table).where(_in(place))
    if (await connection.scalar(here) or 0) >= MAX_PER_CHANNEL:
        raise TooManySchedulesError(
            f"This channel already has {MAX_PER_CHANNEL} schedules.", "Remove one that is no longer needed first."
        )


_SAME = {each.name for each in fields(Schedule)} - {"place", "areas", "rule", "pause_reason"}
"""Fields that the table has as they are."""


async def add(connection: AsyncConnection, schedule: Schedule) -> None:
    """Add a schedule. Raises TooManySchedulesError."""
    await require_room(connection, schedule.place)
    await connection.execute(insert(table).values(**_values(schedule)))


async def change(connection: AsyncConnection, schedule: Schedule) -> None:
    """Update areas, rule, next run, activity and `last_posted_revision`; the caller has locked it (`get`)."""
    kept = {"id", "team", "channel", "created_at", "created_by", "paused_at", "pause_reason", "paused_until"}
    changed = {name: value for name, value in _values(schedule).items() if name not in kept}
    await connection.execute(update(table).where(table.c.id == schedule.id).values(**changed))


async def remove(connection: AsyncConnection, schedule_id: str) -> Schedule | None:
    """Delete a schedule, cancel its pending post, keep its runs; return it as it was."""
    await _lock_channels(connection, table.c.id == schedule_id)
    ended = await get(connection, schedule_id)
    await connection.execute(delete(table).where(table.c.id == schedule_id))
    await cancel_pending(connection, [schedule_id], "the schedule was removed")
    return ended


async def get(connection: AsyncConnection, schedule_id: str, *, for_update: bool = False) -> Schedule | None:
    """Return the schedule with this id, if any; `for_update` locks it."""
    query = select(table).where(table.c.id == schedule_id)
    row = (await connection.execute(query.with_for_update() if for_update else query)).first()
    return _schedule_of(row) if row else None


async def for_channel(connection: AsyncConnection, place: ChannelRef) -> tuple[Schedule, ...]:
    """Return the schedules of a channel, paused ones too, oldest first."""
    return await _found(connection, _in(place))


async def for_channels(connection: AsyncConnection, places: Iterable[ChannelRef]) -> tuple[Schedule, ...]:
    """Return the schedules of several channels, paused ones too, by channel and age."""
    named = [(place.team, place.channel) for place in places]
    return await _found(connection, tuple_(table.c.team, table.c.channel).in_(named))


async def all_schedules(connection: AsyncConnection) -> tuple[Schedule, ...]:
    """Return all schedules, paused ones too, by channel and age."""
    return await _found(connection)


async def pause(connection: AsyncConnection, schedule_id: str, reason: str, at: datetime) -> bool:
    """Pause a schedule and cancel its pending post; say whether it was running. The reason is set in either case."""
    ran = bool(await _pause(connection, table.c.id == schedule_id, reason=reason, at=at))
    whole = {"pause_reason": reason, "paused_until": None}
    await connection.execute(update(table).where(table.c.id == schedule_id).values(**whole))
    return ran


async def pause_channel(
    connection: AsyncConnection, place: ChannelRef, reason: str, at: datetime, until: datetime | None = None
) -> int:
    """Pause the running schedules of a channel, until a moment or until resumed; return how many there were."""
    return await _pause(connection, _in(place), reason=reason, at=at, until=until)


async def record_activity(connection: AsyncConnection, schedule_id: str, at: datetime) -> None:
    """Record that somebody clicked on a schedule or on one of its posts."""
    await connection.execute(update(table).where(table.c.id == schedule_id).values(last_activity_at=at))


async def runs(
    connection: AsyncConnection, schedule_ids: Collection[str], limit: int
) -> Mapping[str, tuple[ScheduleRun, ...]]:
    """Return up to `limit` runs of each schedule, newest first."""
    columns = schedule_runs.c
    rank = func.row_number().over(partition_by=columns.schedule_id, order_by=columns.local_date.desc()).label("rank")
    ranked = select(schedule_runs, rank).where(columns.schedule_id.in_(schedule_ids)).subquery()
    rows = await connection.execute(select(ranked).where(ranked.c.rank <= limit).order_by(ranked.c.local_date.desc()))
    found: dict[str, tuple[ScheduleRun, ...]] = dict.fromkeys(schedule_ids, ())
    for row in rows:
        found[row.schedule_id] = (*found[row.schedule_id], _run(row))
    return found


def read(row: Row[Any]) -> Schedule:
    """Return the schedule of a row. Raises INVALID_RULE."""
    return _with(rule_of(row.rule), row)


def _schedule_of(row: Row[Any]) -> Schedule:
    """Return the schedule of a row, with the rule INVALID where its own cannot be read."""
    try:
        return read(row)
    except INVALID_RULE:
        return _with(INVALID, row)


def _with(rule: Rule, row: Row[Any]) -> Schedule:
    same = {name: getattr(row, name) for name in _SAME}
    place = ChannelRef(row.team, row.channel)
    return Schedule(place=place, areas=tuple(row.areas), rule=rule, pause_reason=row.pause_reason or "", **same)


@lru_cache(maxsize=10_000)
def rule_of(text: str) -> Rule:
    """Return the rule of a row. Raises INVALID_RULE."""
    return RULE_ADAPTER.validate_json(text)


def _values(schedule: Schedule) -> dict[str, Any]:
    return {
        **{name: getattr(schedule, name) for name in _SAME},
        "team": schedule.place.team,
        "channel": schedule.place.channel,
        "areas": list(schedule.areas),
        "rule": RULE_ADAPTER.dump_json(schedule.rule).decode(),
        "pause_reason": schedule.pause_reason or None,
    }


def _run(row: Row[Any]) -> ScheduleRun:
    return ScheduleRun(
        row.schedule_id,
        row.local_date,
        row.scheduled_for,
        RunState(row.state),
        row.reason or "",
        row.delivery_id or "",
        row.ts or "",
    )


def _in(place: ChannelRef) -> ColumnElement[bool]:
    return and_(table.c.team == place.team, table.c.channel == place.channel)


async def _found(connection: AsyncConnection, *where: ColumnElement[bool]) -> tuple[Schedule, ...]:
    order = (table.c.team, table.c.channel, table.c.created_at, table.c.id)
    return tuple(map(_schedule_of, await connection.execute(select(table).where(*where).order_by(*order))))


async def _pause(
    connection: AsyncConnection,
    *where: ColumnElement[bool],
    reason: str,
    at: datetime,
    until: datetime | None = None,
) -> int:
    await _lock_channels(connection, *where)
    running = select(table.c.id).where(*where, table.c.paused_at.is_(None)).with_for_update()
    stopped = (await connection.scalars(running)).all()
    paused = {"next_on": None, "next_at": None, "paused_at": at, "pause_reason": reason, "paused_until": until}
    await connection.execute(update(table).where(table.c.id.in_(stopped)).values(**paused))
    await cancel_pending(connection, stopped, "the schedule was paused")
    return len(stopped)


async def _lock_channels(connection: AsyncConnection, *where: ColumnElement[bool]) -> None:
    """Lock all schedules of the channels of some, always in one order: what ends one may make others due."""
    places = select(table.c.team, table.c.channel).where(*where)
    here = select(table.c.id).where(tuple_(table.c.team, table.c.channel).in_(places))
    await connection.execute(here.order_by(table.c.created_at, table.c.id).with_for_update())
