"""Socket Mode from Slack's side: tickets, connections, envelopes and their acks ("Using Socket Mode")."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from workspace.clock import within
from workspace.state.records import APP_ID
from workspace.wire.delivery import ACK_WITHIN_S, DeliveryFailedError, Envelope, Retry
from workspace.wire.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.clock import Clock

_CONNECTIONS_MAX = 10
_REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")
_CLOSE_WITHIN_S = 1.0
_MESSAGE_MAX_BYTES = 1024 * 1024


class SocketMode:
    """The connections of the app, which take turns; each envelope must be acked within 3 s."""

    def __init__(self, clock: Clock, on_change: Callable[[], None]) -> None:
        """`on_change` is called when a connection opens or closes."""
        self._clock = clock
        self._on_change = on_change
        self._tickets: set[str] = set()
        self._connections: list[web.WebSocketResponse] = []
        self._transports: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self._awaited: dict[str, tuple[web.WebSocketResponse, asyncio.Future[object]]] = {}

    @property
    def is_connected(self) -> bool:
        """Whether any connection is open."""
        return bool(self._connections)

    def new_ticket(self) -> str:
        """Return a ticket for one connection (apps.connections.open)."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it closes. A ticket that is unknown or was used gets 403."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="This ticket is unknown or was used already.")
        self._tickets.discard(ticket)
        connection = web.WebSocketResponse(timeout=_CLOSE_WITHIN_S, max_msg_size=_MESSAGE_MAX_BYTES)
        await connection.prepare(request)
        if len(self._connections) >= _CONNECTIONS_MAX:
            await _send_disconnect(connection, "too_many_websockets")
            return connection
        if request.transport is not None:
            self._transports[connection] = request.transport
        await self._serve(connection)
        return connection

    async def deliver(self, envelope: Envelope, retry: Retry) -> object:
        """Send an envelope on one connection and return the ack's payload. Raises DeliveryFailedError."""
        if not self._connections:
            raise DeliveryFailedError("not_connected")
        connection = self._connections.pop(0)
        self._connections.append(connection)
        envelope_id = secrets.token_hex(16)
        ack: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._awaited[envelope_id] = (connection, ack)
        try:
            await connection.send_json(_wire(envelope_id, envelope, retry))
            return await within(self._clock, ACK_WITHIN_S, ack)
        except TimeoutError:
            raise DeliveryFailedError("timeout") from None
        except ConnectionError:
            raise DeliveryFailedError("connection_failed") from None
        finally:
            del self._awaited[envelope_id]

    async def disconnect(self, reason: object) -> None:
        """Send the reason on every connection and close it; `warning` does not close.

        Raises ValueError for a reason that Slack does not give.
        """
        known = next((known for known in _REASONS if known == reason), None)
        if known is None:
            raise ValueError(f"Slack's reasons are {', '.join(_REASONS)}.")
        for connection in tuple(self._connections):
            await _send_disconnect(connection, known)

    def reset(self) -> int:
        """Cut every connection without a close frame; return how many there were."""
        for transport in self._transports.values():
            transport.abort()
        return len(self._transports)

    async def _serve(self, connection: web.WebSocketResponse) -> None:
        self._connections.append(connection)
        self._on_change()
        try:
            await connection.send_json(_hello(len(self._connections)))
            async for frame in connection:
                if frame.type is WSMsgType.TEXT:
                    self._take_ack(frame.data)
        except ConnectionError:
            pass  # the app disconnected before the hello was sent
        finally:
            self._forget(connection)

    def _forget(self, connection: web.WebSocketResponse) -> None:
        self._connections.remove(connection)
        self._transports.pop(connection, None)
        for holder, ack in self._awaited.values():
            if holder is connection and not ack.done():
                ack.set_exception(ConnectionResetError("The app closed the connection."))
        self._on_change()

    def _take_ack(self, text: str) -> None:
        """Resolve the envelope that a frame acks; any other frame is ignored, as in Slack."""
        try:
            frame = parse_json(text)
        except ValueError:
            return
        envelope_id = frame.get("envelope_id") if isinstance(frame, dict) else None
        if isinstance(envelope_id, str) and envelope_id in self._awaited:
            _, ack = self._awaited[envelope_id]
            if not ack.done():
                ack.set_result(frame.get("payload"))


def _hello(connections: int) -> dict[str, Any]:
    debug_info = {"host": "workspace", "build_number": 1, "approximate_connection_time": 18060}
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": debug_info,
        "connection_info": {"app_id": APP_ID},
    }


def _wire(envelope_id: str, envelope: Envelope, retry: Retry) -> dict[str, Any]:
    frame: dict[str, Any] = {
        "envelope_id": envelope_id,
        "type": envelope.kind,
        "accepts_response_payload": envelope.accepts_response_payload,
        "payload": envelope.payload,
    }
    if envelope.kind == "events_api":
        frame |= {"retry_attempt": retry.number, "retry_reason": retry.reason}
    return frame


async def _send_disconnect(connection: web.WebSocketResponse, reason: str) -> None:
    with suppress(ConnectionError):
        await connection.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "workspace"}})
    if reason != "warning":
        await connection.close()
