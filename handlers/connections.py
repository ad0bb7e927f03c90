"""HTTP ports that strangers can reach: how many connections there are, and how long each may take, is bounded."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, cast

import structlog
from aiohttp import web

from bot.errors import ConfigError
from bot.logging import Repeats

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from aiohttp import StreamReader

MOST_CONNECTIONS: Final = 512
"""Connections at a time; one more closes the one that has waited longest to prove what it wants."""
READ_AT_ONCE: Final = 64 * 1024
"""Bytes of a body that are read ahead."""
HEADER_S: Final = 5.0
"""Seconds that a new connection may take for the headers of its first request."""
IDLE_S: Final = 75.0
"""Seconds that a connection may wait between two requests: as long as most proxies keep one open."""

_TOO_MANY: Final = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Routes: TypeAlias = "Mapping[str, Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]]"
"""What answers a GET, by path."""

_log = structlog.stdlib.get_logger(__name__)


class Admission(Protocol):
    """Decides which of a port's requests are read; a connection has one at a time at most."""

    def refusal(self, data: bytes) -> bytes | None:
        """Return the answer to a request that is not to be read, nothing to have it read, None to judge it then."""

    def arrived(self, connection: BoundedConnection) -> None:
        """Note that a request, or the rest of its body, has come: the loop goes on with it in its next rounds."""

    def started(self, connection: BoundedConnection) -> None:
        """Note that it waits for the loop no more: it goes on, or its connection is lost."""


class BoundedConnection(web.RequestHandler):
    """One connection; `waits`: it is idle, or has not proved that its request is to be answered."""

    def __init__(self, listener: _Listener, **how: Any) -> None:  # noqa: ANN401 — aiohttp's arguments
        super().__init__(listener, **how)
        self._listener = listener
        self._timer: asyncio.TimerHandle | None = None
        self._is_by_piece = True
        """Whether each piece that came was one request from its first byte to its last, after the answer before."""
        self._is_due = False
        """Whether something has arrived that has not started."""
        self._awaited_body: StreamReader | None = None
        self.waits = True
        self.was_judged = False
        """Whether the admission has judged the request at hand."""
        self.arrived_at = 0.0
        """When the last bytes came, by perf_counter."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for its headers."""
        super().connection_made(transport)
        self._timer = asyncio.get_running_loop().call_later(self._listener.header_s, self._give_up)
        self._listener.admit(self)

    def data_received(self, data: bytes) -> None:
        """Ask the admission about a request that came in one piece; aiohttp reads what is not refused, and all else."""
        admission = self._listener.admission
        if admission is None or not data:  # aiohttp itself goes on with none
            super().data_received(data)
            return
        self.arrived_at = perf_counter()
        is_next, lacked_body, count = self._awaits_request(), self._lacks_body(), self._request_count
        if is_next and self._is_by_piece:
            if refusal := admission.refusal(data):
                self._refuse(refusal)
                return
            self.was_judged = refusal is not None
        super().data_received(data)
        is_one = is_next and self._request_count == count + 1
        self._is_by_piece = self._is_by_piece and is_one and self._is_last_whole(data)
        has_body = lacked_body and not self._lacks_body()
        if has_body:
            self.was_judged = False  # that was before the others who have come meanwhile
        if has_body or (is_next and self._messages):
            self._is_due = True
            admission.arrived(self)

    async def start(self) -> None:
        """Serve until it is closed; what was read by then and was not served is not waited for."""
        try:
            await super().start()
        finally:
            self._started()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Make room for another."""
        self._stop_timer()
        self._started()
        self._listener.open.pop(self, None)
        super().connection_lost(exc)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Count as the last to wait from the headers on, and again after the block, which sets `waits` to False."""
        self._stop_timer()
        self._wait_last()
        self._started()
        try:
            yield
        finally:
            self.was_judged = False
            self._wait_last()

    async def read(self, request: web.BaseRequest) -> bytes:
        """Return the body of the request at hand. Raises HTTPRequestEntityTooLarge."""
        self._awaited_body = request.content
        try:
            return await request.read()
        finally:
            self._awaited_body = None
            self._started()

    def handle_error(self, *args: Any, **more: Any) -> web.StreamResponse:  # noqa: ANN401 — aiohttp's arguments
        """Answer what is no HTTP."""
        self._started()
        return super().handle_error(*args, **more)

    def drop(self, reason: str) -> None:
        """Close it at once; who has asked for something is told that it is not to be had now."""
        self._listener.note(self._address(), reason)
        if self.transport is not None:
            if self._has_asked():
                self.transport.write(_TOO_MANY)
            self.transport.abort()
        self.force_close()

    def log_exception(self, *_args: object, **_more: object) -> None:
        """Log a line in place of a traceback: aiohttp calls this for what is no HTTP."""
        if self.transport is not None:  # without it, whoever called has gone
            self._listener.note(self._address(), "no HTTP")

    def _address(self) -> str:
        peer = self.transport.get_extra_info("peername") if self.transport else None
        return str(peer[0]) if peer else ""

    def _has_asked(self) -> bool:
        """Whether the headers of a request are here, and its answer has not begun."""
        return self._current_request is not None or bool(self._messages)

    def _awaits_request(self) -> bool:
        """Whether all that came is answered; aiohttp may not wait for more yet: who is answered asks again at once."""
        return not (self._is_due or self._messages or self._request_in_progress or self.transport is None)

    def _lacks_body(self) -> bool:
        return self._awaited_body is not None and not self._awaited_body.is_eof()

    def _is_last_whole(self, data: bytes) -> bool:
        """Whether the last request that was read is all of these bytes, and no part of another's head is left."""
        return data.find(b"\r\n\r\n") + 4 + self._messages[-1][1].total_bytes == len(data)

    def _refuse(self, refusal: bytes) -> None:
        """Answer in aiohttp's place, which has not heard of the request."""
        self._stop_timer()
        self._wait_last()
        self._next_keepalive_close_time = asyncio.get_running_loop().time() + IDLE_S
        cast("asyncio.Transport", self.transport).write(refusal)

    def _started(self) -> None:
        if self._is_due and self._listener.admission is not None:
            self._is_due = False
            self._listener.admission.started(self)

    def _give_up(self) -> None:
        if not self._has_asked():  # else they came in time, and the loop is late
            self.drop("no request in time")

    def _wait_last(self) -> None:
        self.waits = True
        if self in self._listener.open:
            self._listener.open[self] = self._listener.open.pop(self)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class _Listener(web.Server):
    """Makes connections, and keeps them to `most`; `open` has those that waited longest first."""

    def __init__(
        self,
        handler: Any,  # noqa: ANN401 — aiohttp's own type is not public
        *,
        header_s: float,
        most: int,
        on_refused: Callable[[str], None],
        admission: Admission | None,
    ) -> None:
        how = {"access_log": None, "keepalive_timeout": IDLE_S, "lingering_time": 0.0}
        self._how: dict[str, Any] = {**how, "auto_decompress": False, "read_bufsize": READ_AT_ONCE}
        super().__init__(handler, **self._how)
        self._refusals = Repeats()
        self._most = most
        self._on_refused = on_refused
        self.header_s = header_s
        self.admission = admission
        self.open: dict[BoundedConnection, None] = {}

    def __call__(self) -> web.RequestHandler:
        return BoundedConnection(self, loop=asyncio.get_running_loop(), **self._how)

    def admit(self, connection: BoundedConnection) -> None:
        """Count a new connection in; when there are too many, close one that waits."""
        self.open[connection] = None
        if len(self.open) > self._most:
            oldest = next((each for each in self.open if each.waits), connection)
            self.open.pop(oldest)
            oldest.drop("too many connections")

    def note(self, address: str, reason: str, **more: object) -> None:
        """Count a refusal, and log it once a minute for each address and reason."""
        self._on_refused(reason)
        if count := self._refusals.due(f"{address} {reason}"):
            _log.warning("request.refused", address=address, reason=reason, count=count, **more)


