"""Queries of the outbox: deliveries that may go now, rate limits in force, the fenced update.

A stored moment more than SKEW ahead of the clock was written before the clock was set back, and counts as now.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import Integer, and_, bindparam, case, func, not_, or_, select, tuple_, update

from bot.outbox.delivery import PRIVATE, Attempt, DeliveryKind, DeliveryState, message_from_json
from bot.outbox.removed_workspaces import has_app
from bot.store.engine import insert_into, row_parameter, row_source
from bot.store.tables import deliveries, rate_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select, Subquery, Update, UpdateBase
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.base import ReadOnlyColumnCollection

PACE_S: Final = 1.0
"""Seconds between posts in a channel (Slack: "Rate limits", chat.postMessage: about one a second and channel).

What one person alone sees is no post: it waits for no post and for no pace, only for what they see there before it.
"""
LOOKAHEAD: Final = 500
"""Deliveries looked at in a claim: of one channel only the first may go."""
SKEW: Final = timedelta(seconds=10)
"""Tolerated difference between the clocks of processes that share a database."""
EVERY_METHOD: Final = "*"
READING: Final = "conversations.history"
"""Rate limit of reading channels. Slack counts conversations.replies apart; here both share one limit."""

_log = structlog.stdlib.get_logger(__name__)
IN_DOUBT: Final = (DeliveryState.SENDING, DeliveryState.UNCONFIRMED)

_parent = deliveries.alias("parent")
_with_parent = deliveries.outerjoin(_parent, deliveries.c.parent_id == _parent.c.id)


async def is_any(connection: AsyncConnection, *states: DeliveryState) -> bool:
    """Whether there is a delivery in one of these states: cheap, and false of an idle bot."""
    found = select(deliveries.c.id).where(deliveries.c.state.in_([each.value for each in states])).limit(1)
    return await connection.scalar(found) is not None


def rows() -> Select[Any]:
    """Select deliveries, each with the ts of the post whose thread it goes to."""
    return select(deliveries, _parent.c.ts.label("parent_ts")).select_from(_with_parent)


async def ready(
    connection: AsyncConnection,
    now: datetime,
    method_of: Callable[[DeliveryKind], str],
    *,
    lead_s: float = 0.0,
    limit: int = LOOKAHEAD,
) -> Sequence[Row[Any]]:
    """Return the id, team, channel, `is_private` and `reader` of what may go within `lead_s`, the first first.

    `reader` is who alone sees it, "" for a post.

    Not what waits for its thread, what is in a channel where something is on its way or was just answered (for its
    reader, if it has one), or what is held back: `method_of` names the call that a kind needs. Nothing of a workspace
    that has removed the app.
    """
    if not await is_any(connection, DeliveryState.PENDING):
        return []
    query = _ready()
    for team, method in await active_limits(connection, now):
        kinds = [kind.value for kind in DeliveryKind if method in (EVERY_METHOD, method_of(kind))]
        query = query.where(not_(and_(deliveries.c.team == team, deliveries.c.kind.in_(kinds))))
    pace = timedelta(seconds=PACE_S)
    times = {
        "now": now,
        "ahead": now + SKEW,
        "finished_after": now - pace + timedelta(seconds=lead_s),
        "finished_before": now + pace,
    }
    found: Sequence[Row[Any]] = (await connection.execute(query, {**times, "most": limit})).all()
    return found


@cache
def _ready() -> Select[Any]:
    """Return the query, built once: building it costs as much as running it."""
    columns = deliveries.c
    now, ahead = bindparam("now", type_=columns.due_at.type), bindparam("ahead", type_=columns.due_at.type)
    other, channel = deliveries.alias("other").c, tuple_(columns.team, columns.channel)
    in_doubt = select(other.team, other.channel).where(other.state.in_(IN_DOUBT))
    is_private, reader = columns.kind.in_(PRIVATE), _reader(columns)
    shown = select(other.team, other.channel, _reader(other)).where(other.state.in_(IN_DOUBT), other.kind.in_(PRIVATE))
    just_finished = select(other.team, other.channel).where(
        other.kind.not_in(PRIVATE),
        other.finished_at > bindparam("finished_after", type_=columns.finished_at.type),
        other.finished_at < bindparam("finished_before", type_=columns.finished_at.type),
    )
    return (
        select(columns.id, columns.team, columns.channel, is_private.label("is_private"), reader.label("reader"))
        .select_from(_with_parent)
        .where(columns.state == DeliveryState.PENDING, columns.expires_at > now, has_app(columns.team))
        .where(or_(columns.due_at <= now, and_(columns.due_at <= columns.created_at, columns.created_at > ahead)))
        .where(or_(columns.parent_id.is_(None), _parent.c.state == DeliveryState.SENT))
        .where(or_(not_(is_private), tuple_(columns.team, columns.channel, reader).not_in(shown)))
        .where(or_(is_private, channel.not_in(in_doubt.where(other.kind.not_in(PRIVATE)))))
        .where(or_(is_private, channel.not_in(just_finished)))
        .order_by(columns.priority, columns.created_at)
        .limit(bindparam("most", type_=Integer()))
    )


def _reader(columns: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[str]:
    """Return the user who alone sees a delivery: "" for a post."""
    asker = func.coalesce(columns.payload["asker"].as_string(), "")
    return case((columns.kind.in_(PRIVATE), asker), else_="")


async def free_at(
    connection: AsyncConnection, attempts: Iterable[Attempt], now: datetime
) -> dict[tuple[str, str], datetime]:
    """Return when the pace lets something go again in the channels of these, for those that were just answered."""
    pace, columns = timedelta(seconds=PACE_S), deliveries.c
    channels = [(attempt.team, attempt.channel) for attempt in attempts if attempt.kind not in PRIVATE]
    last = func.max(columns.finished_at).label("last")
    query = (
        select(columns.team, columns.channel, last)
        .where(tuple_(columns.team, columns.channel).in_(channels))
        .where(columns.finished_at > now - pace, columns.finished_at < now + pace, columns.kind.not_in(PRIVATE))
        .group_by(columns.team, columns.channel)
    )
    return {(row.team, row.channel): row.last + pace for row in await connection.execute(query)}


def attempt_of(row: Row[Any]) -> Attempt:
    """Return a row of `rows` as an attempt."""
    message = message_from_json(row.payload)
    return Attempt(
        id=row.id,
        team=row.team,
        channel=row.channel,
        kind=DeliveryKind(row.kind),
        message=message,
        state=DeliveryState(row.state),
        fencing_token=row.fencing_token,
        claimed_at=row.claimed_at or row.created_at,
        thread=message.thread or row.parent_ts or "",
        ts=row.ts or "",
        error=row.error or "",
        revision=row.revision,
        schedule_id=row.schedule_id,
        due_at=row.due_at,
    )


def decode(found: Iterable[Row[Any]]) -> tuple[list[Attempt], list[str]]:
    """Return rows of `rows` as attempts, and the ids of rows that only another version can decode."""
    attempts, undecodable = [], []
    for row in found:
        try:
            attempts.append(attempt_of(row))
        except (LookupError, TypeError, ValueError) as fault:
            _log.error("delivery.undecodable", delivery=row.id, reason=str(fault))
            undecodable.append(row.id)
    return attempts, undecodable


async def take(connection: AsyncConnection, chosen: Sequence[str], worker_id: str, at: datetime) -> Sequence[Row[Any]]:
    """Claim those that no other transaction has locked, publishing for example; return them, as `rows`."""
    ids = row_source(connection, deliveries, "id")
    parameter = row_parameter(connection, [{"id": each} for each in chosen])
    taken = (await connection.scalars(_taking(ids), {**parameter, "worker": worker_id, "at": at})).all()
    if not taken:
        return []
    whole = rows().where(deliveries.c.id.in_(select(ids)))
    found = await connection.execute(whole, row_parameter(connection, [{"id": each} for each in taken]))
    return list(found)


@cache
def _taking(ids: Subquery) -> UpdateBase:
    columns = deliveries.c
    free = select(columns.id).where(columns.id.in_(select(ids)), columns.state == DeliveryState.PENDING.value)
    return (
        update(deliveries)
        .where(columns.id.in_(free.with_for_update(skip_locked=True)))
        .values(
            state=DeliveryState.SENDING.value,
            claimed_at=bindparam("at", type_=columns.claimed_at.type),
            claimed_by=bindparam("worker", type_=columns.claimed_by.type),
            attempts=columns.attempts + 1,
            fencing_token=columns.fencing_token + 1,
        )
        .returning(columns.id)
    )


async def postpone(connection: AsyncConnection, ids: Sequence[str], until: datetime) -> None:
    """Return claimed deliveries to pending: another version of the bot may be able to send them."""
    if ids:
        wait = {"state": DeliveryState.PENDING.value, "due_at": until}
        await connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**wait))


async def change(connection: AsyncConnection, attempt: Attempt, **values: object) -> bool:
    """Update a delivery unless it was claimed or settled since `attempt` was read. False then."""
    statement = _change(tuple(values), from_pending=attempt.state is DeliveryState.PENDING)
    named = {f"new_{name}": value for name, value in values.items()}
    changed = await connection.execute(statement, {"this": attempt.id, "seen": attempt.fencing_token, **named})
    return changed.rowcount == 1


@cache
def _change(names: tuple[str, ...], *, from_pending: bool) -> Update:
    """Return the fenced update of these columns."""
    states = (*IN_DOUBT, DeliveryState.PENDING) if from_pending else IN_DOUBT
    return (
        update(deliveries)
        .where(deliveries.c.id == bindparam("this"), deliveries.c.fencing_token == bindparam("seen"))
        .where(deliveries.c.state.in_(states))
        .values({name: bindparam(f"new_{name}", type_=deliveries.c[name].type) for name in names})
    )


async def mark_sent(connection: AsyncConnection, sent: Iterable[tuple[Attempt, str, datetime]]) -> set[str]:
    """Mark deliveries sent, each with its ts and Slack's answer's moment, unless they were claimed or settled since.

    Return the ids of those that are marked. What is read from `pending` and what is erased is left to `change`.
    """
    sent_rows = [
        {"id": attempt.id, "fencing_token": attempt.fencing_token, "ts": ts, "finished_at": at}
        for attempt, ts, at in sent
        if attempt.state is not DeliveryState.PENDING
    ]
    if not sent_rows:
        return set()
    statement = _marking(row_source(connection, deliveries, *sent_rows[0]))
    return set((await connection.scalars(statement, row_parameter(connection, sent_rows))).all())


@cache
def _marking(sent: Subquery) -> UpdateBase:
    columns, new = deliveries.c, sent.c
    return (
        update(deliveries)
        .where(columns.id == new.id, columns.fencing_token == new.fencing_token)
        .where(columns.state.in_([state.value for state in IN_DOUBT]))
        .values(state=DeliveryState.SENT.value, ts=new.ts, finished_at=new.finished_at, error=None)
        .returning(columns.id)
    )


async def rate_limit(connection: AsyncConnection, team: str, method: str, now: datetime, seconds: float) -> None:
    """Keep every process from calling a method in a workspace for so long, if at all; EVERY_METHOD: any of them."""
    if not seconds:
        return
    times = {"begins_at": now, "ends_at": now + timedelta(seconds=seconds)}
    row = insert_into(connection, rate_limits).values(team=team, method=method, **times)
    await connection.execute(row.on_conflict_do_update(index_elements=rate_limits.primary_key.columns, set_=times))


async def active_limits(connection: AsyncConnection, now: datetime) -> list[tuple[str, str]]:
    """Return the workspaces and methods that must not be called now."""
    columns = rate_limits.c
    query = select(columns.team, columns.method).where(columns.begins_at <= now + SKEW, columns.ends_at > now)
    return [(row.team, row.method) for row in await connection.execute(query)]
