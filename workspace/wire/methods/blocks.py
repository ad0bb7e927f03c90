"""blocks.validate: whether blocks, a message or a view would be taken ("blocks.validate method").

It takes no token. Blocks alone are judged as a message's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workspace.blocks.check import find_faults
from workspace.blocks.schema import Fault
from workspace.errors import SlackError
from workspace.state.views import find_view_faults
from workspace.wire.methods.method import Context, Method

if TYPE_CHECKING:
    from workspace.wire.arguments import Arguments

_KINDS = ("blocks", "message", "view")
_LENGTH_MAX = 100_000


def validate(_context: Context, arguments: Arguments) -> dict[str, Any]:
    """Return nothing where Slack would take it; else raise SlackError with each fault in `errors`."""
    given = [kind for kind in _KINDS if kind in arguments]
    if len(given) != 1:
        raise SlackError("invalid_arguments", "must provide exactly one of `blocks`, `view`, or `message`")
    (kind,) = given
    value = arguments.structure(kind, "invalid_arguments")
    if len(json.dumps(value, ensure_ascii=False)) > _LENGTH_MAX:
        raise SlackError("invalid_arguments", f"must be less than {_LENGTH_MAX + 1} characters [json-pointer:/{kind}]")
    found = _faults(kind, value)
    if found:
        raise SlackError(f"invalid_{kind}", errors=[fault.to_json() for fault in found])
    return {}


def _faults(kind: str, value: Any) -> tuple[Fault, ...]:  # noqa: ANN401 — any JSON value
    if kind == "blocks":
        return find_faults(value, "message", "")
    if not isinstance(value, dict):
        return (Fault("must provide an object", constraint={"type": "type", "expected": "object"}),)
    if kind == "view":
        return find_view_faults(value, "modal", "home", root="")
    return find_faults(value.get("blocks", []), "message", "/blocks")


METHODS = (Method("blocks.validate", validate, accepts_json=True, caller="anyone"),)
