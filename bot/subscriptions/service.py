"""Subscribe a channel to alerts and schedules, unsubscribe it, list what it gets, and undo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.actions import Action, Choice
from bot.alerts import alerts, subscriptions, watches
from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError
from bot.messages import Outcome, Reply, Row
from bot.recurrence.occurrences import begun_after
from bot.recurrence.phrase import read_rule
from bot.recurrence.zones import DEFAULT_ZONE, zone_named
from bot.schedules import schedules
from bot.schedules.defaults import Defaults
from bot.subscriptions.alert_messages import (
    alert_rows,
    confirmation,
    this_channel,
)
from bot.subscriptions.channel_schedules import ROWS_SHOWN, ChannelSchedules, schedule_rows
from bot.subscriptions.form.form import ScheduleForm, area_options, blank, completed, with_words
from bot.subscriptions.form.submission import read_form
from bot.subscriptions.pauses import ChannelPauses, days_off_line, paused_by
from bot.subscriptions.permissions import changing, confirmed_write
from bot.subscriptions.request import SubscriptionRequest, parse_request, read_request, require_facts
from bot.subscriptions.schedule_service import ScheduleService
from bot.subscriptions.undo import read_undo
from bot.subscriptions.unsubscribing import Unsubscribing, alerts_done, read_confirmed, schedules_done
from bot.subscriptions.why import why
from bot.subscriptions.workspace_defaults import WorkspaceDefaults
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bot.alerts.subscriptions import Subscription, SubscriptionPlan
    from bot.alerts.watches import Watch
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.recurrence.bank_holidays import BankHolidays
    from bot.recurrence.phrase import ParsedRule
    from bot.store.database import Database
    from bot.subscriptions.form.fields import FormInput
    from bot.subscriptions.permissions import Actor, Permissions

_USUAL: Final = "weekdays 09:00"
"""The form's first values where a schedule is wanted and no time was given."""
_ALONE: Final = "You alone get a message from me, wherever you are:"
_AS_EVER: Final = Defaults(tz=DEFAULT_ZONE)
"""What is usual where no defaults are set."""
_FROM: Final = "from "
"""Begins the value of the button Show more."""


