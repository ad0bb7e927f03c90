"""What people are told of the alerts of their channel: confirmations, warnings, and how things stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bot.content.markdown import day
from bot.reply import Ask, Choice, Outcome, Reply
from bot.subscriptions import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.content.models import Content
    from bot.subscriptions import Place, Subscribed, Subscription
    from bot.wishes import Wish

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


def confirmation(
    content: Content, place: Place, wish: Wish, done: Subscribed, standing: Sequence[Subscription]
) -> Reply:
    """Return what the asker is told: what will be posted, what overlaps, and a way back."""
    named = listed(content, done.new + done.before + done.standing)
    what = "corrections and withdrawals" if wish.corrections_only else "every change, corrections first"
    whom = "You now get" if place.is_direct else "This channel now gets"
    if not done.new and not done.before:
        whom = "Nothing changed: you already get" if place.is_direct else "Nothing changed: this channel already gets"
    note = f"{whom} {named} alerts: {what}; at most one post each time that facts are published."
    note += overlap(content, standing)
    gone = [[each.area, each.corrections_only] for each in done.before if each.paused_at is None]
    value = {"new": [each.area for each in done.new], "gone": gone}
    undo = (Choice(Ask.UNDO, "Undo", json.dumps(value, separators=(",", ":"))),) if done.new or gone else ()
    return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=undo)


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
    return f" All areas are subscribed here, so {listed(content, inside)} {verb} nothing; no change is posted twice."


def standing_alerts(content: Content, place: Place, kept: Sequence[Subscription]) -> tuple[str, list[Choice]]:
    """Return what is posted in a place and why, and what can be changed about it."""
    if not kept:
        note = f"{here(place)} gets no alerts. To get some: /briefing subscribe and an area, or all."
        return note, [Choice(Ask.SUBSCRIBE, "Subscribe to all areas", ALL)]
    lines = [f"{here(place)} gets:"]
    choices = []
    for each in kept:
        name = name_of(content, each.area)
        what = "corrections and withdrawals only" if each.corrections_only else "every change"
        since = day(each.created_at.date())
        lines.append(f"• {name}: {what}, subscribed on {since}")
        if each.corrections_only:
            choices.append(Choice(Ask.SUBSCRIBE, f"{name}: every change", each.area))
        else:
            choices.append(Choice(Ask.SUBSCRIBE, f"{name}: corrections only", f"{each.area} corrections only"))
        choices.append(Choice(Ask.UNSUBSCRIBE, f"Unsubscribe from {name}", each.area))
    paused = next((each for each in kept if each.paused_at), None)
    if paused and paused.paused_at:
        why = _WHY_PAUSED.get(paused.paused_why, f"The reason: {paused.paused_why}.")
        lines.append(f"Alerts are paused since {day(paused.paused_at.date())}. {why}")
    choices.append(Choice(Ask.UNMUTE, "Resume alerts", "alert") if paused else Choice(Ask.MUTE, "Mute alerts", "alert"))
    return "\n".join(lines), choices


def which_areas(content: Content) -> Reply:
    """Ask which areas are meant."""
    choices = [Choice(Ask.SUBSCRIBE, area.title, area.key) for area in content.areas]
    note = "Which alerts should appear here? Choose, or name several: /briefing subscribe 1, 3"
    return Reply(Outcome.SUBSCRIPTIONS, "", note=note, choices=(*choices, Choice(Ask.SUBSCRIBE, _EVERY, ALL)))


def nothing_to_end(content: Content, wish: Wish, left: Sequence[Subscription]) -> str:
    """Say why nothing could be ended."""
    named = " and ".join(name_of(content, area) for area in wish.areas)
    if any(each.area == ALL for each in left):
        return f"{_EVERY} are subscribed here at once. Unsubscribe from all, then subscribe to those you want."
    return f"There is no subscription to {named} here."


def how_to_invite(place: Place) -> str:
    """Say what to do where we may not post."""
    if place.is_direct:
        return "I cannot post in this conversation. Write to me directly, and subscribe there."
    return "I am not a member of this channel. Invite me with /invite, then subscribe again."


def here(place: Place) -> str:
    """Name a place as the beginning of a sentence."""
    return "This conversation" if place.is_direct else "This channel"


def listed(content: Content, kept: Sequence[Subscription]) -> str:
    """Return the areas of subscriptions in words, to stand before "alerts"."""
    names = ["all" if each.area == ALL else name_of(content, each.area) for each in kept]
    return ", ".join(names)


def name_of(content: Content, area: str) -> str:
    """Return an area's title, as the name of a line or a button."""
    if area == ALL:
        return _EVERY
    return next((each.title for each in content.areas if each.key == area), area)
