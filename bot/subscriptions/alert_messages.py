"""Messages about a channel's alerts: confirmations, warnings, and the lines of its list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.actions import Action, Choice
from bot.alerts.filters import FACT, said, typed
from bot.alerts.subscriptions import ALL, is_by_person
from bot.messages import Outcome, Reply, Row
from bot.recurrence.phrase import joined
from bot.recurrence.zones import DEFAULT_ZONE
from bot.subscriptions.pauses import paused_line
from bot.subscriptions.undo import undo
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.alerts.subscriptions import Subscription, SubscriptionPlan
    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.schedules.schedules import Schedule
    from bot.subscriptions.request import SubscriptionRequest

NOW: Final = "now"
"""After `unsubscribe` and its areas: end them without being asked."""
_ALL_AREAS = "All areas"
_NAMED: Final = 5


def confirmation(content: Content, place: ChannelRef, request: SubscriptionRequest, plan: SubscriptionPlan) -> Reply:
    """Return the confirmation of a subscription: what will be posted, what overlaps, and an Undo button."""
    named = alerts_on(content, plan.changes + plan.unchanged)
    what = said(corrections_only=request.corrections_only, certainty=request.certainty)
    begin = "You now get" if place.is_direct else "This channel now gets"
    if not plan.changes:
        begin = "Nothing changed: you already get" if place.is_direct else "Nothing changed: this channel already gets"
    note = f"{begin} {named}: {what}; at most one post each time that facts are published."
    note += _overlap(content, plan.after)
    paused = next((each for each in plan.after if each.paused_at), None)
    if paused:
        until = (
            f" until {day(paused.paused_until.astimezone(ZoneInfo(DEFAULT_ZONE)).date())}"
            if paused.paused_until
            else ""
        )
        note += f" But the alerts are paused here{until}. To end that: /briefing resume."
    gone = [each for each in plan.before if not each.paused_at or is_by_person(each.pause_reason)]
    posted = dict.fromkeys(_area_of(content, each) for each in request.areas)
    schedule = Choice(Action.SET_UP, "Also post on a schedule", " ".join(posted))
    return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=(*undo(ended=gone, new=plan.new), schedule))


def _area_of(content: Content, area: str) -> str:
    """Return the area that a schedule can post: that of a fact, where a fact is named."""
    fact = content.facts.get(area.removeprefix(FACT)) if area.startswith(FACT) else None
    return fact.area if fact else area


def _overlap(content: Content, subscribed: Sequence[Subscription]) -> str:
    """Return a warning when alerts on all areas include other alerts of the channel."""
    whole = next((each for each in subscribed if each.area == ALL), None)
    included = [name_of(content, each.area) for each in subscribed if whole and whole.includes(each)]
    if not included:
        return ""
    verb = "adds" if len(included) == 1 else "add"
    return f" All areas are subscribed here, so {joined(included)} {verb} nothing; no change is posted twice."


def alert_rows(content: Content, subscribed: Sequence[Subscription]) -> tuple[tuple[Row, ...], list[Choice]]:
    """Return a line for each of a channel's alerts, and the buttons below the list."""
    schedule = Choice(Action.SET_UP, "Add a schedule", "")
    if not subscribed:
        return (), [Choice(Action.SUBSCRIBE, "Subscribe to all alerts", ALL), schedule]
    rows = tuple(_row(content, each) for each in subscribed)
    paused = next((each for each in subscribed if each.paused_at), None)
    if paused is None or paused.paused_at is None:
        return rows, [Choice(Action.MUTE, "Mute alerts", "alert"), schedule]
    why = Row("", below=paused_line("Alerts paused", paused.pause_reason, paused.paused_at, paused.paused_until))
    return (*rows, why), [Choice(Action.UNMUTE, "Resume alerts", "alert"), schedule]


def _row(content: Content, subscription: Subscription) -> Row:
    area, since = subscription.area, day(subscription.created_at.date())
    area, what = typed(area), said(corrections_only=subscription.corrections_only, certainty=subscription.certainty)
    what = what.partition(",")[0]
    if subscription.is_filtered:
        other = Choice(Action.SUBSCRIBE, "Every change", area)
    else:
        other = Choice(Action.SUBSCRIBE, "Corrections only", f"{area} corrections only")
    name = alerts_on(content, (subscription,))
    end = Choice(Action.UNSUBSCRIBE, "Unsubscribe", f"{area} alerts")
    return Row(f"{name[:1].upper()}{name[1:]}: {what}, since {since}", (other, end))


def unsubscribed_note(
    content: Content,
    place: ChannelRef,
    ended: Sequence[Subscription],
    left: Sequence[Subscription],
    schedules: Sequence[str],
) -> str:
    """Say which alerts and schedules (by name) ended, and which alerts are left."""
    sentences = [f"{this_channel(place)} no longer gets {alerts_on(content, ended)}."] if ended else []
    if left and ended:
        sentences.append(f"It still gets {alerts_on(content, left)}.")
    if schedules:
        more = len(schedules) - _NAMED
        named = "; ".join(schedules[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
        sentences.append(f"{'Schedule' if len(schedules) == 1 else 'Schedules'} ended: {named}.")
    return " ".join(sentences)


def ask_first(place: ChannelRef, ending: Sequence[Subscription], removed: Sequence[Schedule], confirm: Choice) -> Reply:
    """Ask before something ends that no button can restore; `confirm` is the button that ends it."""
    what = [f"{len(removed)} schedules" if len(removed) > 1 else "a schedule"] if removed else []
    what += ["the alerts" if removed else f"{len(ending)} alerts"] if ending else []
    note = f"This would end {' and '.join(what)} in {this_channel(place).lower()}. Undo could not bring them all back."
    return Reply(Outcome.NOTICE, "", note=note, choices=(confirm, Choice(Action.SCHEDULES, "Show them first", "")))


def nothing_to_end(content: Content, request: SubscriptionRequest, left: Sequence[Subscription]) -> str:
    """Say why nothing could be ended."""
    if request.areas == (ALL,):
        return "There is no subscription here."
    if request.areas and any(each.area == ALL for each in left):
        return f"{_ALL_AREAS} are subscribed here at once. Unsubscribe from all, then subscribe to those you want."
    named = [name_of(content, area) for area in request.areas] + (["the digest"] if request.is_digest else [])
    return f"There is no subscription to {joined(named)} here."


def this_channel(place: ChannelRef) -> str:
    """Name a channel as the beginning of a sentence."""
    return "This conversation" if place.is_direct else "This channel"


def alerts_on(content: Content, subscribed: Sequence[Subscription]) -> str:
    """Name the alerts of subscriptions: those on all areas include any other."""
    if any(each.area == ALL for each in subscribed):
        return "alerts on all areas"
    named = joined([name_of(content, each.area) for each in subscribed])
    return f"alerts on {named}" if any(each.area.startswith(FACT) for each in subscribed) else f"{named} alerts"


def name_of(content: Content, area: str) -> str:
    """Return an area's title, or name a fact by its words."""
    if area == ALL:
        return _ALL_AREAS
    if area.startswith(FACT):
        fact = content.facts.get(area.removeprefix(FACT))
        return f"the fact “{fact.short or fact.statement}”" if fact else f"the fact {area.removeprefix(FACT)}"
    return next((each.title for each in content.areas if each.key == area), area)
