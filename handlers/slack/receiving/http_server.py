"""The HTTP port: Slack's requests at /slack/events, and health checks. Strangers can reach it, so all is bounded.

Before a request is trusted, it costs a connection (handlers/connections.py), a few seconds, and what its headers say.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from dataclasses import dataclass
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

import structlog
from aiohttp import web
from slack_sdk.signature import Clock, SignatureVerifier

from bot.clock import REFUSED_S
from handlers.connections import HEADER_S, READ_AT_ONCE, BoundedPort, closing, trust
from handlers.fair_share import Turns
from handlers.metrics.metrics import Metrics
from handlers.slack.receiving.lateness import Lateness
from handlers.slack.receiving.overload import REFUSAL, Overload
from handlers.slack.receiving.raw_request import read_raw_request
from handlers.slack.receiving.requests import take

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.async_app import AsyncApp

    from handlers.connections import BoundedConnection, Routes

EVENTS_PATH: Final = "/slack/events"
BODY_LIMIT: Final = 1024 * 1024
LARGE: Final = READ_AT_ONCE
"""Bytes of a body above which only MOST_LARGE are read at a time: hardly any request of Slack's has more."""
MOST_LARGE: Final = 8
LARGE_WAIT_S: Final = 0.5
"""Seconds that a large body waits for its turn; then the one that has been longest at it is given up."""
BODY_S: Final = 5.0
"""Seconds that a body may take; Slack itself gives up after 3 s."""

