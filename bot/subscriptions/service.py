"""The desk: what people ask for the posts of a channel, and what they are told. Knows no Slack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.alerts import alerts, subscriptions, watches
from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError
from bot.messages import Action, Choice, Outcome, Reply, Row
from bot.recurrence.occurrences import begun_after
from bot.recurrence.phrase import read_rule
from bot.recurrence.zones import DEFAULT_ZONE, zone_named
from bot.schedules import schedules
from bot.subscriptions.alert_messages import (
    MUTED,
    alerts_on,
    confirmation,
    ended_here,
    here,
    nothing_to_end,
    standing_alerts,
)
from bot.subscriptions.form import area_options, blank, with_words
from bot.subscriptions.form_input import read_form
from bot.subscriptions.request import parse_request, understood
from bot.subscriptions.schedule_messages import TOO_MANY_TO_UNDO, named, undo, unpacked
from bot.subscriptions.schedule_upkeep import ROWS_SHOWN
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.alerts.subscriptions import Subscribed, Subscription
    from bot.alerts.watches import Watch
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.recurrence.phrase import ParsedRule
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database
    from bot.subscriptions.form import FormInput, ScheduleForm
    from bot.subscriptions.permissions import Actor, Permissions
    from bot.subscriptions.request import SubscriptionRequest
    from bot.subscriptions.schedule_service import ScheduleService
    from bot.subscriptions.schedule_upkeep import ScheduleUpkeep

_USUAL: Final = "weekdays 09:00"
"""What the form begins with where a schedule is wanted and nothing was said of when."""
_FROM: Final = "from "
"""Begins the value of the button that shows the lines that follow."""


class SubscriptionService:
    """Subscribes, unsubscribes, explains. Methods raise BriefingBotError in words for the asker.

    A form that is returned is to be shown to the asker; it comes back to `submit`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        formalities: Permissions,
        scheduling: ScheduleService,
        upkeep: ScheduleUpkeep,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._clock = clock
        self._formalities = formalities
        self._scheduling = scheduling
        self._upkeep = upkeep

    async def subscribe(self, asker: Actor, words: str) -> ScheduleForm | None:
        """Subscribe the asker's channel as their words say; where they do not say it all, return the form.

        None when it is done: the confirmation was whispered there, which proves that we may post.
        """
        content = await self._content()
        wish, said = self._understood(content, words, DEFAULT_ZONE)
        if wish.is_for_alerts and said.rule is None and not said.problem:
            await self._subscribe(asker, content, wish)
            return None
        zone = await self._formalities.before_form(asker)
        wish, said = self._understood(content, words, zone)
        if said.rule and wish.unknown is None and (wish.areas in ((), (ALL,)) if wish.is_digest else wish.areas):
            await self._scheduling.set_up(asker, wish, begun_after(said.rule, self._clock.now()))
            return None
        return with_words(blank(content, asker.place, zone), wish, said, self._today(zone))

    async def form(self, asker: Actor, words: str) -> ScheduleForm:
        """Return the form for a schedule of the areas that words name."""
        content = await self._content()
        zone = await self._formalities.before_form(asker)
        wish, said = self._understood(content, f"{words} {_USUAL}", zone)
        return with_words(blank(content, asker.place, zone), wish, said, self._today(zone))

    async def edit(self, asker: Actor, schedule_id: str) -> ScheduleForm:
        """Return the form for a schedule as it stands."""
        return await self._scheduling.edit(asker, schedule_id, await self._formalities.before_form(asker))

    async def submit(self, asker: Actor, filled: FormInput, schedule_id: str = "") -> None:
        """Do what a form asks for; `schedule_id` names the schedule that it edits. Raises FormError for its fields.

        The confirmation was whispered when it is done.
        """
        content = await self._content()
        wish = read_form(filled, area_options(content), self._today(zone_named(filled.tz) or DEFAULT_ZONE))
        if wish.rule is None:
            await self._subscribe(asker, content, wish)
            return
        rule = wish.rule if filled.begins else begun_after(wish.rule, self._clock.now())
        if schedule_id:
            await self._scheduling.change(asker, schedule_id, wish, rule)
        else:
            await self._scheduling.set_up(asker, wish, rule)

    async def change(self, asker: Actor, words: str) -> Reply:
        """Subscribe to alerts by a button: the answer is how things stand then."""
        content = await self._content()
        done, _ = await self._put_down(asker, parse_request(content.memorandum, words))
        await self._announce(asker, _of_alerts("subscribed this channel to", content, done.new + done.before))
        return await self.subscriptions(asker)

    async def unsubscribe(self, asker: Actor, words: str) -> Reply:
        """End the alerts of these areas here, and the schedules that post nothing else; `all` ends everything."""
        content = await self._content()
        wish = parse_request(content.memorandum, words)
        if not wish.areas and not wish.is_digest:
            return await self.subscriptions(asker)
        await self._formalities.require_manager(asker)
        async with self._database.transaction() as connection:
            areas = None if wish.areas == (ALL,) else wish.areas
            ended = await subscriptions.unsubscribe(connection, asker.place, areas)
            gone = () if wish.alerts else await self._upkeep.end(connection, asker.place, wish)
            left = await subscriptions.for_channel(connection, asker.place)
            if not left:
                await alerts.drop_alerts(connection, asker.place)
            others = [
                each
                for each in await schedules.for_channel(connection, asker.place)
                if set(each.areas) & set(wish.areas)
            ]
            rows = await self._upkeep.rows(connection, content, others[:ROWS_SHOWN])
        if not ended and not gone and not rows:
            raise BriefingBotError(nothing_to_end(content, wish, left))
        told = _of_alerts("unsubscribed this channel from", content, ended)
        await self._announce(asker, told, _of_schedules("ended", content, gone))
        note = ended_here(content, asker.place, ended, left, [named(content, each) for each in gone])
        back = undo(gone, [(each.area, each.corrections_only) for each in ended])
        if gone and not back:
            note = f"{note} {TOO_MANY_TO_UNDO}"
        if rows:
            note = f"{note} It is still posted by these schedules, which may post other areas too:".lstrip()
        return Reply(Outcome.SUBSCRIPTIONS, "", note=note, rows=rows, choices=back)

    async def subscriptions(self, asker: Actor, value: str = "") -> Reply:
        """Say what is posted here, when and why, with everything that can be changed; and what the asker watches.

        `value` is that of the button pressed for it: it may say from which line on.
        """
        content = await self._content()
        start = int(value.removeprefix(_FROM)) if value.startswith(_FROM) and value[len(_FROM) :].isdecimal() else 0
        end = start + ROWS_SHOWN
        async with self._database.reading() as connection:
            kept = await subscriptions.for_channel(connection, asker.place)
            lines, choices = standing_alerts(content, kept)
            scheduled = await schedules.for_channel(connection, asker.place)
            watched = await watches.of_user(connection, asker.place.team, asker.user, self._clock.now())
            standing = len(lines) + len(scheduled)
            shown = scheduled[max(0, start - len(lines)) : max(0, end - len(lines))]
            rows = (*lines[start:end], *await self._upkeep.rows(connection, content, shown))
        rows += tuple(_watched(content, each) for each in watched[max(0, start - standing) : max(0, end - standing)])
        if standing + len(watched) > end:
            choices.append(Choice(Action.SCHEDULES, "Show more", f"{_FROM}{end}"))
        what = "gets:" if standing else "gets no alerts and no scheduled posts."
        return Reply(Outcome.SUBSCRIPTIONS, "", note=f"{here(asker.place)} {what}", choices=tuple(choices), rows=rows)

    async def undo(self, asker: Actor, value: str) -> Reply:
        """Take back what a confirmation told of."""
        await self._formalities.require_manager(asker)
        try:
            kept = json.loads(value)
            new = [str(area) for area in kept.get("new", ())]
            back = [(str(area), bool(corrections_only)) for area, corrections_only in kept.get("gone", ())]
            ended = unpacked(kept.get("schedules", ()), asker.place, self._clock.now())
        except (ValueError, TypeError, AttributeError, LookupError):
            raise BriefingBotError("That button is too old to be understood.") from None
        content = await self._content()
        again: list[Subscription] = []
        async with self._database.transaction() as connection:
            gone = await subscriptions.unsubscribe(connection, asker.place, new)
            for area, corrections_only in back:
                done = await self._put(connection, asker, [area], corrections_only=corrections_only)
                again += done.new + done.before
            restored = await self._upkeep.put_back(connection, ended)
            if not await subscriptions.for_channel(connection, asker.place):
                await alerts.drop_alerts(connection, asker.place)
        await self._announce(
            asker,
            _of_alerts("unsubscribed this channel from", content, gone),
            _of_alerts("subscribed this channel again to", content, again),
            _of_schedules("resumed", content, restored),
        )
        stands = await self.subscriptions(asker)
        return replace(stands, note=f"Undone. {stands.note}")

    async def mute(self, asker: Actor) -> Reply:
        """Stop the alerts here until somebody lets them go on."""
        await self._formalities.require_manager(asker)
        async with self._database.transaction() as connection:
            await subscriptions.pause(connection, asker.place, MUTED, self._clock.now())
            await alerts.drop_alerts(connection, asker.place)
        return await self.subscriptions(asker)

    async def unmute(self, asker: Actor) -> Reply:
        """Let alerts here go on."""
        await self._formalities.require_manager(asker)
        async with self._database.transaction() as connection:
            await subscriptions.resume(connection, asker.place)
        return await self.subscriptions(asker)

    async def watch(self, asker: Actor, fact_id: str) -> Reply:
        """Remember that the asker wants to hear when a fact changes."""
        fact = (await self._database.latest()).content.facts.get(fact_id)
        if fact is None:
            raise BriefingBotError("That fact is no longer held.")
        async with self._database.transaction() as connection:
            kept = await watches.watch(connection, asker.place.team, asker.user, fact, self._clock.now())
        note = f"I will write to you, once, if this fact changes before {day(kept.until.date())}."
        return Reply(Outcome.NOTICE, "", note=note, choices=(Choice(Action.UNWATCH, "Forget it", fact_id),))

    async def unwatch(self, asker: Actor, fact_id: str) -> Reply:
        """Forget that."""
        async with self._database.transaction() as connection:
            await watches.unwatch(connection, asker.place.team, asker.user, fact_id)
        return Reply(Outcome.SUBSCRIPTIONS, "", note="Forgotten: I will not write to you about that fact.")

    async def _content(self) -> Content:
        return (await self._database.latest()).content

    def _today(self, zone: str) -> date:
        return self._clock.now().astimezone(ZoneInfo(zone)).date()

    def _understood(self, content: Content, words: str, zone: str) -> tuple[SubscriptionRequest, ParsedRule]:
        """Return what words ask for, and what they say of when."""
        said = read_rule(words, default_tz=zone, today=self._today(zone))
        return understood(content.memorandum, said.rest), said

    async def _subscribe(self, asker: Actor, content: Content, wish: SubscriptionRequest) -> None:
        """Subscribe to alerts; where the confirmation cannot be whispered, nothing is changed."""
        done, standing = await self._put_down(asker, wish)
        try:
            await self._formalities.confirm(asker, confirmation(content, asker.place, wish, done, standing))
        except BriefingBotError:
            async with self._database.transaction() as connection:
                await subscriptions.undo_subscribe(connection, asker.place, done)
            raise
        await self._announce(asker, _of_alerts("subscribed this channel to", content, done.new + done.before))

    async def _put_down(self, asker: Actor, wish: SubscriptionRequest) -> tuple[Subscribed, tuple[Subscription, ...]]:
        await self._formalities.require_manager(asker)
        async with self._database.transaction() as connection:
            done = await self._put(connection, asker, wish.areas, corrections_only=wish.corrections_only)
            return done, await subscriptions.for_channel(connection, asker.place)

    async def _put(
        self, connection: AsyncConnection, asker: Actor, areas: Iterable[str], *, corrections_only: bool
    ) -> Subscribed:
        now = self._clock.now()
        return await subscriptions.subscribe(
            connection, asker.place, areas, corrections_only=corrections_only, by=asker.user, at=now
        )

    async def _announce(self, asker: Actor, *did: str) -> None:
        """Let the channel see, in one public line, what the asker did; nothing where all of it is empty."""
        if told := ", and ".join(filter(None, did)):
            await self._formalities.post_audit_line(asker, told)


def _of_alerts(did: str, content: Content, what: Sequence[Subscription]) -> str:
    """Return what was done to alerts, for a public line; nothing for none."""
    return f"{did} {alerts_on(content, what)}" if what else ""


def _of_schedules(did: str, content: Content, which: Sequence[Schedule]) -> str:
    """Return what was done to schedules, for a public line; nothing for none."""
    if len(which) > 1:
        return f"{did} {len(which)} schedules"
    return f"{did} the schedule for {named(content, which[0])}" if which else ""


def _watched(content: Content, kept: Watch) -> Row:
    """Return the line of a fact that the asker is told of."""
    fact = content.facts.get(kept.fact_id)
    told = fact.short or fact.statement if fact else kept.fact_id
    forget = Choice(Action.UNWATCH, "Forget it", kept.fact_id)
    return Row(f"Until {day(kept.until.date())} you are told when this changes: {told}", (forget,))
