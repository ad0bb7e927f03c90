"""What goes with every change of what a channel gets: may the asker, may we post there, and who is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.errors import BriefingBotError, DeliveryError
from bot.messages import Action, Button
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage, Priority
from bot.outbox.outbox import enqueue
from bot.recurrence.zones import DEFAULT_ZONE, zone_named
from bot.store.errors import StoreError
from bot.text import escape

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.messages import ChannelRef, Reply
    from bot.store.database import Database

CHANGE: Final = Button(Action.WHY, "Change", "alert")
"""Below the public line that says who changed what a channel gets."""

LOOK_UP_S: Final = 1.0
"""Seconds that may be spent before a form is shown: Slack takes a form for 3 s after the press that asked for it."""

_NO_MEMBER = frozenset({"not_in_channel", "channel_not_found"})

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, by id and by the name that others see, and where."""

    place: ChannelRef
    user: str
    name: str


class EphemeralMessages(Protocol):
    """What the formalities need of a messenger."""

    async def send(self, asker: Actor, reply: Reply) -> None:
        """Show a reply to the asker alone, as a member of the channel. Raises DeliveryError when we are none there."""
        ...


class Authorizer(Protocol):
    """Who may change what a channel gets."""

    async def can_manage(self, user: str) -> bool:
        """Whether this user may. Raises DeliveryError when that cannot be found out."""
        ...


class Profiles(Protocol):
    """What is known of people."""

    async def zone_of(self, user: str) -> str:
        """Return the IANA name of a user's time zone, or nothing where it is not known. Raises nothing."""
        ...


class NoMemberError(BriefingBotError):
    """We are no member of the channel; the sentence says how to invite us."""


class Permissions:
    """Keeps them, for one bot."""

    def __init__(  # noqa: PLR0913 — whom to ask and where to write, once
        self,
        database: Database,
        clock: Clock,
        *,
        channels: EphemeralMessages,
        managers: Authorizer,
        profiles: Profiles,
        announces: bool,
    ) -> None:
        """`announces`: whether a channel sees, in one public line, who changed what it gets (ALERT_ANNOUNCE)."""
        self._database = database
        self._clock = clock
        self._channels = channels
        self._managers = managers
        self._profiles = profiles
        self._announces = announces

    async def require_manager(self, asker: Actor) -> None:
        """Raise BriefingBotError unless the asker may change what is posted here; in a direct message anybody may."""
        if not asker.place.is_direct and not await self._managers.can_manage(asker.user):
            raise BriefingBotError(
                "Only this workspace's managers may change what a channel gets.",
                "In a direct message to me you can subscribe for yourself.",
            )

    async def before_form(self, asker: Actor) -> str:
        """Return the asker's time zone, within LOOK_UP_S. Raises BriefingBotError when they may change nothing here.

        What is not known by then is asked again when the form comes back.
        """
        zone = asyncio.create_task(self._profiles.zone_of(asker.user))
        allowed = asyncio.create_task(self.require_manager(asker))
        await asyncio.wait({zone, allowed}, timeout=LOOK_UP_S)
        for each in (zone, allowed):
            each.cancel()
        if allowed.done():
            allowed.result()
        return zone_named(zone.result()) or DEFAULT_ZONE if zone.done() and not zone.cancelled() else DEFAULT_ZONE

    async def confirm(self, asker: Actor, confirmation: Reply) -> None:
        """Whisper a confirmation to the asker: that proves we may post there.

        Raises NoMemberError where we may not, DeliveryError when Slack did not take it.
        """
        try:
            await self._channels.send(asker, confirmation)
        except DeliveryError as error:
            if error.code in _NO_MEMBER:
                raise NoMemberError(how_to_invite(asker.place)) from None
            raise

    async def post_audit_line(self, asker: Actor, did: str) -> None:
        """Let the channel see who did what (`did` continues their name), in a line; nothing in a direct message.

        It is told of what is done already: a database that fails now is logged, no more.
        """
        if not self._announces or asker.place.is_direct:
            return
        line = OutboxMessage(f"{escape(asker.name)} {escape(did)}.", buttons=(CHANGE,))
        told = Delivery(asker.place.team, asker.place.channel, DeliveryKind.NOTE, line, Priority.ALERT)
        try:
            async with self._database.transaction() as connection:
                await enqueue(connection, [told], self._clock.now())
        except StoreError as error:  # what was asked for is done: the line must not make it look undone
            _log.error("a channel was not told of a change", channel=asker.place.channel, reason=error.message)


def how_to_invite(place: ChannelRef) -> str:
    """Say what to do where we may not post."""
    if place.is_direct:
        return "I cannot post in this conversation. Write to me directly, and subscribe there."
    return "I am not a member of this channel. Invite me with /invite, then subscribe again."
