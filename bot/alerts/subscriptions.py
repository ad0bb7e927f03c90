"""Alert subscriptions of channels, one row per area or for all areas. They belong to the channel, not to their author.

Functions take a connection and belong to the caller's transaction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from pydantic import AwareDatetime  # noqa: TC002 — it resolves it itself
from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.alerts.filters import FACT, is_wanted
from bot.messages import ChannelRef
from bot.store.tables import subscriptions as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.revision import Change

ALL: Final = "all"
"""Every area, including those of later revisions."""
BY: Final = re.compile(r"by (?P<user>[UW][A-Z0-9]{1,30})")
"""The pause reason that names a person, by their user id."""
UNNAMED: Final = frozenset({"Paused by somebody in this channel.", "Muted by somebody in this channel."})
"""What an older version stored for a person."""
_RUNNING: Final[dict[str, Any]] = {"paused_at": None, "pause_reason": None, "paused_until": None}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One area's alerts in one place. `area` is a key, ALL, or a fact (filters.FACT).

    `corrections_only` and `certainty` (bot/alerts/filters.py) are filters. `pause_reason` is a sentence, empty while it
    runs. Times are aware UTC. `created_by` tells readers whom to ask.
    """

    id: str
    place: ChannelRef
    area: str
    corrections_only: bool
    created_at: AwareDatetime
    created_by: str
    paused_at: AwareDatetime | None = None
    pause_reason: str = ""
    certainty: str = ""
    paused_until: AwareDatetime | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether it wants some of the changes only."""
        return self.corrections_only or bool(self.certainty)

    def covers(self, change: Change) -> bool:
        """Whether a change is in its area, or of its fact."""
        return self.area in (ALL, f"{FACT}{change.fact_id}", *change.areas)

    def wants(self, change: Change) -> bool:
        """Whether it is to hear of a change."""
        return self.covers(change) and is_wanted(
            change, corrections_only=self.corrections_only, certainty=self.certainty
        )

    def includes(self, other: Subscription) -> bool:
        """Whether it makes another one needless: it is on all areas, and has no filter or the same."""
        is_same = (self.corrections_only, self.certainty) == (other.corrections_only, other.certainty)
        return self.area == ALL and other.area != ALL and (not self.is_filtered or is_same)


_SAME = {each.name for each in fields(Subscription)} - {"place", "pause_reason", "certainty"}
"""Fields that the table has as they are."""


@dataclass(frozen=True, slots=True)
class SubscriptionPlan:
    """What a request changes in a channel: subscriptions that are `new`, and those it changes, as they were `before`.

    `unchanged` are those asked for that exist already; `after` are all of the channel's afterwards.
    """

    new: tuple[Subscription, ...]
    before: tuple[Subscription, ...]
    unchanged: tuple[Subscription, ...]
    after: tuple[Subscription, ...]

    @property
    def changes(self) -> tuple[Subscription, ...]:
        """Subscriptions that are new or change."""
        return self.new + self.before


async def for_channel(connection: AsyncConnection, place: ChannelRef) -> tuple[Subscription, ...]:
    """Return the subscriptions of a place, paused ones too, oldest first."""
    rows = await connection.execute(select(table).where(_at(place)).order_by(table.c.created_at, table.c.area))
    return tuple(map(_read, rows))


async def for_channels(
    connection: AsyncConnection, places: Sequence[ChannelRef]
) -> Mapping[ChannelRef, tuple[Subscription, ...]]:
    """Return the subscriptions of these places of one workspace, oldest first, by place; paused ones too."""
    if not places:
        return {}
    here = (table.c.team == places[0].team, table.c.channel.in_([place.channel for place in places]))
    rows = await connection.execute(select(table).where(*here).order_by(table.c.created_at, table.c.area))
    return by_channel(map(_read, rows))


async def all_subscriptions(connection: AsyncConnection, *, paused: bool = False) -> tuple[Subscription, ...]:
    """Return every subscription that runs; with `paused`, the others as well."""
    query = select(table).order_by(table.c.team, table.c.channel, table.c.area)
    rows = await connection.execute(query if paused else query.where(table.c.paused_at.is_(None)))
    return tuple(map(_read, rows))


def wanted(  # noqa: PLR0913 — a place, areas, their filters, and who asks when
    place: ChannelRef,
    areas: Iterable[str],
    corrections_only: bool = False,  # noqa: FBT001, FBT002 — a filter as the other one
    certainty: str = "",
    *,
    by: str,
    at: datetime,
) -> tuple[Subscription, ...]:
    """Return the subscriptions that a channel would have on these areas."""
    return tuple(
        Subscription(uuid4().hex, place, area, corrections_only, at, by, certainty=certainty)
        for area in dict.fromkeys(areas)
    )


async def planned(connection: AsyncConnection, place: ChannelRef, wanted: Sequence[Subscription]) -> SubscriptionPlan:
    """Return what subscribing a channel changes; nothing is written.

    What people paused stays paused, and what is new is paused with it.
    """
    known = {each.area: each for each in await for_channel(connection, place)}
    taken = {each.area: _taken_again(each) for each in known.values()}
    held = next((each for each in taken.values() if each.paused_at), None)
    if held:
        pause = held.paused_at, held.pause_reason, held.paused_until
        wanted = [replace(each, paused_at=pause[0], pause_reason=pause[1], paused_until=pause[2]) for each in wanted]
    changed = {
        each.area: replace(taken[each.area], corrections_only=each.corrections_only, certainty=each.certainty)
        for each in wanted
        if each.area in known
    }
    after = taken | {each.area: each for each in wanted} | changed
    return SubscriptionPlan(
        new=tuple(each for each in wanted if each.area not in known),
        before=tuple(known[area] for area, each in changed.items() if each != known[area]),
        unchanged=tuple(each for area, each in changed.items() if each == known[area]),
        after=tuple(after.values()),
    )


async def subscribe(connection: AsyncConnection, place: ChannelRef, wanted: Sequence[Subscription]) -> SubscriptionPlan:
    """Subscribe a channel; what Slack refused is resumed, what people paused is not, and a repeat changes nothing."""
    refused = {each.pause_reason for each in await for_channel(connection, place) if each != _taken_again(each)}
    plan = await planned(connection, place, wanted)
    changed = {each.area for each in plan.before}
    for each in plan.after:
        if each.area in changed:
            await restore(connection, each)
    for reason in refused:
        await resume(connection, place, pause_reason=reason)
    new = [each for each in plan.new if await put(connection, each)]
    lost = [each for each in plan.new if each not in new]  # another process was quicker
    return replace(plan, new=tuple(new), unchanged=(*plan.unchanged, *lost))


async def including_all(connection: AsyncConnection, place: ChannelRef) -> SubscriptionPlan | None:
    """Return a plan that changes nothing, where alerts on every change of all areas run already; None elsewhere."""
    here = await for_channel(connection, place)
    whole = tuple(each for each in here if each.area == ALL and not each.is_filtered and not each.paused_at)
    return SubscriptionPlan((), (), whole, here) if whole else None


async def put(connection: AsyncConnection, subscription: Subscription) -> bool:
    """Insert a subscription; False when the place has that area already."""
    values = _values(subscription)
    try:
        async with connection.begin_nested():
            await connection.execute(insert(table).values(**values))
    except IntegrityError:
        return False
    return True


async def restore(connection: AsyncConnection, subscription: Subscription) -> None:
    """Make an existing subscription read as this one does."""
    await connection.execute(update(table).where(table.c.id == subscription.id).values(**_values(subscription)))


async def unsubscribe(
    connection: AsyncConnection, place: ChannelRef, areas: Iterable[str] | None
) -> tuple[Subscription, ...]:
    """End these areas' subscriptions in a place, or all of its subscriptions with None; return what ended."""
    wanted = None if areas is None else set(areas)
    ended = tuple(each for each in await for_channel(connection, place) if wanted is None or each.area in wanted)
    await connection.execute(delete(table).where(table.c.id.in_([each.id for each in ended])))
    return ended


