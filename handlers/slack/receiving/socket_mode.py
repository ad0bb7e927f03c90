"""Socket Mode: a websocket that the bot opens to Slack, and opens again when it is lost ("Using Socket Mode").

aiohttp speaks the protocol, and reports a connection that was cut at once; slack_sdk's client looks every ten seconds.
A new connection with a new ticket is opened first, then the old one is closed.
"""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import contextmanager, suppress
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog

from bot.outbox.delivery import ErrorClass, NotDeliveredError
from handlers.slack.errors import UNSENT, text_at
from handlers.slack.installations.authorization import raise_if_refused
from handlers.slack.receiving.kernel_queue import queue_of
from handlers.slack.receiving.overload import Overload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from slack_bolt.response import BoltResponse

    from handlers.slack.web_client import WebClient
    from handlers.tasks import Tasks

HELLO_TIMEOUT_S: Final = 10.0
"""Seconds for the handshake, and again for Slack's hello."""
CLOSE_TIMEOUT_S: Final = 1.0
ACK_TIMEOUT_S: Final = 3.0
"""How long Slack waits for an ack (Slack: "Using Socket Mode")."""
FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 30.0
MOST_ASKED_S: Final = 120.0
"""The longest Retry-After that is believed."""
STEADY_S: Final = 2.0
"""Seconds after which a connection counts as working: one that is dropped sooner is a failure, as is none."""
PING_INTERVAL_S: Final = 6.0
"""Seconds between pings; a connection whose pong takes half of it is lost. Until then commands are lost with it."""

_log = structlog.stdlib.get_logger(__name__)


class Backoff:
    """Waits between attempts: none, then from `first_s` on each twice as long, up to LONGEST_WAIT_S, less up to half.

    The random part keeps many bots from coming back in the same moment.
    """

    def __init__(self, first_s: float = FIRST_WAIT_S) -> None:
        """Begin without a wait."""
        self._first_s = first_s
        self._next_s = 0.0

    async def wait(self, error: NotDeliveredError) -> None:
        """Wait after a call of Slack that failed: as long as Slack asks for, but no longer than MOST_ASKED_S."""
        asked_s = error.retry_after_s if error.code not in UNSENT else 0.0
        wait_s = max(self.next_s(), min(asked_s, MOST_ASKED_S))
        _log.warning("slack.unreachable", wait_s=round(wait_s, 3), reason=error.code)
        await asyncio.sleep(wait_s)

    def next_s(self) -> float:
        """Return the seconds to wait after one more failure."""
        wait_s, self._next_s = self._next_s, min(max(self._next_s * 2, self._first_s), LONGEST_WAIT_S)
        return wait_s * random.uniform(0.5, 1)  # noqa: S311 — not a secret

    def reset(self) -> None:
        """Begin again: it works."""
        self._next_s = 0.0


