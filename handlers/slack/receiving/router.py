"""The table of listeners: what a request is, and who takes it."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.request.async_request import AsyncBoltRequest

Listener: TypeAlias = "Callable[..., Awaitable[None]]"
"""Takes what it names of `ack`, `body` and `context`, as Bolt's own listeners do."""
Called: TypeAlias = "Callable[[AsyncBoltRequest], Awaitable[None]]"
Kind: TypeAlias = Literal["command", "event", "block_action", "view", "options", "message_shortcut", "global_shortcut"]
"""What a request is, by Bolt's name for it; a view is a form that was sent."""
ANY: Final = ""
"""Every other name."""


class Router:
    """The listeners by kind and name, each name once."""

    def __init__(self) -> None:
        """Begin without a listener; `listeners` are by kind and name."""
        self.listeners: dict[tuple[str, str], Called] = {}

    def on(self, kind: Kind, name: str, listener: Listener) -> None:
        """Have a request taken: a command by its name, an event by its type, all else by its action_id or callback_id.

        With ANY, a listener takes what no other of its kind takes. Where it acknowledges nothing, that is done for it.
        """
        if (kind, name) in self.listeners:
            raise ValueError(f"Two listeners for {kind} {name}.")
        asked = tuple(signature(listener).parameters)

        def called(req: AsyncBoltRequest) -> Awaitable[None]:
            given = {"ack": req.context.ack, "body": req.body, "context": req.context}
            return listener(**{each: given[each] for each in asked})

        self.listeners[kind, name] = called

    def listener_of(self, body: Mapping[str, Any]) -> Called | None:
        """Return what calls a request's listener; None where there is none."""
        kind, name = _kind_and_name(body)
        return self.listeners.get((kind, name)) or self.listeners.get((kind, ANY))


def _kind_and_name(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a request is, and its name; nothing for what has neither (Slack: "Interaction payloads")."""
    match body:
        case {"command": str(name)}:
            kind = "command"
        case {"type": "event_callback", "event": {"type": str(name)}}:
            kind = "event"
        case {"type": "block_actions", "actions": [{"action_id": str(name)}, *_]}:
            kind = "block_action"
        case {"type": "view_submission", "view": {"callback_id": str(name)}}:
            kind = "view"
        case {"type": "block_suggestion", "action_id": str(name)}:
            kind = "options"
        case {"type": "message_action", "callback_id": str(name)}:
            kind = "message_shortcut"
        case {"type": "shortcut", "callback_id": str(name)}:
            kind = "global_shortcut"
        case _:
            kind = name = ""
    return kind, name
