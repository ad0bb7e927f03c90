"""The workspace, served on this machine: the Web API, Socket Mode, response_url, the page and remote control."""

from __future__ import annotations

from contextlib import asynccontextmanager
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from workspace.guard import is_loopback
from workspace.page import page
from workspace.wire import remote
from workspace.workspace import InMemoryWorkspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_BODY_MAX_BYTES = 1024 * 1024
_SHUTDOWN_S = 1.0


class Workspace(InMemoryWorkspace):
    """A workspace with an HTTP server. The properties are what the app needs to reach it."""

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Workspace]:
        """Listen until the block ends; port 0 takes a free one.

        Raises ValueError for a host that is not loopback, OSError when the port is taken.
        """
        if not is_loopback(f"[{host}]" if ":" in host else host):
            raise ValueError(f"The workspace serves this machine only: {host} is not a loopback address.")
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            self._address.listen(host, runner.addresses[0][1])
            yield self
        finally:
            await self._dispatcher.close()
            await self._socket_mode.disconnect("link_disabled")
            await self._http.close()
            await runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_BODY_MAX_BYTES)
        application.on_response_prepare.append(self._date)
        application.router.add_route("GET", "/api/{method}", self._web_api.handle)
        application.router.add_route("POST", "/api/{method}", self._web_api.handle)
        application.router.add_get("/link", self._socket_mode.connect)
        application.router.add_post("/response/{token}", self._response_urls.handle)
        controls = (self.clock, self._socket_mode, self.fault_switches, self.rate_limits, self.administer)
        remote.mount(application, remote.Controls(*controls))
        page.mount(application, self)
        return application

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Date an answer by the workspace's clock."""
        response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)

    @property
    def url(self) -> str:
        """The page in the browser; ends in a slash."""
        return self._address.page

    @property
    def api_url(self) -> str:
        """The base of the Web API, as slack_sdk takes it; ends in /api/."""
        return self._address.api

    @property
    def bot_token(self) -> str:
        """The bot's token (xoxb-…)."""
        return self._credentials.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token (xapp-…) with connections:write."""
        return self._credentials.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests over HTTP."""
        return self._credentials.signing_secret
