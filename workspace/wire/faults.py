"""Fault injection between an app and Slack, by switches; README.md describes each kind, remote.py the HTTP API."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from workspace.clock import Clock

DELIVERIES: Final = "deliveries"
"""The `method` of faults in what Slack sends to the app."""
RESPONSE_URL: Final = "response_url"
"""The `method` of faults in uses of response_urls."""

FaultKind = Literal["rate_limit", "error", "timeout", "reset", "lost", "slow", "answer", "drop", "double"]

_KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)
OF_DELIVERIES: Final = ("drop", "double")
_LONGEST_S = 600.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in calls of `method` (`*`: all methods; `deliveries`: what Slack sends to the app; `response_url`).

    `chance` is the probability of a hit, 0 to 1; `times` the maximum number of hits, 0 for no limit. `seconds` is the
    Retry-After of rate_limit, and how long timeout and slow take. `status`, `body` and `headers` are those of answer,
    and of lost with a `body`.
    """

    kind: FaultKind
    method: str = "*"
    chance: float = 1.0
    times: int = 0
    seconds: float = 1.0
    status: int = HTTPStatus.OK
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Faults:
    """The fault switches of a workspace; `hits` counts their hits by kind."""

    def __init__(self, clock: Clock) -> None:
        """`clock` times slow and timeout."""
        self._clock = clock
        self._switches: list[Fault] = []
        self._random = random.Random()  # noqa: S311 — not a secret
        self.hits: Counter[str] = Counter()

    @property
    def switches(self) -> tuple[Fault, ...]:
        """The switches that can still hit."""
        return tuple(self._switches)

    def switch(self, faults: Sequence[Fault], seed: int | None = None) -> None:
        """Replace every switch; the same seed and calls give the same hits."""
        self._switches = list(faults)
        self._random = random.Random(seed)  # noqa: S311 — the same

    def add(self, fault: Fault) -> None:
        """Switch on one more."""
        self._switches.append(fault)

    def next_for(self, method: str) -> Fault | None:
        """Return the first fault that hits this call, or None."""
        for position, fault in enumerate(self._switches):
            is_meant = fault.method == method or (fault.method == "*" and method not in (DELIVERIES, RESPONSE_URL))
            if is_meant and self._random.random() < fault.chance:
                self.hits[fault.kind] += 1
                if fault.times:
                    left = fault.times - 1
                    self._switches[position : position + 1] = [replace(fault, times=left)] if left else []
                return fault
        return None

    async def around(
        self, request: web.Request, fault: Fault, answer: Callable[[], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        """Answer a Web API call, or a use of a response_url, with this fault; `answer` makes the call."""
        match fault.kind:
            case "rate_limit" | "error" | "answer":
                return _answer_of(fault)
            case "timeout":
                await self._clock.sleep(fault.seconds)
                return _cut(request)
            case "lost":
                await answer()
                return _answer_of(fault) if fault.body else _cut(request)
            case "slow":
                await request.read()  # the app may hang up from here on
                await self._clock.sleep(fault.seconds)
                return await answer()
            case _:
                return _cut(request)


def _answer_of(fault: Fault) -> web.Response:
    """Return what a fault answers in place of the call's own answer."""
    if fault.kind == "rate_limit":
        seconds = str(max(1, round(fault.seconds)))
        return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": seconds})
    if fault.kind == "error":
        return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR, text="Something went wrong.")
    headers = {"Content-Type": "application/json", **fault.headers}
    return web.Response(status=fault.status, body=fault.body.encode(), headers=headers)


def _cut(request: web.Request) -> web.Response:
    """Cut the connection; the response returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def read_fault(entry: Any) -> Fault:  # noqa: ANN401 — any JSON value
    """Return the switch that this JSON object describes. Raises ValueError with a sentence."""
    known = Fault.__slots__
    if not isinstance(entry, dict) or entry.keys() - set(known):
        raise ValueError(f"A fault has {', '.join(known)}, and nothing else.")
    kind, method = next((kind for kind in _KINDS if kind == entry.get("kind")), None), entry.get("method", "*")
    if kind is None:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}.")
    if not isinstance(method, str) or not method:
        raise ValueError("method must be the name of a method, * or deliveries.")
    if (kind in OF_DELIVERIES) != (method == DELIVERIES):
        raise ValueError("drop and double go with the method deliveries, and with no other.")
    return Fault(
        kind=kind,
        method=method,
        chance=_number(entry, "chance", 1.0, 1.0),
        times=int(_number(entry, "times", 0, float(2**31))),
        seconds=_number(entry, "seconds", 1.0, _LONGEST_S),
        status=max(HTTPStatus.OK, int(_number(entry, "status", HTTPStatus.OK, 599))),
        body=_text(entry.get("body", ""), "body"),
        headers=_headers(entry.get("headers", {})),
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text.")  # noqa: TRY004 — a ValueError becomes a 400
    return value


def _headers(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("headers must be an object of texts.")  # noqa: TRY004 — the same
    found = {_text(name, "a header's name"): _text(each, "a header") for name, each in value.items()}
    if any(not name.isascii() or {"\r", "\n"} & {*name, *each} for name, each in found.items()):
        raise ValueError("A header has one line.")
    return found


def _number(entry: Mapping[str, Any], name: str, default: float, most: float) -> float:
    value = entry.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise ValueError(f"{name} must be a number from 0 to {most:g}.")
    return float(value)
