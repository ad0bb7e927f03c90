"""views.*: modals and the app's Home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.state.views import check_view
from workspace.wire.methods.method import Method

if TYPE_CHECKING:
    from workspace.state.triggers import Trigger, Triggers
    from workspace.state.views import Views
    from workspace.wire.access import Access
    from workspace.wire.arguments import Arguments


class ViewsMethods:
    """The methods of views.*."""

    def __init__(self, views: Views, access: Access, triggers: Triggers, *, home_tab: bool) -> None:
        """Open modals for trigger ids; publish only where the manifest enables the Home tab."""
        self._views = views
        self._access = access
        self._triggers = triggers
        self._home_tab = home_tab

    def methods(self) -> tuple[Method, ...]:
        """Return the methods."""
        return (
            Method("views.open", self.open, accepts_json=True),
            Method("views.push", self.push, accepts_json=True),
            Method("views.update", self.update, accepts_json=True),
            Method("views.publish", self.publish, accepts_json=True),
        )

    def open(self, arguments: Arguments) -> dict[str, Any]:
        """Open a modal for the person whose doing gave the trigger id."""
        view = check_view(_view(arguments), "modal")
        trigger = self._spent(arguments)
        return {"view": self._views.open(trigger.user_id, view, trigger.channel_id)}

    def push(self, arguments: Arguments) -> dict[str, Any]:
        """Put a modal on top of the one in which the person did something."""
        view = check_view(_view(arguments), "modal")
        trigger = self._spent(arguments)
        return {"view": self._views.push(trigger.user_id, view, trigger.view_id)}

    def update(self, arguments: Arguments) -> dict[str, Any]:
        """Change a modal or Home tab; `hash` guards against overwriting a later one."""
        view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
        if not view_id and not external_id:
            raise SlackError("invalid_arguments", "missing required field: view_id")
        view = check_view(_view(arguments), "modal", "home")
        view_hash = arguments.text("hash")
        return {"view": self._views.update(view, view_id=view_id, external_id=external_id, view_hash=view_hash)}

    def publish(self, arguments: Arguments) -> dict[str, Any]:
        """Let a user see this view in the app's Home tab; `hash` guards against overwriting a later one."""
        if not self._home_tab:
            raise SlackError("not_enabled")
        user_id = self._access.user(arguments.required("user_id")).id
        view = check_view(_view(arguments), "home")
        return {"view": self._views.publish(user_id, view, arguments.text("hash"))}

    def _spent(self, arguments: Arguments) -> Trigger:
        return self._triggers.spend(arguments.required("trigger_id"))


def _view(arguments: Arguments) -> object:
    view: object = arguments.structure("view", "invalid_arguments")
    return view
