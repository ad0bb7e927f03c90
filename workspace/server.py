"""The workspace as one thing: built from a manifest, served on this machine, used by `try` and by the tests."""

from __future__ import annotations

import asyncio
import ipaddress
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from workspace.clock import SystemClock, TravellingClock
from workspace.manifest import read_manifest
from workspace.page.page import mount
from workspace.page.panel import EmptyPanel
from workspace.page.story import Stories
from workspace.parts import People, Surfaces, Wire, web_api
from workspace.state.forms import MessagePlace
from workspace.state.seed import new_state
from workspace.wire.remote import Remote

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from workspace.clock import Clock
    from workspace.page.panel import Panel
    from workspace.page.story import Story
    from workspace.people.results import ActionResult
    from workspace.state.assistant import AssistantThread
    from workspace.state.forms import Place, Values
    from workspace.state.records import Message
    from workspace.state.views import Modal
    from workspace.wire.delivery import Dispatch
    from workspace.wire.web_api import Call

_BODY_MAX_BYTES = 1024 * 1024
_SHUTDOWN_S = 1.0


class Workspace:
    """One workspace with one app installed.

    `bot_token`, `app_token` and `signing_secret` are what the app needs; `state` is all that the page shows. Times are
    those of `clock`, which can be put forward; only the 3 s for an ack and the times in signatures are the machine's
    own. `has_panel` says whether the app's operator tells anything. Users, channels and the bot's id are in seed.py and
    records.py.
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
        self.has_panel = panel is not None
        self._panel = panel or EmptyPanel()
        machine = clock or SystemClock()
        self.clock = TravellingClock(machine)
        self.state = new_state(self.manifest, self.clock, tries, advice)
        self.clock.on_jump(self.state.touch)
        self._wire = Wire(self.manifest, machine, self.clock, self.state)
        self._surfaces = Surfaces(self.manifest, self.clock, self.state)
        self._hands = People(self.manifest, self.state, self._wire, self._surfaces)
        self._web_api = web_api(self.manifest, self.state, self._wire, self._surfaces)
        self._stories = Stories(self.state, self._wire, self._web_api)
        self.fault_switches = self._wire.faults

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
            self._wire.address.listen(host, runner.addresses[0][1])
            yield self
        finally:
            await self._wire.dispatcher.close()
            await self._wire.socket_mode.disconnect("link_disabled")
            await self._wire.http.close()
            await runner.cleanup()

    @property
    def url(self) -> str:
        """The page in the browser; ends in a slash."""
        return self._wire.address.page

    @property
    def api_url(self) -> str:
        """The base of the Web API, as slack_sdk takes it; ends in /api/."""
        return self._wire.address.api

    @property
    def bot_token(self) -> str:
        """The bot's token (xoxb-…)."""
        return self._wire.credentials.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token (xapp-…) with connections:write."""
        return self._wire.credentials.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests over HTTP."""
        return self._wire.credentials.signing_secret

    @property
    def is_connected(self) -> bool:
        """Whether the app can be reached."""
        return self._wire.transport.is_connected

    # What people do.

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> ActionResult:
        """Do what the message box does; return when the app has acked, or its 3 s ran out.

        Write a mention as a person does: `@` and the bot's name. Raises LookupError for a user or thread not there.
        """
        return await self._hands.interaction.type(user_id, channel_id, text, thread_ts or "")

    async def press(self, user_id: str, channel_id: str, ts: str, action_id: str, block_id: str = "") -> ActionResult:
        """Click a button; return when the app has acked, or its 3 s ran out. Raises LookupError for one not there."""
        return await self.act(user_id, MessagePlace(channel_id, ts), block_id, action_id, {})

    async def act(
        self, user_id: str, where: Place, block_id: str, action_id: str, value: Mapping[str, Any]
    ) -> ActionResult:
        """Use an element of a message, modal or Home tab; `value` is the field of its kind, none for a button.

        Raises LookupError for an element or option not there, ValueError for a value that it cannot hold.
        """
        return await self._hands.acting.act(user_id, where, block_id, action_id, value)

    async def suggest(
        self, user_id: str, where: Place, block_id: str, action_id: str, typed: str
    ) -> list[dict[str, Any]]:
        """Return the options (or option groups) that the app suggests in an external select for what was typed.

        Raises LookupError for one not there, SuggestionError (with a sentence to show) when the app fails.
        """
        return await self._hands.acting.suggest(user_id, where, block_id, action_id, typed)

    async def submit(
        self, user_id: str, view_id: str, values: Mapping[str, Mapping[str, Mapping[str, Any]]]
    ) -> ActionResult:
        """Submit the modal on top with these values (block_id → action_id → the element's field) filled in.

        Elements that are left out keep what they hold. Raises LookupError for a modal that is not on top, or an element
        not there; ValueError for what an element cannot hold.
        """
        return await self._hands.submitting.submit(user_id, view_id, values)

    async def close_modal(self, user_id: str, view_id: str, *, all: bool = False) -> ActionResult:  # noqa: A002 — reads as it is said
        """Close the modal on top, or all of the stack. Raises LookupError for one that is not on top."""
        return await self._hands.submitting.close(user_id, view_id, whole_stack=all)

    async def message_shortcut(self, user_id: str, channel_id: str, ts: str, callback_id: str) -> ActionResult:
        """Choose one of the app's shortcuts from a message's menu. Raises LookupError for what is not there."""
        return await self._hands.shortcuts.choose_on_message(user_id, channel_id, ts, callback_id)

    async def global_shortcut(self, user_id: str, callback_id: str) -> ActionResult:
        """Choose one of the app's shortcuts from anywhere. Raises LookupError for what is not there."""
        return await self._hands.shortcuts.choose(user_id, callback_id)

    def open_home(self, user_id: str) -> None:
        """Open the app's Home tab: the app is told, and may publish it. Raises LookupError for an app without one."""
        self._hands.opening.open_home(user_id)

    def open_assistant(self, user_id: str, seen_channel_id: str = "") -> AssistantThread:
        """Open the app's assistant, in a new thread unless the newest is still empty; the app is told.

        Raises LookupError for an app that is none.
        """
        return self._hands.opening.open_assistant(user_id, seen_channel_id)

    # What can be seen.

    def seen_by(self, user_id: str, channel_id: str, thread_ts: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that a user sees there, oldest first, as Slack's message objects.

        Each also has `is_ephemeral`, `pings` (live mentions) and `reply_count`.
        """
        messages = self.state.seen_by(user_id, channel_id, thread_ts or "")
        return [self._seen(message) for message in messages]

    def home(self, user_id: str) -> dict[str, Any] | None:
        """Return the Home tab that the app published for this user, its `state` up to date, or None."""
        return self._surfaces.views.home(user_id)

    def modals(self, user_id: str) -> tuple[Modal, ...]:
        """Return the user's open modals, the undermost first."""
        return self._surfaces.views.modals(user_id)

    def message_values(self, user_id: str, channel_id: str, ts: str) -> Values:
        """Return what this user has chosen in a message's elements. Raises LookupError for a message not seen."""
        return self._hands.acting.message_values(user_id, MessagePlace(channel_id, ts))

    def story(self, channel_id: str, ts: str) -> Story:
        """Return what made a message: what was sent, its ack, and the calls. Raises LookupError for one not there."""
        return self._stories.story(channel_id, ts)

    def assistant(self, user_id: str) -> AssistantThread | None:
        """Return the newest thread of the user with the assistant, or None."""
        return self._surfaces.threads.newest(user_id)

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
        return self._wire.dispatcher.dispatches

    def faults(self) -> tuple[str, ...]:
        """Return what the panel says is wrong with the app's content."""
        return tuple(self._panel.faults())

    def next_due(self) -> datetime | None:
        """Return when the panel says that the app will next post of its own accord, or None."""
        return self._panel.next_due()

    def last_run(self) -> str:
        """Return what the panel says that the app last did of its own accord, or empty."""
        return self._panel.last_run()

    def notice(self) -> None:
        """Let the page look again: the panel says something new."""
        self.state.touch()

    # Switches.

    def limit(self, method: str, retry_after_s: int, times: int = 1) -> None:
        """Answer the next `times` calls of a Web API method with 429 and this Retry-After."""
        self._web_api.limit(method, retry_after_s, times)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Close every Socket Mode connection as Slack does now and then; the app is expected to come back.

        The reason `warning` only announces it. Raises ValueError for a reason that Slack does not give.
        """
        await self._wire.socket_mode.disconnect(reason)

    def _seen(self, message: Message) -> dict[str, Any]:
        replies = self.state.replies(message.channel, message.ts)
        extra = {"is_ephemeral": message.is_ephemeral, "pings": list(message.pings), "reply_count": len(replies)}
        return message.to_json() | extra

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_BODY_MAX_BYTES)
        application.router.add_route("GET", "/api/{method}", self._web_api.handle)
        application.router.add_route("POST", "/api/{method}", self._web_api.handle)
        application.router.add_get("/link", self._wire.socket_mode.connect)
        application.router.add_post("/response/{token}", self._wire.response_urls.handle)
        self.fault_switches.mount(application)
        Remote(self.clock, self._wire.socket_mode).mount(application)
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
