"""Events about channels and about the installation: what is paused for them, and what runs again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.messages import ChannelRef
from bot.subscriptions.channel_events import ARCHIVED, DELETED, NOT_MEMBER

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp, AsyncBoltContext

    from bot.subscriptions.channel_events import ChannelEvents
    from handlers.slack.authorization import SingleInstallation
    from handlers.tasks import Tasks

_PAUSES: Final = {
    "channel_archive": ARCHIVED,
    "group_archive": ARCHIVED,
    "channel_deleted": DELETED,
    "group_deleted": DELETED,
    "channel_left": NOT_MEMBER,
    "group_left": NOT_MEMBER,
}
_GONE: Final = (
    "This workspace has removed the app or revoked its token: nothing can be posted or answered. Its alerts and "
    "schedules are paused. Install the app again, set SLACK_BOT_TOKEN to the new token, and start the bot."
)

_log = structlog.stdlib.get_logger(__name__)


def register(app: AsyncApp, channels: ChannelEvents, installation: SingleInstallation, tasks: Tasks) -> None:
    """Take the events about channels, and tokens_revoked and app_uninstalled."""

    async def on_pause(body: dict[str, Any]) -> None:
        tasks.start(channels.pause(_place(body), _PAUSES[body["event"]["type"]]))

    async def on_unarchive(body: dict[str, Any]) -> None:
        tasks.start(channels.resume(_place(body), ARCHIVED))

    async def on_join(body: dict[str, Any], context: AsyncBoltContext) -> None:
        if body["event"].get("user") == context.bot_user_id:
            tasks.start(channels.resume(_place(body), NOT_MEMBER))

    async def on_rename() -> None:
        """Acknowledge it: channels are known by their ids."""

    async def on_revoked(body: dict[str, Any]) -> None:
        if (body["event"].get("tokens") or {}).get("bot"):
            await on_removed(body)

    async def on_removed(body: dict[str, Any]) -> None:
        if not installation.is_removed:
            _log.error("installation.removed", team=body["team_id"], reason=_GONE)
            installation.is_removed = True
            tasks.start(channels.removed(body["team_id"]))

    app.event("channel_archive")(on_pause)
    app.event("channel_deleted")(on_pause)
    app.event("channel_left")(on_pause)
    app.event("group_archive")(on_pause)
    app.event("group_deleted")(on_pause)
    app.event("group_left")(on_pause)
    app.event("channel_unarchive")(on_unarchive)
    app.event("group_unarchive")(on_unarchive)
    app.event("channel_rename")(on_rename)
    app.event("group_rename")(on_rename)
    app.event("member_joined_channel")(on_join)
    app.event("tokens_revoked")(on_revoked)
    app.event("app_uninstalled")(on_removed)


def _place(body: dict[str, Any]) -> ChannelRef:
    return ChannelRef(str(body["team_id"]), str(body["event"]["channel"]))
