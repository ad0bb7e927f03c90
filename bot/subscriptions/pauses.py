"""Pauses: of all that a channel gets, until a day or until somebody resumes it; and why something is paused.

A pause until a day ends by itself. Why is a person, Slack's code or a sentence, as it is stored and as members read it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, union, update

from bot.alerts import alerts, days_off, subscriptions
from bot.alerts.settings_audit import recorded
from bot.alerts.subscriptions import BY, UNNAMED, is_by_person
from bot.audit.audit import BOT
from bot.errors import BriefingBotError
from bot.messages import ChannelRef, Outcome, PersonLine, Reply
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.recurrence.zones import DEFAULT_ZONE
from bot.schedules import schedules
from bot.schedules.next_run import lock_schedules, newest_holidays, reschedule, resume
from bot.store import tables
from bot.store.periodic import repeat
from bot.subscriptions.permissions import changing
from bot.subscriptions.typed_days import read_range, read_until
from bot.text import day

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.store.database import Database
    from bot.subscriptions.permissions import Actor, Permissions

_RESTRICTED: Final = "The workspace restricts posting here."
_WHY_PAUSED: Final = {
    "not_in_channel": "I am no longer a member of this channel: invite me with /invite.",
    "channel_not_found": "I can no longer see this channel: invite me with /invite.",
    "is_archived": "The channel was archived.",
    "app_uninstalled": "The app was removed from this workspace.",
    "account_inactive": "The account was deactivated.",
    "user_disabled": "The account was deactivated.",
    "restricted_action": _RESTRICTED,
    "restricted_action_read_only_channel": _RESTRICTED,
    "restricted_action_thread_only_channel": _RESTRICTED,
}
"""Slack's error codes that pause a channel, as its members read them."""

CHECK_EVERY_S: Final = 2.0
_TOLD_AT: Final = time(8)
"""Local time at which a channel is told that its pause is over: it ends at midnight."""
_ADD: Final = "To add some: /briefing days off 24 December to 2 January."
_ENDED: Final = "the pause is over"
_OVER: Final = "The pause since"
_MEANWHILE: Final = "Alerts wait then; a correction is posted at once, with the alerts that wait."
_CLEAR: Final = "To end all of them: /briefing days off clear."
_PAUSED: Final = tables.subscriptions, tables.schedules


