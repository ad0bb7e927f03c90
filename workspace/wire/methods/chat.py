"""chat.*: posting, changing and deleting messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workspace.blocks.pings import find_pings
from workspace.errors import SlackError
from workspace.wire.composing import Content, bot_message, compose
from workspace.wire.methods.method import Method

if TYPE_CHECKING:
    from workspace.state.records import Channel, Message
    from workspace.state.state import State
    from workspace.wire.access import Access
    from workspace.wire.address import Address
    from workspace.wire.arguments import Arguments
    from workspace.wire.events import Events

_UPDATE_TEXT_MAX = 4_000
_CUSTOM_AUTHOR = ("username", "icon_url", "icon_emoji")


class ChatMethods:
    """The methods of chat.* that post as the bot."""

    def __init__(self, state: State, access: Access, events: Events, address: Address) -> None:
        """Write to the state, by these rights, and tell the app of its own messages as Slack does."""
        self._state = state
        self._access = access
        self._events = events
        self._address = address

    def methods(self) -> tuple[Method, ...]:
        """Return the methods."""
        write = ("chat:write",)
        return (
            Method("chat.postMessage", self.post_message, write, accepts_json=True),
            Method("chat.postEphemeral", self.post_ephemeral, write, accepts_json=True),
            Method("chat.update", self.update, write, accepts_json=True),
            Method("chat.delete", self.delete, write, accepts_json=True),
            Method("chat.getPermalink", self.get_permalink),
        )

    def post_message(self, arguments: Arguments) -> dict[str, Any]:
        """Post where everyone in the channel sees it."""
        channel = self._access.posting_channel(arguments.required("channel"))
        message = self._state.put(self._new_message(channel, arguments))
        self._events.posted(message)
        return {"channel": channel.id, "ts": message.ts, "message": message.to_json()}

    def post_ephemeral(self, arguments: Arguments) -> dict[str, Any]:
        """Post for one member of a channel alone."""
        channel = self._access.member_channel(self._access.channel(arguments.required("channel")))
        user_id = arguments.required("user")
        if user_id not in channel.members:
            raise SlackError("user_not_in_channel")
        message = replace(self._new_message(channel, arguments), ephemeral_to=user_id)
        self._state.put(message)
        return {"message_ts": message.ts}

    def update(self, arguments: Arguments) -> dict[str, Any]:
        """Change a message of the bot's own; blocks and metadata that are left out stay, `[]` and `{}` remove them."""
        channel = self._access.channel(arguments.required("channel"))
        before = self._access.own_message(channel, arguments.required("ts"), "cant_update_message")
        content = compose(arguments)
        if len(content.text) > _UPDATE_TEXT_MAX:
            raise SlackError("msg_too_long")
        if content.is_empty:
            raise SlackError("no_text")
        after = self._state.put(_changed(before, content, self._state.next_ts()))
        self._events.changed(before, after)
        return {"channel": channel.id, "ts": after.ts, "text": after.text, "message": after.to_json()}

    def delete(self, arguments: Arguments) -> dict[str, Any]:
        """Delete a message of the bot's own."""
        channel = self._access.channel(arguments.required("channel"))
        message = self._access.own_message(channel, arguments.required("ts"), "cant_delete_message")
        self._state.remove(channel.id, message.ts)
        self._events.deleted(message)
        return {"channel": channel.id, "ts": message.ts}

    def get_permalink(self, arguments: Arguments) -> dict[str, Any]:
        """Return a message's address."""
        channel = self._access.channel(arguments.required("channel"))
        ts = arguments.required("message_ts")
        if self._state.message(channel.id, ts) is None:
            raise SlackError("message_not_found")
        link = f"{self._address.page}archives/{channel.id}/p{ts.replace('.', '')}"
        return {"channel": channel.id, "permalink": link}

    def _new_message(self, channel: Channel, arguments: Arguments) -> Message:
        if channel.is_archived:
            raise SlackError("is_archived")
        if any(name in arguments for name in _CUSTOM_AUTHOR):
            self._access.require("chat:write.customize")
        content = compose(arguments)
        if content.is_empty:
            raise SlackError("no_text")
        thread_ts = self._access.thread(channel, arguments.text("thread_ts"))
        return bot_message(channel.id, self._state.next_ts(), content, thread_ts)


def _changed(before: Message, content: Content, edited_ts: str) -> Message:
    blocks = before.blocks if content.blocks is None else content.blocks
    return replace(
        before,
        text=content.text,
        blocks=blocks,
        attachments=before.attachments if content.attachments is None else content.attachments,
        metadata=before.metadata if content.metadata is None else content.metadata or None,
        pings=find_pings(content.text, blocks),
        edited_ts=edited_ts,
    )
