"""The workspace, served on this machine: the Web API, Socket Mode, response_url, the page and remote control."""

from __future__ import annotations

from contextlib import asynccontextmanager
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from workspace.guard import is_loopback
from workspace.page import consent_page, page
from workspace.wire import remote
from workspace.workspace import InMemoryWorkspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from workspace.slack_app import SlackApp
    from workspace.wire.address import Address

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BODY_MAX_BYTES = 1024 * 1024
_SHUTDOWN_S = 1.0


class Served:
    """A server that an app reaches at one address: that of a workspace, or of several."""

    _address: Address

    @property
    def url(self) -> str:
        """The page in the browser; ends in a slash."""
        return self._address.page

    @property
    def api_url(self) -> str:
        """The base of the Web API, as slack_sdk takes it; ends in /api/."""
        return self._address.api

    @property
    def authorize_url(self) -> str:
        """Where a browser begins to install the app."""
        return f"{self.url}{consent_page.AUTHORIZE[1:]}"


class Workspace(InMemoryWorkspace, Served):
    """A workspace with an HTTP server. The properties are what the app needs to reach it."""

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Workspace]:
        """Listen until the block ends; port 0 takes a free one.

        Raises ValueError for a host that is not loopback, OSError when the port is taken.
        """
        async with listening(self._application(), host, port) as (_, taken):
            self._address.listen(host, taken)
            try:
                yield self
            finally:
                await self._dispatcher.close()
                await self._app.socket_mode.disconnect("link_disabled")
                await self._app.http.close()

    def _application(self) -> web.Application:
        application = self.new_application()
        mount_api(application, self.take_call, self.take_response, self._app)
        controls = (self.clock, self._app.socket_mode, self.fault_switches, self.rate_limits, self.administer)
        remote.mount(application, remote.Controls(*controls))
        page.mount(application, self)
        return application

    def new_application(self) -> web.Application:
        """Return a server without routes, whose answers are dated by the workspace's clock."""
        application = web.Application(client_max_size=_BODY_MAX_BYTES)
        application.on_response_prepare.append(self._date)
        return application

    async def take_call(self, request: web.Request) -> web.StreamResponse:
        """Answer a Web API call."""
        return await self._web_api.handle(request)

    async def take_response(self, request: web.Request) -> web.StreamResponse:
        """Answer a use of a response_url."""
        return await self._response_urls.handle(request)

    def share_address(self, address: Address) -> None:
        """Tell the app this address, instead of the page's: it is that of several workspaces."""
        self._address.share(address)

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Date an answer by the workspace's clock."""
        response.headers["Date"] = format_datetime(self.clock.now(), usegmt=True)

    @property
    def bot_token(self) -> str:
        """The bot's newest token (xoxb-…), empty where the app is not installed."""
        return self.installation.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token (xapp-…) with connections:write."""
        return self._app.credentials.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests over HTTP."""
        return self._app.credentials.signing_secret

    @property
    def client_id(self) -> str:
        """The app's id in OAuth."""
        return self._app.credentials.client_id

    @property
    def client_secret(self) -> str:
        """The secret that goes with the client id."""
        return self._app.credentials.client_secret


@asynccontextmanager
async def listening(application: web.Application, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
    """Serve an application until the block ends, and return its host and port; 0 takes a free one.

    Raises ValueError for a host that is not loopback, OSError when the port is taken.
    """
    if not is_loopback(f"[{host}]" if ":" in host else host):
        raise ValueError(f"The workspace serves this machine only: {host} is not a loopback address.")
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield host, runner.addresses[0][1]
    finally:
        await runner.cleanup()


def mount_api(application: web.Application, call: Handler, respond: Handler, app: SlackApp) -> None:
    """Add what an app uses to a server: the Web API, response_urls, Socket Mode and OAuth."""
    application.router.add_route("GET", "/api/{method}", call)
    application.router.add_route("POST", "/api/{method}", call)
    application.router.add_get("/link", app.socket_mode.connect)
    application.router.add_post("/response/{token}", respond)
    consent_page.mount(application, app)
