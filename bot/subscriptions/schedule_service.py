"""Create, change, pause, resume and remove the schedules of a channel, and post one now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.actions import Action, Choice
from bot.alerts import subscriptions
from bot.alerts.settings_audit import settings_of
from bot.audit.audit import AuditEntry, record
from bot.messages import Outcome, Reply
from bot.outbox.delivery import DeliveryState
from bot.outbox.enqueuing import enqueue
from bot.outbox.queries import SKEW
from bot.recurrence.phrase import say_when
from bot.schedules import schedules
from bot.schedules.catch_up import delivery_of, request_of
from bot.schedules.next_run import has_duplicate, lock_schedules, resume, with_next_run
from bot.store.tables import deliveries
from bot.subscriptions.alert_messages import alerts_on
from bot.subscriptions.form.fields import DIGEST
from bot.subscriptions.form.form import ScheduleForm, area_options, filled_with
from bot.subscriptions.pauses import paused_by
from bot.subscriptions.permissions import changing, confirmed_write
from bot.subscriptions.schedule_messages import announced, changed_message, created_message
from bot.subscriptions.schedule_plan import SchedulePlanner, find_schedule, was_refused, with_days_off
from bot.subscriptions.schedule_rows import named
from bot.subscriptions.undo import undo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Content
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Calendar, Rule
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database
    from bot.subscriptions.permissions import Actor, Permissions
    from bot.subscriptions.request import SubscriptionRequest
    from bot.subscriptions.schedule_plan import SchedulePlan

SAME_POST: Final = timedelta(minutes=1)
"""Post now does nothing within this time of the last post."""
_POSTED_NOW: Final = "schedule.posted_now"
"""What the audit calls a press on Post now."""

_NOT_FAILED = tuple(
    state.value
    for state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED, DeliveryState.SENT)
)


class ScheduleService:
    """Changes the schedules of a channel. Methods raise BriefingBotError in words for the actor."""

    def __init__(
        self, database: Database, clock: Clock, permissions: Permissions, holidays: Callable[[], BankHolidays]
    ) -> None:
        """`holidays` returns the bank holidays of the newest revision."""
        self._database = database
        self._clock = clock
        self._permissions = permissions
        self._holidays = holidays
        self._planner = SchedulePlanner(clock, holidays)

    async def create(self, actor: Actor, request: SubscriptionRequest, rule: Rule) -> None:
        """Create one schedule, and subscribe to alerts where the request says so; a repeat changes nothing.

        The confirmation is sent first and proves that the bot can post in the channel; then all is written at once.
        """
        await self._permissions.require_manager(actor)
        content = await self._content()
        wanted = self._planner.wanted(actor, content, request, rule)
        async with self._database.reading() as connection:
            plan = await self._planner.plan(connection, actor, request, wanted)
        await self._confirm_created(actor, content, plan)
        async with confirmed_write(self._database, actor, self._clock.now()) as connection:
            await lock_schedules(connection)
            done = await self._planner.plan(connection, actor, request, wanted, subscribe=subscriptions.subscribe)
            if done.is_new:
                await schedules.add(connection, done.schedule)
            for each in filter(was_refused, done.others):
                await resume(connection, each.id, self._clock.now(), self._holidays())
        if done.schedule.id != plan.schedule.id:  # created by somebody else meanwhile: the buttons need its id
            await self._confirm_created(actor, content, done)
        lines = [announced(content, done.schedule)] if done.is_new else []
        lines += [alerts_on(content, done.alerts.changes)] if done.alerts and done.alerts.changes else []
        if lines:
            await self._permissions.post_audit_line(actor, f"subscribed this channel to {'; and to '.join(lines)}")

    async def edit_form(self, actor: Actor, schedule_id: str, zone: str, calendar: Calendar | None) -> ScheduleForm:
        """Return the form filled in from a schedule; `zone` is the actor's own, `calendar` the workspace's."""
        content = await self._content()
        async with self._database.reading() as connection:
            schedule = await find_schedule(connection, actor.place, schedule_id)
        areas = (DIGEST,) if schedule.is_digest else schedule.areas
        today = self._clock.now().astimezone(ZoneInfo(schedule.rule.tz)).date()
        filled = replace(filled_with(schedule.rule, today, calendar), areas=areas)
        return ScheduleForm(actor.place, area_options(content), filled, zone, schedule.id)

    async def change(self, actor: Actor, schedule_id: str, request: SubscriptionRequest, rule: Rule) -> None:
        """Give a schedule the areas of a request, and a rule; the confirmation is sent first, as in `create`."""
        await self._permissions.require_manager(actor)
        content = await self._content()
        wanted = self._planner.wanted(actor, content, request, rule)
        async with self._database.reading() as connection:
            changed = await self._planner.changed(
                connection, await find_schedule(connection, actor.place, schedule_id), wanted
            )
        now = self._clock.now()
        await self._permissions.confirm(actor, changed_message(content, changed, now, self._holidays()))
        async with confirmed_write(self._database, actor, self._clock.now()) as connection:
            await lock_schedules(connection)
            before = await find_schedule(connection, actor.place, schedule_id, is_held=True)
            await schedules.change(connection, await self._planner.changed(connection, before, wanted))

    async def pause(self, actor: Actor, schedule_id: str) -> Reply:
        """Stop a schedule until somebody resumes it."""
        await self._permissions.require_manager(actor)
        content, now = await self._content(), self._clock.now()
        async with changing(self._database, actor, now) as connection:
            schedule = await find_schedule(connection, actor.place, schedule_id, needs_rule=False)
            await schedules.pause(connection, schedule.id, paused_by(actor.user), now)
            await schedules.record_activity(connection, schedule.id, now)
        note = f"Paused: {named(content, schedule)}. This schedule posts nothing until somebody resumes it."
        buttons = (Choice(Action.RESUME, "Resume", schedule.id), Choice(Action.END, "Remove", schedule.id))
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=buttons)

    async def resume(self, actor: Actor, schedule_id: str) -> Reply:
        """Resume a schedule from its next time on."""
        await self._permissions.require_manager(actor)
        content, now = await self._content(), self._clock.now()
        async with changing(self._database, actor, now) as connection:
            schedule = await find_schedule(connection, actor.place, schedule_id)
            await schedules.record_activity(connection, schedule.id, now)
            resumed = await resume(connection, schedule.id, now, self._holidays()) or schedule
        following = f"Next post: {say_when(resumed.next_at, resumed.rule.tz)}." if resumed.next_at else ""
        note = f"Resumed: {named(content, schedule)}. {following}".rstrip()
        buttons = (Choice(Action.PAUSE, "Pause", schedule.id), Choice(Action.EDIT, "Edit", schedule.id))
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=buttons)

    async def remove(self, actor: Actor, schedule_id: str) -> Reply:
        """Remove a schedule; the reply's button restores it."""
        await self._permissions.require_manager(actor)
        content = await self._content()
        async with changing(self._database, actor, self._clock.now()) as connection:
            schedule = await find_schedule(connection, actor.place, schedule_id, needs_rule=False)
            await schedules.remove(connection, schedule.id)
        await self._permissions.post_audit_line(actor, f"ended the schedule for {named(content, schedule)}")
        note = f"Removed: {named(content, schedule)}. This schedule posts nothing any more."
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=undo([schedule]))

    async def post_now(self, actor: Actor, schedule_id: str) -> Reply:
        """Enqueue a schedule's post at once; its own times stay as they are. A second press posts nothing."""
        await self._permissions.require_manager(actor)
        now = self._clock.now()
        async with self._database.transaction() as connection:
            # Locks the row: a press at the same moment waits.
            await schedules.record_activity(connection, schedule_id, now)
            schedule = await find_schedule(connection, actor.place, schedule_id)
            columns = deliveries.c
            recent = columns.due_at.between(now - SAME_POST, now + SKEW)
            same = columns.schedule_id == schedule.id, columns.state.in_(_NOT_FAILED), recent
            if await connection.scalar(select(func.count()).where(*same)):
                return Reply(Outcome.NOTICE, "", note="It was posted a moment ago, or is on its way.")
            on = now.astimezone(ZoneInfo(schedule.rule.tz)).date()
            request = replace(request_of(schedule, on), if_changed=False)  # asked for: it says so when nothing is new
            await enqueue(connection, [replace(delivery_of(schedule, request), schedule_id=schedule.id)], now)
            said = str((await settings_of(connection, actor.place))[schedule.id])
            await record(
                connection, AuditEntry(actor.place.team, actor.user, _POSTED_NOW, actor.place.channel, after=said), now
            )
        return Reply(Outcome.NOTICE, "", note="It is being posted. The schedule’s own times stay as they are.")

    async def restore(self, connection: AsyncConnection, removed: Iterable[Schedule]) -> list[Schedule]:
        """Restore removed schedules, from their next time on; return those that were restored.

        One that exists again, or one alike, stays as it is.
        """
        await lock_schedules(connection)
        restored = []
        for ended in removed:
            each = await with_days_off(connection, ended)
            exists = await schedules.get(connection, each.id) is not None
            if not exists and not has_duplicate(await schedules.for_channel(connection, each.place), each):
                running = await with_next_run(connection, each, self._clock.now(), self._holidays())
                await schedules.add(connection, each if each.paused_at else running)
                restored.append(each)
        return restored

    async def _content(self) -> Content:
        return (await self._database.latest()).content

    async def _confirm_created(self, actor: Actor, content: Content, plan: SchedulePlan) -> None:
        message = created_message(
            content,
            plan.schedule,
            self._clock.now(),
            self._holidays(),
            is_new=plan.is_new,
            alerts=plan.alerts,
            others=plan.others,
        )
        await self._permissions.confirm(actor, message)
