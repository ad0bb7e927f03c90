"""What happens in a channel when it is archived, deleted, left or joined, and when the app is removed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, union

from bot.alerts import subscriptions
from bot.alerts.settings_audit import recorded
from bot.alerts.watch_messages import catch_up_watches
from bot.audit.audit import BOT
from bot.gaps import awaited_answers
from bot.installations import workspaces
from bot.messages import ChannelRef
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue, enqueue_new, id_of, retry_edits
from bot.outbox.operators import remember_team
from bot.outbox.removed_workspaces import WAS_REMOVED, resume_deliveries
from bot.schedules import runs, schedules
from bot.schedules.next_run import newest_holidays, resume
from bot.store import tables
from bot.store.errors import StoreError
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.store.database import Database

ARCHIVED: Final = "is_archived"
NOT_MEMBER: Final = "not_in_channel"
DELETED: Final = "channel_not_found"
REMOVED: Final = "app_uninstalled"
"""Pause reasons: the codes with which Slack refuses posts there, and the event for the app."""

_AGAIN: Final = (
    "the alerts and schedules that were paused here run again. What changed meanwhile was not posted here: "
    "/briefing changes lists it."
)
_BACK: Final = {
    ARCHIVED: f"This channel is no longer archived: {_AGAIN}",
    NOT_MEMBER: f"I am back in this channel: {_AGAIN}",
}
GREETING: Final = (
    "Mention me with a question, or type `/fact` and a few words, and I answer with one cited fact. "
    "`/briefing subscribe` has me tell this channel when facts change."
)
_GREETING_EXPIRES_S: Final = 3600.0
_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, *[60.0] * 9)
"""Seconds between tries to store a change: Slack does not repeat an event that was acknowledged."""


class ChannelEvents:
    """Pauses what a channel gets while it takes no posts, resumes it, and greets a new one. Raises StoreError."""

    def __init__(
        self, database: Database, clock: Clock, on_enqueued: Callable[[], None], *, erase_after_days: int
    ) -> None:
        """`on_enqueued` is called after a post was enqueued; `erase_after_days` is the setting."""
        self._database = database
        self._clock = clock
        self._on_enqueued = on_enqueued
        self._erase_after_days = erase_after_days

    async def pause(self, place: ChannelRef, reason: str) -> None:
        """Pause everything that runs in a channel."""
        async with self._database.transaction() as connection:
            await self._pause(connection, place, reason)

    async def unarchived(self, place: ChannelRef) -> None:
        """Resume what was paused in a channel because it was archived; what members paused stays paused."""
        await self._back(place, ARCHIVED)

    async def joined(self, place: ChannelRef) -> None:
        """Resume what was paused in a channel that the bot was not in, or else say there what to type.

        Slack finds no private channel for who is not in it, so that it was taken for a deleted one.
        """
        await self._back(place, NOT_MEMBER, DELETED)
        async with self._database.transaction() as connection:
            await _greet(connection, place, self._clock.now())
        self._on_enqueued()

    async def _back(self, place: ChannelRef, *reasons: str) -> None:
        """Resume what was paused for one of these reasons, and say so there; correct the posts that stood meanwhile."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await retry_edits(connection, place, now)
            if sum([await self._resume(connection, place, each) for each in reasons]):
                text = OutboxMessage(_BACK[reasons[0]])
                await enqueue(connection, [Delivery(place.team, place.channel, DeliveryKind.ALERT, text)], now)
        self._on_enqueued()

    async def removed(self, workspace: str, happened_at: datetime | None = None) -> None:
        """Pause everything in a workspace, or an organisation's, that has removed the app or revoked its token.

        Its tokens are erased, and who awaits answers is forgotten; the rest is erased ERASE_AFTER_DAYS later.
        Nothing is done where the app was installed again since `happened_at`.
        """
        now, days = self._clock.now(), self._erase_after_days
        async with self._database.transaction() as connection:
            for team in await workspaces.remove(connection, workspace, now, happened_at or now, days):
                await awaited_answers.forget_all(connection, team)
                for place in await _places(connection, team):
                    await self._pause(connection, place, REMOVED)

    async def installed(self, team: str) -> None:
        """Remember the workspace's id as the only one's, and resume what was paused because the app was removed."""
        async with self._database.transaction() as connection:
            await remember_team(connection, team)
            if was_removed := team in await workspaces.removed(connection):
                await workspaces.install(connection, team, self._clock.now())
            await self.resume_all(connection, team, was_removed=was_removed)
        self._on_enqueued()

    async def resume_all(self, connection: AsyncConnection, team: str, *, was_removed: bool) -> None:
        """Resume what was paused in a workspace because the app had been removed, and correct what stood meanwhile."""
        if was_removed:
            now = self._clock.now()
            await catch_up_watches(connection, team, now)
            late = await resume_deliveries(connection, team, now)
            await runs.skip(connection, late, WAS_REMOVED)
        for place in await _places(connection, team):
            await self._resume(connection, place, REMOVED)

    async def _pause(self, connection: AsyncConnection, place: ChannelRef, reason: str) -> None:
        now = self._clock.now()
        async with recorded(connection, place, BOT, now):
            await subscriptions.pause(connection, place, reason, now)
            await schedules.pause_channel(connection, place, reason, now)

    async def _resume(self, connection: AsyncConnection, place: ChannelRef, reason: str) -> int:
        """Return how many alert subscriptions and schedules were resumed."""
        now = self._clock.now()
        async with recorded(connection, place, BOT, now):
            count = await subscriptions.resume(connection, place, pause_reason=reason)
            for each in await schedules.for_channel(connection, place):
                if each.pause_reason == reason:
                    await resume(connection, each.id, now, newest_holidays(self._database))
                    count += 1
        return count


async def store_patiently(change: Callable[[], Awaitable[None]]) -> None:
    """Store a change, again for some ten minutes while the database cannot be used. Raises StoreError after that."""
    for wait_s in _WAITS_S:
        try:
            return await change()
        except StoreError:
            await asyncio.sleep(wait_s)
    return await change()


async def _greet(connection: AsyncConnection, place: ChannelRef, now: datetime) -> None:
    """Say what to type in a channel that gets nothing from us, unless that was said there today or yesterday."""
    known = await subscriptions.for_channel(connection, place) or await schedules.for_channel(connection, place)
    today, yesterday = (
        id_of("greeting", place.team, place.channel, (now - timedelta(days=days)).date()) for days in (0, 1)
    )
    said = await connection.scalar(select(deliveries.c.id).where(deliveries.c.id == yesterday))
    if not known and not said:
        greeting = Delivery(
            place.team,
            place.channel,
            DeliveryKind.NOTE,
            OutboxMessage(GREETING),
            expires_after_s=_GREETING_EXPIRES_S,
            id=today,
        )
        await enqueue_new(connection, greeting, now)


async def _places(connection: AsyncConnection, team: str) -> list[ChannelRef]:
    """Return the channels of a workspace that have subscriptions or schedules."""
    found = union(
        *(select(each.c.channel).where(each.c.team == team) for each in (tables.subscriptions, tables.schedules))
    )
    return [ChannelRef(team, channel) for channel in sorted(await connection.scalars(found))]
