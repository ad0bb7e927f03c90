"""users.*: the people of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.methods.method import Method
from workspace.methods.pages import page

if TYPE_CHECKING:
    from workspace.access import Access
    from workspace.arguments import Arguments
    from workspace.state import State


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
        return {"user": self._access.user(user_id).to_json()}

    def list_group(self, arguments: Arguments) -> dict[str, Any]:
        """Refuse: there are no user groups here."""
        arguments.required("usergroup")
        raise SlackError("no_such_subteam")

    def list_all(self, arguments: Arguments) -> dict[str, Any]:
        """Return everyone."""
        shown, metadata = page(self._state.users, arguments)
        return {"members": [user.to_json() for user in shown], **metadata}
