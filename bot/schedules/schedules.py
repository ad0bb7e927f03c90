"""Schedules: which places get which briefings by which rule, and what became of each day that they were for.

A channel owns its own, whoever asked for them. Functions take a connection and belong to the caller's transaction.
Times are aware UTC. A day of a schedule stands in `schedule_runs` once at most: that is what keeps it from being posted
twice, whatever is killed, whichever clock is wrong, and however often its rule is changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, insert, select, tuple_, update

from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState
from bot.recurrence.rule import Days, Repeat, Rule
from bot.store.tables import deliveries, schedule_runs
from bot.store.tables import schedules as table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

MOST_IN_PLACE: Final = 200
NOTHING_NEW: Final = "nothing new"
"""Why a day was skipped on which there was nothing to tell."""
NOT_UNDERSTOOD: Final = (LookupError, ValueError, TypeError)
"""What reading a rule raises that another version wrote, or whose time zone is gone."""
UNREADABLE: Final = Rule(Days(Repeat.WEEKLY), time(), "UTC")
"""Stands for such a rule, so that the schedule can be seen and removed. By it nothing is posted."""


class TooManySchedulesError(BriefingBotError):
    """A place has MOST_IN_PLACE schedules already."""


class RunState(StrEnum):
    """What became of a day of a schedule.

    `due`: its post is in the ledger. `skipped`: nothing was to be posted. `missed`: its time had passed too long ago.
    """

    DUE = "due"
    POSTED = "posted"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is posted in a place, and when.

    `areas` are keys in the order in which they are posted, or (ALL,) for the digest. `next_on` is the local day of the
    next post and `next_at` its moment; both are None while it is paused. `last_posted_revision` is 0 before the first
    post. `pause_reason` is empty while it runs. `last_activity_at`: when somebody last clicked on it or on one of its
    posts. `created_by` is kept to tell readers whom to ask; nothing depends on that user.
    """

    id: str
    place: ChannelRef
    areas: tuple[str, ...]
    is_digest: bool
    rule: Rule
    created_at: datetime
    created_by: str
    next_on: date | None
    next_at: datetime | None
    last_activity_at: datetime
    last_posted_revision: int = 0
    paused_at: datetime | None = None
    pause_reason: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether its rule is understood."""
        return self.rule != UNREADABLE


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """A day (`on`, local) of a schedule: its moment by the rule, what became of it, and why.

    `delivery` is the id of its post in the ledger, `ts` the post's own; empty where there is none.
    """

    schedule_id: str
    local_date: date
    scheduled_for: datetime
    state: RunState
    reason: str = ""
    delivery_id: str = ""
    ts: str = ""


async def require_room(connection: AsyncConnection, place: ChannelRef) -> None:
    """Raise TooManySchedulesError when a channel can have no further schedule."""
    here = select(func.count()).select_from(table).where(_at(place))
    if (await connection.scalar(here) or 0) >= MOST_IN_PLACE:
        raise TooManySchedulesError(
            f"This channel has {MOST_IN_PLACE} schedules already.", "Remove one that is no longer wanted first."
        )


async def add(connection: AsyncConnection, schedule: Schedule) -> None:
    """Add a schedule. Raises TooManySchedulesError."""
    await require_room(connection, schedule.place)
    await connection.execute(insert(table).values(**_values(schedule)))


async def change(connection: AsyncConnection, schedule: Schedule) -> None:
    """Give a schedule these areas, this rule, next time and `last_posted_revision`; the caller holds it (`get`)."""
    kept = {"id", "team", "channel", "created_at", "created_by", "paused_at", "pause_reason"}
    changed = {name: value for name, value in _values(schedule).items() if name not in kept}
    await connection.execute(update(table).where(table.c.id == schedule.id).values(**changed))


async def remove(connection: AsyncConnection, schedule_id: str) -> Schedule | None:
    """End a schedule, with a post of it that has not gone out; return it as it was. Its days stay known."""
    ended = await get(connection, schedule_id)
    await connection.execute(delete(table).where(table.c.id == schedule_id))
    await cancel_pending(connection, [schedule_id], "the schedule was removed")
    return ended


async def get(connection: AsyncConnection, schedule_id: str, *, is_held: bool = False) -> Schedule | None:
    """Return a schedule, if there is one with this id; `is_held`: nobody else changes it in this transaction."""
    query = select(table).where(table.c.id == schedule_id)
    row = (await connection.execute(query.with_for_update() if is_held else query)).first()
    return _shown(row) if row else None


async def for_channel(connection: AsyncConnection, place: ChannelRef) -> tuple[Schedule, ...]:
    """Return the schedules of a place, paused ones too, oldest first."""
    return await _found(connection, _at(place))


async def for_channels(connection: AsyncConnection, places: Iterable[ChannelRef]) -> tuple[Schedule, ...]:
    """Return the schedules of several places, paused ones too; those of a place stand together, oldest first."""
    named = [(place.team, place.channel) for place in places]
    return await _found(connection, tuple_(table.c.team, table.c.channel).in_(named))


async def all_schedules(connection: AsyncConnection) -> tuple[Schedule, ...]:
    """Return every schedule, paused ones too; those of a place stand together, oldest first."""
    return await _found(connection)


async def pause(connection: AsyncConnection, schedule_id: str, why: str, at: datetime) -> bool:
    """Stop a schedule until somebody resumes it, with a post of it that has not gone out.

    False: it did not run before; the reason is this one now.
    """
    ran = bool(await _pause(connection, table.c.id == schedule_id, why=why, at=at))
    await connection.execute(update(table).where(table.c.id == schedule_id).values(pause_reason=why))
    return ran


async def pause_channel(connection: AsyncConnection, place: ChannelRef, why: str, at: datetime) -> int:
    """Stop every schedule of a place until somebody resumes it; return how many that stopped."""
    return await _pause(connection, _at(place), why=why, at=at)


async def touch(connection: AsyncConnection, schedule_id: str, at: datetime) -> None:
    """Remember that somebody clicked on a schedule or on one of its posts."""
    await connection.execute(update(table).where(table.c.id == schedule_id).values(last_activity_at=at))


async def runs(
    connection: AsyncConnection, schedule_ids: Collection[str], most: int
) -> Mapping[str, tuple[ScheduleRun, ...]]:
    """Return for each schedule its newest days, at most `most` of each, newest first."""
    columns = schedule_runs.c
    place = func.row_number().over(partition_by=columns.schedule_id, order_by=columns.local_date.desc()).label("place")
    ranked = select(schedule_runs, place).where(columns.schedule_id.in_(schedule_ids)).subquery()
    rows = await connection.execute(select(ranked).where(ranked.c.place <= most).order_by(ranked.c.local_date.desc()))
    found: dict[str, tuple[ScheduleRun, ...]] = dict.fromkeys(schedule_ids, ())
    for row in rows:
        found[row.schedule_id] = (*found[row.schedule_id], _run(row))
    return found


async def cancel_pending(connection: AsyncConnection, schedule_ids: Collection[str], why: str) -> None:
    """Take back the posts of schedules that wait in the ledger; one that is on its way already goes on."""
    columns = schedule_runs.c
    waiting = columns.schedule_id.in_(schedule_ids), columns.state == RunState.DUE
    posts = (await connection.scalars(select(columns.delivery_id).where(*waiting))).all()
    if not posts:
        return
    pending = deliveries.c.id.in_(posts), deliveries.c.state == DeliveryState.PENDING
    await connection.execute(update(deliveries).where(*pending).values(state=DeliveryState.CANCELLED.value, error=why))
    dropped = select(deliveries.c.id).where(deliveries.c.id.in_(posts), deliveries.c.state == DeliveryState.CANCELLED)
    await connection.execute(
        update(schedule_runs)
        .where(*waiting, columns.delivery_id.in_(dropped))
        .values(state=RunState.SKIPPED.value, reason=why)
    )


def read(row: Row[Any]) -> Schedule:
    """Return a row of the table as what it is. Raises NOT_UNDERSTOOD."""
    return _with(_rule(row.rule), row)


def _shown(row: Row[Any]) -> Schedule:
    """Return a row as people see it: with a rule that is not understood, too."""
    try:
        return read(row)
    except NOT_UNDERSTOOD:
        return _with(UNREADABLE, row)


def _with(rule: Rule, row: Row[Any]) -> Schedule:
    return Schedule(
        row.id,
        ChannelRef(row.team, row.channel),
        tuple(row.areas),
        row.is_digest,
        rule,
        *(row.created_at, row.created_by, row.next_on, row.next_at, row.last_activity_at, row.last_posted_revision),
        *(row.paused_at, row.pause_reason or ""),
    )


@lru_cache(maxsize=10_000)
def _rule(text: str) -> Rule:
    return Rule.from_json(json.loads(text))


def _values(schedule: Schedule) -> dict[str, Any]:
    return {
        "id": schedule.id,
        "team": schedule.place.team,
        "channel": schedule.place.channel,
        "areas": list(schedule.areas),
        "is_digest": schedule.is_digest,
        "rule": json.dumps(schedule.rule.to_json()),
        "created_at": schedule.created_at,
        "created_by": schedule.created_by,
        "next_on": schedule.next_on,
        "next_at": schedule.next_at,
        "last_activity_at": schedule.last_activity_at,
        "last_posted_revision": schedule.last_posted_revision,
        "paused_at": schedule.paused_at,
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


def _at(place: ChannelRef) -> ColumnElement[bool]:
    return and_(table.c.team == place.team, table.c.channel == place.channel)


async def _found(connection: AsyncConnection, *where: ColumnElement[bool]) -> tuple[Schedule, ...]:
    order = (table.c.team, table.c.channel, table.c.created_at, table.c.id)
    return tuple(map(_shown, await connection.execute(select(table).where(*where).order_by(*order))))


async def _pause(connection: AsyncConnection, *where: ColumnElement[bool], why: str, at: datetime) -> int:
    running = select(table.c.id).where(*where, table.c.paused_at.is_(None)).with_for_update()
    stopped = (await connection.scalars(running)).all()
    paused = {"next_on": None, "next_at": None, "paused_at": at, "pause_reason": why}
    await connection.execute(update(table).where(table.c.id.in_(stopped)).values(**paused))
    await cancel_pending(connection, stopped, "the schedule was paused")
    return len(stopped)
