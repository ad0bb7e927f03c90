"""Faults on purpose: what can go wrong between an app and Slack, switched on by API. README.md describes each.

`/_workspace/faults`: GET returns the switches, PUT replaces them all, DELETE clears them. Only this machine may: the
Host must name it, and a page of another origin can send neither PUT nor DELETE.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from aiohttp import web

from workspace.wire.guard import require_this_machine
from workspace.wire.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from workspace.clock import Clock

PATH: Final = "/_workspace/faults"
DELIVERIES: Final = "deliveries"
"""The name under which what Slack sends to the app is switched, instead of a Web API method."""

FaultKind = Literal["rate_limit", "error", "timeout", "reset", "lost", "slow", "drop", "double"]

_KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)
OF_DELIVERIES: Final = ("drop", "double")
_LONGEST_S = 600.0
_FAULTS_MAX = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """A switch: what happens to calls of `method` (`*`: every one; `deliveries`: what Slack sends to the app).

    `chance` is how likely each is hit, 0 to 1; `times` how many are hit at most, 0 without end. `seconds` is the
    Retry-After of rate_limit, and how long timeout and slow take.
    """

    kind: FaultKind
    method: str = "*"
    chance: float = 1.0
    times: int = 0
    seconds: float = 1.0


class Faults:
    """The switches of a workspace; `hits` counts what they did, by kind."""

    def __init__(self, clock: Clock) -> None:
        """Begin with none; `clock` is what slow and timeout wait by."""
        self._clock = clock
        self._switches: list[Fault] = []
        self._random = random.Random()  # noqa: S311 — chance, not a secret
        self.hits: Counter[str] = Counter()

    @property
    def switches(self) -> tuple[Fault, ...]:
        """The switches that still may hit."""
        return tuple(self._switches)

    def switch(self, faults: Sequence[Fault], seed: int | None = None) -> None:
        """Replace every switch; with a seed, the same calls in the same order are hit again."""
        self._switches = list(faults)
        self._random = random.Random(seed)  # noqa: S311 — the same

    def next_for(self, method: str) -> Fault | None:
        """Return the fault that hits this call, if any: the first switch whose chance comes up."""
        for position, fault in enumerate(self._switches):
            is_meant = fault.method == method or (fault.method == "*" and method != DELIVERIES)
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
        """Answer a Web API call as this fault has it; `answer` does what was asked."""
        match fault.kind:
            case "rate_limit":
                headers = {"Retry-After": str(max(1, round(fault.seconds)))}
                body = {"ok": False, "error": "ratelimited"}
                return web.json_response(body, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
            case "error":
                return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR, text="Something went wrong.")
            case "timeout":
                await self._clock.sleep(fault.seconds)
                return _cut(request)
            case "lost":
                await answer()
                return _cut(request)
            case "slow":
                await request.read()  # it has arrived whole: the app may go away now
                await self._clock.sleep(fault.seconds)
                return await answer()
            case _:
                return _cut(request)

    # The API.

    def mount(self, application: web.Application) -> None:
        """Give the application the routes."""
        application.router.add_get(PATH, self._show)
        application.router.add_put(PATH, self._replace)
        application.router.add_delete(PATH, self._clear)

    async def _show(self, request: web.Request) -> web.Response:
        require_this_machine(request)
        return web.json_response({"faults": [asdict(fault) for fault in self._switches], "hits": dict(self.hits)})

    async def _replace(self, request: web.Request) -> web.Response:
        require_this_machine(request)
        try:
            faults, seed = _read(parse_json(await request.read()))
        except ValueError as error:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=f"{error}\n")
        self.switch(faults, seed)
        return await self._show(request)

    async def _clear(self, request: web.Request) -> web.Response:
        require_this_machine(request)
        self.switch(())
        return web.Response(status=HTTPStatus.NO_CONTENT)


def _cut(request: web.Request) -> web.Response:
    """Cut the connection: no answer leaves, whatever is returned."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _read(body: Any) -> tuple[list[Fault], int | None]:  # noqa: ANN401 — any JSON value
    """Return the switches and the seed that a PUT asks for. Raises ValueError with a sentence."""
    if not isinstance(body, dict) or not isinstance(body.get("faults"), list) or body.keys() - {"faults", "seed"}:
        raise ValueError('Send {"faults": [{"kind": …, "method": …}], "seed": 1}.')
    if len(body["faults"]) > _FAULTS_MAX:
        raise ValueError(f"At most {_FAULTS_MAX} faults can be switched on.")
    seed = body.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ValueError("seed must be a whole number.")
    return [read_fault(entry) for entry in body["faults"]], seed


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
        raise ValueError("drop and double are for the method deliveries, and it knows no other.")
    return Fault(
        kind=kind,
        method=method,
        chance=_number(entry, "chance", 1.0, 1.0),
        times=int(_number(entry, "times", 0, float(2**31))),
        seconds=_number(entry, "seconds", 1.0, _LONGEST_S),
    )


def _number(entry: Mapping[str, Any], name: str, default: float, most: float) -> float:
    value = entry.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise ValueError(f"{name} must be a number from 0 to {most:g}.")
    return float(value)
