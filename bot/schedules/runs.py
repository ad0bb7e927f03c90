"""Runs of schedules that are not posted: cancel them, and let other schedules of the channel post their areas."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, or_, select, tuple_, update

from bot.outbox.delivery import DeliveryState, message_from_json
from bot.schedules.posted_areas import DIGEST
from bot.store.engine import row_parameter, row_source
from bot.store.tables import deliveries, posted_areas, schedule_runs, schedules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

POSTED_BY_ANOTHER: Final = "another schedule posts it then"
"""Reason of a run that was skipped because every area of it was posted for that time, or a later one."""
REPLACED: Final = "a newer post replaced it"
_INSTANT: Final = timedelta(microseconds=1)


class RunState(StrEnum):
    """State of a run. `due`: its post is in the outbox. `skipped`: no post was wanted. `missed`: it was too late."""

    DUE = "due"
    POSTED = "posted"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED = "failed"


async def cancel_pending(connection: AsyncConnection, schedule_ids: Collection[str], reason: str) -> None:
    """Cancel pending posts of schedules, and mark their runs skipped; one that is being sent goes on.

    Other schedules of the same time post their areas.
    """
    columns = schedule_runs.c
    is_theirs = columns.schedule_id.in_(select(row_source(connection, schedules, "id")))
    query = select(columns.schedule_id, columns.delivery_id).where(is_theirs, columns.state == RunState.DUE)
    waiting: dict[str, list[str]] = {}
    for row in await connection.execute(query, row_parameter(connection, [{"id": each} for each in schedule_ids])):
        waiting.setdefault(row.schedule_id, []).append(row.delivery_id)
    for each in await cancel_posts(connection, waiting, reason):
        await hand_back(connection, each)


async def cancel_posts(connection: AsyncConnection, posts: Mapping[str, Sequence[str]], reason: str) -> Sequence[str]:
    """Cancel those of the posts of some schedules that are pending, and mark their runs skipped.

    `posts` are ids of deliveries by ids of schedules. Return those that are cancelled.
    """
    if not posts:
        return ()
    ids = [each for of_one in posts.values() for each in of_one]
    pending = deliveries.c.id.in_(ids), deliveries.c.state == DeliveryState.PENDING
    await connection.execute(
        update(deliveries).where(*pending).values(state=DeliveryState.CANCELLED.value, error=reason)
    )
    cancelled = select(deliveries.c.id).where(deliveries.c.id.in_(ids), deliveries.c.state == DeliveryState.CANCELLED)
    ended = (await connection.scalars(cancelled)).all()
    columns = schedule_runs.c
    due = columns.schedule_id.in_(posts), columns.state == RunState.DUE, columns.delivery_id.in_(ended)
    await connection.execute(update(schedule_runs).where(*due).values(state=RunState.SKIPPED.value, reason=reason))
    return ended


async def skip(connection: AsyncConnection, delivery_ids: Collection[str], reason: str) -> None:
    """Mark the runs skipped whose posts were cancelled together."""
    columns = schedule_runs.c
    due = columns.delivery_id.in_(delivery_ids), columns.state == RunState.DUE
    await connection.execute(update(schedule_runs).where(*due).values(state=RunState.SKIPPED.value, reason=reason))


async def hand_back(connection: AsyncConnection, delivery_id: str, *, may_be_retried: bool = False) -> set[str]:
    """Let other schedules of the same time and channel post what a post that is not posted had claimed.

    They are due again, and the next dispatch shares the areas out among them. Return the areas that they have. With
    `may_be_retried` the post keeps the rest.
    """
    columns, runs = deliveries.c, schedule_runs.c
    query = select(columns.team, columns.channel, columns.payload, runs.scheduled_for)
    query = query.join(schedule_runs, runs.delivery_id == columns.id)
    lost = (await connection.execute(query.where(columns.id == delivery_id))).first()
    areas = _areas(lost.payload) if lost else set()
    if lost is None or not areas:
        return set()
    takers = _takers(await _neighbours(connection, lost.team, lost.channel, lost.scheduled_for), areas)
    taken = {area for each in takers for area in _keys(each) & areas}
    freed = set(taken if may_be_retried else areas)
    for each in takers:
        if each.state == RunState.DUE:
            freed |= await _withdrawn(connection, each.delivery_id)
    here = posted_areas.c.team == lost.team, posted_areas.c.channel == lost.channel
    same = *here, posted_areas.c.area.in_(freed), posted_areas.c.scheduled_for == lost.scheduled_for
    await connection.execute(update(posted_areas).where(*same).values(scheduled_for=lost.scheduled_for - _INSTANT))
    again = [(each.schedule_id, each.local_date) for each in takers]
    if again:
        await connection.execute(delete(schedule_runs).where(tuple_(runs.schedule_id, runs.local_date).in_(again)))
    for each in takers:
        due = {"next_on": each.local_date, "next_at": lost.scheduled_for}
        await connection.execute(update(schedules).where(schedules.c.id == each.schedule_id).values(**due))
    return taken


async def _neighbours(connection: AsyncConnection, team: str, channel: str, at: datetime) -> list[Row[Any]]:
    """Lock and return the running schedules of a channel that posted for the same time, or left it to others."""
    runs = schedule_runs.c
    query = select(schedules.c.areas, schedules.c.is_digest, schedule_runs)
    query = query.join(schedule_runs, runs.schedule_id == schedules.c.id).where(
        schedules.c.team == team,
        schedules.c.channel == channel,
        schedules.c.paused_at.is_(None),
        or_(schedules.c.next_at.is_(None), schedules.c.next_at > at),
        runs.scheduled_for == at,
        or_(
            runs.state.in_((RunState.DUE, RunState.POSTED)),
            and_(runs.state == RunState.SKIPPED, runs.reason == POSTED_BY_ANOTHER),
        ),
    )
    in_order = query.order_by(schedules.c.created_at, schedules.c.id)
    return list(await connection.execute(in_order.with_for_update(of=schedules)))


def _takers(neighbours: Collection[Row[Any]], areas: set[str]) -> list[Row[Any]]:
    """Return those that can post these areas: first those that post nothing else then."""
    idle = [each for each in neighbours if each.state == RunState.SKIPPED and _keys(each) & areas]
    left = areas.difference(*map(_keys, idle))
    others = []
    for each in neighbours:
        if each.state != RunState.SKIPPED and _keys(each) & left:
            others.append(each)
            left = left - _keys(each)
    return [*idle, *others]


async def _withdrawn(connection: AsyncConnection, delivery_id: str) -> set[str]:
    """Cancel a pending post, which is made anew with more areas; return its areas, none if it is being sent."""
    columns = deliveries.c
    payload = await connection.scalar(select(columns.payload).where(columns.id == delivery_id))
    pending = columns.id == delivery_id, columns.state == DeliveryState.PENDING
    cancelled = {"state": DeliveryState.CANCELLED.value, "error": REPLACED}
    done = await connection.execute(update(deliveries).where(*pending).values(**cancelled))
    return _areas(payload) if done.rowcount and payload else set()


def _keys(row: Row[Any]) -> set[str]:
    return {DIGEST} if row.is_digest else set(row.areas)


def _areas(payload: Mapping[str, Any]) -> set[str]:
    """Return what a scheduled post claimed; nothing where another version wrote it."""
    try:
        request = message_from_json(payload).request
    except ValueError:
        return set()
    if request is None:
        return set()
    return {DIGEST} if request.is_digest and request.areas else set(request.areas)