class BoundedPort:
    """A port on which `answer` answers each request; until `trust`, its connection may be closed for another."""

    def __init__(  # noqa: PLR0913 — what a port is made of
        self,
        answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        settings: str,
        *,
        header_s: float = HEADER_S,
        most: int = MOST_CONNECTIONS,
        on_refused: Callable[[str], None] = lambda _: None,
        admission: Admission | None = None,
    ) -> None:
        """Take the names of the settings that say where it listens; `on_refused` hears why each request was refused."""
        self._answer = answer
        self._settings = settings
        self._listener = _Listener(
            self._serve, header_s=header_s, most=most, on_refused=on_refused, admission=admission
        )
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int, *, shutdown_s: float) -> int:
        """Listen, and return the port. Raises ConfigError when it is taken."""
        self._runner = web.ServerRunner(self._listener, shutdown_timeout=shutdown_s)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port, backlog=MOST_CONNECTIONS).start()
        except OSError as error:
            await self.stop()
            raise ConfigError(
                f"Cannot listen on {host} port {port}: {error.strerror or error}.",
                f"Set {self._settings} to a free one.",
            ) from None
        taken: int = self._runner.addresses[0][1]
        return taken

    async def stop(self) -> None:
        """Take no more requests and finish those under way."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def refuse(self, address: str, reason: str, **more: object) -> None:
        """Count and log that a request was refused; `more` are fields of the log line."""
        self._listener.note(address, reason, **more)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        with cast("BoundedConnection", request.protocol).serving():
            return await self._answer(request)


def trust(request: web.BaseRequest) -> BoundedConnection:
    """Keep the connection while this request is answered, however many others come, and return it."""
    connection = cast("BoundedConnection", request.protocol)
    connection.waits = False
    return connection


def closing(status: int) -> web.Response:
    """Return an empty answer after which the connection is closed: what was not read is not waited for."""
    response = web.Response(status=status)
    response.force_close()
    return response
