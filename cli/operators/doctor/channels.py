"""Checks of channels: the maintainers' channel, and those that subscribe to something."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from bot.alerts import subscriptions
from bot.health.finding import Finding, NotCheckedError, fail, ok, warn
from bot.outbox.delivery import ErrorClass, NotDeliveredError
from bot.schedules import schedules
from handlers.slack.errors import NO_MEMBER, object_at
from handlers.slack.maintainers_channel import NOT_INSTALLED, NOT_THERE, fault_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.messages import ChannelRef
    from cli.operators.doctor.slack import Slack

MOST_ASKED: Final = 40
"""Channels that are looked up: Slack takes about 50 looks a minute, and a running bot needs some."""
_AT_ONCE: Final = 5
_MOST_NAMED: Final = 10
_HISTORY: Final = {False: "channels:history", True: "groups:history"}


async def maintainers(slack: Slack, channel: str, team: str) -> Finding:
    """Whether MAINTAINERS_CHANNEL is there, and takes posts of the bot's; `team` is MAINTAINERS_TEAM, or empty."""
    if not channel:
        what = "MAINTAINERS_CHANNEL is not set: faults, failures, reports and proposals are only logged or listed."
        return warn("maintainers", what, "Set it to the id of a channel, and invite the bot there.")
    identity = await slack.identity()
    if team not in {"", identity.team}:
        what, _, to_do = NOT_INSTALLED.partition(". ")
        return fail("maintainers", f"{what}.", to_do)
    try:
        found = await _look(slack, channel)
    except NotDeliveredError as error:
        if error.code in NO_MEMBER:
            what = f"MAINTAINERS_CHANNEL ({channel}): {NOT_THERE}."
            return fail("maintainers", what, "Invite the bot there with /invite, or correct the id.")
        raise NotCheckedError(f"Slack does not tell about MAINTAINERS_CHANNEL ({error.code}).") from None
    if fault := fault_of(found):
        to_do = "Invite the bot there with /invite, or name another channel."
        return fail("maintainers", f"MAINTAINERS_CHANNEL ({channel}): {fault}.", to_do)
    if found.get("is_read_only") or found.get("is_thread_only"):
        what = f"Only some may post in MAINTAINERS_CHANNEL ({channel})."
        return warn("maintainers", what, "Let the bot post there, in the channel's settings.")
    return ok("maintainers", f"The bot is in #{found.get('name', channel)} ({channel}).")


async def readable(slack: Slack, places: Mapping[ChannelRef, list[str]]) -> Finding:
    """Whether a post whose answer was lost can be looked for in each channel that gets some."""
    identity = await slack.identity()
    granted = identity.scopes
    ours = sorted({place.channel for place in places if place.team == identity.team and not place.is_direct})
    if not ours:
        return ok("channels", "No channel subscribes to anything yet.")
    slots = asyncio.Semaphore(_AT_ONCE)

    async def told(channel: str) -> str:
        async with slots:
            try:
                return _unreadable(await _look(slack, channel), granted)
            except NotDeliveredError as error:
                if error.error_class is ErrorClass.AUTH:
                    return f"not looked up ({error.code})"
                return "the bot is not in it" if error.code in NO_MEMBER else f"not looked up ({error.code})"

    asked = ours[:MOST_ASKED]
    found = await asyncio.gather(*map(told, asked))
    by_fault = defaultdict(list)
    for channel, fault in zip(asked, found, strict=True):
        if fault:
            by_fault[fault].append(channel)
    rest = f" {len(ours) - len(asked)} more were not looked up." if len(ours) > len(asked) else ""
    if by_fault:
        what = "; ".join(f"{_named(channels)}: {fault}" for fault, channels in by_fault.items())
        to_do = "Invite the bot there; for a scope that is missing, add it and install the app again."
        return warn("channels", f"A post whose answer is lost cannot be looked for in {what}.{rest}", to_do)
    return ok("channels", f"The bot is in the {len(asked)} that subscribe, and can read its posts back.{rest}")


def paused(places: Mapping[ChannelRef, list[str]]) -> Finding:
    """Whether what channels subscribe to is paused, and why."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for place, whys in places.items():
        for why in sorted({why for why in whys if why}):
            reasons[why].append(place.channel)
    if not reasons:
        return ok("paused", "Nothing is paused.")
    what = "; ".join(f"{_named(channels)}: {why.rstrip('.')}" for why, channels in reasons.items())
    to_do = "`/briefing subscriptions` in the channel resumes it, once the cause is gone."
    return warn("paused", f"Nothing is posted for what is paused in {what}.", to_do)


async def subscribed(connection: AsyncConnection) -> dict[ChannelRef, list[str]]:
    """Return the channels that subscribe to something, each with why it is paused: empty for what is not."""
    found: dict[ChannelRef, list[str]] = defaultdict(list)
    for alerts in await subscriptions.all_subscriptions(connection, paused=True):
        found[alerts.place].append((alerts.pause_reason or "paused") if alerts.paused_at else "")
    for schedule in await schedules.all_schedules(connection):
        found[schedule.place].append((schedule.pause_reason or "paused") if schedule.paused_at else "")
    return dict(found)


async def _look(slack: Slack, channel: str) -> dict[str, Any]:
    return object_at(await slack.web.conversations_info(token=slack.token, channel=channel), "channel")


def _unreadable(channel: Mapping[str, Any], granted: frozenset[str] | None) -> str:
    """Return why a channel's history cannot be read; empty where it can."""
    if fault := fault_of(channel):
        return fault
    scope = _HISTORY[bool(channel.get("is_private"))]
    return "" if granted is None or scope in granted else f"{scope} is not granted"


def _named(channels: list[str]) -> str:
    more = f" and {len(channels) - _MOST_NAMED} more" if len(channels) > _MOST_NAMED else ""
    return ", ".join(channels[:_MOST_NAMED]) + more
