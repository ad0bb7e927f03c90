"""What the bot sends in a local workspace: every message and view on the wire, in acks and calls alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.workspace import InMemoryWorkspace

_FORMS: Final = {
    "chat.postMessage": "post",
    "chat.postEphemeral": "private message",
    "chat.update": "edit",
    "response_url": "reply",
    "views.open": "modal",
    "views.push": "modal",
    "views.update": "modal",
    "views.publish": "Home",
}
_ACK: Final = "reply"
_OF_CONTENT: Final = ("invalid_", "msg_", "markdown_", "view_too_large", "no_text", "metadata_")
"""How the error codes begin that are about what was sent, and not about where."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message (`text` and `blocks`) or a view, what it was sent for, and in which form.

    `refusal` is the workspace's error code, where it took the words for too long or malformed as they were sent.
    """

    cause: str
    form: str
    shape: Literal["message", "view"]
    payload: Mapping[str, Any]
    refusal: str = ""

    @property
    def kind(self) -> tuple[str, str]:
        """What stands in one row of the table."""
        return self.cause, self.form


class Wire:
    """The wire between a workspace and its app."""

    def __init__(self, workspace: InMemoryWorkspace) -> None:
        """Begin with what is sent from now on."""
        self._workspace = workspace
        self._taken = [len(each) for each in self._sources()]

    def take(self, cause: str) -> list[Sent]:
        """Return what was sent since the last time."""
        sent: list[Sent] = []
        for number, source in enumerate(self._sources()):
            new, self._taken[number] = source[self._taken[number] :], len(source)
            for form, arguments, answer in new:
                sent += _sent(cause, form, arguments, answer)
        return sent

    def _sources(self) -> tuple[list[tuple[str, Any, Any]], ...]:
        """Return what went over the wire so far: acks, calls, and uses of response_urls, each oldest first."""
        return (
            [(_ACK, dispatch.ack, {}) for dispatch in self._workspace.dispatches],
            [(_FORMS.get(call.method, ""), call.args, call.response) for call in self._workspace.calls],
            [(_FORMS[call.method], call.args, call.response) for call in self._workspace.replies],
        )


def _sent(cause: str, form: str, arguments: Any, answer: Mapping[str, Any]) -> Iterator[Sent]:  # noqa: ANN401 — any JSON value
    code = str(answer.get("error", ""))
    refusal = code if code.startswith(_OF_CONTENT) and code != "invalid_trigger_id" else ""
    if form and isinstance(arguments, dict):
        if "view" in arguments:
            view = _parsed(arguments["view"])
            yield Sent(cause, "modal" if form == _ACK else form, "view", view, refusal)
        elif "blocks" in arguments:
            message = {"text": arguments.get("text", ""), "blocks": _parsed(arguments["blocks"])}
            yield Sent(cause, form, "message", message, refusal)


def _parsed(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    """Return a part of a call, which a form has as JSON."""
    return json.loads(value) if isinstance(value, str) else value
