"""Checks around a change to a channel's settings: permission, proof that the bot can post there, and an audit line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Final

import structlog

from bot.actions import Action, Button
from bot.alerts.settings_audit import recorded
from bot.errors import BriefingBotError, DeliveryError
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, Priority
from bot.outbox.enqueuing import enqueue
from bot.recurrence.zones import DEFAULT_ZONE, zone_named
from bot.store.errors import StoreError
from bot.text import escape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.messages import ChannelRef, Reply
    from bot.store.database import Database

CHANGE: Final = Button(Action.CHANNEL, "Change", "alert")
"""Below the audit line."""

LOOK_UP_S: Final = 1.0
"""Seconds that look-ups may take before a form opens: Slack's trigger for a form expires after 3 s."""

_NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found"})

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who changes the settings of a channel: where, and their user id.

    `home` is the workspace that they belong to, as far as Slack says; `is_there`: they typed or pressed in the channel
    itself, not in a view that is about it. `thread` is the ts of the thread in which they typed, if in one.
    """

    place: ChannelRef
    user: str
    home: str = ""
    is_there: bool = False
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Permissions:
    """Checks permission before a change, confirms it to the actor alone, and records it in public.

    The functions ask Slack: `send_ephemeral` shows a reply to the actor alone; DeliveryError where the bot is no member
    of the channel. `require_allowed` raises BriefingBotError unless the actor may change the channel. `zone_of` returns
    the IANA time zone of a workspace's user, or nothing, `name_of` the name that others see; both raise nothing.
    `announces`: whether audit lines are posted (ALERT_ANNOUNCE).
    """

    database: Database
    clock: Clock
    _: KW_ONLY
    send_ephemeral: Callable[[Actor, Reply], Awaitable[None]]
    require_allowed: Callable[[Actor], Awaitable[None]]
    zone_of: Callable[[str, str], Coroutine[None, None, str]]
    name_of: Callable[[str, str], Awaitable[str]]
    announces: bool
    look_up_s: float = LOOK_UP_S

    async def require_manager(self, actor: Actor) -> None:
        """Raise BriefingBotError unless the actor may change what this channel gets."""
        await self.require_allowed(actor)

    async def zone_for_form(self, actor: Actor) -> str:
        """Return the actor's time zone. Raises BriefingBotError when the actor may change nothing here.

        Takes at most `look_up_s`: a permission that is not known by then is checked when the form is submitted.
        """
        zone = asyncio.create_task(self.zone_of(actor.place.team, actor.user))
        allowed = asyncio.create_task(self.require_manager(actor))
        await asyncio.wait({zone, allowed}, timeout=self.look_up_s)
        for each in (zone, allowed):
            each.cancel()
        if allowed.done():
            allowed.result()
        return zone_named(zone.result()) or DEFAULT_ZONE if zone.done() and not zone.cancelled() else DEFAULT_ZONE

    async def confirm(self, actor: Actor, confirmation: Reply) -> None:
        """Show a confirmation to the actor alone, in the channel: it proves that the bot can post there.

        Raises BriefingBotError where it cannot, DeliveryError when Slack did not take it.
        """
        try:
            await self.send_ephemeral(actor, confirmation)
        except DeliveryError as error:
            if error.code in _NOT_A_MEMBER:
                raise BriefingBotError(_how_to_invite(actor.place)) from None
            raise

    async def post_audit_line(self, actor: Actor, *actions: str) -> None:
        """Post one public line: the actor's name and what they did. Nothing in a direct message, nor without actions.

        The change is already saved: a database error here is logged only, so that the change is not taken for undone.
        """
        did = ", and ".join(filter(None, actions))
        if not did or not self.announces or actor.place.is_direct:
            return
        name = await self.name_of(actor.place.team, actor.user)
        line = OutboxMessage(f"{escape(name[:1].upper() + name[1:])} {escape(did)}.", buttons=(CHANGE,))
        delivery = Delivery(actor.place.team, actor.place.channel, DeliveryKind.NOTE, line, Priority.ALERT)
        try:
            async with self.database.transaction() as connection:
                await enqueue(connection, [delivery], self.clock.now())
        except StoreError as error:
            _log.error("audit_line.failed", channel=actor.place.channel, reason=error.message)


@asynccontextmanager
async def changing(database: Database, actor: Actor, now: datetime, cause: str = "") -> AsyncIterator[AsyncConnection]:
    """Begin a transaction in which an actor changes what their channel gets: the audit says what, and the cause."""
    async with (
        database.transaction() as connection,
        recorded(connection, actor.place, actor.user, now, cause),
    ):
        yield connection


@asynccontextmanager
async def confirmed_write(database: Database, actor: Actor, now: datetime) -> AsyncIterator[AsyncConnection]:
    """Begin, as `changing`, a transaction that writes what was confirmed already. Where it fails, the error says so."""
    try:
        async with changing(database, actor, now) as connection:
            yield connection
    except StoreError as error:
        failure = StoreError(f"Nothing was saved. {error.message}", error.hint)
        failure.for_members = error.for_members
        raise failure from error


def _how_to_invite(place: ChannelRef) -> str:
    if place.is_direct:
        return "I cannot post in this conversation. Write to me directly, and subscribe there."
    return "I am not a member of this channel. Invite me with /invite, then subscribe again."
