"""What people are told of the alerts of their channel: confirmations, warnings, and how things stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.alerts.subscriptions import ALL
from bot.messages import Action, Choice, Outcome, Reply, Row
from bot.recurrence.phrase import joined
from bot.text import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.alerts.subscriptions import Subscribed, Subscription
    from bot.content.models import Content
    from bot.messages import ChannelRef
    from bot.subscriptions.request import SubscriptionRequest

MUTED: Final = "Muted by somebody in this channel."
_RESTRICTED = "The workspace restricts posting here."
_WHY_PAUSED: Final = {
    MUTED: MUTED,
    "not_in_channel": "I am no longer a member of this channel: invite me with /invite.",
    "channel_not_found": "I can no longer see this channel: invite me with /invite.",
    "is_archived": "The channel was archived.",
    "account_inactive": "The account was deactivated.",
    "user_disabled": "The account was deactivated.",
    "restricted_action": _RESTRICTED,
    "restricted_action_read_only_channel": _RESTRICTED,
    "restricted_action_thread_only_channel": _RESTRICTED,
}
"""Slack's codes that pause a channel, as its members read them."""
_EVERY = "All areas"
_ALL_ALERTS = "alerts on all areas"
_NAMED: Final = 5


def confirmation(
    content: Content, place: ChannelRef, wish: SubscriptionRequest, done: Subscribed, standing: Sequence[Subscription]
) -> Reply:
    """Return what the asker is told: what will be posted, what overlaps, and a way back."""
    named = alerts_on(content, done.new + done.before + done.standing)
    what = "corrections and withdrawals" if wish.corrections_only else "every change, corrections first"
    whom = "You now get" if place.is_direct else "This channel now gets"
    if not done.new and not done.before:
        whom = "Nothing changed: you already get" if place.is_direct else "Nothing changed: this channel already gets"
    note = f"{whom} {named}: {what}; at most one post each time that facts are published."
    note += overlap(content, standing)
    gone = [[each.area, each.corrections_only] for each in done.before if each.paused_at is None]
    value = {"new": [each.area for each in done.new], "gone": gone}
    schedule = Choice(Action.SET_UP, "Also post on a schedule", " ".join(wish.areas))
    undo = (Choice(Action.UNDO, "Undo", json.dumps(value, separators=(",", ":"))),) if done.new or gone else ()
    return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=(*undo, schedule))


def overlap(content: Content, standing: Sequence[Subscription]) -> str:
    """Return a warning when one subscription here includes another."""
    whole = next((each for each in standing if each.area == ALL), None)
    inside = [
        each
        for each in standing
        if whole and each.area != ALL and (each.corrections_only or not whole.corrections_only)
    ]
    if not inside:
        return ""
    verb = "adds" if len(inside) == 1 else "add"
    named = joined([name_of(content, each.area) for each in inside])
    return f" All areas are subscribed here, so {named} {verb} nothing; no change is posted twice."


def standing_alerts(content: Content, kept: Sequence[Subscription]) -> tuple[tuple[Row, ...], list[Choice]]:
    """Return a line for each of a place's alerts, and what else can be changed about them."""
    schedule = Choice(Action.SET_UP, "Add a schedule", "")
    if not kept:
        return (), [Choice(Action.SUBSCRIBE, "Subscribe to all alerts", ALL), schedule]
    rows = tuple(_row(content, each) for each in kept)
    paused = next((each for each in kept if each.paused_at), None)
    if paused is None or paused.paused_at is None:
        return rows, [Choice(Action.MUTE, "Mute alerts", "alert"), schedule]
    why = Row(f"Alerts are paused since {day(paused.paused_at.date())}. {why_paused(paused.paused_why)}")
    return (*rows, why), [Choice(Action.UNMUTE, "Resume alerts", "alert"), schedule]


def _row(content: Content, kept: Subscription) -> Row:
    name, since = alerts_on(content, (kept,)), day(kept.created_at.date())
    if kept.corrections_only:
        what, other = "corrections and withdrawals only", Choice(Action.SUBSCRIBE, "Every change", kept.area)
    else:
        fewer = f"{kept.area} corrections only"
        what, other = "every change", Choice(Action.SUBSCRIBE, "Corrections only", fewer)
    end = Choice(Action.UNSUBSCRIBE, "Unsubscribe", f"{kept.area} alerts")
    return Row(f"{name[:1].upper()}{name[1:]}: {what}, since {since}", (other, end))


def why_paused(kept: str) -> str:
    """Return a sentence for the reason that is kept with what is paused."""
    return _WHY_PAUSED.get(kept, f"The reason: {kept}.")


def ended_here(
    content: Content,
    place: ChannelRef,
    ended: Sequence[Subscription],
    left: Sequence[Subscription],
    schedules: Sequence[str],
) -> str:
    """Say what ended, alerts and schedules (by name), and which alerts are left."""
    told = [f"{here(place)} no longer gets {alerts_on(content, ended)}."] if ended else []
    if left and ended:
        told.append(f"It still gets {alerts_on(content, left)}.")
    if schedules:
        more = len(schedules) - _NAMED
        named = "; ".join(schedules[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
        told.append(f"{'Schedule' if len(schedules) == 1 else 'Schedules'} ended: {named}.")
    return " ".join(told)


def nothing_to_end(content: Content, wish: SubscriptionRequest, left: Sequence[Subscription]) -> str:
    """Say why nothing could be ended."""
    if wish.areas == (ALL,):
        return "There is no subscription here."
    if wish.areas and any(each.area == ALL for each in left):
        return f"{_EVERY} are subscribed here at once. Unsubscribe from all, then subscribe to those you want."
    named = [name_of(content, area) for area in wish.areas] + (["the digest"] if wish.is_digest else [])
    return f"There is no subscription to {joined(named)} here."


def here(place: ChannelRef) -> str:
    """Name a place as the beginning of a sentence."""
    return "This conversation" if place.is_direct else "This channel"


def alerts_on(content: Content, kept: Sequence[Subscription]) -> str:
    """Return the alerts of subscriptions in words: those on all areas include any other."""
    if any(each.area == ALL for each in kept):
        return _ALL_ALERTS
    return f"{joined([name_of(content, each.area) for each in kept])} alerts"


def name_of(content: Content, area: str) -> str:
    """Return an area's title, as the name of a line or a button."""
    if area == ALL:
        return _EVERY
    return next((each.title for each in content.areas if each.key == area), area)
