"""Setting schedules up and changing them: by words, by the form, and what the asker is told. Knows no Slack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.alerts import subscriptions
from bot.alerts.subscriptions import ALL, Subscribed
from bot.errors import BriefingBotError
from bot.outbox.delivery import new_id
from bot.schedules import schedules
from bot.schedules.next_run import are_alike, has_alike, lock_schedules, planned, reschedule, undo_change
from bot.schedules.schedules import Schedule
from bot.subscriptions.alert_messages import alerts_on
from bot.subscriptions.form import DIGEST, ScheduleForm, area_options, filled_with
from bot.subscriptions.request import keys_of
from bot.subscriptions.schedule_messages import (
    already,
    also_posted,
    announced,
    begun,
    begun_small,
    confirmation,
    upcoming,
)
from bot.subscriptions.schedule_upkeep import schedule_of, was_refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.content.models import Content
    from bot.messages import Reply
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Rule
    from bot.store.database import Database
    from bot.subscriptions.permissions import Actor, Permissions
    from bot.subscriptions.request import SubscriptionRequest
    from bot.subscriptions.schedule_upkeep import ScheduleUpkeep


class ScheduleService:
    """Sets schedules up, and changes them. Methods raise BriefingBotError in words for the asker."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        formalities: Permissions,
        upkeep: ScheduleUpkeep,
        holidays: Callable[[], BankHolidays],
    ) -> None:
        """`holidays` returns the bank holidays of the newest revision."""
        self._database = database
        self._clock = clock
        self._formalities = formalities
        self._upkeep = upkeep
        self._holidays = holidays

    def today(self, tz: str) -> date:
        """Return the local day in a zone."""
        return self._clock.now().astimezone(ZoneInfo(tz)).date()

    async def set_up(self, asker: Actor, wish: SubscriptionRequest, rule: Rule) -> None:
        """Make one schedule of a wish, and subscribe to alerts where it asks for them too; a repeat changes nothing.

        The asker is told in the channel, which proves that we may post there; else nothing is changed.
        """
        await self._formalities.require_manager(asker)
        content = (await self._database.latest()).content
        wanted = self._wanted(asker, content, wish, rule)
        async with self._database.transaction() as connection:
            alerts = await self._subscribed(connection, asker, wish) if wish.alerts else None
            schedule, is_new = await self._added(connection, wanted)
            others = await schedules.for_channel(connection, asker.place)
        did = begun(asker.place) if is_new else already(asker.place, schedule)
        also = " ".join(filter(None, (_told_of(content, alerts), also_posted(content, schedule, others))))
        try:
            await self._formalities.confirm(asker, self._told(content, schedule, did, also))
        except Exception:
            async with self._database.transaction() as connection:
                if is_new:
                    await schedules.remove(connection, schedule.id)
                if alerts:
                    await subscriptions.undo_subscribe(connection, asker.place, alerts)
            raise
        async with self._database.transaction() as connection:
            await self._upkeep.resume_refused(connection, asker.place)
        fresh = alerts.new + alerts.before if alerts else ()
        told = [announced(content, schedule)] if is_new else []
        told += [alerts_on(content, fresh)] if fresh else []
        if told:
            await self._formalities.post_audit_line(asker, f"subscribed this channel to {'; and to '.join(told)}")

    async def edit(self, asker: Actor, schedule_id: str, zone: str) -> ScheduleForm:
        """Return the form for a schedule as it stands; `zone` is the asker's own."""
        content = (await self._database.latest()).content
        async with self._database.reading() as connection:
            schedule = await schedule_of(connection, asker.place, schedule_id)
        areas = (DIGEST,) if schedule.is_digest else schedule.areas
        filled = replace(filled_with(schedule.rule, self.today(schedule.rule.tz)), areas=areas)
        return ScheduleForm(asker.place, area_options(content), filled, zone, schedule.id)

    async def change(self, asker: Actor, schedule_id: str, wish: SubscriptionRequest, rule: Rule) -> None:
        """Give a schedule the areas of a wish, and a rule. The asker is told in the channel, or nothing is changed."""
        await self._formalities.require_manager(asker)
        content = (await self._database.latest()).content
        wanted = self._wanted(asker, content, wish, rule)
        async with self._database.transaction() as connection:
            await lock_schedules(connection)
            before = await schedule_of(connection, asker.place, schedule_id, is_held=True)
            changed = _changed(before, wanted)
            if has_alike(await schedules.for_channel(connection, asker.place), changed):
                raise BriefingBotError("Another schedule here posts just that already.")
            changed = await reschedule(connection, changed, self._clock.now(), self._holidays())
            if changed.paused_at is None:
                _require_post(changed)
            await schedules.change(connection, changed)
        try:
            await self._formalities.confirm(
                asker, self._told(content, changed, f"Changed: {begun_small(begun(asker.place))}")
            )
        except Exception:
            async with self._database.transaction() as connection:
                await undo_change(connection, changed, before, self._clock.now(), self._holidays())
            raise

    def _wanted(self, asker: Actor, content: Content, wish: SubscriptionRequest, rule: Rule) -> Schedule:
        """Return the schedule that a wish asks for, without its next time."""
        if wish.is_digest and wish.areas not in ((), (ALL,)):
            raise BriefingBotError("The digest is over all areas.", "Ask for it alone, and for areas by themselves.")
        areas = (ALL,) if wish.is_digest else keys_of(content, wish)
        if not areas:
            raise BriefingBotError("Which areas should be posted?", "Name at least one.")
        now = self._clock.now()
        return Schedule(new_id(), asker.place, areas, wish.is_digest, rule, now, asker.user, None, None, now)

    async def _added(self, connection: AsyncConnection, wanted: Schedule) -> tuple[Schedule, bool]:
        """Return the schedule as it will stand once the asker is told, and whether it is new."""
        await lock_schedules(connection)
        now, holidays = self._clock.now(), self._holidays()
        standing = await schedules.for_channel(connection, wanted.place)
        same = next((each for each in standing if are_alike(each, wanted)), None)
        if same is None:
            new = await planned(connection, wanted, now, holidays)
            _require_post(new)
            await schedules.add(connection, new)
            return new, True
        if was_refused(same):  # whoever can be told here proves that posts are taken again
            running = replace(same, paused_at=None, paused_why="")
            return await planned(connection, running, now, holidays), False
        return same, False

    async def _subscribed(self, connection: AsyncConnection, asker: Actor, wish: SubscriptionRequest) -> Subscribed:
        """Subscribe to a wish's alerts; where alerts on all areas run, they include them."""
        whole = [each for each in await subscriptions.for_channel(connection, asker.place) if each.area == ALL]
        if any(each.paused_at is None and not each.corrections_only for each in whole):
            return Subscribed((), (), tuple(whole))
        return await subscriptions.subscribe(
            connection,
            asker.place,
            (ALL,) if wish.is_digest else wish.areas,
            corrections_only=wish.corrections_only,
            by=asker.user,
            at=self._clock.now(),
        )

    def _told(self, content: Content, schedule: Schedule, did: str, also: str = "") -> Reply:
        coming = tuple(upcoming(schedule, self._clock.now(), self._holidays()))
        return confirmation(content, schedule, coming, did=did, also=also)


def _told_of(content: Content, alerts: Subscribed | None) -> str:
    """Return what the asker is told of the alerts that come with a schedule."""
    if alerts is None:
        return ""
    if fresh := alerts.new + alerts.before:
        return f"Posted as well, at once when facts change: {alerts_on(content, fresh)}."
    return f"Posted already, at once when facts change: {alerts_on(content, alerts.standing)}."


def _changed(before: Schedule, wanted: Schedule) -> Schedule:
    """Return a schedule with what is wanted; of other areas the channel has been told nothing yet."""
    stays = (before.areas, before.is_digest) == (wanted.areas, wanted.is_digest)
    return replace(
        before,
        areas=wanted.areas,
        is_digest=wanted.is_digest,
        rule=wanted.rule,
        touched_at=wanted.touched_at,
        told_revision=before.told_revision if stays else 0,
    )


def _require_post(schedule: Schedule) -> None:
    if schedule.next_at is None:
        raise BriefingBotError("By these days and bank holidays nothing would ever be posted.", "Choose others.")