class SubscriptionService:
    """Subscribes channels to alerts and schedules, and lists what they get.

    Methods raise BriefingBotError in words for the actor. A form that is returned is to be shown to the actor; it comes
    back to `submit`.
    """

    def __init__(
        self, database: Database, clock: Clock, permissions: Permissions, holidays: Callable[[], BankHolidays]
    ) -> None:
        """`holidays` returns the bank holidays of the newest revision."""
        self._database = database
        self._clock = clock
        self._permissions = permissions
        self.schedules = ScheduleService(database, clock, permissions, holidays)
        self.channel_schedules = ChannelSchedules(database, clock, permissions, holidays)
        self.defaults = WorkspaceDefaults(database, clock, permissions)
        self.pauses = ChannelPauses(database, clock, permissions)
        self._unsubscribing = Unsubscribing(database, clock, permissions)

    async def subscribe(self, actor: Actor, words: str) -> ScheduleForm | None:
        """Subscribe the actor's channel as their words say, and confirm it there; return the form for unclear words."""
        content = await self._content()
        request, when = self._read(content, words, _AS_EVER)
        if request.is_for_alerts and when.rule is None and not when.problem:
            await self._subscribe(actor, content, request)
            return None
        usual = await self._usual(actor)
        request, when = self._read(content, words, usual)
        if when.rule and request.names_schedule:
            await self.schedules.create(actor, request, begun_after(when.rule, self._clock.now()))
            return None
        return with_words(blank(content, actor.place, usual.tz, usual.calendar), request, when, self._today(usual.tz))

    async def form(self, actor: Actor, words: str) -> ScheduleForm:
        """Return the form for a schedule of the areas that words name."""
        content, usual = await self._content(), await self._usual(actor)
        request, when = self._read(content, words, usual)
        if when.rule is None and not when.problem:
            request, when = self._read(content, f"{words} {_USUAL}", usual)
        return with_words(blank(content, actor.place, usual.tz, usual.calendar), request, when, self._today(usual.tz))

    async def edit(self, actor: Actor, schedule_id: str) -> ScheduleForm:
        """Return the form filled in from a schedule."""
        usual, zone = await self.defaults.of(actor.place.team), await self._permissions.zone_for_form(actor)
        return await self.schedules.edit_form(actor, schedule_id, zone, usual.calendar)

    async def asked_again(self, place: ChannelRef, filled: FormInput, zone: str, schedule_id: str = "") -> ScheduleForm:
        """Return the form that asks for what is filled in needs; nothing of a channel is read."""
        usual = await self.defaults.of(place.team)
        whole = completed(filled, zone, usual.calendar)
        return ScheduleForm(place, area_options(await self._content()), whole, zone, schedule_id)

    async def submit(self, actor: Actor, filled: FormInput, schedule_id: str = "") -> None:
        """Do what a form asks for, and confirm it; `schedule_id` is the schedule that it edits. Raises FormError."""
        content = await self._content()
        usual, today = await self.defaults.of(actor.place.team), self._today(zone_named(filled.tz) or DEFAULT_ZONE)
        request = read_form(filled, area_options(content), today, usual.calendar)
        if request.rule is None:
            await self._subscribe(actor, content, request)
            return
        rule = request.rule if filled.begins else begun_after(request.rule, self._clock.now())
        if schedule_id:
            await self.schedules.change(actor, schedule_id, request, rule)
        else:
            await self.schedules.create(actor, request, rule)

    async def change(self, actor: Actor, words: str) -> Reply:
        """Subscribe to alerts by a button, and return the list."""
        content = await self._content()
        request = parse_request(content.memorandum, words)
        await self._permissions.require_manager(actor)
        await self._write(actor, content, request)
        return await self.subscriptions(actor)

    async def unsubscribe(self, actor: Actor, words: str) -> Reply:
        """End the alerts on these areas, and the schedules that post nothing else; `all` ends everything."""
        content = await self._content()
        is_confirmed, words = read_confirmed(words)
        request = parse_request(content.memorandum, words)
        if not request.areas and not request.is_digest:
            return await self.subscriptions(actor)
        return await self._unsubscribing.end(actor, content, request, is_confirmed=is_confirmed)

    async def subscriptions(self, actor: Actor, value: str = "") -> Reply:
        """List what is posted here, when and why, and what the actor watches, with buttons that change it.

        `value` is that of the button that was pressed for it: Show more names the first line to show.
        """
        content = await self._content()
        start = int(value.removeprefix(_FROM)) if value.startswith(_FROM) and value[len(_FROM) :].isdecimal() else 0
        end = start + ROWS_SHOWN
        async with self._database.reading() as connection:
            subscribed = await subscriptions.for_channel(connection, actor.place)
            lines, choices = alert_rows(content, subscribed)
            scheduled = await schedules.for_channel(connection, actor.place)
            watched = await watches.of_user(connection, actor.place.team, actor.user, self._clock.now())
            count = len(lines) + len(scheduled)
            shown = scheduled[max(0, start - len(lines)) : max(0, end - len(lines))]
            rows = (*lines[start:end], *await schedule_rows(connection, content, shown))
            off = await days_off_line(connection, actor.place, self._clock.now())
        own = tuple(_watched(content, each) for each in watched[max(0, start - count) : max(0, end - count)])
        rows += (Row(_ALONE), *own) if own else ()
        if count + len(watched) > end:
            choices.append(Choice(Action.SCHEDULES, "Show more", f"{_FROM}{end}"))
        what = "gets:" if count else "gets no alerts and no scheduled posts."
        note = f"{off} {this_channel(actor.place)} {what}".lstrip()
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=tuple(choices), rows=rows)

    async def why(self, actor: Actor, value: str) -> Reply:
        """Say why a post stands in the actor's channel; `value` is that of its button."""
        content = await self._content()
        async with self._database.reading() as connection:
            return await why(connection, content, actor.place, value)

    async def undo(self, actor: Actor, value: str) -> Reply:
        """Undo what the message with this button confirmed, and return the list."""
        await self._permissions.require_manager(actor)
        content, now = await self._content(), self._clock.now()
        saved = read_undo(value, content, actor.place, now)
        again: list[Subscription] = []
        async with changing(self._database, actor, now, "Undo") as connection:
            ended = await subscriptions.unsubscribe(connection, actor.place, saved.new)
            runs = any(not each.paused_at for each in await subscriptions.for_channel(connection, actor.place))
            for each in saved.gone:
                again += (await subscriptions.subscribe(connection, actor.place, self._wanted(actor, each))).changes
            if saved.pause_ends and not runs:
                await subscriptions.pause(connection, actor.place, paused_by(actor.user), now, saved.pause_ends[0])
            restored = await self.schedules.restore(connection, saved.schedules)
            if not await subscriptions.for_channel(connection, actor.place):
                await alerts.drop_alerts(connection, actor.place)
        await self._permissions.post_audit_line(
            actor,
            alerts_done("unsubscribed this channel from", content, ended),
            alerts_done("subscribed this channel again to", content, again),
            schedules_done("resumed", content, restored),
        )
        reply = await self.subscriptions(actor)
        return replace(reply, note=f"Undone. {reply.note}")

    async def mute(self, actor: Actor) -> Reply:
        """Pause the channel's alerts until somebody resumes them."""
        await self._permissions.require_manager(actor)
        async with changing(self._database, actor, self._clock.now()) as connection:
            await subscriptions.pause(connection, actor.place, paused_by(actor.user), self._clock.now())
            await alerts.drop_alerts(connection, actor.place)
        return await self.subscriptions(actor)

    async def unmute(self, actor: Actor) -> Reply:
        """Resume the channel's alerts."""
        await self._permissions.require_manager(actor)
        async with changing(self._database, actor, self._clock.now()) as connection:
            await subscriptions.resume(connection, actor.place)
        return await self.subscriptions(actor)

    async def watch(self, actor: Actor, fact_ids: str) -> Reply:
        """Watch facts, mostly one: the actor gets a direct message when they change."""
        held = (await self._content()).facts
        facts = [held[each] for each in fact_ids.split() if each in held]
        if not facts:
            raise BriefingBotError("We no longer hold that fact.")
        async with self._database.transaction() as connection:
            place, now = actor.place, self._clock.now()
            made = [await watches.watch(connection, place.team, actor.user, fact, now) for fact in facts]
        what = "this fact changes" if len(facts) == 1 else "one of these facts changes"
        note = f"I will write to you, once, if {what} before {day(made[0].until.date())}."
        forget = Choice(Action.UNWATCH, "Forget it", " ".join(fact.id for fact in facts))
        return Reply(Outcome.NOTICE, "", note=note, choices=(forget,))

    async def unwatch(self, actor: Actor, fact_ids: str) -> Reply:
        """Stop watching facts."""
        async with self._database.transaction() as connection:
            for each in fact_ids.split():
                await watches.unwatch(connection, actor.place.team, actor.user, each)
        return Reply(Outcome.SUBSCRIPTIONS, "", note="I will not write to you about that fact.")

    async def _content(self) -> Content:
        return (await self._database.latest()).content

    def _today(self, zone: str) -> date:
        return self._clock.now().astimezone(ZoneInfo(zone)).date()

    async def _usual(self, actor: Actor) -> Defaults:
        """Return the workspace's defaults, with the actor's time zone where they have none."""
        usual = await self.defaults.of(actor.place.team)
        return usual if usual.tz else replace(usual, tz=await self._permissions.zone_for_form(actor))

    def _read(self, content: Content, words: str, usual: Defaults) -> tuple[SubscriptionRequest, ParsedRule]:
        """Return what words ask for, and when to post it; what they do not say is as usual."""
        when = read_rule(words, default_tz=usual.tz, today=self._today(usual.tz), calendar=usual.calendar)
        known = {ALL, *(area.key for area in content.areas)}
        usual_areas = tuple(each for each in usual.areas if each in known)
        return read_request(content.memorandum, when.rest).or_on(usual_areas), when

    async def _subscribe(self, actor: Actor, content: Content, request: SubscriptionRequest) -> None:
        """Subscribe to alerts: the confirmation comes first and proves that the bot can post in the channel."""
        require_facts(content, request)
        await self._permissions.require_manager(actor)
        wanted = self._wanted(actor, request)
        async with self._database.reading() as connection:
            plan = await subscriptions.planned(connection, actor.place, wanted)
        await self._permissions.confirm(actor, confirmation(content, actor.place, request, plan))
        done = await self._write(actor, content, request)
        if plan.changes and not done.changes:  # subscribed by somebody else meanwhile: there is nothing to undo
            await self._permissions.confirm(actor, confirmation(content, actor.place, request, done))

    async def _write(self, actor: Actor, content: Content, request: SubscriptionRequest) -> SubscriptionPlan:
        wanted = self._wanted(actor, request)
        async with confirmed_write(self._database, actor, self._clock.now()) as connection:
            done = await subscriptions.subscribe(connection, actor.place, wanted)
        await self._permissions.post_audit_line(actor, alerts_done("subscribed this channel to", content, done.changes))
        return done

    def _wanted(self, actor: Actor, asked: SubscriptionRequest) -> tuple[Subscription, ...]:
        filters = asked.corrections_only, asked.certainty
        return subscriptions.wanted(actor.place, asked.areas, *filters, by=actor.user, at=self._clock.now())


def _watched(content: Content, watch: Watch) -> Row:
    fact = content.facts.get(watch.fact_id)
    name = fact.short or fact.statement if fact else watch.fact_id
    forget = Choice(Action.UNWATCH, "Forget it", watch.fact_id)
    return Row(f"Once, if this changes before {day(watch.until.date())}: {name}", (forget,))
