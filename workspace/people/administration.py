"""What administrators do to channels and to the app: archiving, renaming, inviting and removing it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workspace.parts import Parts
from workspace.state.records import BOT_USER_ID

if TYPE_CHECKING:
    from workspace.state.records import Channel


class Administration(Parts):
    """Changes channels and the installation, and sends the app the events for it. Raises LookupError."""

    def archive(self, channel_id: str, by: str = "U0ADA") -> None:
        """Archive a channel."""
        channel = self._change(replace(self._known(channel_id), is_archived=True))
        self._events.channel_changed("archive", {"channel": channel.id, "user": by})

    def unarchive(self, channel_id: str, by: str = "U0ADA") -> None:
        """Open an archived channel again."""
        channel = self._change(replace(self._known(channel_id), is_archived=False))
        self._events.channel_changed("unarchive", {"channel": channel.id, "user": by})

    def rename(self, channel_id: str, name: str) -> None:
        """Give a channel another name."""
        channel = self._change(replace(self._known(channel_id), name=name))
        self._events.channel_changed("rename", {"channel": {"id": channel.id, "name": name, "created": 0}})

    def remove_bot(self, channel_id: str) -> None:
        """Remove the bot from a channel."""
        channel = self._known(channel_id)
        channel = self._change(replace(channel, members=channel.members - {BOT_USER_ID}))
        self._events.channel_changed("left", {"channel": channel.id})

    def invite_bot(self, channel_id: str) -> None:
        """Invite the bot to a channel."""
        self.state.join(self._known(channel_id).id, BOT_USER_ID)
        self._events.joined(channel_id, BOT_USER_ID)

    def uninstall(self) -> None:
        """Remove the app: its token is refused from now on, and it is told by two events."""
        self._web_api.revoke_bot_token()
        self._events.uninstalled()

    def _known(self, channel_id: str) -> Channel:
        channel = self.state.channel(channel_id)
        if channel is None:
            raise LookupError(f"There is no channel {channel_id}.")
        return channel

    def _change(self, channel: Channel) -> Channel:
        self.state.change_channel(channel)
        return channel
