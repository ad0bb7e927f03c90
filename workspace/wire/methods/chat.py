"""chat.*: posting, changing and deleting messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workspace.blocks.pings import find_pings
from workspace.errors import SlackError
from workspace.wire.composing import Content, bot_message, compose
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.state.records import Channel, Message
    from workspace.wire.arguments import Arguments

_UPDATE_TEXT_MAX = 4_000
_CUSTOM_AUTHOR = ("username", "icon_url", "icon_emoji")


def post_message(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Post a message."""
    channel = context.access.posting_channel(arguments.required("channel"))
    message = context.state.put(_new_message(context, channel, arguments))
    context.events.posted(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.to_json()}


def post_ephemeral(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Post an ephemeral message."""
    channel = context.access.member_channel(context.access.channel(arguments.required("channel")))
    user_id = arguments.required("user")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = replace(_new_message(context, channel, arguments), ephemeral_to=user_id)
    context.state.put(message)
    return {"message_ts": message.ts}


def update(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Change a message by the bot; blocks and metadata that are left out are kept, `[]` and `{}` remove them."""
    channel = context.access.channel(arguments.required("channel"))
    before = context.access.own_message(channel, arguments.required("ts"), "cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    content = compose(arguments)
    if len(content.text) > _UPDATE_TEXT_MAX:
        raise SlackError("msg_too_long")
    if content.is_empty:
        raise SlackError("no_text")
    after = context.state.put(_changed(before, content, context.state.next_ts()))
    context.events.changed(before, after)
    return {"channel": channel.id, "ts": after.ts, "text": after.text, "message": after.to_json()}


def delete(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Delete a message by the bot."""
    channel = context.access.channel(arguments.required("channel"))
    message = context.access.own_message(channel, arguments.required("ts"), "cant_delete_message")
    context.state.remove(channel.id, message.ts)
    context.events.deleted(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return a message's address."""
    channel = context.access.channel(arguments.required("channel"))
    ts = arguments.required("message_ts")
    message = context.state.message(channel.id, ts)
    if message is None or message.is_ephemeral:
        raise SlackError("message_not_found")
    link = f"{context.address.page}archives/{channel.id}/p{ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _new_message(context: Context, channel: Channel, arguments: Arguments) -> Message:
    if channel.is_archived:
        raise SlackError("is_archived")
    if any(name in arguments for name in _CUSTOM_AUTHOR):
        context.access.require("chat:write.customize")
    content = compose(arguments)
    if content.is_empty:
        raise SlackError("no_text")
    thread_ts = context.access.thread(channel, arguments.text("thread_ts"))
    return bot_message(channel.id, context.state.next_ts(), content, thread_ts)


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


_WRITE = ("chat:write",)
METHODS = (
    Method("chat.postMessage", post_message, _WRITE, accepts_json=True),
    Method("chat.postEphemeral", post_ephemeral, _WRITE, accepts_json=True),
    Method("chat.update", update, _WRITE, accepts_json=True),
    Method("chat.delete", delete, _WRITE, accepts_json=True),
    Method("chat.getPermalink", get_permalink),
)
