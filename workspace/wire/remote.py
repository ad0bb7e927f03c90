"""Remote control at /_workspace/: clock, connections and faults, for test suites in other languages. See README.md.

Only this machine may use it: the Host must name it, and a page of another origin can send neither PUT nor DELETE.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from workspace.guard import is_loopback
from workspace.wire.faults import read_fault
from workspace.wire.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workspace.clock import TravellingClock
    from workspace.wire.faults import Fault, Faults
    from workspace.wire.socket_mode import SocketMode

    Handler = Callable[[web.Request], Awaitable[web.Response]]

CLOCK: Final = "/_workspace/clock"
CONNECTIONS: Final = "/_workspace/connections"
FAULTS: Final = "/_workspace/faults"

_FAULTS_MAX = 100


def mount(application: web.Application, clock: TravellingClock, socket_mode: SocketMode, faults: Faults) -> None:
    """Add the routes to the application."""

    async def show_clock(_request: web.Request) -> web.Response:
        return web.json_response({"now": clock.now().isoformat(), "offset_s": clock.offset_s})

    async def put_clock(request: web.Request) -> web.Response:
        match parse_json(await request.read()):
            case {"to": str(moment)}:
                clock.jump_to(_moment(moment))
            case {"by": int(seconds) | float(seconds)} if not isinstance(seconds, bool):
                clock.jump_by(seconds)
            case _:
                raise ValueError('Send {"to": "2026-11-30T09:00:00+00:00"} or {"by": 3600}.')
        return await show_clock(request)

    async def disconnect(request: web.Request) -> web.Response:
        await _close(socket_mode, parse_json(await request.read()))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def show_faults(_request: web.Request) -> web.Response:
        return web.json_response({"faults": [asdict(fault) for fault in faults.switches], "hits": dict(faults.hits)})

    async def put_faults(request: web.Request) -> web.Response:
        faults.switch(*_switches(parse_json(await request.read())))
        return await show_faults(request)

    async def clear_faults(_request: web.Request) -> web.Response:
        faults.switch(())
        return web.Response(status=HTTPStatus.NO_CONTENT)

    application.add_routes(
        [
            web.get(CLOCK, _local(show_clock)),
            web.put(CLOCK, _local(put_clock)),
            web.put(CONNECTIONS, _local(disconnect)),
            web.get(FAULTS, _local(show_faults)),
            web.put(FAULTS, _local(put_faults)),
            web.delete(FAULTS, _local(clear_faults)),
        ]
    )


def _local(handler: Handler) -> Handler:
    """Refuse other machines with 403, and turn ValueError into 400 with its sentence."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.Response:
        if not is_loopback(request.headers.get("Host", "")):
            raise web.HTTPForbidden(text="This answers only to this machine.\n")
        try:
            return await handler(request)
        except ValueError as error:
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
