"""Remote control at /_workspace/: clock, connections, faults and more, for tests in other languages. See README.md.

Only this machine may use it: the Host must name it, and a page of another origin can send neither PUT nor DELETE.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from workspace.guard import is_loopback
from workspace.wire.faults import read_fault
from workspace.wire.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from workspace.clock import TravellingClock
    from workspace.wire.faults import Fault, Faults
    from workspace.wire.methods.rate_limits import RateLimits
    from workspace.wire.socket_mode import SocketMode

    Handler = Callable[[web.Request], Awaitable[web.Response]]

CLOCK: Final = "/_workspace/clock"
CONNECTIONS: Final = "/_workspace/connections"
FAULTS: Final = "/_workspace/faults"
ADMINISTRATION: Final = "/_workspace/administration"
RATE_LIMITS: Final = "/_workspace/rate-limits"

_FAULTS_MAX = 100


@dataclass(frozen=True, slots=True)
class Controls:
    """What is controlled. `administer` does what a body asks, or raises ValueError or LookupError with a sentence."""

    clock: TravellingClock
    socket_mode: SocketMode
    faults: Faults
    rate_limits: RateLimits
    administer: Callable[[Any], Awaitable[dict[str, Any]]]


def mount(application: web.Application, controls: Controls) -> None:
    """Add the routes to the application."""

    async def put_administration(request: web.Request) -> web.Response:
        return web.json_response(await controls.administer(parse_json(await request.read())))

    application.add_routes(
        [
            *_of_clock(controls.clock),
            *_of_connections(controls.socket_mode),
            *_of_faults(controls.faults),
            *_of_rate_limits(controls.rate_limits),
            web.put(ADMINISTRATION, _local(put_administration)),
        ]
    )


def _of_clock(clock: TravellingClock) -> Iterator[web.RouteDef]:
    async def show(_request: web.Request) -> web.Response:
        return web.json_response({"now": clock.now().isoformat(), "offset_s": clock.offset_s})

    async def put(request: web.Request) -> web.Response:
        match parse_json(await request.read()):
            case {"to": str(moment)}:
                clock.jump_to(_moment(moment))
            case {"by": int(seconds) | float(seconds)} if not isinstance(seconds, bool):
                clock.jump_by(seconds)
            case _:
                raise ValueError('Send {"to": "2026-11-30T09:00:00+00:00"} or {"by": 3600}.')
        return await show(request)

    yield web.get(CLOCK, _local(show))
    yield web.put(CLOCK, _local(put))


def _of_connections(socket_mode: SocketMode) -> Iterator[web.RouteDef]:
    async def put(request: web.Request) -> web.Response:
        await _close(socket_mode, parse_json(await request.read()))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    yield web.put(CONNECTIONS, _local(put))


def _of_faults(faults: Faults) -> Iterator[web.RouteDef]:
    async def show(_request: web.Request) -> web.Response:
        return web.json_response({"faults": [asdict(fault) for fault in faults.switches], "hits": dict(faults.hits)})

    async def put(request: web.Request) -> web.Response:
        faults.switch(*_switches(parse_json(await request.read())))
        return await show(request)

    async def clear(_request: web.Request) -> web.Response:
        faults.switch(())
        return web.Response(status=HTTPStatus.NO_CONTENT)

    yield web.get(FAULTS, _local(show))
    yield web.put(FAULTS, _local(put))
    yield web.delete(FAULTS, _local(clear))


def _of_rate_limits(rate_limits: RateLimits) -> Iterator[web.RouteDef]:
    async def show(_request: web.Request) -> web.Response:
        return web.json_response({"on": rate_limits.is_on, "refused": dict(rate_limits.refused)})

    async def put(request: web.Request) -> web.Response:
        match parse_json(await request.read()):
            case {"on": bool(is_on)}:
                rate_limits.is_on = is_on
            case _:
                raise ValueError('Send {"on": true} or {"on": false}.')
        return await show(request)

    yield web.get(RATE_LIMITS, _local(show))
    yield web.put(RATE_LIMITS, _local(put))


def _local(handler: Handler) -> Handler:
    """Refuse other machines with 403, and turn ValueError and LookupError into 400 with their sentence."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.Response:
        if not is_loopback(request.headers.get("Host", "")):
            raise web.HTTPForbidden(text="This answers only to this machine.\n")
        try:
            return await handler(request)
        except (ValueError, LookupError) as error:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text=f"{error}\n")

    return answer


async def _close(socket_mode: SocketMode, body: object) -> None:
    """Close the connections in the way that a PUT asks for. Raises ValueError with a sentence."""
    match body:
        case {"reset": True}:
            socket_mode.reset()
        case {"disconnect": reason}:
            await socket_mode.disconnect(reason)
        case _:
            raise ValueError('Send {"disconnect": "refresh_requested"} or {"reset": true}.')


def _moment(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        raise ValueError("to must be a moment such as 2026-11-30T09:00:00+00:00.") from None


def _switches(body: Any) -> tuple[list[Fault], int | None]:  # noqa: ANN401 — any JSON value
    """Return the switches and the seed that a PUT asks for. Raises ValueError with a sentence."""
    if not isinstance(body, dict) or not isinstance(body.get("faults"), list) or body.keys() - {"faults", "seed"}:
        raise ValueError('Send {"faults": [{"kind": …, "method": …}], "seed": 1}.')
    if len(body["faults"]) > _FAULTS_MAX:
        raise ValueError(f"At most {_FAULTS_MAX} faults can be switched on.")
    seed = body.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ValueError("seed must be a whole number.")
    return [read_fault(entry) for entry in body["faults"]], seed