class ChannelPauses:
    """Pauses and resumes a channel. Methods raise BriefingBotError in words for the actor."""

    def __init__(self, database: Database, clock: Clock, permissions: Permissions) -> None:
        self._database = database
        self._clock = clock
        self._permissions = permissions

    async def pause(self, actor: Actor, words: str) -> Reply:
        """Pause all alerts and schedules of the actor's channel, with `until DATE` to the beginning of that day."""
        now, zone = self._clock.now(), ZoneInfo(DEFAULT_ZONE)
        last = read_until(words, now.astimezone(zone).date())
        await self._permissions.require_manager(actor)
        place, reason = actor.place, paused_by(actor.user)
        until = datetime.combine(last, time.min, zone).astimezone(UTC) if last else None
        async with changing(self._database, actor, now) as connection:
            count = 0
            for table in _PAUSED:  # a pause with an end gets this one; what waits for somebody goes on waiting
                here = table.c.team == place.team, table.c.channel == place.channel, table.c.paused_until.is_not(None)
                pause = {"paused_until": until, "pause_reason": reason}
                count += (await connection.execute(update(table).where(*here).values(**pause))).rowcount
            count += await subscriptions.pause(connection, place, reason, now, until)
            count += await schedules.pause_channel(connection, place, reason, now, until)
            await alerts.drop_alerts(connection, place)
            if count:
                await _drop_note(connection, place)
        if not count:
            raise BriefingBotError(
                "Nothing runs here that could be paused.", "What waits for somebody begins again by /briefing resume."
            )
        when = f" until {day(last)}" if last else ""
        await self._permissions.post_audit_line(actor, f"paused the alerts and scheduled posts of this channel{when}")
        ends = (
            "They begin again by themselves, and I say so." if last else "They begin again when somebody resumes them."
        )
        note = f"Paused{when}: nothing is posted here meanwhile. {ends} To end it now: /briefing resume."
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note)

    async def resume(self, actor: Actor) -> Reply:
        """Resume all that people have paused in the actor's channel; what Slack refuses stays paused."""
        await self._permissions.require_manager(actor)
        async with changing(self._database, actor, self._clock.now()) as connection:
            here = [each for each in await subscriptions.for_channel(connection, actor.place) if each.paused_at]
            reasons = {each.pause_reason for each in here if is_by_person(each.pause_reason)}
            count = sum([await subscriptions.resume(connection, actor.place, pause_reason=each) for each in reasons])
            for each in await schedules.for_channel(connection, actor.place):
                if each.paused_at and is_by_person(each.pause_reason):
                    await resume(connection, each.id, self._clock.now(), newest_holidays(self._database))
                    count += 1
        if not count:
            raise BriefingBotError("Nothing is paused here that you could resume.")
        await self._permissions.post_audit_line(actor, "resumed the alerts and scheduled posts of this channel")
        return Reply(Outcome.SUBSCRIPTIONS, "", note="Resumed: alerts and scheduled posts run again.")

    async def days_off(self, actor: Actor, words: str) -> Reply:
        """Add days off of the actor's channel (`24 December to 2 January`), end all by `clear`, or list them."""
        now, place, said = self._clock.now(), actor.place, words.strip()
        today = now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
        if said:
            new = () if said.casefold() == "clear" else (read_range(said, today),)
            await self._permissions.require_manager(actor)
            async with changing(self._database, actor, now) as connection:
                await lock_schedules(connection)
                before = await days_off.of_channel(connection, place) if new else ()
                off = await days_off.put(connection, place, (*before, *new), today)
                await days_off.move_alerts(connection, place, off, now)
                for known in await schedules.for_channel(connection, place):
                    each = await schedules.get(connection, known.id, for_update=True)
                    if each and each.is_readable:
                        changed = replace(each, rule=replace(each.rule, days_off=off))
                        changed = await reschedule(connection, changed, now, newest_holidays(self._database))
                        await schedules.change(connection, changed)
            await self._permissions.post_audit_line(actor, "changed the days off of this channel")
        async with self._database.reading() as connection:
            listed = await days_off_line(connection, place, now)
        note = f"{listed} {_MEANWHILE} {_ADD} {_CLEAR}" if listed else f"No days off. {_ADD}"
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note)

    async def run(self) -> None:
        """End the pauses whose day has come, until cancelled. Errors are logged."""
        await repeat(self.end_due, CHECK_EVERY_S, self._database, "pauses")

    async def end_due(self) -> int:
        """End the pauses whose day has come, and say so in each channel, once; return how many channels there were."""
        now = self._clock.now()
        over = union(*(select(each.c.team, each.c.channel).where(each.c.paused_until <= now) for each in _PAUSED))
        async with self._database.reading() as connection:
            places = [ChannelRef(row.team, row.channel) for row in await connection.execute(over)]
        for place in places:
            async with self._database.transaction() as connection, recorded(connection, place, BOT, now, _ENDED):
                await self._end(connection, place, now)
        return len(places)

    async def _end(self, connection: AsyncConnection, place: ChannelRef, now: datetime) -> None:
        """Resume what was paused until now in a channel; another process may have done it."""
        begun = await subscriptions.end_pauses(connection, place, now)
        for each in await schedules.for_channel(connection, place):
            held = await schedules.get(connection, each.id, for_update=True)
            if held and held.paused_at and held.paused_until and held.paused_until <= now:
                if held.is_readable:
                    begun.append(held.paused_at)
                    await resume(connection, each.id, now, newest_holidays(self._database))
                else:
                    await schedules.pause(connection, each.id, held.pause_reason, now)  # without an end
        if begun:
            since = min(begun).astimezone(ZoneInfo(DEFAULT_ZONE)).date()
            told = f"{_OVER} {day(since)} is over: alerts and scheduled posts run again."
            line = OutboxMessage(f"{told} What changed meanwhile: **/briefing changes since {since.isoformat()}**")
            local = now.astimezone(ZoneInfo(DEFAULT_ZONE))
            due_at = max(now, datetime.combine(local.date(), _TOLD_AT, ZoneInfo(DEFAULT_ZONE)).astimezone(UTC))
            delivery = Delivery(place.team, place.channel, DeliveryKind.NOTE, line, due_at=due_at)
            await enqueue(connection, [delivery], now)


async def days_off_line(connection: AsyncConnection, place: ChannelRef, now: datetime) -> str:
    """Return a sentence with the days off of a channel that are not over; nothing for none."""
    today = now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    off = tuple(each for each in await days_off.of_channel(connection, place) if each[1] >= today)
    return f"Days off here: {days_off.said(off)}." if off else ""


async def _drop_note(connection: AsyncConnection, place: ChannelRef) -> None:
    """Cancel a note that waits for the morning and says that a pause is over: there is another pause."""
    columns = tables.deliveries.c
    waits = columns.state == DeliveryState.PENDING.value, columns.kind == DeliveryKind.NOTE.value
    here = columns.team == place.team, columns.channel == place.channel
    is_note = columns.payload["markdown"].as_string().startswith(_OVER)
    cancelled = {"state": DeliveryState.CANCELLED.value, "error": "the channel is paused again"}
    await connection.execute(update(tables.deliveries).where(*here, *waits, is_note).values(**cancelled))


def paused_by(user: str) -> str:
    """Return the pause reason that names a person, by their user id."""
    return f"by {user}"


def why_paused(reason: str) -> str:
    """Return a sentence for a stored pause reason that names nobody: a sentence, or Slack's error code."""
    return _WHY_PAUSED.get(reason, f"The reason: {reason.removesuffix('.')}.")


def paused_line(begin: str, reason: str, at: datetime, until: datetime | None) -> PersonLine:
    """Return a sentence that begins with `begin` (`Paused`): who paused it and when, or since when and why.

    `until`: when it ends by itself.
    """
    since = day(at.date())
    if until:
        since += f", until {day(until.astimezone(ZoneInfo(DEFAULT_ZONE)).date())}"
    if match := BY.fullmatch(reason):
        return PersonLine(f"{begin} by ", match["user"], f" on {since}.")
    if reason in UNNAMED:
        return PersonLine(f"{begin} by somebody in this channel on {since}.")
    return PersonLine(f"{begin} since {since}. {why_paused(reason)}")
