"""What one user sees on the page, as plain values for the templates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlencode
from zlib import crc32
from zoneinfo import ZoneInfo

from workspace.state.agent import ROOT_SUBTYPE
from workspace.state.records import BOT_USER_ID, SLACKBOT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from datetime import datetime

    from markupsafe import Markup

    from workspace.rendering.render import MessageWriter
    from workspace.state.records import Channel, Message, User
    from workspace.state.state import State

SHOWN_MESSAGES = 100
"""How many of a channel's newest messages are shown."""

Tab = Literal["home", "messages", "about"]
TABS: tuple[Tab, ...] = get_args(Tab)

NEWEST = "newest"
"""As `Location.trace`: that of the newest message."""

_GROUPED_WITHIN = timedelta(minutes=5)
_AVATAR_TONES = 6
_PINGS_ALL = frozenset({"<!channel>", "<!here>", "<!everyone>"})


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a message; `tone` (0 to 5) picks the avatar's colour."""

    id: str
    name: str
    initial: str
    tone: int
    is_app: bool


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as shown.

    `at` is in the reader's time zone. `begins` says whether avatar and name are shown; they are not when the message
    closely follows one by the same author. `day` is set on the first of each day. `pings_reader` says whether it would
    notify the reader. `failure` is a sentence on the last interaction with it.
    """

    message: Message
    author: Author
    at: datetime
    body: Markup
    begins: bool
    day: str
    replies: int
    last_reply: str
    pings_reader: bool
    failure: str


@dataclass(frozen=True, slots=True)
class Room:
    """A channel or direct message in the sidebar."""

    id: str
    name: str
    is_private: bool
    is_here: bool
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Location:
    """A user's view of one channel or direct message, and what is open in it.

    `thread` is the ts of the open thread, `trace` that of the message whose trace is shown, or NEWEST; mostly empty.
    """

    user: User
    channel: Channel
    thread: str = ""
    tab: Tab = "messages"
    trace: str = ""

    @property
    def path(self) -> str:
        """The address of the channel for this user."""
        return f"/client/{self.user.id}/{self.channel.id}"

    @property
    def query(self) -> str:
        """The query string that completes the path, with its `?`; mostly empty."""
        parts = {"thread": self.thread, "tab": self.tab if self.tab != "messages" else "", "trace": self.trace}
        words = urlencode({name: value for name, value in parts.items() if value})
        return f"?{words}" if words else ""

    @property
    def address(self) -> str:
        """The address of this location."""
        return f"{self.path}{self.query}"

    def tracing(self, ts: str) -> str:
        """Return the address of this location with the trace of a message beside it; without one for an empty ts."""
        return replace(self, trace=ts).address


class Screen:
    """Reads the state for one location."""

    def __init__(
        self,
        state: State,
        location: Location,
        writer: MessageWriter,
        failures: Mapping[tuple[str, str, str], str],
        read: MutableMapping[tuple[str, str], str],
    ) -> None:
        """Read `state`; `writer` writes for the reader.

        `failures` are sentences on the last interaction by (user id, channel id, ts); `read` the ts up to which
        a user has read, by (user id, channel id).
        """
        self._state = state
        self.location = location
        self._failures = failures
        self._read = read
        self._writer = writer
        self._zone = ZoneInfo(location.user.tz)

    def lines(self) -> list[MessageLine]:
        """Return the channel's messages, oldest first."""
        return self._lines("")

    def thread_lines(self) -> list[MessageLine]:
        """Return the open thread, its parent first; empty when no thread is open."""
        return self._lines(self.location.thread) if self.location.thread else []

    def replies_to(self, ts: str) -> list[MessageLine]:
        """Return the replies to a message, oldest first."""
        return self._lines(ts)[1:]

    def _lines(self, thread: str) -> list[MessageLine]:
        seen = self._state.seen_by(self.location.user.id, self.location.channel.id, thread)[-SHOWN_MESSAGES:]
        lines: list[MessageLine] = []
        for message in seen:
            lines.append(self._line(message, lines[-1] if lines else None, in_thread=bool(thread)))
        return lines

    def _line(self, message: Message, before: MessageLine | None, *, in_thread: bool) -> MessageLine:
        at = message.posted_at.astimezone(self._zone)
        new_day = before is None or before.at.date() != at.date()
        follows = (
            before is not None
            and not new_day
            and before.message.ts != self.location.thread
            and before.message.user == message.user
            and not before.message.is_ephemeral
            and not before.replies
            and not message.is_ephemeral
            and not _starts_group(message)
            and at - before.at < _GROUPED_WITHIN
        )
        replies: Sequence[Message] = ()
        if not in_thread and not message.is_ephemeral:
            replies = self._state.seen_by(self.location.user.id, self.location.channel.id, message.ts)[1:]
        return MessageLine(
            message=message,
            author=self._author(message.user),
            at=at,
            body=self._writer.body(message),
            begins=not follows,
            day=f"{at:%A} {at.day} {at:%B}" if new_day and not in_thread else "",
            replies=len(replies),
            last_reply=f"{replies[-1].posted_at.astimezone(self._zone):%H:%M}" if replies else "",
            pings_reader=not message.is_ephemeral
            and any(ping in _PINGS_ALL or ping == f"<@{self.location.user.id}>" for ping in message.pings),
            failure=self._failures.get((self.location.user.id, message.channel, message.ts), ""),
        )

    def _author(self, user_id: str) -> Author:
        user = self._state.user(user_id)
        name = user.real_name if user else user_id
        tone = crc32(user_id.encode()) % _AVATAR_TONES
        return Author(user_id, name, name[:1].upper(), tone, bool(user and user.is_bot and user_id != SLACKBOT_ID))

    def channels(self) -> list[Room]:
        """Return the channels of the sidebar."""
        return [self._room(channel) for channel in self._state.channels_of(self.location.user.id) if not channel.is_im]

    def direct_messages(self) -> list[Room]:
        """Return the direct messages of the sidebar."""
        return [self._room(channel) for channel in self._state.channels_of(self.location.user.id) if channel.is_im]

    def _room(self, channel: Channel) -> Room:
        return Room(
            id=channel.id,
            name=self.title(channel),
            is_private=channel.is_private,
            is_here=channel.id == self.location.channel.id and self.location.tab == "messages",
            is_unread=self._newest_from_others(channel) > self._read.get((self.location.user.id, channel.id), ""),
        )

    def has_app(self) -> bool:
        """Return whether the app is a member of this channel now."""
        channel = self._state.channel(self.location.channel.id)
        return channel is not None and BOT_USER_ID in channel.members

    def mark_read(self) -> None:
        """Mark the channel as read up to its newest message, if its messages are shown."""
        if self.location.tab != "messages":
            return
        here = (self.location.user.id, self.location.channel.id)
        self._read[here] = self._newest_from_others(self.location.channel)

    def _newest_from_others(self, channel: Channel) -> str:
        seen = self._state.seen_by(self.location.user.id, channel.id)
        if channel.is_im:  # what an agent answers is a reply
            seen += tuple(reply for root in seen for reply in self._state.replies(channel.id, root.ts))
        return max((message.ts for message in seen if message.user != self.location.user.id), default="")

    def title(self, channel: Channel) -> str:
        """Return a channel's name, or the name of the other member of a direct message."""
        if not channel.is_im:
            return channel.name
        others = [user.real_name for user in self._state.users if user.id in channel.members - {self.location.user.id}]
        return ", ".join(others) or self.location.user.real_name

    def people(self) -> list[User]:
        """Return the people to switch between."""
        return [user for user in self._state.users if not user.is_bot and user.id != SLACKBOT_ID]

    def role(self, user: User) -> str:
        """Return a person's role in a word."""
        return "admin" if user.is_admin else "guest" if user.is_guest else "member"

    def names(self) -> list[str]:
        """Return the names for completion: the other members as `@name`, the reader's channels as `#name`."""
        others = self.location.channel.members - {self.location.user.id}
        people = [f"@{user.real_name}" for user in self._state.users if user.id in others]
        return [*people, *(f"#{room.name}" for room in self.channels())]

    def address_for(self, user: User) -> str:
        """Return the same location for another user: the same channel, or their own direct message."""
        theirs = self._state.channels_of(user.id)
        here = self.location.channel
        like = [channel for channel in theirs if channel.id == here.id or (channel.is_im and here.is_im)]
        if like:
            return Location(user, like[0], tab=self.location.tab).address
        return Location(user, theirs[0]).path


def _starts_group(message: Message) -> bool:
    """Return whether a message is never grouped with the one before: a post of the app's, an assistant thread."""
    return bool(message.bot_id and message.blocks) or message.subtype == ROOT_SUBTYPE
