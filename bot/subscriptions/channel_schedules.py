"""All schedules of a channel: their list, and what changes several at once (weekly, stop, unsubscribe)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from bot.actions import Action, Choice
from bot.alerts.subscriptions import ALL
from bot.audit.audit import AuditEntry, record
from bot.messages import Outcome, Reply
from bot.outbox.delivery import DeliveryState
from bot.recurrence.phrase import default_on_holiday
from bot.recurrence.rule import Repeat
from bot.schedules import scheduler, schedules
from bot.schedules.next_run import has_duplicate, lock_schedules, reschedule
from bot.store.tables import deliveries
from bot.subscriptions.alert_messages import NOW, ask_first
from bot.subscriptions.permissions import changing
from bot.subscriptions.schedule_rows import RUNS_READ, row
from bot.subscriptions.undo import undo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Content
    from bot.messages import ChannelRef, Row
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Rule
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database
    from bot.subscriptions.permissions import Actor, Permissions
    from bot.subscriptions.request import SubscriptionRequest

ROWS_SHOWN: Final = 20
"""Lines of a list on one page."""
ACTIVITY_RESOLUTION: Final = timedelta(days=1)
"""Activity is recorded once a day: a write for every click is not worth it."""

_ASKED: Final = "asked after inactivity"


class ChannelSchedules:
    """Answers the inactivity prompt: keep the channel's schedules, make them weekly, or stop them; records clicks."""

    def __init__(
        self, database: Database, clock: Clock, permissions: Permissions, holidays: Callable[[], BankHolidays]
    ) -> None:
        """`holidays` returns the bank holidays of the newest revision."""
        self._database = database
        self._clock = clock
        self._permissions = permissions
        self._holidays = holidays

    async def keep(self, actor: Actor) -> Reply:
        """Keep a channel's schedules as they are."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            for each in await schedules.for_channel(connection, actor.place):
                await schedules.record_activity(connection, each.id, now)
            kept = AuditEntry(actor.place.team, actor.user, "schedule.kept", actor.place.channel, after=f"({_ASKED})")
            await record(connection, kept, now)
        return Reply(Outcome.NOTICE, "", note="Kept. Nothing changes.")

    async def make_weekly(self, actor: Actor) -> Reply:
        """Let each schedule post once a week at most; one that would then post the same as another is removed."""
        await self._permissions.require_manager(actor)
        content = (await self._database.latest()).content
        async with changing(self._database, actor, self._clock.now(), _ASKED) as connection:
            await lock_schedules(connection)
            for each in await schedules.for_channel(connection, actor.place):
                await self._make_weekly(connection, each.id)
        async with self._database.reading() as connection:
            left = await schedules.for_channel(connection, actor.place)
            rows = await schedule_rows(connection, content, left[:ROWS_SHOWN])
        await self._permissions.post_audit_line(actor, "made the scheduled posts here weekly")
        return Reply(Outcome.SUBSCRIPTIONS, "", note="Each schedule here now posts at most once a week:", rows=rows)

    async def _make_weekly(self, connection: AsyncConnection, schedule_id: str) -> None:
        before, now = await schedules.get(connection, schedule_id, for_update=True), self._clock.now()
        if before is None:
            return
        changed = replace(before, rule=weekly(before.rule), last_activity_at=now)
        if changed.rule == before.rule:
            await schedules.record_activity(connection, before.id, now)
        elif has_duplicate(await schedules.for_channel(connection, before.place), changed):
            await schedules.remove(connection, before.id)
        else:
            await schedules.change(connection, await reschedule(connection, changed, now, self._holidays()))

    async def stop(self, actor: Actor, value: str = "") -> Reply:
        """Remove every schedule of a channel; its alerts stay. Asks first where no button could restore them."""
        await self._permissions.require_manager(actor)
        async with changing(self._database, actor, self._clock.now(), _ASKED) as connection:
            removed = await schedules.for_channel(connection, actor.place)
            if not removed:
                return Reply(Outcome.NOTICE, "", note="No schedule is left here.")
            back = undo(removed)
            if not back and value != NOW:
                return ask_first(actor.place, [], removed, Choice(Action.STOP, "Stop them all", NOW))
            for each in removed:
                await schedules.remove(connection, each.id)
        await self._permissions.post_audit_line(actor, "ended the scheduled posts here")
        note = "Stopped: no schedule is left here. Alerts continue."
        return Reply(Outcome.NOTICE, "", note=note, choices=back)

    async def record_activity(self, place: ChannelRef) -> None:
        """Record that somebody clicked on one of the bot's messages in a channel."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            found = await schedules.for_channel(connection, place)
        stale = [each for each in found if now - each.last_activity_at >= ACTIVITY_RESOLUTION]
        if stale:
            async with self._database.transaction() as connection:
                for each in stale:
                    await schedules.record_activity(connection, each.id, now)


async def schedule_rows(connection: AsyncConnection, content: Content, listed: Sequence[Schedule]) -> tuple[Row, ...]:
    """Return a line for each of these schedules."""
    runs = await schedules.runs(connection, [each.id for each in listed], RUNS_READ)
    expected = await scheduler.expected_post_times(connection, listed)
    by_hand = await _posted_by_hand(connection, listed)
    return tuple(
        row(content, each, runs[each.id], expected_at, by_hand.get(each.id))
        for each, expected_at in zip(listed, expected, strict=True)
    )


async def matching(
    connection: AsyncConnection, place: ChannelRef, request: SubscriptionRequest
) -> tuple[Schedule, ...]:
    """Return the schedules that post only a request's areas (every one for ALL), and the digest if it is named."""
    return tuple(
        each
        for each in await schedules.for_channel(connection, place)
        if request.areas == (ALL,) or (request.is_digest if each.is_digest else set(each.areas) <= set(request.areas))
    )


def weekly(rule: Rule) -> Rule:
    """Return a rule that posts on the first of its days only, so once a week at most.

    The choice for bank holidays stays; the usual choice becomes the usual one for a single day.
    """
    if rule.days.repeat not in (Repeat.WEEKLY, Repeat.FORTNIGHTLY) or len(rule.days.weekdays) <= 1:
        return rule
    days = replace(rule.days, weekdays=rule.days.weekdays[:1])
    is_usual = rule.on_holiday is default_on_holiday(rule.days, rule.calendar)
    return replace(rule, days=days, on_holiday=default_on_holiday(days, rule.calendar) if is_usual else rule.on_holiday)


async def _posted_by_hand(connection: AsyncConnection, listed: Sequence[Schedule]) -> dict[str, datetime]:
    """Return when Post now last posted each of these schedules, where it did."""
    columns = deliveries.c
    here = (
        columns.team.in_({each.place.team for each in listed}),
        columns.channel.in_({each.place.channel for each in listed}),
    )
    theirs = columns.state == DeliveryState.SENT, columns.schedule_id.in_([each.id for each in listed])
    last = select(columns.schedule_id, func.max(columns.finished_at).label("at")).where(*here, *theirs)
    return {each.schedule_id: each.at for each in await connection.execute(last.group_by(columns.schedule_id))}
