"""The desk: what people ask for the alerts of a channel, and what they are told. Knows no Slack."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from bot import alerts, subscriptions, watches
from bot.confirmations import (
    MUTED,
    confirmation,
    here,
    how_to_invite,
    listed,
    nothing_to_end,
    standing_alerts,
    which_areas,
)
from bot.content.markdown import day, escape
from bot.delivery import Button, Delivery, Kind, Message, Priority
from bot.errors import BriefingBotError, DeliveryError
from bot.ledger import enqueue
from bot.reply import Ask, Choice, Outcome, Reply
from bot.subscriptions import ALL
from bot.wishes import read_wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Content
    from bot.store.database import Database
    from bot.subscriptions import Place, Subscribed, Subscription
    from bot.wishes import Wish

CHANGE: Final = Button(Ask.WHY, "Change", "alert")
"""Below the public line that says who subscribed a channel."""

_NO_MEMBER = frozenset({"not_in_channel", "channel_not_found"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, by id and by the name that others see, and where."""

    place: Place
    user: str
    name: str


class Channels(Protocol):
    """What the desk needs of a messenger."""

    async def whisper_to(self, asker: Asker, reply: Reply) -> None:
        """Show a reply to the asker alone, as a member of the channel. Raises DeliveryError when we are none there."""
        ...


class Managers(Protocol):
    """Who may change the alerts of a channel."""

    async def allow(self, user: str) -> bool:
        """Whether this user may. Raises DeliveryError when that cannot be found out."""
        ...


