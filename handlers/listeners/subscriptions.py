"""/briefing subscribe, unsubscribe, subscriptions, pause and resume, also typed in a message; what these need of Slack.

The ack leaves at once and empty: a confirmation proves, by chat.postEphemeral, that the bot may post there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.actions import Action, Choice
from bot.alerts.replies import Request
from bot.errors import DeliveryError
from bot.messages import ChannelRef, Outcome, Reply
from bot.outbox.delivery import ErrorClass, NotDeliveredError, new_id
from bot.schedules.next_run import newest_holidays
from bot.subscriptions.form.form import ScheduleForm
from bot.subscriptions.permissions import Actor, Permissions
from bot.subscriptions.service import SubscriptionService
from handlers.errors import or_refusal
from handlers.listeners.schedule_form import show_form
from handlers.rendering.replies import Audience, messages
from handlers.slack.gate import Need
from handlers.slack.installations.request_team import team_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.alerts.replies import Replies
    from bot.clock import Clock
    from bot.config import Settings
    from bot.store.database import Database
    from handlers.listeners.home import HomeTabs
    from handlers.slack.clients import SlackClients
    from handlers.slack.gate import Gate

SUBCOMMANDS: Final = frozenset({"subscribe", "unsubscribe", "subscriptions", "pause", "resume", "days", "defaults"})
"""First words after /briefing that change or list subscriptions."""
MAINTAINERS: Final = frozenset({"gaps"})
"""Words that stand alone after /briefing, for maintainers."""


_log = structlog.stdlib.get_logger(__name__)


async def send_ephemeral(clients: SlackClients, replies: Replies, actor: Actor, reply: Reply) -> None:
    """Show a reply to the actor alone (chat.postEphemeral). Raises DeliveryError where Slack refuses it.

    Where Slack asks to wait, or cannot be reached, it is shown later; where it may have been shown, it is not again.
    """
    client = clients.of(actor.place.team)
    try:
        for payload in messages(reply, audience(actor.place)):
            await client.post_ephemeral(actor.place.channel, actor.user, payload, actor.thread)
    except NotDeliveredError as error:
        if error.error_class is ErrorClass.WAIT:
            await replies.in_private(Request(new_id(), actor.place, actor.user, actor.thread), reply)
        elif not error.is_unknown:
            raise
        _log.warning("confirmation.late", channel=actor.place.channel, reason=error.code)


def subcommand_of(words: str) -> str:
    """Return the first word, if it is one of SUBCOMMANDS; `days` is with `off`, and MAINTAINERS are without any."""
    first, second, *_ = (*words.casefold().split(maxsplit=2), "", "")
    if first in MAINTAINERS and not second:
        return first
    return first if first in SUBCOMMANDS and (first != "days" or second == "off") else ""


@dataclass(frozen=True, slots=True)
class Subcommands:
    """Answers subscribe, pause and their kin, and what maintainers ask for: in words, or with a form.

    `tabs` redraws the actor's Home afterwards; whether they may change anything is asked where it is changed. `lists`
    has what each of MAINTAINERS shows: it asks whether the actor may see that.
    """

    subscriptions: SubscriptionService
    clients: SlackClients
    tabs: HomeTabs
    replies: Replies
    gate: Gate
    lists: Mapping[str, Callable[[Actor], Awaitable[Reply]]]

    async def run(self, body: Mapping[str, Any], words: str) -> None:
        """Run one whose first word is one of SUBCOMMANDS, and answer by the response_url."""
        place = ChannelRef(team_of(body), body["channel_id"])
        actor = Actor(place, body["user_id"], is_there=True)
        name = subcommand_of(words)
        reply = await or_refusal(self._result(name, actor, " ".join(words.split()[1:])))
        if isinstance(reply, ScheduleForm):
            reply = await show_form(self.clients.of(place.team), body.get("trigger_id") or "", reply)
        self.tabs.changed(actor)
        if reply is not None:
            request = Request(str(body.get("trigger_id") or body["response_url"]), place, actor.user)
            await self.replies.by_response_url(request, reply, body["response_url"])
        outcome = reply.outcome.value if reply else "done"
        _log.info("request.answered", team=place.team, channel=place.channel, command=name, outcome=outcome)

    async def typed(self, place: ChannelRef, user: str, home: str, words: str, thread: str) -> Reply | None:
        """Run one that was typed in a message, where its `words` begin with it; None where all was said.

        A message opens no form, as it has no trigger id (Slack: "Opening modals"): a button does.
        """
        name, rest = subcommand_of(words), " ".join(words.split()[1:])
        actor = Actor(place, user, home, is_there=True, thread=thread)
        reply = await or_refusal(self._result(name, actor, rest))
        self.tabs.changed(actor)
        if isinstance(reply, ScheduleForm):
            note = " ".join((*reply.problems.values(), "Choose areas, days and a time:"))
            return Reply(Outcome.NOTICE, "", note=note, choices=(Choice(Action.SET_UP, "Choose…", rest),))
        return reply

    async def _result(self, name: str, actor: Actor, words: str) -> Reply | ScheduleForm | None:
        if name in self.lists:
            return await self.lists[name](actor)
        await self.gate.require(actor, Need.SEE)
        service, pauses = self.subscriptions, self.subscriptions.pauses
        if name == "resume":
            return await pauses.resume(actor)
        if name == "subscribe":
            return await service.subscribe(actor, words)
        if name == "days":
            return await pauses.days_off(actor, words.partition(" ")[2])
        run = {"unsubscribe": service.unsubscribe, "pause": pauses.pause, "defaults": service.defaults.put}.get(name)
        return await (run(actor, words) if run else service.subscriptions(actor))


def audience(place: ChannelRef) -> Audience:
    """Return who sees a private reply in a place."""
    return Audience.DIRECT if place.is_direct else Audience.ACTOR


async def zone_of(clients: SlackClients, team: str, user: str) -> str:
    """Return a user's time zone (users.info, optional scope users:read), or nothing where Slack does not tell it."""
    try:
        return await clients.of(team).zone_of(user)
    except DeliveryError as error:
        _log.info("user.zone_unknown", reason=error.message)
        return ""


def subscription_service(  # noqa: PLR0913, PLR0917 — the parts that it uses
    settings: Settings, database: Database, clients: SlackClients, replies: Replies, clock: Clock, gate: Gate
) -> SubscriptionService:
    """Return what reads and changes what channels get, with what it asks of Slack."""
    permissions = Permissions(
        database,
        clock,
        send_ephemeral=partial(send_ephemeral, clients, replies),
        require_allowed=partial(gate.require, need=Need.CHANGE),
        zone_of=partial(zone_of, clients),
        name_of=lambda team, user: clients.of(team).name_of(user),
        announces=settings.alert_announce == "on",
    )
    return SubscriptionService(database, clock, permissions, partial(newest_holidays, database))
