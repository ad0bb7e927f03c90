"""Events about channels and about the installation: what is paused for them, and what runs again."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

import structlog

from bot.messages import ChannelRef
from bot.subscriptions.channel_events import ARCHIVED, DELETED, NOT_MEMBER, store_patiently
from handlers.slack.installations.request_team import happened_at, named_workspaces, removed_from, team_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncBoltContext

    from bot.subscriptions.channel_events import ChannelEvents
    from handlers.slack.installations.installations import Installations
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks

_PAUSES: Final = {
    "channel_archive": ARCHIVED,
    "group_archive": ARCHIVED,
    "channel_deleted": DELETED,
    "group_deleted": DELETED,
    "channel_left": NOT_MEMBER,
    "group_left": NOT_MEMBER,
}

_log = structlog.stdlib.get_logger(__name__)


class ChannelChanges:
    """Takes each event about a channel once, and stores what it changes in the order in which the events came."""

    def __init__(self, tasks: Tasks) -> None:
        """`tasks` run in the background."""
        self._tasks = tasks
        self._newest: dict[tuple[ChannelRef, bool], float] = {}
        self._turns: WeakValueDictionary[ChannelRef, asyncio.Lock] = WeakValueDictionary()

    def take(self, body: dict[str, Any], change: Callable[[ChannelRef], Awaitable[None]], *, is_pause: bool) -> None:
        """Carry out a change, unless the event is a repetition or older than one that says the contrary.

        Slack sends an event again, minutes later, when it saw no acknowledgement (Slack: "The Events API", Retries).
        """
        place = ChannelRef(team_of(body), str(body["event"]["channel"]))
        at = float(body["event"].get("event_ts") or body.get("event_time") or 0)
        is_old = 0 < at < self._newest.get((place, not is_pause), 0)
        if is_old or not self._tasks.is_new(body.get("event_id")):
            return
        self._newest[place, is_pause] = max(at, self._newest.get((place, is_pause), 0))
        turn = self._turns.setdefault(place, asyncio.Lock())
        self._tasks.start(_in_turn(turn, partial(change, place)))


async def _in_turn(turn: asyncio.Lock, change: Callable[[], Awaitable[None]]) -> None:
    async with turn:
        await store_patiently(change)


class Removals:
    """Takes the events that tell where the app is no more, or is again."""

    def __init__(self, channels: ChannelEvents, installations: Installations, tasks: Tasks) -> None:
        """`tasks` run in the background."""
        self._channels = channels
        self._installations = installations
        self._tasks = tasks

    async def revoked(self, body: dict[str, Any]) -> None:
        """Take that tokens are revoked: without the bot's the app is as good as removed."""
        if (body["event"].get("tokens") or {}).get("bot"):
            await self.removed(body)

    async def removed(self, body: dict[str, Any]) -> None:
        """Take that the app was removed."""
        self._remove(*removed_from(body), body)

    async def access_revoked(self, body: dict[str, Any]) -> None:
        """Take that an organisation has taken the app out of workspaces; those that have it by themselves keep it.

        Which those are, another process may know: Slack does not send the event again.
        """
        self._tasks.start(store_patiently(partial(self._take_out, body)))

    async def _take_out(self, body: dict[str, Any]) -> None:
        organisation, teams = named_workspaces(body)
        await self._installations.reload()
        for team in teams:
            if self._installations.is_covered(team, organisation):
                self._remove(team, "", body)

    async def access_granted(self, body: dict[str, Any]) -> None:
        """Take that an organisation has added workspaces, unless they were taken out since."""
        organisation, teams = named_workspaces(body)
        for team in teams:
            if await self._installations.serves(team, organisation, happened_at(body)):
                self._installations.cover(team, organisation, happened_at(body), is_by_organisation=True)

    def _remove(self, workspace: str, organisation: str, body: dict[str, Any]) -> None:
        if told := self._installations.removed(workspace, organisation):
            _log.error("installation.removed", team=workspace, reason=told)
        self._tasks.start(store_patiently(partial(self._channels.removed, workspace, happened_at(body))))


def register(router: Router, channels: ChannelEvents, installations: Installations, tasks: Tasks) -> None:
    """Take the events about channels, and those that tell where the app is no more, or is again."""
    changes = ChannelChanges(tasks)

    async def on_pause(body: dict[str, Any]) -> None:
        changes.take(body, partial(channels.pause, reason=_PAUSES[body["event"]["type"]]), is_pause=True)

    async def on_unarchive(body: dict[str, Any]) -> None:
        changes.take(body, channels.unarchived, is_pause=False)

    async def on_join(body: dict[str, Any], context: AsyncBoltContext) -> None:
        if body["event"].get("user") == context.bot_user_id:
            changes.take(body, channels.joined, is_pause=False)

    async def on_rename() -> None:
        """Acknowledge it: channels are known by their ids."""

    router.on("event", "channel_archive", on_pause)
    router.on("event", "channel_deleted", on_pause)
    router.on("event", "channel_left", on_pause)
    router.on("event", "group_archive", on_pause)
    router.on("event", "group_deleted", on_pause)
    router.on("event", "group_left", on_pause)
    router.on("event", "channel_unarchive", on_unarchive)
    router.on("event", "group_unarchive", on_unarchive)
    router.on("event", "channel_rename", on_rename)
    router.on("event", "group_rename", on_rename)
    router.on("event", "member_joined_channel", on_join)
    removals = Removals(channels, installations, tasks)
    router.on("event", "tokens_revoked", removals.revoked)
    router.on("event", "app_uninstalled", removals.removed)
    router.on("event", "team_access_revoked", removals.access_revoked)
    router.on("event", "team_access_granted", removals.access_granted)
