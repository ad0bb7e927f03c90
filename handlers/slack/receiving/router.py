"""Finds a request's listener in a table, as the last of Bolt's middlewares: Bolt itself would ask each of them in turn.

Bolt parses a request, authorizes it and has the middlewares; its listeners cost, until one matches, all arguments that
any listener could ask for, and as much once more for the call (docs/decisions/0014-a-table-of-listeners.md).
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.request.async_request import AsyncBoltRequest

Listener: TypeAlias = "Callable[..., Awaitable[None]]"
"""Takes what it names of `ack`, `body` and `context`, as Bolt's own listeners do."""
Kind: TypeAlias = Literal["command", "event", "block_action", "view", "options", "message_shortcut", "global_shortcut"]
"""What a request is, by Bolt's name for it; a view is a form that was sent."""
ANY: Final = ""
"""Every other name."""


class Router(AsyncMiddleware):
    """The listeners by kind and name, each name once; what none of them takes goes on to Bolt, which reports it."""

    def __init__(self) -> None:
        """Begin without a listener."""
        self._listeners: dict[tuple[str, str], tuple[Listener, tuple[str, ...]]] = {}

    @property
    def ways_in(self) -> frozenset[tuple[str, str]]:
        """Return each kind and name that is listened to."""
        return frozenset(self._listeners)

    def on(self, kind: Kind, name: str, listener: Listener) -> None:
        """Have a request taken: a command by its name, an event by its type, all else by its action_id or callback_id.

        With ANY, a listener takes what no other of its kind takes. An event is acknowledged whatever its listener does.
        """
        if (kind, name) in self._listeners:
            raise ValueError(f"Two listeners for {kind} {name}.")
        self._listeners[kind, name] = listener, tuple(signature(listener).parameters)

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 — Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 — the same
    ) -> BoltResponse:
        """Run the listener and return its acknowledgement: empty, unless it gave one."""
        kind, name = _kind_and_name(req.body)
        found = self._listeners.get((kind, name)) or self._listeners.get((kind, ANY))
        if found is None:
            return await next()
        listener, asked = found
        ack = req.context.ack
        given = {"ack": ack, "body": req.body, "context": req.context}
        await listener(**{each: given[each] for each in asked})
        return ack.response or BoltResponse(status=200)


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
