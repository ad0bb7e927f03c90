"""Authorization of Web API calls: scopes, visible channels, membership."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workspace.errors import SlackError
from workspace.state.records import BOT_USER_ID

if TYPE_CHECKING:
    from workspace.state.records import Channel, Message, User
    from workspace.state.state import State
    from workspace.wire.oauth.grants import Installation

SCOPE_FAMILIES: Final = {
    "public_channel": "channels",
    "private_channel": "groups",
    "mpim": "mpim",
    "im": "im",
}
"""The first half of a scope, by the type of conversation (conversations.list)."""


class Access:
    """The state, as far as the app may use it. Every method raises SlackError with Slack's code for the refusal."""

    def __init__(self, state: State, installation: Installation) -> None:
        """`installation` has the scopes that the app was granted."""
        self._state = state
        self._installation = installation

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that the app was granted."""
        return self._installation.scopes

    def require(self, *any_of: str) -> None:
        """Refuse with `missing_scope` unless the app has one of these scopes, or none is given."""
        if any_of and self.scopes.isdisjoint(any_of):
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=",".join(any_of), provided=provided)

    def channel(self, reference: str) -> Channel:
        """Return the channel of this id, else `channel_not_found`; private ones are seen by their members alone."""
        channel = self._state.channel(reference)
        if channel is None or (channel.kind != "public_channel" and BOT_USER_ID not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def channel_with(self, reference: str, kind: str) -> Channel:
        """Return the channel, if the app has the scope of this kind for it: `channels:kind`, `groups:` or `im:kind`."""
        channel = self.channel(reference)
        self.require(f"{SCOPE_FAMILIES[channel.kind]}:{kind}")
        return channel

    def member_channel(self, channel: Channel) -> Channel:
        """Return the channel if the bot is in it, else `not_in_channel`."""
        if BOT_USER_ID not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def posting_channel(self, reference: str) -> Channel:
        """Return the channel for chat.postMessage from a channel's id or name, or from a user's id for their DM."""
        direct = self._state.direct_message(reference)
        if direct is not None:
            return direct
        name = reference.removeprefix("#")
        named = next((channel for channel in self._state.channels if channel.name and channel.name == name), None)
        channel = self.channel(named.id if named else reference)
        if "chat:write.public" in self.scopes:
            return channel
        return self.member_channel(channel)

    def user(self, user_id: str) -> User:
        """Return the user, else `user_not_found`."""
        user = self._state.user(user_id)
        if user is None:
            raise SlackError("user_not_found")
        return user

    def own_message(self, channel: Channel, ts: str, refusal: str) -> Message:
        """Return a message that the app wrote: `message_not_found` when there is none, `refusal` when it is another's.

        Ephemeral messages cannot be reached by chat.update and chat.delete.
        """
        message = self._state.message(channel.id, ts)
        if message is None or message.is_ephemeral or message.subtype == "tombstone":
            raise SlackError("message_not_found")
        if message.user != BOT_USER_ID:
            raise SlackError(refusal)
        return message

    def thread(self, channel: Channel, thread_ts: str) -> str:
        """Return the ts of the thread's parent, given the ts of any message in it; empty stays empty."""
        if not thread_ts:
            return ""
        message = self._state.message(channel.id, thread_ts)
        if message is None or message.is_ephemeral:
            raise SlackError("thread_not_found")
        return message.thread_ts or message.ts
