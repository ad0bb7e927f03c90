"""users.*: the people of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.wire.methods.method import Method
from workspace.wire.methods.pages import page

if TYPE_CHECKING:
    from workspace.state.state import State
    from workspace.wire.access import Access
    from workspace.wire.arguments import Arguments


class UsersMethods:
    """The methods of users.*."""

    def __init__(self, state: State, access: Access) -> None:
        """Read the state by these rights."""
        self._state = state
        self._access = access

    def methods(self) -> tuple[Method, ...]:
        """Return the methods."""
        read = ("users:read",)
        return (
            Method("users.info", self.info, read),
            Method("users.list", self.list_all, read),
            Method("usergroups.users.list", self.list_group, ("usergroups:read",)),
        )

    def info(self, arguments: Arguments) -> dict[str, Any]:
        """Return one user."""
        user_id = arguments.text("user")
        if not user_id:
            raise SlackError("user_not_found")
        return {"user": self._access.user(user_id).to_json(self._state.now)}

    def list_group(self, arguments: Arguments) -> dict[str, Any]:
        """Return the ids of those in a user group."""
        group = self._state.group(arguments.required("usergroup"))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": list(group.members)}

    def list_all(self, arguments: Arguments) -> dict[str, Any]:
        """Return everyone."""
        shown, metadata = page(self._state.users, arguments)
        return {"members": [user.to_json(self._state.now) for user in shown], **metadata}
