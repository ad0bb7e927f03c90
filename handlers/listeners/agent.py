"""The app is opened as an agent. What is asked there arrives as direct messages (handlers/listeners/events.py)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.alerts.replies import Request
from bot.errors import DeliveryError
from bot.messages import ChannelRef, Outcome, Reply
from handlers.slack.installations.request_team import team_of

if TYPE_CHECKING:
    from bot.alerts.replies import Replies
    from handlers.slack.agent_view import AgentView
    from handlers.slack.clients import SlackClients
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

GREETING: Final = (
    "Ask me in a few words, and I answer with one cited fact. `help` shows what I hold; `subscribe` has me write to "
    "you when it changes."
)
_KEY: Final = "greeting"
_KEPT: Final = 10_000
"""Direct messages remembered as begun; another is looked at once more when it is opened."""

_log = structlog.stdlib.get_logger(__name__)


class MessagesTab:
    """Suggests questions when the Messages tab is opened, and greets who finds nothing there; raises no DeliveryError.

    The greeting is a reply with one key for each direct message, so that nobody is greeted twice.
    """

    def __init__(self, view: AgentView, clients: SlackClients, replies: Replies) -> None:
        self._view = view
        self._clients = clients
        self._replies = replies
        self._begun: OrderedDict[ChannelRef, None] = OrderedDict()

    async def opened(self, place: ChannelRef) -> None:
        """Suggest questions in a direct message, and greet whoever has it with us if nothing was said there."""
        await self._view.open_tab(place)
        if place in self._begun:
            return
        self._begun[place] = None
        if len(self._begun) > _KEPT:
            self._begun.popitem(last=False)
        try:
            if await self._clients.of(place.team).is_empty(place.channel):
                await self._replies.directly(Request(_KEY, place, ""), Reply(Outcome.HELP, GREETING))
        except DeliveryError as error:
            self._begun.pop(place, None)
            _log.info("greeting.failed", channel=place.channel, reason=error.message)


def register(router: Router, view: AgentView, tasks: Tasks) -> None:
    """Take the events of agents alone: app_context_changed, and assistant_thread_started of an app made before."""

    async def on_context() -> None:
        """Acknowledge it: answers do not depend on what a person looks at, and it is not kept."""

    async def on_started(body: dict[str, Any]) -> None:
        thread = body["event"]["assistant_thread"]
        if tasks.is_new(body.get("event_id")):
            tasks.start(view.open_thread(ChannelRef(team_of(body), thread["channel_id"]), thread["thread_ts"]))

    router.on("event", "app_context_changed", on_context)
    router.on("event", "assistant_thread_started", on_started)
