"""The ledger's queries: which deliveries may go now, what is held back, and the fenced change."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, bindparam, delete, insert, not_, or_, select, update

from bot.delivery import Attempt, Kind, Message, State
from bot.store.tables import deliveries, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Row, Select, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

PACE_S: Final = 1.0
"""Seconds between posts in a channel (Slack: "Rate limits", chat.postMessage: about one a second and channel)."""
LOOKAHEAD: Final = 64
"""Deliveries looked at in a claim: of one channel only the first may go."""
EVERY_METHOD: Final = "*"
READING: Final = "conversations.history"
"""The name under which a held look into channels is kept; Slack counts replies apart, but both are looks."""

_HOLD = "hold "
_ON_ITS_WAY = (State.SENDING, State.UNKNOWN)

_parent = deliveries.alias("parent")
_with_parent = deliveries.outerjoin(_parent, deliveries.c.depends_on == _parent.c.id)


def rows() -> Select[Any]:
    """Select deliveries, each with the ts of the post whose thread it goes to."""
    return select(deliveries, _parent.c.ts.label("parent_ts")).select_from(_with_parent)


async def ready(
    connection: AsyncConnection, now: datetime, held: Iterable[ColumnElement[bool]] = (), most: int = LOOKAHEAD
) -> Sequence[Row[Any]]:
    """Return the id, team and channel of what may go now, the first first.

    Not what is held back, waits for its thread, or is in a channel where something is on its way or was just answered.
    """
    query = _ready()
    for each in held:
        query = query.where(not_(each))
    times = {"now": now, "settled_before": now - timedelta(seconds=PACE_S), "most": most}
    found: Sequence[Row[Any]] = (await connection.execute(query, times)).all()
    return found


@cache
def _ready() -> Select[Any]:
    """Return the query: building it anew would cost as much as asking it."""
    columns = deliveries.c
    other = deliveries.alias("other")
    there = select(other.c.id).where(other.c.team == columns.team, other.c.channel == columns.channel)
    now = bindparam("now", type_=columns.due_at.type)
    settled_before = bindparam("settled_before", type_=columns.settled_at.type)
    return (
        select(columns.id, columns.team, columns.channel)
        .select_from(_with_parent)
        .where(columns.state == State.PENDING, columns.due_at <= now, columns.expires_at > now)
        .where(or_(columns.depends_on.is_(None), _parent.c.state == State.SENT))
        .where(not_(there.where(other.c.state.in_(_ON_ITS_WAY)).exists()))
        .where(not_(there.where(other.c.settled_at > settled_before).exists()))
        .order_by(columns.priority, columns.created_at)
        .limit(bindparam("most", type_=Integer()))
    )


def attempt_of(row: Row[Any]) -> Attempt:
    """Return a row of `rows` as what it is."""
    message = Message.from_json(row.body)
    return Attempt(
        id=row.id,
        team=row.team,
        channel=row.channel,
        kind=Kind(row.kind),
        message=message,
        state=State(row.state),
        fence=row.fence,
        attempt_at=row.attempt_at or row.created_at,
        thread=row.parent_ts or message.thread,
        ts=row.ts or "",
        error=row.error or "",
        revision=row.revision,
        subscription=row.subscription,
    )


async def change(connection: AsyncConnection, attempt: Attempt, **values: object) -> bool:
    """Change a delivery, unless somebody else has claimed or settled it since `attempt` was read."""
    statement = _change(tuple(values), from_pending=attempt.state is State.PENDING)
    named = {f"new_{name}": value for name, value in values.items()}
    changed = await connection.execute(statement, {"this": attempt.id, "seen": attempt.fence, **named})
    return changed.rowcount == 1


@cache
def _change(names: tuple[str, ...], *, from_pending: bool) -> Update:
    """Return the fenced update of these columns."""
    states = (*_ON_ITS_WAY, State.PENDING) if from_pending else _ON_ITS_WAY
    return (
        update(deliveries)
        .where(deliveries.c.id == bindparam("this"), deliveries.c.fence == bindparam("seen"))
        .where(deliveries.c.state.in_(states))
        .values({name: bindparam(f"new_{name}", type_=deliveries.c[name].type) for name in names})
    )


async def hold(connection: AsyncConnection, team: str, method: str, until: datetime) -> None:
    """Hold back every call of a method in a workspace, whoever makes it."""
    key = f"{_HOLD}{team} {method}"
    await connection.execute(delete(settings).where(settings.c.key == key))
    await connection.execute(insert(settings).values(key=key, value=until.isoformat()))


async def holds(connection: AsyncConnection, now: datetime) -> list[tuple[str, str]]:
    """Return the workspaces and methods that are held back now."""
    query = select(settings.c.key, settings.c.value).where(settings.c.key.startswith(_HOLD))
    found = [(row.key.split(" "), datetime.fromisoformat(row.value)) for row in await connection.execute(query)]
    return [(team, method) for (_, team, method), until in found if until > now]
