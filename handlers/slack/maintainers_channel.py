"""Whether MAINTAINERS_CHANNEL takes the bot's posts: what is told there of failures would else be read by nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.outbox.delivery import NotDeliveredError
from handlers.slack.errors import NO_MEMBER, object_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from handlers.slack.clients import SlackClients

LOOK_EVERY_S: Final = 3600.0
AGAIN_S: Final = 60.0
"""Seconds between two looks while something is wrong: somebody is mending it."""
NOT_THERE: Final = "it is not there, or is private and the bot is not in it"
NOT_INSTALLED: Final = (
    "The workspace MAINTAINERS_TEAM has not installed the app, or has removed it. Install it there, or correct the id."
)
_INVITE: Final = "Invite the bot there with /invite, or name another channel."

_log = structlog.stdlib.get_logger(__name__)


class MaintainersChannel:
    """Looks at the channel once Slack is connected, and each hour; while it takes no posts, each minute.

    `fault` says what is wrong, with what to do.
    """

    def __init__(
        self, channel: str, clients: SlackClients, team: Callable[[], str], *, every_s: float = LOOK_EVERY_S
    ) -> None:
        """`channel` is empty for none; `team` returns the maintainers' workspace, once Slack has said it."""
        self.fault = ""
        self._channel = channel
        self._clients = clients
        self._team = team
        self._every_s = every_s

    async def run(self, is_connected: asyncio.Event) -> None:
        """Look until cancelled; without a channel there is nothing to look at."""
        if not self._channel:
            return
        await is_connected.wait()
        while True:
            await self.look()
            await asyncio.sleep(min(self._every_s, AGAIN_S) if self.fault else self._every_s)

    async def look(self) -> None:
        """Ask Slack, and log what is wrong when it begins; where Slack does not tell, what was known stands."""
        try:
            answer = await self._clients.web(self._team()).conversations_info(channel=self._channel)
            fault = fault_of(object_at(answer, "channel"))
        except NotDeliveredError as error:
            if error.code == "not_installed":
                return self._note(NOT_INSTALLED)
            if error.code not in NO_MEMBER:
                return None
            fault = NOT_THERE
        return self._note(fault and f"MAINTAINERS_CHANNEL: {fault}. {_INVITE}")

    def _note(self, fault: str) -> None:
        if fault and not self.fault:
            _log.error("maintainers.unreached", team=self._team(), channel=self._channel, reason=fault)
        self.fault = fault


def fault_of(channel: Mapping[str, Any]) -> str:
    """Return why the bot cannot post in a channel, as conversations.info tells of it; empty where it can."""
    if channel.get("is_archived"):
        return "it is archived"
    return "" if channel.get("is_member", True) else "the bot is not in it"
