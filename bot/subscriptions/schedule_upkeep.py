"""Schedules that stand: how each is doing, and pausing, resuming, removing and posting one now. Knows no Slack."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError
from bot.messages import Action, Choice, Outcome, Reply
from bot.outbox.delivery import DeliveryState
from bot.outbox.outbox import enqueue
from bot.recurrence.phrase import default_on_holiday, say_when
from bot.recurrence.rule import Repeat
from bot.schedules import scheduler, schedules
from bot.schedules.catch_up import delivery_of
from bot.schedules.next_run import has_alike, lock_schedules, planned, reschedule, resume
from bot.store.tables import deliveries
from bot.subscriptions.request import SubscriptionRequest
from bot.subscriptions.schedule_messages import RUNS_LOOKED_AT, TOO_MANY_TO_UNDO, named, row, undo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
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

ROWS_SHOWN: Final = 20
"""Lines of a list that are shown at once."""
PAUSED: Final = "Paused by somebody in this channel."
"""Why a schedule is paused, when it was not Slack that refused its posts."""
JUST_NOW: Final = timedelta(minutes=1)
"""Within so long of a post, a wish for another one is the same wish."""
TOUCHED_APART: Final = timedelta(days=1)
"""Clicks are remembered to the day: a write for each would cost more than it tells."""

_STANDS = tuple(
    state.value for state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT)
)


class ScheduleUpkeep:
    """Looks after the schedules of a place. Methods raise BriefingBotError in words for the asker."""

    def __init__(
        self, database: Database, clock: Clock, formalities: Permissions, holidays: Callable[[], BankHolidays]
    ) -> None:
        """`holidays` returns the bank holidays of the newest revision."""
        self._database = database
        self._clock = clock
        self._formalities = formalities
        self._holidays = holidays

    async def rows(self, connection: AsyncConnection, content: Content, kept: Sequence[Schedule]) -> tuple[Row, ...]:
        """Return a line for each of these schedules."""
        runs = await schedules.runs(connection, [each.id for each in kept], RUNS_LOOKED_AT)
        expected = await scheduler.expected(connection, kept)
        by_hand = await _posted_by_hand(connection, kept)
        return tuple(
            row(content, each, runs[each.id], expected_at, by_hand.get(each.id))
            for each, expected_at in zip(kept, expected, strict=True)
        )

    async def pause(self, asker: Actor, schedule_id: str) -> Reply:
        """Stop a schedule until somebody resumes it."""
        await self._formalities.require_manager(asker)
        content, now = (await self._database.latest()).content, self._clock.now()
        async with self._database.transaction() as connection:
            schedule = await _any_of(connection, asker.place, schedule_id)
            await schedules.pause(connection, schedule.id, PAUSED, now)
            await schedules.touch(connection, schedule.id, now)
        note = f"Paused: {named(content, schedule)}. Nothing is posted by this schedule until somebody resumes it."
        resume, end = Choice(Action.RESUME, "Resume", schedule.id), Choice(Action.END, "Remove", schedule.id)
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=(resume, end))

    async def resume(self, asker: Actor, schedule_id: str) -> Reply:
        """Let a schedule go on."""
        await self._formalities.require_manager(asker)
        content, now = (await self._database.latest()).content, self._clock.now()
        async with self._database.transaction() as connection:
            schedule = await schedule_of(connection, asker.place, schedule_id)
            await schedules.touch(connection, schedule.id, now)
            resumed = await resume(connection, schedule.id, now, self._holidays()) or schedule
        following = f"The next time: {say_when(resumed.next_at, resumed.rule.tz)}." if resumed.next_at else ""
        note = f"Resumed: {named(content, schedule)}. {following}".rstrip()
        choices = (Choice(Action.PAUSE, "Pause", schedule.id), Choice(Action.EDIT, "Edit", schedule.id))
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=choices)

    async def resume_refused(self, connection: AsyncConnection, place: ChannelRef) -> None:
        """Let go on what Slack's refusals have paused in a place, now that we may post there again."""
        for each in await schedules.for_channel(connection, place):
            if was_refused(each):
                await resume(connection, each.id, self._clock.now(), self._holidays())

    async def remove(self, asker: Actor, schedule_id: str) -> Reply:
        """End a schedule; one press puts it back."""
        await self._formalities.require_manager(asker)
        content = (await self._database.latest()).content
        async with self._database.transaction() as connection:
            schedule = await _any_of(connection, asker.place, schedule_id)
            await schedules.remove(connection, schedule.id)
        await self._formalities.post_audit_line(asker, f"ended the schedule for {named(content, schedule)}")
        note = f"Removed: {named(content, schedule)}. Nothing is posted by this schedule any more."
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=undo([schedule]))

    async def end(
        self, connection: AsyncConnection, place: ChannelRef, wish: SubscriptionRequest
    ) -> tuple[Schedule, ...]:
        """End the schedules that post nothing but a wish's areas (every one for ALL), and the digest if it names it."""
        ended = []
        for each in await schedules.for_channel(connection, place):
            is_named = wish.is_digest if each.is_digest else set(each.areas) <= set(wish.areas)
            if wish.areas == (ALL,) or is_named:
                await schedules.remove(connection, each.id)
                ended.append(each)
        return tuple(ended)

    async def put_back(self, connection: AsyncConnection, ended: Iterable[Schedule]) -> list[Schedule]:
        """Let schedules that were ended go on, from their next time on; return those that came back.

        One that stands again, or another that posts the same, stays as it is.
        """
        await lock_schedules(connection)
        back = []
        for each in ended:
            is_there = await schedules.get(connection, each.id) is not None
            if not is_there and not has_alike(await schedules.for_channel(connection, each.place), each):
                running = await planned(connection, each, self._clock.now(), self._holidays())
                await schedules.add(connection, each if each.paused_at else running)
                back.append(each)
        return back

    async def post_now(self, asker: Actor, schedule_id: str) -> Reply:
        """Post what a schedule posts, at once; its own times stay as they are. A second press posts nothing."""
        await self._formalities.require_manager(asker)
        now = self._clock.now()
        async with self._database.transaction() as connection:
            await schedules.touch(connection, schedule_id, now)  # holds its row: a press at the same moment waits
            schedule = await schedule_of(connection, asker.place, schedule_id)
            columns = deliveries.c
            same = columns.subscription == schedule.id, columns.state.in_(_STANDS), columns.due_at > now - JUST_NOW
            if await connection.scalar(select(func.count()).where(*same)):
                return Reply(Outcome.NOTICE, "", note="It was posted a moment ago, or is on its way.")
            on = now.astimezone(ZoneInfo(schedule.rule.tz)).date()
            await enqueue(connection, [replace(delivery_of(schedule, on), subscription=schedule.id)], now)
        return Reply(Outcome.NOTICE, "", note="It is being posted. The schedule’s own times stay as they are.")

    async def keep(self, asker: Actor) -> Reply:
        """Let a place's schedules stay as they are."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            for each in await schedules.for_channel(connection, asker.place):
                await schedules.touch(connection, each.id, now)
        return Reply(Outcome.NOTICE, "", note="Kept: everything goes on as it is.")

    async def make_weekly(self, asker: Actor) -> Reply:
        """Let what is posted on several days of a week be posted on the first of them alone.

        A schedule that would then post the same as another is ended.
        """
        await self._formalities.require_manager(asker)
        content = (await self._database.latest()).content
        async with self._database.transaction() as connection:
            await lock_schedules(connection)
            for each in await schedules.for_channel(connection, asker.place):
                await self._make_weekly(connection, each.id)
        async with self._database.reading() as connection:
            kept = await schedules.for_channel(connection, asker.place)
            rows = await self.rows(connection, content, kept[:ROWS_SHOWN])
        await self._formalities.post_audit_line(asker, "made the scheduled posts here weekly")
        return Reply(Outcome.SUBSCRIPTIONS, "", note="Each schedule here posts once a week at most now:", rows=rows)

    async def _make_weekly(self, connection: AsyncConnection, schedule_id: str) -> None:
        before, now = await schedules.get(connection, schedule_id, is_held=True), self._clock.now()
        if before is None:
            return
        changed = replace(before, rule=weekly(before.rule), touched_at=now)
        if changed.rule == before.rule:
            await schedules.touch(connection, before.id, now)
        elif has_alike(await schedules.for_channel(connection, before.place), changed):
            await schedules.remove(connection, before.id)
        else:
            await schedules.change(connection, await reschedule(connection, changed, now, self._holidays()))

    async def stop(self, asker: Actor) -> Reply:
        """End every schedule of a place; its alerts stay."""
        await self._formalities.require_manager(asker)
        async with self._database.transaction() as connection:
            ended = await self.end(connection, asker.place, SubscriptionRequest((ALL,)))
        if not ended:
            return Reply(Outcome.NOTICE, "", note="No schedule is left here.")
        await self._formalities.post_audit_line(asker, "ended the scheduled posts here")
        note, back = "Stopped: no schedule is left here. Alerts, if there are any, go on.", undo(ended)
        return Reply(Outcome.NOTICE, "", note=note if back else f"{note} {TOO_MANY_TO_UNDO}", choices=back)

    async def touched(self, place: ChannelRef) -> None:
        """Remember that somebody clicked on something of ours in a place."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            kept = await schedules.for_channel(connection, place)
        stale = [each for each in kept if now - each.touched_at >= TOUCHED_APART]
        if stale:
            async with self._database.transaction() as connection:
                for each in stale:
                    await schedules.touch(connection, each.id, now)


