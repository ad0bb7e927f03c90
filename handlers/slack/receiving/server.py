"""Slack's requests in, answers out: Socket Mode when there is an app-level token, else HTTP with health checks."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from bot.outbox.delivery import NotDeliveredError
from handlers.slack.receiving.http_server import HttpServer
from handlers.slack.receiving.overload import Overload
from handlers.slack.receiving.requests import take
from handlers.slack.receiving.socket_mode import Backoff, SocketMode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.response import BoltResponse

    from bot.config import Settings
    from handlers.connections import Routes
    from handlers.metrics.metrics import Metrics
    from handlers.slack.installations.installations import Installations
    from handlers.slack.web_client import WebClient
    from handlers.tasks import Tasks

FINISH_TIMEOUT_S: Final = 6.0
"""Seconds that replies in progress may take once the bot is to stop; with closing, it stops within 10 s."""


class Server:
    """Receives Slack's requests, by Socket Mode or HTTP, until it is stopped."""

    def __init__(  # noqa: PLR0913, PLR0917 — the parts that it connects
        self,
        app: AsyncApp,
        installations: Installations,
        client: WebClient,
        tasks: Tasks,
        settings: Settings,
        metrics: Metrics,
        is_usable: Callable[[], bool],
        routes: Routes,
    ) -> None:
        """Take settings that bot.config.require_slack has passed; `is_usable` is for /readyz.

        `routes` are pages for browsers, by path: with any, it listens in Socket Mode too.
        """
        self._app = app
        self._installations = installations
        self._client = client
        self.tasks = tasks
        self._settings = settings
        secret = settings.slack_signing_secret if settings.slack_app_token is None else None
        self._metrics = metrics
        self._overload = Overload(metrics)
        self._has_socket = secret is None
        self._http: HttpServer | None = None
        if secret or routes:
            signed_with = secret.get_secret_value() if secret else ""
            self._http = HttpServer(app, signed_with, routes=routes, is_usable=is_usable, metrics=metrics)
        self._socket: SocketMode | None = None
        self.ready = asyncio.Event()
        """Set once Slack's requests can come in."""

    @property
    def is_connected(self) -> bool:
        """Whether Slack's requests come in now."""
        if self._has_socket:
            return self._socket is not None and self._socket.is_connected
        return self._http is not None and self._http.is_open

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen until the block ends, unless nothing comes by HTTP: /livez answers, all else gets 503 until `serve`.

        Raises ConfigError when the port is taken.
        """
        if self._http is None:
            yield
            return
        await self._http.start(self._settings.host, self._settings.port, shutdown_s=FINISH_TIMEOUT_S / 2)
        try:
            yield
        finally:
            await self._http.stop()

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then finish what is under way. Raises ConfigError for tokens that Slack refuses."""
        serving = asyncio.create_task(self._by_socket() if self._has_socket else self._by_http())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

    async def _by_socket(self) -> None:
        await self._warm()
        token = self._settings.slack_app_token
        app_token = token.get_secret_value() if token else ""
        self._socket = socket = SocketMode(
            app_token,
            self._client,
            self._take_payload,
            self.tasks,
            self.ready.set,
            on_lost=self._metrics.reconnected,
            overload=self._overload,
        )
        if self._http:
            self._http.open()
        try:
            await socket.keep()
        finally:
            socket.accept_no_more()
            await self.tasks.finish(FINISH_TIMEOUT_S)
            await socket.close()

    async def _take_payload(self, payload: dict[str, Any], since: float | None = None) -> BoltResponse:
        return await take(self._app, self._metrics, body=payload, since=since)

    async def _by_http(self) -> None:
        try:
            await self._warm()
            if self._http:
                self._http.open()
            self.ready.set()
            await asyncio.Event().wait()
        finally:
            if self._http:
                await self._http.stop()
            await self.tasks.finish(FINISH_TIMEOUT_S)

    async def _warm(self) -> None:
        """Learn who we are before the first request; wait for Slack when it cannot be reached."""
        backoff = Backoff()
        while True:
            try:
                await self._installations.warm()
            except NotDeliveredError as error:
                await backoff.wait(error)
            else:
                return
