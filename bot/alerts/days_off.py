"""Days off of a channel: local days on which no schedule posts there, and alerts wait. Corrections do not.

Functions take a connection and belong to the caller's transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.recurrence.phrase import joined
from bot.recurrence.rule import is_off
from bot.recurrence.zones import DEFAULT_ZONE
from bot.store.engine import insert_into
from bot.store.tables import days_off as table
from bot.store.tables import deliveries
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.quiet_hours import QuietHours
    from bot.recurrence.rule import DaysOff

_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_MORNING: Final = time(8)
"""Local time at which alerts are posted that waited for the end of days off."""


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
        await connection.execute(insert_into(connection, table).values(rows).on_conflict_do_nothing())
    return kept


def said(off: DaysOff) -> str:
    """Return days off in words: 24 December 2026 to 2 January 2027 and 1 March 2027."""
    return joined([day(first) if first == last else f"{day(first)} to {day(last)}" for first, last in off])


def due_after(due: datetime, off: DaysOff, quiet: QuietHours | None) -> datetime:
    """Return the first moment from `due` on that is in no day off and in no quiet hours (UTC)."""
    while True:
        local = due.astimezone(_ZONE)
        if is_off(off, local.date()):
            due = datetime.combine(local.date() + timedelta(days=1), _MORNING, _ZONE).astimezone(UTC)
        elif quiet and (later := quiet.until(due)) != due:
            due = later
        else:
            return due


async def move_alerts(connection: AsyncConnection, place: ChannelRef, off: DaysOff, now: datetime) -> None:
    """Give the waiting alerts of a channel their first day that is not off; the time of day stays as it is."""
    columns = deliveries.c
    waiting = columns.state == DeliveryState.PENDING.value, columns.revision.is_not(None), columns.due_at > now
    alerts = or_(columns.kind == DeliveryKind.ALERT.value, columns.parent_id.is_not(None))
    here = columns.team == place.team, columns.channel == place.channel
    found = select(columns.id, columns.due_at, columns.expires_at).where(*here, *waiting, alerts).with_for_update()
    for row in (await connection.execute(found)).all():
        at, on = row.due_at.astimezone(_ZONE).time(), now.astimezone(_ZONE).date()
        while is_off(off, on) or datetime.combine(on, at, _ZONE) < now:
            on += timedelta(days=1)
        due = datetime.combine(on, at, _ZONE).astimezone(UTC)
        moved = {"due_at": due, "expires_at": due + (row.expires_at - row.due_at)}
        await connection.execute(update(deliveries).where(columns.id == row.id).values(**moved))
