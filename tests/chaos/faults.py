"""What goes wrong on the wire during the chaos: cut and silent calls, odd answers to any method, events sent twice."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from workspace.wire.faults import DELIVERIES, Fault

POST, LOOK, LOOK_THREAD = "chat.postMessage", "conversations.history", "conversations.replies"
STARTING: Final = ("auth.test", "apps.connections.open")
_ODD: Final[tuple[tuple[int, str, dict[str, str]], ...]] = (
    (HTTPStatus.SERVICE_UNAVAILABLE, "upstream connect error", {"Content-Type": "text/plain"}),
    (HTTPStatus.OK, '{"ok": tru', {}),
    (HTTPStatus.OK, "[]", {}),
    (HTTPStatus.OK, "", {}),
)
"""Answers that are not Slack's: status, body, headers."""
_SOON: Final = ("0", "0.5", "Thu, 01 Jan 1970 00:00:00 GMT")
"""Values of Retry-After that ask for a second at most; after one that cannot be read, the bot waits 30 s."""

FAULTS: Final = (
    Fault("lost", POST, chance=0.03),
    *(Fault("lost", POST, chance=0.01, status=status, body=body, headers=how) for status, body, how in _ODD if body),
    Fault("reset", POST, chance=0.02),
    Fault("error", POST, chance=0.02),
    Fault("slow", POST, chance=0.02, seconds=4.5),
    Fault("timeout", POST, chance=0.02, seconds=4.5),
    Fault("rate_limit", POST, chance=0.005, seconds=1),
    Fault("error", LOOK, chance=0.1),
    Fault("rate_limit", LOOK, chance=0.02, seconds=1),
    Fault("reset", LOOK_THREAD, chance=0.1),
    *(Fault("answer", each, chance=0.1, body="[]") for each in STARTING),
    *(Fault("answer", chance=0.01, status=status, body=body, headers=how) for status, body, how in _ODD),
    *(Fault("answer", chance=0.002, status=429, headers={"Retry-After": text}) for text in _SOON),
    Fault("answer", POST, chance=0.2, times=1, status=429, headers={"Retry-After": "soon"}),
    Fault("answer", LOOK, chance=0.5, times=1, status=429, headers={"Retry-After": "-5"}),
    Fault("double", DELIVERIES, chance=0.2),
)
"""A call meets the first of them that hits. `lost` with a body is the worst: it was posted, and the answer is odd."""
KINDS: Final = frozenset({"lost", "reset", "error", "slow", "timeout", "answer", "double", "cut socket"})
"""Kinds that a run must have met to prove anything."""
