"""users.* and usergroups.users.*."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.wire.methods.method import Context, Method
from workspace.wire.methods.pages import page

if TYPE_CHECKING:
    from workspace.wire.arguments import Arguments


def info(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return one user."""
    user_id = arguments.text("user")
    if not user_id:
        raise SlackError("user_not_found")
    return {"user": context.access.user(user_id).to_json(context.state.now)}


def list_group(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return the user ids of a user group."""
    group = context.state.group(arguments.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def list_all(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return all users."""
    shown, metadata = page(context.state.users, arguments)
    return {"members": [user.to_json(context.state.now) for user in shown], **metadata}


METHODS = (
    Method("users.info", info, ("users:read",)),
    Method("users.list", list_all, ("users:read",)),
    Method("usergroups.users.list", list_group, ("usergroups:read",)),
)
