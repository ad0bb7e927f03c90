"""/briefing subscribe, unsubscribe and subscriptions; and what the subscription service needs of Slack.

The ack leaves at once and empty: a confirmation proves, by chat.postEphemeral, that the bot may post there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.errors import DeliveryError
from bot.messages import ChannelRef
from bot.subscriptions.form import ScheduleForm
from bot.subscriptions.permissions import Actor
from handlers.errors import or_refusal
from handlers.listeners.schedule_form import show_form
from handlers.rendering.replies import Audience, messages, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.messages import Reply
    from bot.subscriptions.service import SubscriptionService
    from handlers.listeners.home import HomeTabs
    from handlers.rendering.replies import Payload
    from handlers.slack.client import SlackClient

SUBCOMMANDS: Final = frozenset({"subscribe", "unsubscribe", "subscriptions"})
"""First words after /briefing that change or list subscriptions."""

_REJECTED = (
    "Slack rejected the reply. Check `/briefing subscriptions` before you try again: your change may already be saved."
)

_log = structlog.stdlib.get_logger(__name__)


async def send_ephemeral(client: SlackClient, actor: Actor, reply: Reply) -> None:
    """Show a reply to the actor alone (chat.postEphemeral). Raises DeliveryError."""
    for payload in messages(reply, audience(actor.place)):
        await client.post_ephemeral(actor.place.channel, actor.user, payload)


def subcommand_of(words: str) -> str:
    """Return the first word, if it is one of SUBCOMMANDS."""
    first = words.split(maxsplit=1)[:1]
    return first[0].casefold() if first and first[0].casefold() in SUBCOMMANDS else ""


class Subcommands:
    """Answers /briefing subscribe, unsubscribe and subscriptions: in words, or with a form."""

    def __init__(self, subscriptions: SubscriptionService, client: SlackClient, tabs: HomeTabs) -> None:
        """`tabs` redraws the actor's Home afterwards."""
        self._subscriptions = subscriptions
        self._client = client
        self._tabs = tabs

    async def run(self, body: Mapping[str, Any], words: str) -> None:
        """Run one whose first word is one of SUBCOMMANDS, and answer by the response_url. Raises DeliveryError."""
        place = ChannelRef(body["team_id"], body["channel_id"])
        actor = Actor(place, body["user_id"], body.get("user_name") or "a colleague", is_there=True)
        name = subcommand_of(words)
        reply = await or_refusal(self._result(name, actor, " ".join(words.split()[1:])))
        if isinstance(reply, ScheduleForm):
            reply = await show_form(self._client, body.get("trigger_id") or "", reply)
        self._tabs.changed(actor.user)
        if reply is not None:
            await self._respond(body["response_url"], messages(reply, audience(place)))
        outcome = reply.outcome.value if reply else "done"
        _log.info("request.answered", team=place.team, channel=place.channel, command=name, outcome=outcome)

    async def _result(self, name: str, actor: Actor, words: str) -> Reply | ScheduleForm | None:
        if name == "subscribe":
            return await self._subscriptions.subscribe(actor, words)
        if name == "unsubscribe":
            return await self._subscriptions.unsubscribe(actor, words)
        return await self._subscriptions.subscriptions(actor)

    async def _respond(self, response_url: str, payloads: Sequence[Payload]) -> None:
        """Answer in private; when Slack rejects the answer, say so in plain words. Raises DeliveryError."""
        how = {"response_type": "ephemeral", "replace_original": False}
        try:
            for payload in payloads:
                await self._client.respond(response_url, payload, **how)
        except DeliveryError as error:
            if error.is_unknown:
                raise
            _log.warning("reply.rejected", reason=error.message)
            await self._client.respond(response_url, plain(_REJECTED), **how)


def audience(place: ChannelRef) -> Audience:
    """Return who sees a private reply in a place."""
    return Audience.DIRECT if place.is_direct else Audience.ACTOR


async def zone_of(client: SlackClient, user: str) -> str:
    """Return a user's time zone (users.info, optional scope users:read), or nothing where Slack does not tell it."""
    try:
        return await client.zone_of(user)
    except DeliveryError as error:
        _log.info("user.zone_unknown", reason=error.message)
        return ""