class _Connection:
    """One websocket for its life; `lost` is set once it is to be replaced."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, on_message: Callable[..., None]) -> None:
        """`on_message` is called with this connection, each message but the hello, and when it came."""
        self.greeted = asyncio.Event()
        self.lost = asyncio.Event()
        self._socket = socket
        self._on_message = on_message
        self._kernel = queue_of(socket)
        self._due: list[str] = []
        self._answering = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Read until it is closed or cut."""
        try:
            async for frame in self._socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(frame.data, perf_counter() - self._kernel.waited_s(len(frame.data)))
        finally:
            self.lost.set()

    def _take(self, text: str, since: float) -> None:
        """Take a frame that came at a time, by perf_counter; what is no object is logged."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        match message:
            case {"type": "hello"}:
                self.greeted.set()
            case {"type": "disconnect"}:
                self.lost.set()
            case {"envelope_id": str()}:
                self._on_message(self, message, since)
            case _:
                _log.warning("envelope.malformed")

    async def until_greeted(self) -> bool:
        """Wait for Slack's hello; False when it does not come."""
        waits = [asyncio.create_task(event.wait()) for event in (self.greeted, self.lost)]
        try:
            await asyncio.wait(waits, timeout=HELLO_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        return self.greeted.is_set()

    def send_soon(self, text: str, tasks: Tasks) -> None:
        """Have an ack sent with the others that are due by then."""
        self._due.append(text)
        if len(self._due) == 1:
            tasks.start(self._send_due())

    async def _send_due(self) -> None:
        with self.answering():
            while self._due:
                due, self._due = self._due, []
                for each in due:
                    await self.send(each)

    async def send(self, text: str) -> None:
        """Send an ack; a lost connection takes none, and Slack tells the person itself."""
        try:
            await self._socket.send_str(text)
        except ConnectionError as error:
            _log.warning("reply.not_delivered", reason=type(error).__name__)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Stay open as long as the block runs, for the ack at its end."""
        self._answering += 1
        self._is_idle.clear()
        try:
            yield
        finally:
            self._answering -= 1
            if not self._answering:
                self._is_idle.set()

    async def leave(self) -> None:
        """Close it once the acks under way have left; Slack waits for none longer than ACK_TIMEOUT_S."""
        try:
            if not self._socket.closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._is_idle.wait(), ACK_TIMEOUT_S)
        finally:
            await self.shut()

    async def shut(self) -> None:
        """Close it, politely but soon."""
        self._reading.cancel()
        self.lost.set()
        with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
            await asyncio.wait_for(self._socket.close(), CLOSE_TIMEOUT_S)


class SocketMode:
    """Keeps one connection and hands its envelopes' payloads to `dispatch`, which raises nothing."""

    def __init__(  # noqa: PLR0913 — its parts, once
        self,
        app_token: str,
        client: WebClient,
        dispatch: Callable[[dict[str, Any], float], Awaitable[BoltResponse]],
        tasks: Tasks,
        on_connected: Callable[[], None],
        *,
        on_lost: Callable[[], None] = lambda: None,
        backoff: Backoff | None = None,
        overload: Overload | None = None,
    ) -> None:
        """`tasks` runs the envelopes, so that stopping can wait for those in progress.

        `dispatch` is given a payload and when it came, unless `overload` refuses it.

        `on_connected` and `on_lost` are called for each connection that was made, and lost.
        """
        self._app_token = app_token
        self._client = client
        self._dispatch = dispatch
        self._tasks = tasks
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._backoff = backoff or Backoff()
        self._overload = overload or Overload()
        self._accepts = True
        self._current: _Connection | None = None
        self._is_known = False  # whether Slack has ever taken the token: then a refusal is waited out

    @property
    def is_connected(self) -> bool:
        """Whether envelopes come in, and are taken."""
        return self._accepts and self._current is not None and not self._current.lost.is_set()

    async def keep(self) -> None:
        """Stay connected until cancelled. Raises ConfigError when Slack refuses the token at the start."""
        loop = asyncio.get_running_loop()
        while True:
            connection = await self._connected()
            opened_at = loop.time()
            before, self._current = self._current, connection
            if before is not None:
                self._tasks.start(before.leave())
            self._on_connected()
            await connection.lost.wait()
            self._on_lost()
            if loop.time() - opened_at >= STEADY_S:
                self._backoff.reset()
            wait_s = self._backoff.next_s()
            _log.warning("socket.reconnecting", wait_s=round(wait_s, 3))
            await asyncio.sleep(wait_s)

    def accept_no_more(self) -> None:
        """Leave what comes from now on without an ack: Slack then hands it to another process, or again later."""
        self._accepts = False

    async def close(self) -> None:
        """Close the connection."""
        if self._current is not None:
            await self._current.shut()

    async def _connected(self) -> _Connection:
        """Return a connection that Slack has greeted; every failure is waited out, each time twice as long."""
        while True:
            try:
                return await self._open()
            except NotDeliveredError as error:
                if not self._is_known:
                    raise_if_refused(error, "SLACK_APP_TOKEN")
                await self._backoff.wait(error)

    async def _open(self) -> _Connection:
        """Fetch a ticket, connect with it and wait for the hello. Raises NotDeliveredError."""
        address = text_at(await self._client.apps_connections_open(app_token=self._app_token), "url")
        self._is_known = True
        socket = await self._client.websocket(address, timeout_s=HELLO_TIMEOUT_S, ping_every_s=PING_INTERVAL_S)
        connection = _Connection(socket, self._take)
        try:
            if await connection.until_greeted():
                _log.info("socket.connected")
                return connection
        except asyncio.CancelledError:
            await connection.shut()
            raise
        await connection.shut()
        raise NotDeliveredError("Slack gave no answer.", code="no_hello", error_class=ErrorClass.UNCONFIRMED)

    def _take(self, connection: _Connection, message: dict[str, Any], since: float) -> None:
        """Take one envelope, or refuse it."""
        if not self._accepts:
            return
        payload = message.get("payload")
        if isinstance(payload, dict) and (refusal := self._overload.refusal(payload, since)):
            connection.send_soon(_ack(message, refusal), self._tasks)
            return
        self._overload.arrived(self._tasks.start(self._answer(connection, message, since)))

    async def _answer(self, connection: _Connection, message: dict[str, Any], since: float) -> None:
        """Have an envelope answered and ack it; a malformed one is acked too, or Slack would send it again."""
        self._overload.started(asyncio.current_task())
        with connection.answering():
            body, payload = "", message.get("payload")
            if isinstance(payload, dict):
                response = await self._dispatch(payload, since)
                body = response.body if response.status == HTTPStatus.OK else ""
            else:
                _log.warning("envelope.malformed", kind=str(message.get("type"))[:40])
            await connection.send(_ack(message, body))


def _ack(message: Mapping[str, Any], body: str) -> str:
    """Return the acknowledgement of an envelope, with a body where one is taken."""
    payload = f',"payload":{body}' if body.startswith("{") and message.get("accepts_response_payload") else ""
    return f'{{"envelope_id":{json.dumps(message["envelope_id"])}{payload}}}'
