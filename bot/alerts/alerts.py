"""Alerts: what a new revision posts to the channels that subscribed.

At most one new post per revision and channel. What still waits for a channel goes into the newer post: from the fourth
post within ten minutes on, and in quiet hours, updates wait; a correction never does, and takes along what waits.
Where a corrected fact was already shown, bot/alerts/corrections.py follows its copies instead.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select, update

from bot.alerts import posts, subscriptions
from bot.changes.detect import merged
from bot.changes.messages import LINES_IN_POST, ChangeMessages
from bot.messages import Action, Button, ChannelRef
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage, Priority, message_from_json
from bot.outbox.outbox import enqueue
from bot.store.revisions import read_changes
from bot.store.tables import deliveries as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.alerts.subscriptions import Subscription
    from bot.changes.messages import RenderedChange
    from bot.clock import Clock
    from bot.recurrence.quiet_hours import QuietHours
    from bot.store.revision import Change, Recorded, Revision

GATHERED_WITHIN: Final = timedelta(minutes=10)
POSTS_AT_ONCE: Final = 3
"""Alerts that a channel gets at once within that time; the next ones are gathered."""

WHY: Final = Button(Action.WHY, "Why am I seeing this?", "alert")
_KINDS = (DeliveryKind.ALERT.value, DeliveryKind.CORRECTION.value)


@dataclass(frozen=True, slots=True)
class Alert:
    """A post to be: its own text, then those of its thread's messages. `due_at` is aware UTC.

    `changes` are in the order in which they are told. It tells of the revisions from `since` on, and takes the place of
    the deliveries `instead_of`, which have not gone out. Without changes it only takes those back.
    """

    place: ChannelRef
    changes: tuple[Change, ...]
    notices: tuple[RenderedChange, ...]
    since: int
    due_at: datetime
    instead_of: tuple[str, ...] = ()

    @property
    def markdown(self) -> tuple[str, ...]:
        """The texts, in Markdown."""
        return tuple(notice.markdown for notice in self.notices)

    @property
    def is_correction(self) -> bool:
        """Whether it must not wait."""
        return any(change.kind.is_correction for change in self.changes)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An alert that has not gone out: the facts that it tells of, in its post and in its thread."""

    ids: tuple[str, ...]
    facts: frozenset[str]
    since: int


class Alerts:
    """Plans the alerts of a revision, within the transaction that publishes it."""

    def __init__(self, clock: Clock, quiet: QuietHours | None = None) -> None:
        """`quiet` are hours in which updates wait."""
        self._clock = clock
        self._quiet = quiet

    async def on_published(self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]) -> None:
        """Enqueue what this revision posts."""
        found = await self.preview(connection, revision, changes)
        replaced = [each for alert in found for each in alert.instead_of]
        if replaced:
            await _drop(connection, replaced, "told together with a newer revision")
        wanted = [each for alert in found for each in _deliveries(alert, revision.number)]
        await enqueue(connection, wanted, self._clock.now())

    async def preview(
        self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]
    ) -> tuple[Alert, ...]:
        """Return what this revision would post, and where; nothing is written."""
        if not changes:
            return ()
        now = self._clock.now()
        running = subscriptions.by_channel(await subscriptions.all_subscriptions(connection))
        waiting = await _waiting(connection)
        recent = await _recent(connection, now - GATHERED_WITHIN)
        chased = await _chased(connection, changes, now)
        past = await _past(connection, waiting.values(), revision.number)
        told: dict[tuple[object, ...], tuple[RenderedChange, ...]] = {}
        notices: ChangeMessages | None = None
        found = []
        for place, kept in running.items():
            waits = waiting.get(place, _Waiting((), frozenset(), revision.number))
            before = [each for each in past if each.revision >= waits.since]
            combined = _for_place(kept, changes, chased.get(place, frozenset()), waits, before)
            if combined is None:
                continue
            key = (waits.since, *(change.fact_id for change in combined))
            if combined and key not in told:
                notices = notices or ChangeMessages(revision)
                told[key] = notices.alert(combined, _notes(before, revision))
            alert = Alert(place, combined, told.get(key, ()), waits.since, now, waits.ids)
            found.append(alert if alert.is_correction else replace(alert, due_at=self._due(now, recent[place])))
        return tuple(found)

    def _due(self, now: datetime, recent: Sequence[datetime]) -> datetime:
        """Return when an update may be posted in a channel where alerts were posted at these moments."""
        due = now if len(recent) < POSTS_AT_ONCE else max(now, sorted(recent)[-POSTS_AT_ONCE] + GATHERED_WITHIN)
        return self._quiet.until(due) if self._quiet else due


async def drop_alerts(connection: AsyncConnection, place: ChannelRef) -> None:
    """Drop the alerts that wait for a place which no longer wants any."""
    waits = (await _waiting(connection)).get(place)
    if waits:
        await _drop(connection, waits.ids, "nobody there wants alerts any more")


