"""conversations.*: channels, direct messages, their members and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.state.records import BOT_USER_ID, SLACKBOT_ID, Channel, Message, Team
from workspace.wire.access import SCOPE_FAMILIES
from workspace.wire.methods.method import Context, Method
from workspace.wire.methods.pages import page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workspace.wire.arguments import Arguments

_TYPES = {kind: f"{family}:read" for kind, family in SCOPE_FAMILIES.items()}


def info(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return one channel."""
    channel = context.access.channel_with(arguments.required("channel"), "read")
    shape = channel_json(channel, context.state.team, is_shared=context.state.is_shared(channel))
    if arguments.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


def list_all(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return the channels of the requested types, by default public channels."""
    return _of_kinds(context, context.state.channels, arguments)


def list_of_user(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return the channels of a user, by default of the bot; of direct messages and private channels only its own."""
    member = context.access.user(arguments.text("user") or BOT_USER_ID).id
    return _of_kinds(context, [room for room in context.state.channels if member in room.members], arguments)


def _of_kinds(context: Context, channels: Iterable[Channel], arguments: Arguments) -> dict[str, Any]:
    kinds = [kind.strip() for kind in (arguments.text("types") or "public_channel").split(",")]
    if any(kind not in _TYPES for kind in kinds):
        raise SlackError("invalid_types")
    for kind in kinds:
        context.access.require(_TYPES[kind])
    seen = [each for each in channels if each.kind == "public_channel" or BOT_USER_ID in each.members]
    wanted = [channel for channel in seen if channel.kind in kinds]
    if arguments.flag("exclude_archived"):
        wanted = [channel for channel in wanted if not channel.is_archived]
    shown, metadata = page(wanted, arguments)
    shapes = [
        channel_json(channel, context.state.team, is_shared=context.state.is_shared(channel)) for channel in shown
    ]
    return {"channels": shapes, **metadata}


def members(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return the user ids of a channel's members."""
    channel = context.access.channel_with(arguments.required("channel"), "read")
    shown, metadata = page(sorted(channel.members), arguments)
    return {"members": list(shown), **metadata}


def history(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return a channel's messages, newest first, without replies and ephemeral ones."""
    channel = _readable(context, arguments)
    messages = [message for message in context.state.history(channel.id) if _within(message, arguments)]
    shown, metadata = page(messages[::-1], arguments)
    return {"messages": _shapes(context, shown, arguments), **_more(metadata)}


def replies(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return a thread, oldest first, after its parent."""
    channel = _readable(context, arguments)
    ts = context.access.thread(channel, arguments.required("ts"))
    parent = context.state.message(channel.id, ts)
    replies = [message for message in context.state.replies(channel.id, ts) if _within(message, arguments)]
    shown, metadata = page([*([parent] if parent else []), *replies], arguments)
    return {"messages": _shapes(context, shown, arguments), **_more(metadata)}


def join(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Let the bot join a public channel."""
    channel = context.access.channel(arguments.required("channel"))
    if channel.kind != "public_channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER_ID in channel.members:
        answer: dict[str, Any] = {"channel": channel_json(channel, context.state.team), "warning": "already_in_channel"}
        return answer | {"response_metadata": {"warnings": ["already_in_channel"]}}
    joined = context.state.join(channel.id, BOT_USER_ID)
    context.events.joined(joined, BOT_USER_ID)
    return {"channel": channel_json(joined, context.state.team)}


def open_direct(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return the direct message with one user, or the one whose id is given."""
    reference = arguments.text("channel")
    if reference:
        found = context.access.channel(reference)
        if not found.is_im:
            raise SlackError("method_not_supported_for_channel_type")
        return {"channel": {"id": found.id}}
    users = [user for user in arguments.text("users").split(",") if user]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("method_not_supported_for_channel_type")
    channel = context.state.direct_message(context.access.user(users[0]).id)
    if channel is None:
        raise SlackError("cannot_dm_bot")
    shape = channel_json(channel, context.state.team) if arguments.flag("return_im") else {"id": channel.id}
    return {"channel": shape, "no_op": True, "already_open": True}


def _readable(context: Context, arguments: Arguments) -> Channel:
    channel = context.access.channel_with(arguments.required("channel"), "history")
    return context.access.member_channel(channel)


def _shapes(context: Context, messages: Iterable[Message], arguments: Arguments) -> list[dict[str, Any]]:
    whole = arguments.flag("include_all_metadata")
    return [_shape(context, message, whole_metadata=whole) for message in messages]


def _shape(context: Context, message: Message, *, whole_metadata: bool) -> dict[str, Any]:
    shape = message.to_json()
    if message.metadata and not whole_metadata:
        shape["metadata"] = {"event_type": message.metadata["event_type"]}
    replies = context.state.replies(message.channel, message.ts)
    if replies:
        authors = list(dict.fromkeys(reply.user for reply in replies))
        shape |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
        shape |= {"reply_users": authors, "reply_users_count": len(authors)}
    return shape


def channel_json(channel: Channel, team: Team, *, is_shared: bool = False) -> dict[str, Any]:
    """Return Slack's conversation object; `is_shared`: by Slack Connect, with another organisation."""
    common = {"id": channel.id, "is_im": channel.is_im, "is_mpim": False, "is_archived": channel.is_archived}
    common |= {"is_org_shared": False, "created": 0, "context_team_id": team.id}
    if channel.is_im:
        return common | {"user": channel.im_user, "is_user_deleted": False}
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_private": channel.is_private,
        "is_shared": is_shared,
        "is_ext_shared": is_shared,
        "is_general": channel.name == "general",
        "is_member": BOT_USER_ID in channel.members,
        "creator": SLACKBOT_ID,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _within(message: Message, arguments: Arguments) -> bool:
    """Return whether a message lies between `oldest` and `latest`, which count only when `inclusive`."""
    moment = float(message.ts)
    oldest, latest = _ts(arguments, "oldest", 0.0), _ts(arguments, "latest", float("inf"))
    if arguments.flag("inclusive"):
        return oldest <= moment <= latest
    return oldest < moment < latest


def _ts(arguments: Arguments, name: str, default: float) -> float:
    text = arguments.text(name)
    try:
        return float(text) if text else default
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _more(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"has_more": bool(metadata["response_metadata"]["next_cursor"]), **metadata}


_READ = tuple(_TYPES.values())
_WRITE = ("im:write", "mpim:write", "groups:write", "channels:manage")
_HISTORY = tuple(scope.replace(":read", ":history") for scope in _READ)
METHODS = (
    Method("conversations.info", info, _READ),
    Method("conversations.list", list_all, _READ),
    Method("conversations.members", members, _READ),
    Method("users.conversations", list_of_user, _READ),
    Method("conversations.history", history, _HISTORY, accepts_json=True),
    Method("conversations.replies", replies, _HISTORY),
    Method("conversations.join", join, ("channels:join",), accepts_json=True),
    Method("conversations.open", open_direct, _WRITE, accepts_json=True),
)
