"""Plan what a request makes of a channel's schedules: a new one, one alike, a changed one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.alerts import days_off, subscriptions
from bot.alerts.subscriptions import ALL, is_by_person
from bot.errors import BriefingBotError
from bot.outbox.delivery import new_id
from bot.schedules import schedules
from bot.schedules.next_run import are_duplicates, has_duplicate, reschedule, with_next_run
from bot.schedules.schedules import Schedule
from bot.subscriptions.request import keys_of, require_facts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.alerts.subscriptions import Subscription, SubscriptionPlan
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.rule import Rule
    from bot.subscriptions.permissions import Actor
    from bot.subscriptions.request import SubscriptionRequest

    _Subscribe = Callable[[AsyncConnection, ChannelRef, Sequence[Subscription]], Awaitable[SubscriptionPlan]]


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """What a request leads to: its schedule, new or an existing one alike, and the alerts that come with it.

    `others` are the channel's schedules before.
    """

    schedule: Schedule
    is_new: bool
    alerts: SubscriptionPlan | None
    others: tuple[Schedule, ...]


class SchedulePlanner:
    """Plans schedules within a transaction of its caller; it writes no schedule. Methods raise BriefingBotError."""

    def __init__(self, clock: Clock, holidays: Callable[[], BankHolidays]) -> None:
        """`holidays` returns the bank holidays of the newest revision."""
        self._clock = clock
        self._holidays = holidays

    def wanted(self, actor: Actor, content: Content, request: SubscriptionRequest, rule: Rule) -> Schedule:
        """Return the schedule that a request asks for, without its next time."""
        require_facts(content, request)
        if request.is_digest and request.areas not in ((), (ALL,)):
            raise BriefingBotError("The digest covers all areas.", "Ask for it alone, and for areas separately.")
        areas = (ALL,) if request.is_digest else keys_of(content, request)
        if not areas:
            raise BriefingBotError("Which areas should be posted?", "Name at least one.")
        now = self._clock.now()
        return Schedule(new_id(), actor.place, areas, request.is_digest, rule, now, actor.user, None, None, now)

    async def plan(
        self,
        connection: AsyncConnection,
        actor: Actor,
        request: SubscriptionRequest,
        wanted: Schedule,
        *,
        subscribe: _Subscribe = subscriptions.planned,
    ) -> SchedulePlan:
        """Return what a request leads to; `subscribe` plans the alerts that come with it, or writes them too."""
        now, holidays = self._clock.now(), self._holidays()
        wanted = await with_days_off(connection, wanted)
        others = await schedules.for_channel(connection, wanted.place)
        schedule = next((each for each in others if are_duplicates(each, wanted)), None)
        is_new = schedule is None
        if schedule is None:
            await schedules.require_room(connection, wanted.place)
            schedule = _require_post(await with_next_run(connection, wanted, now, holidays))
        elif was_refused(schedule):  # the confirmation proves that posts are taken again
            schedule = await with_next_run(
                connection, replace(schedule, paused_at=None, pause_reason=""), now, holidays
            )
        alerts = None
        if request.alerts:
            areas = (ALL,) if request.is_digest else request.alert_areas
            asked = subscriptions.wanted(
                wanted.place,
                areas,
                by=actor.user,
                at=now,
                corrections_only=request.corrections_only,
                certainty=request.certainty,
            )
            whole = await subscriptions.including_all(connection, wanted.place)
            alerts = whole or await subscribe(connection, wanted.place, asked)
        return SchedulePlan(schedule, is_new, alerts, others)

    async def changed(self, connection: AsyncConnection, before: Schedule, wanted: Schedule) -> Schedule:
        """Return a schedule with the areas and the rule of another; nothing is written."""
        wanted = await with_days_off(connection, wanted)
        same_areas = (before.areas, before.is_digest) == (wanted.areas, wanted.is_digest)
        changed = replace(
            before,
            areas=wanted.areas,
            is_digest=wanted.is_digest,
            rule=wanted.rule,
            last_activity_at=wanted.last_activity_at,
            last_posted_revision=before.last_posted_revision
            if same_areas
            else 0,  # 0: nothing on other areas was posted here yet
        )
        if has_duplicate(await schedules.for_channel(connection, before.place), changed):
            raise BriefingBotError("Another schedule here already posts exactly that.")
        changed = await reschedule(connection, changed, self._clock.now(), self._holidays())
        return changed if changed.paused_at else _require_post(changed)


async def with_days_off(connection: AsyncConnection, schedule: Schedule) -> Schedule:
    """Return a schedule that keeps to the days off of its channel."""
    off = await days_off.of_channel(connection, schedule.place)
    return replace(schedule, rule=replace(schedule.rule, days_off=off))


def was_refused(schedule: Schedule) -> bool:
    """Whether a schedule is paused because Slack refused its posts."""
    return schedule.paused_at is not None and not is_by_person(schedule.pause_reason) and schedule.is_readable


def _require_post(schedule: Schedule) -> Schedule:
    if schedule.next_at is None:
        raise BriefingBotError("With these days and bank holidays, nothing would ever be posted.", "Choose others.")
    return schedule


async def find_schedule(
    connection: AsyncConnection, place: ChannelRef, schedule_id: str, *, needs_rule: bool = True, is_held: bool = False
) -> Schedule:
    """Return a schedule of a channel; `is_held` locks its row.

    Raises BriefingBotError when it is not there any more or, with `needs_rule`, when its rule is invalid.
    """
    schedule = await schedules.get(connection, schedule_id, for_update=is_held)
    if schedule is None or schedule.place != place:
        raise BriefingBotError("That schedule is no longer here.", "/briefing subscriptions shows those that are.")
    if needs_rule and not schedule.is_readable:
        raise BriefingBotError("The times of that schedule cannot be read.", "Remove it, and subscribe again.")
    return schedule