_NO_ROUTES: Final[Routes] = MappingProxyType({})
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What some clients and proxies wait for before they send a body (RFC 9110, 10.1.1)."""
_REFUSAL: Final = (
    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(REFUSAL)}\r\n\r\n{REFUSAL}"
).encode("ascii")
_SIGNATURE: Final = "x-slack-signature"
_STAMP: Final = "x-slack-request-timestamp"
_SIGNED = re.compile(r"v0=[0-9a-f]{64}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_log = structlog.stdlib.get_logger(__name__)


class RefusedError(Exception):
    """A request that is not taken; `more` are fields of the log line."""

    def __init__(self, reason: str, status: int, **more: object) -> None:
        """Take the reason for the log and the status for whoever asked."""
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.more = more


@dataclass(frozen=True, slots=True)
class WaitingTimes:
    """Seconds that headers and a body may take, and that a large body waits for its turn."""

    header_s: float = HEADER_S
    body_s: float = BODY_S
    large_s: float = LARGE_WAIT_S


_TIMES: Final = WaitingTimes()


class HttpServer:
    """Receives Slack's requests at /slack/events; /livez and /readyz tell an orchestrator how it is, and no more."""

    def __init__(  # noqa: PLR0913 — the parts that it connects
        self,
        app: AsyncApp,
        signing_secret: str,
        *,
        routes: Routes = _NO_ROUTES,
        is_usable: Callable[[], bool] = lambda: True,
        times: WaitingTimes = _TIMES,
        metrics: Metrics | None = None,
    ) -> None:
        """`signing_secret` proves that a request is Slack's; without one, none is taken.

        `routes` answers GET requests of browsers; `times` are those that strangers may take. `is_usable` says whether
        something keeps the bot from doing its work: /readyz tells it.
        """
        self._is_usable = is_usable
        self._app = app
        self._verifier = SignatureVerifier(signing_secret) if signing_secret else None
        self._routes = routes
        self._clock = Clock()
        self._lateness = Lateness(self._clock.now)
        self._times = times
        self._large = Turns(MOST_LARGE, times.large_s)
        self._is_ready = False
        """Whether requests are accepted: from the first auth.test until the bot is to stop."""
        self._metrics = metrics or Metrics()
        self._overload = Overload(self._metrics)
        on_refused = self._metrics.refused
        self._port = BoundedPort(
            self._answer, "HOST and PORT", header_s=times.header_s, on_refused=on_refused, admission=self
        )

    async def start(self, host: str, port: int, *, shutdown_s: float) -> int:
        """Listen, and return the port; requests get 503 until `open`. Raises ConfigError when the port is taken."""
        taken = await self._port.start(host, port, shutdown_s=shutdown_s)
        _log.info("http.listening", host=host, port=taken)
        return taken

    def open(self) -> None:
        """Take requests from now on."""
        self._is_ready = True
        _log.info("http.ready")

    @property
    def is_open(self) -> bool:
        """Whether requests are taken."""
        return self._is_ready

    async def stop(self) -> None:
        """Take no more requests and finish those under way."""
        self._is_ready = False
        await self._port.stop()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.method, request.path:
            case "GET" | "HEAD", "/livez":
                return web.Response(text="alive\n")
            case "GET" | "HEAD", "/readyz":
                return self._readiness()
            case "GET", path if path in self._routes:
                return await self._routes[path](request) if self._is_ready else self._readiness()
            case "POST", path if path == EVENTS_PATH and self._verifier:
                return await self._events(request) if self._is_ready else self._readiness()
            case _, path:
                known = {"/livez", "/readyz", *self._routes, *((EVENTS_PATH,) if self._verifier else ())}
                return closing(405 if path in known else 404)

    def _readiness(self) -> web.Response:
        is_ready = self._is_ready and self._is_usable()
        return web.Response(text="ready\n") if is_ready else web.Response(text="not ready\n", status=503)

    async def _events(self, request: web.BaseRequest) -> web.StreamResponse:
        """Have a request of Slack's answered, or refuse it and log why."""
        try:
            body = await self._trusted(request)
        except RefusedError as error:
            self._port.refuse(request.remote or "", error.reason, **error.more)
            return closing(error.status)
        connection = trust(request)  # not before: headers can be forged, and a body kept back
        since = self._since(connection.arrived_at, request.headers[_STAMP])
        if not connection.was_judged and (refusal := self._overload.refusal(body, since)):
            return web.Response(text=refusal, content_type="application/json")
        response = await take(self._app, self._metrics, body=body, since=since)
        return web.Response(status=response.status, body=response.body.encode(), headers=response.first_headers())

    def refusal(self, data: bytes) -> bytes | None:
        """Return the answer to a command of Slack's that there is no time for; None for what cannot be judged."""
        if self._overload.has_room():
            return b""
        asked = read_raw_request(data) if self._is_ready else None
        if asked is None or asked.path != EVENTS_PATH:
            return None
        try:
            stamp, signature = self._judged(asked.fields)
            body = asked.body.decode()
        except (RefusedError, UnicodeDecodeError):
            return None
        if not self._is_signed(stamp, body, signature):
            return None
        return _REFUSAL if self._overload.refusal(body, self._since(perf_counter(), stamp)) else b""

    def arrived(self, connection: BoundedConnection) -> None:
        """Count a request that waits."""
        self._overload.arrived(connection)

    def started(self, connection: BoundedConnection) -> None:
        """Count it no more."""
        self._overload.started(connection)

    async def _trusted(self, request: web.BaseRequest) -> str:
        """Return the body of a request that Slack signed. Raises RefusedError."""
        stamp, signature = self._judged(request.headers)
        if (request.content_length or 0) > BODY_LIMIT:
            raise RefusedError("too large", 413)
        body = await self._body(request)
        if not self._is_signed(stamp, body, signature):
            raise RefusedError("signature", 401)
        return body

    def _judged(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return timestamp and signature, as far as the headers can be judged alone. Raises RefusedError."""
        stamp, signature = fields.get(_STAMP, ""), fields.get(_SIGNATURE, "")
        if not _SECONDS.fullmatch(stamp) or not _SIGNED.fullmatch(signature):
            raise RefusedError("not signed", 401)
        skew_s = round(self._clock.now() - int(stamp))
        if abs(skew_s) > REFUSED_S:
            raise RefusedError("timestamp", 401, skew_s=skew_s)
        return stamp, signature

    def _is_signed(self, stamp: str, body: str, signature: str) -> bool:
        signed = self._verifier.generate_signature(timestamp=stamp, body=body) if self._verifier else None
        return signed is not None and hmac.compare_digest(signed, signature)

    def _since(self, arrived_at: float, stamp: str) -> float:
        """Return when a request came, by perf_counter: when it was read, unless it had waited before the bot."""
        return min(arrived_at, perf_counter() - self._lateness.late_s(int(stamp)))

    async def _body(self, request: web.BaseRequest) -> str:
        """Read a body; large ones, and those that do not say how large they are, wait for one another."""
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(_GO_ON)
        length = request.content_length
        is_large = length is None or length > LARGE
        try:
            if not is_large and request.content.is_eof():  # it came with its headers, as most do: no timer
                return (await request.read()).decode()
            async with asyncio.timeout(self._times.body_s) as limit:
                connection = cast("BoundedConnection", request.protocol)
                if not is_large:
                    return (await connection.read(request)).decode()
                async with self._large.turn(limit):
                    return (await connection.read(request)).decode()
        except TimeoutError:
            raise RefusedError("no body in time", 408) from None
        except web.HTTPRequestEntityTooLarge:
            raise RefusedError("too large", 413) from None
        except UnicodeDecodeError:
            raise RefusedError("no text", 400) from None
