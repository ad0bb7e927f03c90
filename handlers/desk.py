"""The desk in Slack: /briefing subscribe, unsubscribe and subscriptions, and the buttons below alerts.

The ack leaves at once and empty: a confirmation proves, by chat.postEphemeral, that the bot may post there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.desk import Asker
from bot.errors import DeliveryError
from bot.reply import Ask
from bot.subscriptions import Place
from handlers.errors import refusal
from handlers.replies import Audience, messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.desk import Desk
    from bot.reply import Reply
    from handlers.messenger import SlackMessenger

ERRANDS: Final = frozenset({"subscribe", "unsubscribe", "subscriptions"})
"""First words behind /briefing that the desk answers."""

_log = structlog.stdlib.get_logger(__name__)


class Whispers:
    """bot.desk.Channels by chat.postEphemeral."""

    def __init__(self, messenger: SlackMessenger) -> None:
        """Take the messenger that whispers."""
        self._messenger = messenger

    async def whisper_to(self, asker: Asker, reply: Reply) -> None:
        """Show a reply to the asker alone. Raises DeliveryError."""
        for payload in messages(reply, audience(asker.place)):
            await self._messenger.whisper(asker.place.channel, asker.user, payload)


def errand_of(words: str) -> str:
    """Return the first word, if the desk answers to it."""
    first = words.split(maxsplit=1)[:1]
    return first[0].casefold() if first and first[0].casefold() in ERRANDS else ""


async def run_errand(desk: Desk, messenger: SlackMessenger, body: Mapping[str, Any], words: str) -> None:
    """Answer a slash command that the desk answers to."""
    errand = errand_of(words)
    asker = Asker(Place(body["team_id"], body["channel_id"]), body["user_id"], body.get("user_name") or "a colleague")
    reply = await _answer(desk, errand, asker, " ".join(words.split()[1:]))
    if reply is not None:
        for payload in messages(reply, audience(asker.place)):
            await messenger.respond(body["response_url"], payload, response_type="ephemeral", replace_original=False)
    outcome = reply.outcome.value if reply else "done"
    _log.info("answered", team=asker.place.team, channel=asker.place.channel, command=errand, outcome=outcome)


async def _answer(desk: Desk, errand: str, asker: Asker, words: str) -> Reply | None:
    try:
        if errand == "subscribe":
            return await desk.subscribe(asker, words)
        if errand == "unsubscribe":
            return await desk.unsubscribe(asker, words)
        return await desk.subscriptions(asker)
    except Exception as error:  # noqa: BLE001 — the same rule as or_refusal: an asker always gets an answer
        return refusal(error)


def presses_of(desk: Desk) -> Mapping[str, Callable[[Asker, str], Awaitable[Reply]]]:
    """Return what the desk answers to its buttons, by the first part of their action_id."""
    return {
        Ask.WHY: lambda asker, _: desk.subscriptions(asker),
        Ask.SUBSCRIBE: desk.change,
        Ask.UNSUBSCRIBE: desk.unsubscribe,
        Ask.UNDO: desk.undo,
        Ask.MUTE: lambda asker, _: desk.mute(asker),
        Ask.UNMUTE: lambda asker, _: desk.unmute(asker),
        Ask.WATCH: desk.watch,
        Ask.UNWATCH: desk.unwatch,
    }


def audience(place: Place) -> Audience:
    """Return who sees a private reply in a place."""
    return Audience.DIRECT if place.is_direct else Audience.ASKER


class NamedManagers:
    """bot.desk.Managers: those whom MANAGERS names, by user id, user group or as `admins`; everybody if it is empty."""

    def __init__(self, messenger: SlackMessenger, named: frozenset[str]) -> None:
        """`named` holds ids of users (U…, W…) and user groups (S…), and `admins`."""
        self._messenger = messenger
        self._named = named

    async def allow(self, user: str) -> bool:
        """Whether this user may change a channel's alerts. Raises DeliveryError when Slack does not tell."""
        if not self._named or user in self._named:
            return True
        try:
            if "admins" in self._named and await self._messenger.is_admin(user):
                return True
            groups = sorted(each for each in self._named if each.startswith("S"))
            return any([user in await self._messenger.group(each) for each in groups])
        except DeliveryError as error:
            if error.code == "missing_scope":
                raise DeliveryError(
                    "I may not look up who manages alerts: MANAGERS needs the scopes users:read and usergroups:read.",
                    code=error.code,
                ) from None
            raise
