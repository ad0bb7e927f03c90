"""Slack's requests in, answers out: Socket Mode when there is an app-level token, else HTTP with health checks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigError
from bot.outbox.delivery import NotDeliveredError
from handlers.slack.socket_mode import FIRST_WAIT_S, LONGEST_WAIT_S, SocketMode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slack_bolt.async_app import AsyncApp

    from bot.config import Settings
    from handlers.slack.authorization import SingleInstallation
    from handlers.slack.web_client import WebClient
    from handlers.tasks import Tasks

BODY_LIMIT: Final = 1024 * 1024
EVENTS_PATH: Final = "/slack/events"
FINISH_TIMEOUT_S: Final = 6.0
"""Seconds that replies in progress may take once the bot is to stop; with closing, it stops within 10 s."""

_log = structlog.stdlib.get_logger(__name__)


async def take(app: AsyncApp, **request: Any) -> BoltResponse:  # noqa: ANN401 — AsyncBoltRequest's arguments
    """Hand a request to Bolt. What has not the shape that Slack documents is refused and logged, never raised."""
    try:
        return await app.async_dispatch(AsyncBoltRequest(**request))
    except Exception as error:  # noqa: BLE001 — anybody's JSON comes in here, and Bolt trips over it in many ways
        _log.warning("request.malformed", reason=type(error).__name__)
        return BoltResponse(status=400, body="")


class HttpServer:
    """Receives Slack's requests at /slack/events; /livez and /readyz tell an orchestrator how it is."""

    def __init__(self, app: AsyncApp, signing_secret: str, notes: Sequence[Callable[[], str]] = ()) -> None:
        """`signing_secret` proves that a request is Slack's and less than five minutes old; `notes` are for /readyz."""
        self._app = app
        self._notes = notes
        self._verifier = SignatureVerifier(signing_secret)
        self._is_ready = False
        """Whether requests are accepted: from the first auth.test until the bot is to stop."""
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int, *, is_warm: bool = True) -> int:
        """Listen, and return the port; unless `is_warm`, requests get 503 until `open`.

        Raises ConfigError when the port is taken.
        """
        application = web.Application(client_max_size=BODY_LIMIT)
        application.add_routes(
            [
                web.post(EVENTS_PATH, self._on_request),
                web.get("/livez", self._on_livez),
                web.get("/readyz", self._on_readyz),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=FINISH_TIMEOUT_S / 2)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigError(
                f"Cannot listen on {host} port {port}: {error.strerror or error}.", "Set HOST and PORT to a free one."
            ) from None
        taken: int = self._runner.addresses[0][1]
        _log.info("http.listening", host=host, port=taken)
        if is_warm:
            self.open()
        return taken

    def open(self) -> None:
        """Take requests from now on."""
        self._is_ready = True
        _log.info("http.ready")

    async def stop(self) -> None:
        """Take no more requests and finish those under way."""
        self._is_ready = False
        if self._runner is not None:
            await self._runner.cleanup()

    async def _on_request(self, request: web.Request) -> web.Response:
        if not self._is_ready:
            return await self._on_readyz(request)
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            _log.warning("request.refused", reason="too large")
            raise
        if not self._is_slacks(request, raw):
            _log.warning("request.refused", reason="signature")
            return web.json_response({"error": "invalid request"}, status=401)
        response = await take(self._app, body=raw.decode(), query=request.query_string, headers={**request.headers})
        return await to_aiohttp_response(response)

    def _is_slacks(self, request: web.Request, raw: bytes) -> bool:
        """Whether Slack signed it, within the last five minutes (Slack: "Verifying requests from Slack")."""
        headers = request.headers
        with suppress(ValueError, TypeError):
            return self._verifier.is_valid(
                raw, headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
            )
        return False

    async def _on_livez(self, _request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _on_readyz(self, _request: web.Request) -> web.Response:
        if not self._is_ready:
            return web.Response(text="not ready\n", status=503)
        lines = ("ready", *filter(None, (note() for note in self._notes)))
        return web.Response(text="".join(f"{line}\n" for line in lines))


class Server:
    """Receives Slack's requests, by Socket Mode or HTTP, until it is stopped."""

    def __init__(  # noqa: PLR0913, PLR0917 — the parts that it connects
        self,
        app: AsyncApp,
        installation: SingleInstallation,
        client: WebClient,
        tasks: Tasks,
        settings: Settings,
        notes: Sequence[Callable[[], str]],
    ) -> None:
        """Take settings that bot.config.require_slack has passed; `notes` return lines for /readyz, or nothing."""
        self._app = app
        self._installation = installation
        self._client = client
        self.tasks = tasks
        self._settings = settings
        self._notes = notes
        self.ready = asyncio.Event()
        """Set once Slack's requests can come in."""

    @property
    def team(self) -> str:
        """The workspace's id; empty until Slack's requests can come in."""
        return self._installation.team

    async def serve(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then finish what is under way. Raises ConfigError for tokens that Slack refuses."""
        token = self._settings.slack_app_token
        serving = asyncio.create_task(self._by_socket(token.get_secret_value()) if token else self._by_http())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if stop.is_set():
            serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

    async def _by_socket(self, app_token: str) -> None:
        await self._warm()
        socket = SocketMode(app_token, self._client, self._take_payload, self.tasks, self.ready.set)
        try:
            await socket.keep()
        finally:
            socket.accept_no_more()
            await self.tasks.finish(FINISH_TIMEOUT_S)
            await socket.close()

    async def _take_payload(self, payload: dict[str, Any]) -> BoltResponse:
        return await take(self._app, mode="socket_mode", body=payload)

    async def _by_http(self) -> None:
        secret = self._settings.slack_signing_secret
        server = HttpServer(self._app, secret.get_secret_value() if secret else "", self._notes)
        await server.start(self._settings.host, self._settings.port, is_warm=False)
        try:
            await self._warm()
            server.open()
            self.ready.set()
            await asyncio.Event().wait()
        finally:
            await server.stop()
            await self.tasks.finish(FINISH_TIMEOUT_S)

    async def _warm(self) -> None:
        """Learn who we are before the first request; wait for Slack when it cannot be reached."""
        wait_s = FIRST_WAIT_S
        while True:
            try:
                await self._installation.warm()
            except NotDeliveredError as error:
                wait_s = max(wait_s, error.retry_after_s)
                _log.warning("slack.unreachable", wait_s=wait_s, reason=error.code)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            else:
                return
