"""Socket Mode: a websocket that the bot opens to Slack, and opens again when it is lost.

slack_sdk's client speaks the protocol; what it does not do well is reconnecting (it tries a used-up ticket again), so
that is done here: a new connection with a new ticket first, then the old one is let go.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.outbox.delivery import NotDeliveredError
from handlers.slack.authorization import raise_if_refused
from handlers.slack.errors import text_at

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from slack_bolt.response import BoltResponse

    from handlers.slack.web_client import WebClient
    from handlers.tasks import Tasks

CONNECT_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 1.0
ACK_TIMEOUT_S: Final = 3.0
"""How long Slack waits for an ack (Slack: "Using Socket Mode")."""
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
_PING_INTERVAL_S = 10.0

_log = structlog.stdlib.get_logger(__name__)
_silent = logging.getLogger(f"{__name__}.sdk")
_silent.setLevel(logging.CRITICAL)  # it logs the same troubles as we do, with tracebacks and tickets


class _Connection(SocketModeClient):
    """One websocket for its life; when slack_sdk would reconnect, `lost` is set instead."""

    def __init__(self, app_token: str, client: WebClient) -> None:
        super().__init__(app_token, _silent, client, ping_interval=_PING_INTERVAL_S)
        self.lost = asyncio.Event()
        self._answering = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 — slack_sdk's signature
        """Say that it is lost, instead of reconnecting: slack_sdk calls this when Slack says so or stays silent."""
        self.lost.set()

    async def process_message(self) -> None:
        """Take the next message of the websocket; slack_sdk would log what is no JSON with a traceback."""
        try:
            await super().process_message()  # type: ignore[no-untyped-call] # slack_sdk has no annotation there
        except ValueError:
            _log.warning("envelope.malformed")

    async def open(self) -> None:
        """Fetch a ticket and connect with it. Raises NotDeliveredError, aiohttp's errors, TimeoutError."""
        shared = self.web_client.session
        await self.aiohttp_client_session.close()
        self.aiohttp_client_session = aiohttp.ClientSession(trust_env=shared is not None and shared.trust_env)
        self.proxy = None
        self.wss_uri = text_at(await self.web_client.apps_connections_open(app_token=self.app_token), "url")
        await asyncio.wait_for(self.connect(), CONNECT_TIMEOUT_S)  # type: ignore[no-untyped-call] # the same

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
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_idle.wait(), ACK_TIMEOUT_S)
        finally:
            await self.shut()

    async def shut(self) -> None:
        """Close it, politely but soon."""
        self.lost.set()
        try:
            with suppress(aiohttp.ClientError, TimeoutError):
                await asyncio.wait_for(self.close(), CLOSE_TIMEOUT_S)  # type: ignore[no-untyped-call] # the same
        finally:
            await self.aiohttp_client_session.close()


class SocketMode:
    """Keeps one connection and hands its envelopes' payloads to `dispatch`, which raises nothing."""

    def __init__(
        self,
        app_token: str,
        client: WebClient,
        dispatch: Callable[[dict[str, Any]], Awaitable[BoltResponse]],
        tasks: Tasks,
        on_connected: Callable[[], None],
    ) -> None:
        """`tasks` runs the envelopes, so that stopping can wait for those in progress."""
        self._app_token = app_token
        self._client = client
        self._dispatch = dispatch
        self._tasks = tasks
        self._on_connected = on_connected
        self._accepts = True
        self._current: _Connection | None = None

    async def keep(self) -> None:
        """Stay connected until cancelled. Raises ConfigError when Slack refuses the token."""
        while True:
            connection = await self._connected()
            before, self._current = self._current, connection
            self._on_connected()
            if before is not None:
                self._tasks.start(before.leave())
            await connection.lost.wait()
            _log.warning("socket.reconnecting")

    def accept_no_more(self) -> None:
        """Leave what comes from now on without an ack: Slack then hands it to another process, or again later."""
        self._accepts = False

    async def close(self) -> None:
        """Close the connection."""
        if self._current is not None:
            await self._current.shut()

    async def _connected(self) -> _Connection:
        """Return an open connection; troubles are waited out, each time twice as long."""
        wait_s = FIRST_WAIT_S
        while True:
            connection = _Connection(self._app_token, self._client)
            connection.message_listeners.append(partial(self._take, connection))
            try:
                await connection.open()
            except (NotDeliveredError, aiohttp.ClientError, TimeoutError, OSError) as error:
                await connection.shut()
                reason = type(error).__name__
                if isinstance(error, NotDeliveredError):
                    raise_if_refused(error, "SLACK_APP_TOKEN")
                    reason, wait_s = error.code, max(wait_s, error.retry_after_s)
                _log.warning("slack.unreachable", wait_s=wait_s, reason=reason)
            except asyncio.CancelledError:
                await connection.shut()
                raise
            else:
                _log.info("socket.connected")
                return connection
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _take(self, connection: _Connection, _sdk: object, message: dict[str, Any], _raw: str | None) -> None:
        """Take one message of the websocket."""
        envelope_id = message.get("envelope_id")
        if message.get("type") == "hello" or not self._accepts:
            return
        if not isinstance(envelope_id, str):
            _log.warning("envelope.malformed")
            return
        self._tasks.start(self._answer(connection, envelope_id, message))

    async def _answer(self, connection: _Connection, envelope_id: str, message: dict[str, Any]) -> None:
        """Have an envelope answered and ack it; a malformed one is acked too, or Slack would send it again."""
        with connection.answering():
            body, payload = "", message.get("payload")
            if isinstance(payload, dict):
                response = await self._dispatch(payload)
                if message.get("accepts_response_payload") and response.status == HTTPStatus.OK:
                    body = response.body
            else:
                _log.warning("envelope.malformed", kind=str(message.get("type"))[:40])
            reply = f',"payload":{body}' if body.startswith("{") else ""
            await connection.send_message(f'{{"envelope_id":{json.dumps(envelope_id)}{reply}}}')
