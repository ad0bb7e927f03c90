"""The workspace as one thing: built from a manifest, served on this machine, used by `try` and by the tests."""

from __future__ import annotations

import asyncio
import ipaddress
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

from workspace.access import Access
from workspace.address import Address
from workspace.clock import SystemClock
from workspace.credentials import new_credentials
from workspace.delivery import Dispatch, Dispatcher
from workspace.events import Events
from workspace.faults import Faults
from workspace.http_delivery import HttpDelivery
from workspace.interaction import Happened, Interaction
from workspace.manifest import read_manifest
from workspace.methods.chat import ChatMethods
from workspace.methods.connecting import ConnectingMethods
from workspace.methods.conversations import ConversationsMethods
from workspace.methods.users import UsersMethods
from workspace.methods.views import ViewsMethods
from workspace.page import mount
from workspace.responding import Responder, ResponseUrls
from workspace.seed import new_state
from workspace.socket_mode import SocketMode
from workspace.web_api import Call, WebApi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from workspace.clock import Clock
    from workspace.records import Message

_BODY_MAX_BYTES = 1024 * 1024
_SHUTDOWN_S = 1.0


class Panel(Protocol):
    """What the app's operator tells the workspace about itself, to be shown on the page."""

    def faults(self) -> Sequence[str]:
        """Return what is wrong with the app's content now, a plain sentence each."""
        ...


class _EmptyPanel:
    def faults(self) -> Sequence[str]:
        return ()


class Workspace:
    """One workspace with one app installed.

    `bot_token`, `app_token` and `signing_secret` are what the app needs; `state` is all that the page shows. Times are
    the clock's. Users, channels and the bot's id are in seed.py and records.py.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        *,
        panel: Panel | None = None,
        clock: Clock | None = None,
        tries: Sequence[str] = (),
        advice: str = "",
    ) -> None:
        """Install the app that this manifest (as loaded from YAML) describes. Raises ManifestError.

        `tries` are things to type that the welcome in #general offers; `advice`, in mrkdwn, ends it.
        """
        self.manifest = read_manifest(manifest)
        self._clock = clock or SystemClock()
        self._panel = panel or _EmptyPanel()
        self._credentials = new_credentials()
        self._address = Address()
        self.state = new_state(self.manifest, self._clock, tries, advice)
        self._socket_mode = SocketMode(self._clock, self.state.touch)
        self._http = HttpDelivery(self._credentials.signing_secret, self._clock, self.state.touch)
        self._transport = self._socket_mode if self.manifest.socket_mode else self._http
        self.fault_switches = Faults(self._clock)
        self._dispatcher = Dispatcher(self._transport, self._clock, self.fault_switches, self.state.touch)
        verification = self._credentials.verification_token
        self._events = Events(self.state, self.manifest, self._dispatcher, self._clock, verification)
        responder = Responder(self.state, self._events)
        self._response_urls = ResponseUrls(responder, self._address, self._clock)
        self._interaction = Interaction(
            state=self.state,
            manifest=self.manifest,
            dispatcher=self._dispatcher,
            events=self._events,
            responder=responder,
            response_urls=self._response_urls,
            verification_token=verification,
        )
        self._web_api = self._new_web_api()

    # Where it is and how an app gets in.

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Workspace]:
        """Listen until the block ends; port 0 takes a free one.

        Raises ValueError for a host that is not loopback, OSError when the port is taken.
        """
        _require_loopback(host)
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

    @property
    def is_connected(self) -> bool:
        """Whether the app can be reached."""
        return self._transport.is_connected

    # What people do.

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Happened:
        """Do what the message box does; return when the app has acked, or its 3 s ran out.

        Write a mention as a person does: `@` and the bot's name. Raises LookupError for a user or thread not there.
        """
        return await self._interaction.type(user_id, channel_id, text, thread_ts or "")

    async def press(self, user_id: str, channel_id: str, ts: str, action_id: str, block_id: str = "") -> Happened:
        """Click a button; return when the app has acked, or its 3 s ran out. Raises LookupError for one not there."""
        return await self._interaction.press(user_id, channel_id, ts, action_id, block_id)

    # What can be seen.

    def seen_by(self, user_id: str, channel_id: str, thread_ts: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that a user sees there, oldest first, as Slack's message objects.

        Each also has `is_ephemeral`, `pings` (live mentions) and `reply_count`.
        """
        messages = self.state.seen_by(user_id, channel_id, thread_ts or "")
        return [self._seen(message) for message in messages]

    async def wait_until(self, predicate: Callable[[], object], timeout_s: float = 5.0) -> None:
        """Return once the predicate holds; it is asked again at every change. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            version = self.state.version
            while not predicate():
                version = await self.state.changed(version)

    @property
    def calls(self) -> list[Call]:
        """Every Web API call that the app made, oldest first."""
        return self._web_api.calls

    @property
    def method_names(self) -> tuple[str, ...]:
        """The Web API methods that this workspace knows."""
        return self._web_api.method_names

    @property
    def dispatches(self) -> list[Dispatch]:
        """Everything that was sent to the app, each attempt, oldest first."""
        return self._dispatcher.dispatches

    def faults(self) -> tuple[str, ...]:
        """Return what the panel says is wrong with the app's content."""
        return tuple(self._panel.faults())

    def notice(self) -> None:
        """Let the page look again: the panel says something new."""
        self.state.touch()

    # Switches.

    def limit(self, method: str, retry_after_s: int, times: int = 1) -> None:
        """Answer the next `times` calls of a Web API method with 429 and this Retry-After."""
        self._web_api.limit(method, retry_after_s, times)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Close every Socket Mode connection as Slack does now and then; the app is expected to come back."""
        await self._socket_mode.disconnect(reason)

    def _seen(self, message: Message) -> dict[str, Any]:
        replies = self.state.replies(message.channel, message.ts)
        extra = {"is_ephemeral": message.is_ephemeral, "pings": list(message.pings), "reply_count": len(replies)}
        return message.to_json() | extra

    def _new_web_api(self) -> WebApi:
        state, address, manifest = self.state, self._address, self.manifest
        access = Access(state, manifest.scopes)
        families = (
            ConnectingMethods(manifest, self._socket_mode, address),
            ChatMethods(state, access, self._events, address),
            ConversationsMethods(state, access, self._events),
            UsersMethods(state, access),
            ViewsMethods(state, access, home_tab=manifest.home_tab),
        )
        methods = [method for family in families for method in family.methods()]
        return WebApi(methods, self._credentials, access, self.fault_switches, state.touch)

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_BODY_MAX_BYTES)
        application.router.add_route("GET", "/api/{method}", self._web_api.handle)
        application.router.add_route("POST", "/api/{method}", self._web_api.handle)
        application.router.add_get("/link", self._socket_mode.connect)
        application.router.add_post("/response/{token}", self._response_urls.handle)
        self.fault_switches.mount(application)
        mount(application, self)
        return application


def _require_loopback(host: str) -> None:
    """Refuse to serve others: what runs here has no users of its own and no locks."""
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"The workspace serves this machine only: {host} is not a loopback address.")
