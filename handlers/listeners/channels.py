"""Events about channels and about the installation: what is paused for them, and what runs again."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

import structlog

from bot.messages import ChannelRef
from bot.subscriptions.channel_events import ARCHIVED, DELETED, NOT_MEMBER, store_patiently
from handlers.slack.installations.request_team import happened_at, removed_from, team_of

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


def register(router: Router, channels: ChannelEvents, installations: Installations, tasks: Tasks) -> None:
    """Take the events about channels, and tokens_revoked and app_uninstalled."""
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

    async def on_revoked(body: dict[str, Any]) -> None:
        if (body["event"].get("tokens") or {}).get("bot"):
            await on_removed(body)

    async def on_removed(body: dict[str, Any]) -> None:
        workspace, organisation = removed_from(body)
        if told := installations.removed(workspace, organisation):
            _log.error("installation.removed", team=workspace, reason=told)
        tasks.start(store_patiently(partial(channels.removed, workspace, happened_at(body))))

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
    router.on("event", "tokens_revoked", on_revoked)
    router.on("event", "app_uninstalled", on_removed)
