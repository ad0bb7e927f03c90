"""users.* and usergroups.users.*."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.state.records import BOT_USER_ID
from workspace.wire.methods.method import Context, Method
from workspace.wire.methods.pages import page

if TYPE_CHECKING:
    from workspace.wire.arguments import Arguments


def info(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return one user.

    `is_stranger` says of somebody of another organisation that no channel is shared with them (Slack: "Understanding
    Slack Connect").
    """
    user_id = arguments.text("user")
    if not user_id:
        raise SlackError("user_not_found")
    user = context.access.user(user_id)
    shape = user.to_json(context.state.now)
    if context.state.is_external(user):
        shape["is_stranger"] = not any(user_id in channel.members for channel in context.state.channels_of(BOT_USER_ID))
    return {"user": shape}


def list_group(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return the user ids of a user group."""
    group = context.state.group(arguments.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def list_all(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return all users of the workspace, none of another organisation."""
    shown, metadata = page([user for user in context.state.users if not context.state.is_external(user)], arguments)
    return {"members": [user.to_json(context.state.now) for user in shown], **metadata}


METHODS = (
    Method("users.info", info, ("users:read",)),
    Method("users.list", list_all, ("users:read",)),
    Method("usergroups.users.list", list_group, ("usergroups:read",)),
)
