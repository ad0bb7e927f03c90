"""Alerts: plans the posts about a new revision, one per subscribed channel.

Updates are delayed in quiet hours, and from the fourth post within ten minutes; a newer alert takes in those that are
still pending. Corrections are never delayed. A corrected fact that a channel has been shown already is not alerted:
bot/alerts/corrections.py edits the posts that show it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select, update

from bot.alerts import days_off, posts, subscriptions
from bot.alerts.causes import ALERT, causes_of, why_button
from bot.changes.detect import merged
from bot.changes.messages import LINES_IN_POST, ChangeMessages
from bot.messages import ChannelRef
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage, Priority, message_from_json
from bot.outbox.enqueuing import enqueue
from bot.outbox.queries import IN_DOUBT, SKEW, decode, rows
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
    from bot.recurrence.rule import DaysOff
    from bot.store.revision import Change, Recorded, Revision

GATHERED_WITHIN: Final = timedelta(minutes=10)
POSTS_AT_ONCE: Final = 3
"""Alerts that a channel gets without delay within that time; later ones are merged."""

_KINDS = (DeliveryKind.ALERT.value, DeliveryKind.CORRECTION.value)
_ASKED_FOR = (DeliveryKind.POST.value, DeliveryKind.REPLY.value)
_SHORT: Final = 100
"""Changes that are rendered at once: some tens of milliseconds."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A planned post and its thread's messages (`messages`). `due_at` is aware UTC.

    `changes` are in the order of the text. It reports the revisions from `since` on, and replaces the pending
    deliveries `replaces`. Without changes it only cancels those. `causes` are the areas of the subscriptions that want
    it.
    """

    place: ChannelRef
    changes: tuple[Change, ...]
    messages: tuple[RenderedChange, ...]
    since: int
    due_at: datetime
    replaces: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def markdown(self) -> tuple[str, ...]:
        """The texts, as Markdown."""
        return tuple(message.markdown for message in self.messages)

    @property
    def is_correction(self) -> bool:
        """Whether it must not be delayed."""
        return any(change.kind.is_correction for change in self.changes)


@dataclass(frozen=True, slots=True)
class _PendingAlerts:
    """Pending alerts of a channel: their delivery ids, and the facts that they report with digests of the wordings."""

    ids: tuple[str, ...]
    fact_digests: Mapping[str, str]
    since: int

    @property
    def facts(self) -> frozenset[str]:
        """The ids of the facts."""
        return frozenset(self.fact_digests)


class Alerts:
    """Plans the alerts of a revision within the publishing transaction (RevisionListener)."""

    def __init__(self, clock: Clock, quiet: QuietHours | None = None) -> None:
        """`quiet`: hours in which updates are delayed."""
        self._clock = clock
        self._quiet = quiet

    async def on_published(self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]) -> None:
        """Enqueue the alerts of a revision, and cancel the pending ones that they replace."""
        found = await self.preview(connection, revision, changes)
        replaced = [each for alert in found for each in alert.replaces]
        if replaced:
            await _cancel(connection, replaced, "merged into a newer alert")
        wanted: list[Delivery] = []
        for alert in found:
            await asyncio.sleep(0)  # thousands of changes in hundreds of channels take seconds: others have their turn
            wanted += alert_deliveries(alert, revision.number)
        await enqueue(connection, wanted, self._clock.now())

    async def preview(
        self, connection: AsyncConnection, revision: Revision, changes: tuple[Change, ...]
    ) -> tuple[Alert, ...]:
        """Return the alerts that a revision would post; nothing is written."""
        if not changes:
            return ()
        now = self._clock.now()
        running = subscriptions.by_channel(await subscriptions.all_subscriptions(connection))
        pending = await _pending(connection)
        recent, off = await _recent(connection, now), await days_off.by_channel(connection)
        tracked = await _tracked(connection, changes, now)
        past = await _earlier_changes(connection, pending.values(), revision.number)
        rendered: dict[tuple[object, ...], tuple[RenderedChange, ...]] = {}
        change_messages: ChangeMessages | None = None
        found = []
        for place, subscribed in running.items():
            await asyncio.sleep(0)
            pending_here = pending.get(place, _PendingAlerts((), {}, revision.number))
            before = [each for each in past if each.revision >= pending_here.since]
            combined = _for_place(subscribed, changes, tracked.get(place, frozenset()), pending_here, before)
            if combined is None:
                continue
            key = (pending_here.since, *(change.fact_id for change in combined))
            if combined and key not in rendered:
                change_messages = change_messages or ChangeMessages(revision)
                rendered[key] = await _rendered(change_messages, combined, _notes(before, revision))
            causes = causes_of(subscribed, combined)
            alert = Alert(place, combined, rendered.get(key, ()), pending_here.since, now, pending_here.ids, causes)
            found.append(
                alert
                if alert.is_correction
                else replace(alert, due_at=self._due(now, recent[place], off.get(place, ())))
            )
        return tuple(found)

    def _due(self, now: datetime, recent: Sequence[datetime], off: DaysOff) -> datetime:
        """Return when an update may be posted in a channel that got alerts at these times."""
        due = now if len(recent) < POSTS_AT_ONCE else max(now, sorted(recent)[-POSTS_AT_ONCE] + GATHERED_WITHIN)
        return days_off.due_after(due, off, self._quiet)


async def _rendered(messages: ChangeMessages, changes: Sequence[Change], note: str) -> tuple[RenderedChange, ...]:
    """Render an alert; a long one in a thread of its own, as it takes seconds."""
    if len(changes) <= _SHORT:
        return messages.alert(changes, note)
    return await asyncio.to_thread(messages.alert, changes, note)


async def drop_alerts(connection: AsyncConnection, place: ChannelRef) -> None:
    """Cancel the pending alerts of a channel that has no subscription any more."""
    pending = (await _pending(connection, place)).get(place)
    if pending:
        await _cancel(connection, pending.ids, "the channel has no alerts any more")


async def drop_told(connection: AsyncConnection, place: ChannelRef, told: Mapping[str, str]) -> None:
    """Cancel the pending alerts of a channel whose changes, by fact and digest, a scheduled post has just told."""
    pending = (await _pending(connection, place)).get(place)
    if pending and pending.fact_digests.items() <= told.items():
        await _cancel(connection, pending.ids, "a scheduled post has told it")


async def _cancel(connection: AsyncConnection, ids: Sequence[str], why: str) -> None:
    """Cancel pending deliveries, with those of their threads."""
    which = and_(table.c.state == DeliveryState.PENDING.value, or_(table.c.id.in_(ids), table.c.parent_id.in_(ids)))
    await connection.execute(update(table).where(which).values(state=DeliveryState.CANCELLED.value, error=why))


def _for_place(
    subscribed: Sequence[Subscription],
    changes: Sequence[Change],
    tracked: frozenset[str],
    pending: _PendingAlerts,
    past: Sequence[Recorded],
) -> tuple[Change, ...] | None:
    """Return the changes to report to a channel, pending ones included; None when the revision has none for it."""
    wanted = {change.fact_id for change in changes if any(each.wants(change) for each in subscribed)} - tracked
    if not wanted and pending.facts.isdisjoint(change.fact_id for change in changes):
        return None
    facts = (wanted | pending.facts) - tracked
    return merged(each for each in (*(each.change for each in past), *changes) if each.fact_id in facts)


def _notes(past: Sequence[Recorded], revision: Revision) -> str:
    """Return the maintainers' notes on these revisions, each once."""
    return " · ".join(dict.fromkeys(note for note in (*(each.note for each in past), revision.note) if note))


