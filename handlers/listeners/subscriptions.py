"""The desk in Slack: /briefing subscribe, unsubscribe and subscriptions, and the buttons below what is posted.

The ack leaves at once and empty: a confirmation proves, by chat.postEphemeral, that the bot may post there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.errors import DeliveryError
from bot.messages import Action, ChannelRef, Reply
from bot.subscriptions.form import ScheduleForm
from bot.subscriptions.permissions import Actor
from handlers.errors import refusal
from handlers.listeners.schedule_form import show_form
from handlers.rendering.replies import Audience, messages, plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.subscriptions.service import SubscriptionService
    from handlers.listeners.house import House
    from handlers.rendering.replies import Payload
    from handlers.slack.client import SlackClient

ERRANDS: Final = frozenset({"subscribe", "unsubscribe", "subscriptions"})
"""First words behind /briefing that the desk answers."""

_NOT_TAKEN = "Slack did not take my answer. Ask again; where you asked for a change, look first: it may have been made."

_log = structlog.stdlib.get_logger(__name__)


async def send_ephemeral(client: SlackClient, actor: Actor, reply: Reply) -> None:
    """Show a reply to the actor alone (chat.postEphemeral). Raises DeliveryError."""
    for payload in messages(reply, audience(actor.place)):
        await client.whisper(actor.place.channel, actor.user, payload)


def subcommand_of(words: str) -> str:
    """Return the first word, if the desk answers to it."""
    first = words.split(maxsplit=1)[:1]
    return first[0].casefold() if first and first[0].casefold() in ERRANDS else ""


async def run_subcommand(house: House, body: Mapping[str, Any], words: str) -> None:
    """Answer a slash command that the desk answers to: in words, or with a form."""
    errand, messenger = subcommand_of(words), house.messenger
    asker = Actor(
        ChannelRef(body["team_id"], body["channel_id"]), body["user_id"], body.get("user_name") or "a colleague"
    )
    reply = await _answer(house.desk, errand, asker, " ".join(words.split()[1:]))
    if isinstance(reply, ScheduleForm):
        reply = await show_form(messenger, body.get("trigger_id") or "", reply)
    house.tabs.changed(asker.user)
    if reply is not None:
        await _respond(messenger, body["response_url"], messages(reply, audience(asker.place)))
    outcome = reply.outcome.value if reply else "done"
    _log.info("answered", team=asker.place.team, channel=asker.place.channel, command=errand, outcome=outcome)


async def _respond(messenger: SlackClient, response_url: str, payloads: Sequence[Payload]) -> None:
    """Answer a slash command in private; what Slack refuses is told in plain words. Raises DeliveryError."""
    how = {"response_type": "ephemeral", "replace_original": False}
    try:
        for payload in payloads:
            await messenger.respond(response_url, payload, **how)
    except DeliveryError as error:
        if error.is_unknown:
            raise
        _log.warning("answer refused", reason=error.message)
        await messenger.respond(response_url, plain(_NOT_TAKEN), **how)


async def _answer(desk: SubscriptionService, errand: str, asker: Actor, words: str) -> Reply | ScheduleForm | None:
    try:
        if errand == "subscribe":
            return await desk.subscribe(asker, words)
        if errand == "unsubscribe":
            return await desk.unsubscribe(asker, words)
        return await desk.subscriptions(asker)
    except Exception as error:  # noqa: BLE001 — the same rule as or_refusal: an asker always gets an answer
        return refusal(error)


def presses_of(house: House) -> Mapping[str, Callable[[Actor, str], Awaitable[Reply]]]:
    """Return what the desk answers to its buttons, by the first part of their action_id."""
    desk, schedules, every = house.desk, house.schedules, house.channel_schedules
    return {
        Action.WHY: lambda asker, _: desk.subscriptions(asker),
        Action.SCHEDULES: desk.subscriptions,
        Action.SUBSCRIBE: desk.change,
        Action.UNSUBSCRIBE: desk.unsubscribe,
        Action.UNDO: desk.undo,
        Action.MUTE: lambda asker, _: desk.mute(asker),
        Action.UNMUTE: lambda asker, _: desk.unmute(asker),
        Action.WATCH: desk.watch,
        Action.UNWATCH: desk.unwatch,
        Action.POST_NOW: schedules.post_now,
        Action.PAUSE: schedules.pause,
        Action.RESUME: schedules.resume,
        Action.END: schedules.remove,
        Action.KEEP: lambda asker, _: every.keep(asker),
        Action.WEEKLY: lambda asker, _: every.make_weekly(asker),
        Action.STOP: lambda asker, _: every.stop(asker),
    }


def forms_of(house: House) -> Mapping[str, Callable[[Actor, str], Awaitable[ScheduleForm]]]:
    """Return what the desk answers with a form, by the first part of a button's action_id."""
    return {Action.SET_UP: house.desk.form, Action.EDIT: house.desk.edit}


def audience(place: ChannelRef) -> Audience:
    """Return who sees a private reply in a place."""
    return Audience.DIRECT if place.is_direct else Audience.ASKER


async def zone_of(client: SlackClient, user: str) -> str:
    """Return a user's time zone (users.info, optional scope users:read), or nothing where Slack does not tell it."""
    try:
        return await client.zone_of(user)
    except DeliveryError as error:
        _log.info("time zone not seen", reason=error.message)
        return ""


_UNTOLD: Final = {
    "missing_scope": (
        "I may not look up who manages alerts: MANAGERS needs the scopes users:read and usergroups:read."
    ),
    "no_such_subteam": "MANAGERS names a user group that this workspace does not have; whoever runs me can mend that.",
}
"""What is said when Slack does not tell who manages, by Slack's code."""


ALLOWED_FOR: Final = timedelta(minutes=1)
"""How long a manager counts as one without asking Slack again; whoever is none is looked up each time."""


class SlackAuthorizer:
    """Managers, as MANAGERS names them: by user id, user group or as `admins`; empty is everybody."""

    def __init__(self, messenger: SlackClient, named: frozenset[str], clock: Clock) -> None:
        """`named` holds ids of users (U…, W…) and user groups (S…), and `admins`."""
        self._messenger = messenger
        self._named = named
        self._clock = clock
        self._allowed: dict[str, datetime] = {}

    async def can_manage(self, user: str) -> bool:
        """Whether this user may change a channel's alerts. Raises DeliveryError when Slack does not tell."""
        if not self._named or user in self._named:
            return True
        now = self._clock.now()
        self._allowed = {each: at for each, at in self._allowed.items() if abs(now - at) < ALLOWED_FOR}
        if user not in self._allowed and await self._is_named(user):
            self._allowed[user] = now
        return user in self._allowed

    async def _is_named(self, user: str) -> bool:
        """Ask Slack whether this user is an admin, or in a group, that is named. Raises DeliveryError."""
        try:
            if "admins" in self._named and await self._messenger.is_admin(user):
                return True
            for group in sorted(each for each in self._named if each.startswith("S")):
                if user in await self._messenger.group(group):
                    return True
        except DeliveryError as error:
            if error.code in _UNTOLD:
                raise DeliveryError(_UNTOLD[error.code], code=error.code) from None
            raise
        return False