async def pause(
    connection: AsyncConnection, place: ChannelRef, why: str, at: datetime, until: datetime | None = None
) -> int:
    """Stop alerts in a place until a moment, or somebody, resumes them; return how many subscriptions that stopped."""
    paused = {"paused_at": at, "pause_reason": why, "paused_until": until}
    stopped = await connection.execute(update(table).where(_at(place), table.c.paused_at.is_(None)).values(**paused))
    return stopped.rowcount


async def resume(connection: AsyncConnection, place: ChannelRef, *, pause_reason: str | None = None) -> int:
    """Let paused alerts of a place run again, with `pause_reason` those alone; return how many did."""
    paused = [_at(place), table.c.paused_at.is_not(None)]
    if pause_reason is not None:
        paused.append(table.c.pause_reason == pause_reason)
    resumed = await connection.execute(update(table).where(*paused).values(**_RUNNING))
    return resumed.rowcount


async def end_pauses(connection: AsyncConnection, place: ChannelRef, now: datetime) -> list[datetime]:
    """Let alerts of a place run again whose pause ends by itself; return when their pauses began."""
    over = _at(place), table.c.paused_until <= now
    begun = (await connection.scalars(select(table.c.paused_at).where(*over).with_for_update())).all()
    await connection.execute(update(table).where(*over).values(**_RUNNING))
    return [each for each in begun if each]


def by_channel(subscriptions: Iterable[Subscription]) -> Mapping[ChannelRef, tuple[Subscription, ...]]:
    """Return subscriptions by the place that they belong to."""
    found: dict[ChannelRef, tuple[Subscription, ...]] = {}
    for each in subscriptions:
        found[each.place] = (*found.get(each.place, ()), each)
    return found


def is_by_person(reason: str) -> bool:
    """Whether a person paused it; else it was refused by Slack, or could not be read."""
    return reason in UNNAMED or BY.fullmatch(reason) is not None


def _taken_again(each: Subscription) -> Subscription:
    """Return a subscription as it is once Slack takes posts again: what a person paused stays paused."""
    return (
        each if is_by_person(each.pause_reason) else replace(each, paused_at=None, pause_reason="", paused_until=None)
    )


def _at(place: ChannelRef) -> ColumnElement[bool]:
    return and_(table.c.team == place.team, table.c.channel == place.channel)


def _values(subscription: Subscription) -> dict[str, object]:
    place, absent = subscription.place, {"pause_reason": subscription.pause_reason or None}
    absent["certainty"] = subscription.certainty or None
    same = {name: getattr(subscription, name) for name in _SAME}
    return {**same, "team": place.team, "channel": place.channel, **absent}


def _read(row: Row[Any]) -> Subscription:
    same = {name: getattr(row, name) for name in _SAME}
    absent: dict[str, Any] = {"pause_reason": row.pause_reason or "", "certainty": row.certainty or ""}
    return Subscription(place=ChannelRef(row.team, row.channel), **absent, **same)