def weekly(rule: Rule) -> Rule:
    """Return a rule that posts once a week at most: on the first of its days.

    What becomes of bank holidays stays as somebody chose it; where it was the usual, it is the usual for one day.
    """
    if rule.days.repeat not in (Repeat.WEEKLY, Repeat.FORTNIGHTLY) or len(rule.days.weekdays) <= 1:
        return rule
    days = replace(rule.days, weekdays=rule.days.weekdays[:1])
    is_usual = rule.on_holiday is default_on_holiday(rule.days, rule.calendar)
    return replace(rule, days=days, on_holiday=default_on_holiday(days, rule.calendar) if is_usual else rule.on_holiday)


def was_refused(schedule: Schedule) -> bool:
    """Whether it is Slack's refusal of a post that has paused a schedule."""
    return schedule.paused_at is not None and schedule.paused_why != PAUSED and schedule.is_readable


async def _posted_by_hand(connection: AsyncConnection, kept: Sequence[Schedule]) -> dict[str, datetime]:
    """Return when Post now last posted each of these schedules, where it did."""
    columns = deliveries.c
    here = (
        columns.team.in_({each.place.team for each in kept}),
        columns.channel.in_({each.place.channel for each in kept}),
    )
    theirs = columns.state == DeliveryState.SENT, columns.subscription.in_([each.id for each in kept])
    last = select(columns.subscription, func.max(columns.settled_at).label("at")).where(*here, *theirs)
    return {each.subscription: each.at for each in await connection.execute(last.group_by(columns.subscription))}


async def schedule_of(
    connection: AsyncConnection, place: ChannelRef, schedule_id: str, *, is_held: bool = False
) -> Schedule:
    """Return a schedule of a place; `is_held`: nobody else changes it in this transaction.

    Raises BriefingBotError when there is none with this id there any more, or when its rule cannot be read.
    """
    schedule = await _any_of(connection, place, schedule_id, is_held=is_held)
    if not schedule.is_readable:
        raise BriefingBotError("When that schedule posts cannot be read.", "Remove it, and subscribe again.")
    return schedule


async def _any_of(
    connection: AsyncConnection, place: ChannelRef, schedule_id: str, *, is_held: bool = False
) -> Schedule:
    """Return a schedule of a place, readable or not."""
    schedule = await schedules.get(connection, schedule_id, is_held=is_held)
    if schedule is None or schedule.place != place:
        raise BriefingBotError("That schedule is no longer here.", "/briefing subscriptions shows those that are.")
    return schedule
