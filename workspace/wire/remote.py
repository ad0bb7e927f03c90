"""The clock and the connections, moved from another process: for test suites that are not in Python. See README.md.

`/_workspace/clock`: GET tells the time, PUT `{"to": …}` or `{"by": …}` puts it forward.
`/_workspace/connections`: PUT `{"disconnect": reason}` sends the app away. Only this machine may; a page
of another origin cannot send PUT.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from workspace.wire.guard import require_this_machine
from workspace.wire.json import parse_json

if TYPE_CHECKING:
    from workspace.clock import TravellingClock
    from workspace.wire.socket_mode import SocketMode

CLOCK: Final = "/_workspace/clock"
CONNECTIONS: Final = "/_workspace/connections"


class Remote:
    """Answers those who move the clock or the connections."""

    def __init__(self, clock: TravellingClock, socket_mode: SocketMode) -> None:
        """Move these."""
        self._clock = clock
        self._socket_mode = socket_mode

    def mount(self, application: web.Application) -> None:
        """Give the application the routes."""
        application.router.add_get(CLOCK, self._tell)
        application.router.add_put(CLOCK, self._put_clock)
        application.router.add_put(CONNECTIONS, self._disconnect)

    async def _tell(self, request: web.Request) -> web.Response:
        require_this_machine(request)
        return web.json_response({"now": self._clock.now().isoformat(), "offset_s": self._clock.offset_s})

    async def _put_clock(self, request: web.Request) -> web.Response:
        require_this_machine(request)
        try:
            self._jump(parse_json(await request.read()))
        except ValueError as error:
            return _refused(error)
        return await self._tell(request)

    async def _disconnect(self, request: web.Request) -> web.Response:
        require_this_machine(request)
        try:
            body = parse_json(await request.read())
            await self._socket_mode.disconnect(body.get("disconnect") if isinstance(body, dict) else None)
        except ValueError as error:
            return _refused(error)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _jump(self, body: Any) -> None:  # noqa: ANN401 — any JSON value
        """Do what a PUT asks for. Raises ValueError with a sentence."""
        match body:
            case {"to": str(moment)}:
                self._clock.jump_to(_moment(moment))
            case {"by": int(seconds) | float(seconds)} if not isinstance(seconds, bool):
                self._clock.jump_by(seconds)
            case _:
                raise ValueError('Send {"to": "2026-11-30T09:00:00+00:00"} or {"by": 3600}.')


def _moment(words: str) -> datetime:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        raise ValueError("to must be a moment such as 2026-11-30T09:00:00+00:00.") from None


def _refused(error: ValueError) -> web.Response:
    return web.Response(status=HTTPStatus.BAD_REQUEST, text=f"{error}\n")
