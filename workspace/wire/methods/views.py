"""views.*: modals and the app's Home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.errors import SlackError
from workspace.state.views import check_view
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.state.triggers import Trigger
    from workspace.wire.arguments import Arguments


def open_modal(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Open a modal for the user of the trigger id."""
    view = check_view(_view(arguments), "modal")
    trigger = _trigger(context, arguments)
    return {"view": context.views.open(trigger.user_id, view, trigger.channel_id)}


def push(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Push a modal onto the stack of the trigger's view."""
    view = check_view(_view(arguments), "modal")
    trigger = _trigger(context, arguments)
    return {"view": context.views.push(trigger.user_id, view, trigger.view_id)}


def update(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Change a modal or Home tab; `hash` guards against overwriting a later one."""
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if not view_id and not external_id:
        raise SlackError("invalid_arguments", "missing required field: view_id")
    view = check_view(_view(arguments), "modal", "home")
    view_hash = arguments.text("hash")
    return {"view": context.views.update(view, view_id=view_id, external_id=external_id, view_hash=view_hash)}


def publish(context: Context, arguments: Arguments) -> dict[str, Any]:
    """Publish this view in the app's Home tab of one user; `hash` guards against overwriting a later one."""
    if not context.manifest.home_tab:
        raise SlackError("not_enabled")
    user_id = arguments.required("user_id")
    if context.state.user(user_id) is None:
        raise SlackError("invalid_arguments", "invalid `user_id`")
    view = check_view(_view(arguments), "home")
    return {"view": context.views.publish(user_id, view, arguments.text("hash"))}


def _trigger(context: Context, arguments: Arguments) -> Trigger:
    return context.triggers.spend(arguments.required("trigger_id"))


def _view(arguments: Arguments) -> object:
    view: object = arguments.structure("view", "invalid_arguments")
    return view


METHODS = (
    Method("views.open", open_modal, accepts_json=True),
    Method("views.push", push, accepts_json=True),
    Method("views.update", update, accepts_json=True),
    Method("views.publish", publish, accepts_json=True),
)