def alert_deliveries(alert: Alert, revision: int) -> list[Delivery]:
    """Return the deliveries of an alert: its post, then its thread."""
    kind, priority = (
        (DeliveryKind.CORRECTION, Priority.CORRECTION) if alert.is_correction else (DeliveryKind.ALERT, Priority.ALERT)
    )
    found: list[Delivery] = []
    for number, notice in enumerate(alert.messages):
        part = alert.changes[number * LINES_IN_POST : (number + 1) * LINES_IN_POST]
        buttons = () if found else (why_button(ALERT, *alert.causes),)
        message = OutboxMessage(
            notice.markdown,
            buttons=buttons,
            fact_digests=posts.fact_digests(change.fact for change in part),
            rendered_changes=notice.rendered_changes,
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


async def _pending(connection: AsyncConnection, place: ChannelRef | None = None) -> Mapping[ChannelRef, _PendingAlerts]:
    """Return pending alerts by channel, or those of one, and lock them until this transaction ends."""
    alerting = and_(table.c.revision.is_not(None), or_(table.c.kind.in_(_KINDS), table.c.parent_id.is_not(None)))
    query = select(table).where(table.c.state == DeliveryState.PENDING.value, alerting).with_for_update()
    if place:
        query = query.where(table.c.team == place.team, table.c.channel == place.channel)
    rows = (await connection.execute(query)).all()
    found: dict[ChannelRef, _PendingAlerts] = {}
    heads = {row.id for row in rows if row.kind in _KINDS and not message_from_json(row.payload).part}
    for row in rows:
        if row.id not in heads and row.parent_id not in heads:
            continue  # its post was sent already
        place, message = ChannelRef(row.team, row.channel), message_from_json(row.payload)
        old = found.get(place, _PendingAlerts((), {}, row.revision))
        ids = (*old.ids, row.id) if row.id in heads else old.ids
        since = min(old.since, message.since or row.revision)
        found[place] = _PendingAlerts(ids, {**old.fact_digests, **message.fact_digests}, since)
    return found


async def _recent(connection: AsyncConnection, now: datetime) -> Mapping[ChannelRef, list[datetime]]:
    """Return when the latest alerts were posted, by channel; not those of a clock that was ahead."""
    gone = (DeliveryState.PENDING.value, DeliveryState.CANCELLED.value, DeliveryState.FAILED.value)
    query = select(table.c.team, table.c.channel, table.c.due_at).where(
        table.c.kind.in_(_KINDS),
        table.c.revision.is_not(None),
        table.c.parent_id.is_(None),
        table.c.state.not_in(gone),
        table.c.due_at.between(now - GATHERED_WITHIN, now + SKEW),
    )
    found: dict[ChannelRef, list[datetime]] = defaultdict(list)
    for row in await connection.execute(query):
        found[ChannelRef(row.team, row.channel)].append(row.due_at)
    return found


async def _tracked(
    connection: AsyncConnection, changes: Sequence[Change], now: datetime
) -> Mapping[ChannelRef, frozenset[str]]:
    """Return, by channel, the corrected facts that posts show, or will: those posts are edited instead.

    What is on its way, or was asked for and waits, is put right once it is posted (bot/alerts/corrections.py).
    """
    corrected = {change.fact_id for change in changes if change.kind.is_correction}
    found: dict[ChannelRef, frozenset[str]] = defaultdict(frozenset)
    for post in await posts.showing(connection, corrected, now - posts.TRACKED_FOR):
        found[post.place] |= corrected.intersection(post.fact_digests)
    if corrected:
        asked_for = and_(table.c.state == DeliveryState.PENDING.value, table.c.kind.in_(_ASKED_FOR))
        under_way = or_(table.c.state.in_(IN_DOUBT), asked_for)
        for each in decode(await connection.execute(rows().where(under_way)))[0]:
            found[ChannelRef(each.team, each.channel)] |= corrected.intersection(each.message.fact_digests)
    return found


async def _earlier_changes(
    connection: AsyncConnection, pending: Iterable[_PendingAlerts], revision: int
) -> list[Recorded]:
    """Return the changes that pending alerts report, oldest revision first, without this revision's."""
    first = min((each.since for each in pending), default=revision)
    found = []
    for number in range(first, revision):
        found += await read_changes(connection, revision=number)
    return found