class Desk:
    """Subscribes, unsubscribes, explains. Methods raise BriefingBotError in words for the asker."""

    def __init__(
        self, database: Database, clock: Clock, channels: Channels, managers: Managers, *, announces: bool
    ) -> None:
        """`announces`: whether a channel sees, in one public line, who changed its alerts (ALERT_ANNOUNCE)."""
        self._database = database
        self._clock = clock
        self._channels = channels
        self._managers = managers
        self._announces = announces

    async def subscribe(self, asker: Asker, words: str) -> Reply | None:
        """Subscribe the asker's channel. None when the confirmation was whispered there: that proves we may post."""
        content = (await self._database.latest()).content
        wish = self._read(content, words)
        if not wish.areas:
            return which_areas(content)
        done = await self._subscribe(asker, wish)
        try:
            await self._channels.whisper_to(asker, confirmation(content, asker.place, wish, *done))
        except DeliveryError as error:
            await self._take_back(asker.place, done[0])
            if error.code in _NO_MEMBER:
                raise BriefingBotError(how_to_invite(asker.place)) from None
            raise
        await self._announce(asker, content, done[0].new + done[0].before, "subscribed this channel to")
        return None

    async def change(self, asker: Asker, words: str) -> Reply:
        """Do the same for a button: the answer is how things stand then."""
        content = (await self._database.latest()).content
        done, _ = await self._subscribe(asker, self._read(content, words))
        await self._announce(asker, content, done.new + done.before, "subscribed this channel to")
        return await self.subscriptions(asker)

    async def unsubscribe(self, asker: Asker, words: str) -> Reply:
        """End the subscriptions to these areas here; `all` ends every one."""
        content = (await self._database.latest()).content
        wish = self._read(content, words)
        if not wish.areas:
            return await self.subscriptions(asker)
        await self._require_manager(asker)
        async with self._database.transaction() as connection:
            areas = None if wish.areas == (ALL,) else wish.areas
            ended = await subscriptions.unsubscribe(connection, asker.place, areas)
            left = await subscriptions.in_place(connection, asker.place)
            if not left:
                await alerts.take_back(connection, asker.place)
        if not ended:
            raise BriefingBotError(nothing_to_end(content, wish, left))
        await self._announce(asker, content, ended, "unsubscribed this channel from")
        named = listed(content, ended)
        note = f"{here(asker.place)} no longer gets {named} alerts."
        if left:
            note += f" It still gets {listed(content, left)} alerts."
        undo = Choice(Ask.UNDO, "Undo", json.dumps({"gone": [[each.area, each.corrections_only] for each in ended]}))
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=(undo,))

    async def subscriptions(self, asker: Asker) -> Reply:
        """Say what is posted here and why, with everything that can be changed about it; and what the asker watches."""
        content = (await self._database.latest()).content
        now = self._clock.now()
        async with self._database.reading() as connection:
            kept = await subscriptions.in_place(connection, asker.place)
            watched = await watches.of_user(connection, asker.place.team, asker.user, now)
        note, choices = standing_alerts(content, asker.place, kept)
        for each in watched:
            fact = content.facts.get(each.fact_id)
            told = fact.short or fact.statement if fact else each.fact_id
            note += f"\n\nUntil {day(each.until.date())} you are told when this changes: {told}"
            choices.append(Choice(Ask.UNWATCH, f"Forget: {told}", each.fact_id))
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=tuple(choices))

    async def undo(self, asker: Asker, value: str) -> Reply:
        """Take back what a confirmation told of."""
        await self._require_manager(asker)
        try:
            kept = json.loads(value)
            new, back = (
                [str(area) for area in kept.get("new", ())],
                [(str(a), bool(c)) for a, c in kept.get("gone", ())],
            )
        except (ValueError, TypeError, AttributeError):
            raise BriefingBotError("That button is too old to be understood.") from None
        async with self._database.transaction() as connection:
            await subscriptions.unsubscribe(connection, asker.place, new)
            for area, corrections_only in back:
                await self._put(connection, asker, [area], corrections_only=corrections_only)
            if not await subscriptions.in_place(connection, asker.place):
                await alerts.take_back(connection, asker.place)
        stands = await self.subscriptions(asker)
        return replace(stands, note=f"Undone. {stands.note}")

    async def mute(self, asker: Asker) -> Reply:
        """Stop the alerts here until somebody lets them go on."""
        await self._require_manager(asker)
        async with self._database.transaction() as connection:
            await subscriptions.pause(connection, asker.place, MUTED, self._clock.now())
            await alerts.take_back(connection, asker.place)
        return await self.subscriptions(asker)

    async def unmute(self, asker: Asker) -> Reply:
        """Let alerts here go on."""
        await self._require_manager(asker)
        async with self._database.transaction() as connection:
            await subscriptions.resume(connection, asker.place)
        return await self.subscriptions(asker)

    async def watch(self, asker: Asker, fact_id: str) -> Reply:
        """Remember that the asker wants to hear when a fact changes."""
        fact = (await self._database.latest()).content.facts.get(fact_id)
        if fact is None:
            raise BriefingBotError("That fact is no longer held.")
        async with self._database.transaction() as connection:
            kept = await watches.watch(connection, asker.place.team, asker.user, fact, self._clock.now())
        note = f"I will write to you, once, if this fact changes before {day(kept.until.date())}."
        return Reply(Outcome.ASIDE, "", note=note, choices=(Choice(Ask.UNWATCH, "Forget it", fact_id),))

    async def unwatch(self, asker: Asker, fact_id: str) -> Reply:
        """Forget that."""
        async with self._database.transaction() as connection:
            await watches.unwatch(connection, asker.place.team, asker.user, fact_id)
        return Reply(Outcome.SUBSCRIPTIONS, "", note="Forgotten: I will not write to you about that fact.")

    def _read(self, content: Content, words: str) -> Wish:
        return read_wish(content.memorandum, words)

    async def _subscribe(self, asker: Asker, wish: Wish) -> tuple[Subscribed, tuple[Subscription, ...]]:
        await self._require_manager(asker)
        async with self._database.transaction() as connection:
            done = await self._put(connection, asker, wish.areas, corrections_only=wish.corrections_only)
            return done, await subscriptions.in_place(connection, asker.place)

    async def _put(
        self, connection: AsyncConnection, asker: Asker, areas: Iterable[str], *, corrections_only: bool
    ) -> Subscribed:
        now = self._clock.now()
        return await subscriptions.subscribe(
            connection, asker.place, areas, corrections_only=corrections_only, by=asker.user, at=now
        )

    async def _take_back(self, place: Place, done: Subscribed) -> None:
        async with self._database.transaction() as connection:
            await subscriptions.unsubscribe(connection, place, [each.area for each in done.new])
            for each in done.before:
                await subscriptions.restore(connection, each)

    async def _require_manager(self, asker: Asker) -> None:
        if not asker.place.is_direct and not await self._managers.allow(asker.user):
            raise BriefingBotError(
                "Only this workspace's managers may change the alerts of a channel.",
                "In a direct message to me you can subscribe for yourself.",
            )

    async def _announce(self, asker: Asker, content: Content, what: Sequence[Subscription], did: str) -> None:
        """Let the channel see, in one public line, who changed its alerts; nothing in a direct message."""
        if not what or not self._announces or asker.place.is_direct:
            return
        line = Message(f"{escape(asker.name)} {did} {escape(listed(content, what))} alerts.", buttons=(CHANGE,))
        told = Delivery(asker.place.team, asker.place.channel, Kind.NOTE, line, Priority.ALERT)
        async with self._database.transaction() as connection:
            await enqueue(connection, [told], self._clock.now())
