"""Users, channels and messages in memory, with a version that grows with every change."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from workspace.state.records import SLACKBOT_ID, Channel, Message, Team, User, UserGroup

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from workspace.clock import Clock

_MICROSECONDS = 1_000_000


class State:
    """The workspace's users, channels and messages.

    Every change raises `version`. Only `changed` awaits, so a reader on the event loop never sees half a change.
    """

    def __init__(
        self,
        clock: Clock,
        users: Iterable[User],
        channels: Iterable[Channel],
        groups: Iterable[UserGroup] = (),
        team: Team | None = None,
    ) -> None:
        """Start with these users, channels and user groups, without messages."""
        self._clock = clock
        self.team = team or Team()
        self._users = {user.id: user for user in users}
        self._groups = {group.id: group for group in groups}
        self._channels = {channel.id: channel for channel in channels}
        self._messages: dict[str, dict[str, Message]] = {channel_id: {} for channel_id in self._channels}
        self._replies: dict[tuple[str, str], dict[str, Message]] = {}
        self._last_ts = 0
        self._version = 1
        self._waiting: list[asyncio.Future[None]] = []

    # Changes.

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return self._version

    def touch(self) -> None:
        """Count a change and wake the waiting tasks."""
        self._version += 1
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self, after: int) -> int:
        """Return the version once it is greater than `after`."""
        while self._version <= after:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                if future in self._waiting:
                    self._waiting.remove(future)
        return self._version

    # Users and channels.

    @property
    def now(self) -> datetime:
        """The time in the workspace, aware, in UTC."""
        return self._clock.now()

    @property
    def users(self) -> tuple[User, ...]:
        """All users, bots included, in the order of seed.py."""
        return tuple(self._users.values())

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All channels and direct messages, in the order of seed.py."""
        return tuple(self._channels.values())

    def user(self, user_id: str) -> User | None:
        """Return the user, or None."""
        return self._users.get(user_id)

    def known_user(self, user_id: str) -> User:
        """Return the user. Raises LookupError."""
        if user_id not in self._users:
            raise LookupError(f"There is no user {user_id}.")
        return self._users[user_id]

    def group(self, group_id: str) -> UserGroup | None:
        """Return the user group, or None."""
        return self._groups.get(group_id)

    def channel(self, channel_id: str) -> Channel | None:
        """Return the channel or direct message, or None."""
        return self._channels.get(channel_id)

    def channels_of(self, user_id: str) -> tuple[Channel, ...]:
        """Return the channels and direct messages that this user is in."""
        return tuple(channel for channel in self._channels.values() if user_id in channel.members)

    def direct_message(self, user_id: str) -> Channel | None:
        """Return the direct message between the bot and this user, or None."""
        return next((channel for channel in self.channels if channel.is_im and channel.im_user == user_id), None)

    def join(self, channel_id: str, user_id: str) -> Channel:
        """Make the user a member and return the channel as it is then."""
        channel = self._channels[channel_id]
        if user_id not in channel.members:
            channel = replace(channel, members=channel.members | {user_id})
            self._channels[channel_id] = channel
            self.touch()
        return channel

    def add_channel(self, channel: Channel) -> None:
        """Add a channel or direct message, empty."""
        self._channels[channel.id] = channel
        self._messages[channel.id] = {}
        self.touch()

    def remove_channel(self, channel_id: str) -> None:
        """Delete a channel and its messages."""
        del self._channels[channel_id], self._messages[channel_id]
        self.touch()

    def add_user(self, user: User) -> None:
        """Add a person."""
        self._users[user.id] = user
        self.touch()

    def is_external(self, user: User) -> bool:
        """Whether a user belongs to another organisation (Slack Connect)."""
        return user.team_id != self.team.id

    def is_shared(self, channel: Channel) -> bool:
        """Whether people of another organisation are in a channel (Slack Connect)."""
        return any(self.is_external(self._users[member]) for member in channel.members if member in self._users)

    def archive(self, channel_id: str) -> None:
        """Archive a channel."""
        self.change_channel(replace(self._channels[channel_id], is_archived=True))

    def change_channel(self, channel: Channel) -> None:
        """Replace the channel with this id."""
        self._channels[channel.id] = channel
        self.touch()

    # Messages.

    def next_ts(self) -> str:
        """Return a ts later than every one before: the clock's time in seconds with six decimals."""
        now = round(self._clock.now().timestamp() * _MICROSECONDS)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // _MICROSECONDS}.{self._last_ts % _MICROSECONDS:06}"

    def put(self, message: Message) -> Message:
        """Add the message, or replace the one with its channel and ts; return it, as one of this workspace's."""
        message = replace(message, team=self.team.id)
        self._messages[message.channel][message.ts] = message
        if message.thread_ts and not message.is_ephemeral:
            self._replies.setdefault((message.channel, message.thread_ts), {})[message.ts] = message
        self.touch()
        return message

    def message(self, channel_id: str, ts: str) -> Message | None:
        """Return one message (ephemeral ones too), or None."""
        return self._messages.get(channel_id, {}).get(ts)

    def remove(self, channel_id: str, ts: str) -> None:
        """Delete a message; a parent with replies becomes a tombstone, as in Slack."""
        message = self._messages[channel_id][ts]
        if self.replies(channel_id, ts):
            text = "This message was deleted."
            tombstone = Message(channel_id, ts, SLACKBOT_ID, text, subtype="tombstone")
            self._messages[channel_id][ts] = tombstone
        else:
            del self._messages[channel_id][ts]
            self._replies.get((channel_id, message.thread_ts), {}).pop(ts, None)
        self.touch()

    def dismiss(self, user_id: str, channel_id: str, ts: str) -> None:
        """Delete an ephemeral message of this user's; do nothing for any other message."""
        message = self.message(channel_id, ts)
        if message is not None and message.ephemeral_to == user_id:
            self.remove(channel_id, ts)

    def history(self, channel_id: str) -> tuple[Message, ...]:
        """Return the channel's own messages, oldest first: no replies, nothing ephemeral."""
        messages = self._messages[channel_id].values()
        return tuple(message for message in messages if not message.thread_ts and not message.is_ephemeral)

    def replies(self, channel_id: str, thread_ts: str) -> tuple[Message, ...]:
        """Return the replies of a thread, oldest first, without the parent; nothing ephemeral."""
        return tuple(self._replies.get((channel_id, thread_ts), {}).values())

    def seen_by(self, user_id: str, channel_id: str, thread_ts: str = "") -> tuple[Message, ...]:
        """Return what a user sees in a channel, or in one thread (its parent first), oldest first.

        Ephemeral messages to this user are among them; those to others are not. Empty when the user is no member.
        """
        channel = self._channels.get(channel_id)
        if channel is None or user_id not in channel.members:
            return ()
        return tuple(
            message
            for message in self._messages[channel_id].values()
            if message.ephemeral_to in ("", user_id)
            and (message.thread_ts == thread_ts or (bool(thread_ts) and message.ts == thread_ts))
        )