async def _drop(connection: AsyncConnection, ids: Sequence[str], why: str) -> None:
    """Drop deliveries that have not gone out, with what belongs to their threads."""
    which = and_(table.c.state == DeliveryState.PENDING.value, or_(table.c.id.in_(ids), table.c.parent_id.in_(ids)))
    await connection.execute(update(table).where(which).values(state=DeliveryState.CANCELLED.value, error=why))


def _for_place(
    kept: Sequence[Subscription],
    changes: Sequence[Change],
    chased: frozenset[str],
    waiting: _Waiting,
    past: Sequence[Recorded],
) -> tuple[Change, ...] | None:
    """Return what a channel is told, all that waits for it included; None when this revision is nothing to it."""
    wanted = {change.fact_id for change in changes if any(_wants(each, change) for each in kept)} - chased
    if not wanted and waiting.facts.isdisjoint(change.fact_id for change in changes):
        return None
    facts = (wanted | waiting.facts) - chased
    return merged(each for each in (*(each.change for each in past), *changes) if each.fact_id in facts)


def _notes(past: Sequence[Recorded], revision: Revision) -> str:
    """Return the maintainers' words on these revisions, each once."""
    return " · ".join(dict.fromkeys(note for note in (*(each.note for each in past), revision.note) if note))


def _wants(subscription: Subscription, change: Change) -> bool:
    return subscription.covers(change.areas) and (change.kind.is_correction or not subscription.corrections_only)


def _deliveries(alert: Alert, revision: int) -> list[Delivery]:
    """Return the post and what follows in its thread."""
    kind, priority = (
        (DeliveryKind.CORRECTION, Priority.CORRECTION) if alert.is_correction else (DeliveryKind.ALERT, Priority.ALERT)
    )
    found: list[Delivery] = []
    for number, notice in enumerate(alert.notices):
        part = alert.changes[number * LINES_IN_POST : (number + 1) * LINES_IN_POST]
        buttons = () if found else (WHY,)
        message = OutboxMessage(
            notice.markdown,
            buttons=buttons,
            fact_digests=posts.fact_digests(change.fact for change in part),
            rendered_changes=notice.told,
            since=alert.since,
        )
        delivery = Delivery(
            alert.place.team,
            alert.place.channel,
            kind if not found else DeliveryKind.NOTE,
            message,
            priority,
            due_at=alert.due_at,
            revision=revision,
            parent_id=found[0].id if found else None,
        )
        found.append(delivery)
    return found


async def _waiting(connection: AsyncConnection) -> Mapping[ChannelRef, _Waiting]:
    """Return what has not gone out, by its channel; no other transaction can send it until this one ends."""
    told = and_(table.c.revision.is_not(None), or_(table.c.kind.in_(_KINDS), table.c.parent_id.is_not(None)))
    query = select(table).where(table.c.state == DeliveryState.PENDING.value, told).with_for_update()
    rows = (await connection.execute(query)).all()
    found: dict[ChannelRef, _Waiting] = {}
    heads = {row.id for row in rows if row.kind in _KINDS and not message_from_json(row.payload).part}
    for row in rows:
        if row.id not in heads and row.parent_id not in heads:
            continue  # its post stands already
        place, message = ChannelRef(row.team, row.channel), message_from_json(row.payload)
        old = found.get(place, _Waiting((), frozenset(), row.revision))
        ids = (*old.ids, row.id) if row.id in heads else old.ids
        since = min(old.since, message.since or row.revision)
        found[place] = _Waiting(ids, old.facts | frozenset(message.fact_digests), since)
    return found


async def _recent(connection: AsyncConnection, since: datetime) -> Mapping[ChannelRef, list[datetime]]:
    """Return when the alerts of the last minutes were posted, by their channel."""
    gone = (DeliveryState.PENDING.value, DeliveryState.CANCELLED.value, DeliveryState.FAILED.value)
    query = select(table.c.team, table.c.channel, table.c.due_at).where(
        table.c.kind.in_(_KINDS),
        table.c.revision.is_not(None),
        table.c.parent_id.is_(None),
        table.c.state.not_in(gone),
        table.c.due_at > since,
    )
    found: dict[ChannelRef, list[datetime]] = defaultdict(list)
    for row in await connection.execute(query):
        found[ChannelRef(row.team, row.channel)].append(row.due_at)
    return found


async def _chased(
    connection: AsyncConnection, changes: Sequence[Change], now: datetime
) -> Mapping[ChannelRef, frozenset[str]]:
    """Return, by channel, the corrected facts that stand there already: they are put right where they stand."""
    corrected = {change.fact_id for change in changes if change.kind.is_correction}
    found: dict[ChannelRef, frozenset[str]] = defaultdict(frozenset)
    for post in await posts.copies(connection, corrected, now - posts.CHASED):
        found[post.place] |= corrected.intersection(post.fact_digests)
    return found


async def _past(connection: AsyncConnection, waiting: Iterable[_Waiting], revision: int) -> list[Recorded]:
    """Return the changes that waiting alerts tell of, oldest revision first, without this revision's."""
    first = min((each.since for each in waiting), default=revision)
    found = []
    for number in range(first, revision):
        found += await read_changes(connection, revision=number)
    return found
