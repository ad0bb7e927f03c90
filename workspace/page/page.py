"""The page in the browser: server-rendered, updated over one stream of server-sent events.

The address, `/client/{user}/{channel}`, names the user, so that two tabs can be two people.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from workspace.guard import guarded
from workspace.page import assets
from workspace.page.interaction_page import InteractionPage
from workspace.page.panel_page import PanelPage
from workspace.page.screen import Location
from workspace.page.session import Sessions, notice_in
from workspace.rendering.render import environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workspace.page.screen import Screen
    from workspace.workspace import InMemoryWorkspace

_KEEP_ALIVE_S = 15.0
"""The stream sends something at least this often, so that a lost connection is noticed."""

_POLL_S = 1.0
"""How often the stream polls the panel, which has no event for a change."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_ALWAYS = ("rooms", "banners", "clock_face", "clock", "switches_count", "switches", "modals")
_TEXT_MAX = 40_000


def mount(application: web.Application, workspace: InMemoryWorkspace) -> None:
    """Add the page's routes to the application, and end the streams when it shuts down."""
    sessions = Sessions(workspace)
    page, interactions, panels = Page(sessions), InteractionPage(sessions), PanelPage(sessions)
    application.add_routes(
        [
            web.get("/", guarded(page.begin)),
            web.get("/static/{name}", guarded(assets.serve)),
            web.get("/client/{user}/{channel}", guarded(page.client)),
            web.get("/client/{user}/{channel}/live", guarded(page.live)),
            web.post("/client/{user}/{channel}/messages", guarded(page.send)),
            web.post("/client/{user}/{channel}/dismiss", guarded(page.dismiss)),
            web.post("/client/{user}/{channel}/assistant", guarded(page.open_assistant)),
            web.post("/client/{user}/act", guarded(interactions.act)),
            web.post("/client/{user}/suggest", guarded(interactions.suggest)),
            web.post("/client/{user}/shortcut", guarded(interactions.shortcut)),
            web.post("/client/{user}/submit", guarded(interactions.submit)),
            web.post("/client/{user}/close", guarded(interactions.close)),
            web.post("/client/{user}/clock", guarded(panels.move_clock)),
            web.post("/client/{user}/switches", guarded(panels.switch)),
        ]
    )
    application.on_shutdown.append(page.end_streams)


class Page:
    """Serves the page itself, its stream of changes, and the message box."""

    def __init__(self, sessions: Sessions) -> None:
        """Show the sessions' workspace."""
        self._sessions = sessions
        self._workspace = sessions.workspace
        self._state = sessions.workspace.state
        self._streams: set[asyncio.Task[object]] = set()

    async def begin(self, _request: web.Request) -> web.Response:
        """Redirect to the first channel of the first person."""
        person = next(user for user in self._state.users if not user.is_bot)
        raise web.HTTPFound(Location(person, self._state.channels_of(person.id)[0]).path)

    async def client(self, request: web.Request) -> web.Response:
        """Return the whole page for one location."""
        location = self._sessions.location(request)
        self._open(location)
        values = self._sessions.values(self._sessions.screen(location))
        html = environment().get_template("client.html").render(values)
        response = web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})
        response.enable_compression()
        return response

    def _open(self, location: Location) -> None:
        """Tell the app what a person opened: one of its tabs, or a channel beside it."""
        person = location.user.id
        if location.tab == "home":
            self._workspace.open_home(person)
        elif not location.channel.is_im:
            self._workspace.look_at(person, location.channel.id)
        elif location.tab == "messages" and self._workspace.manifest.messages_tab:
            self._workspace.open_messages(person, self._sessions.left.get(person, ""))
        self._sessions.left[person] = "" if location.channel.is_im else location.channel.id

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Stream the parts of the page that have changed, as server-sent events, until the browser disconnects."""
        screen = self._sessions.screen(self._sessions.location(request))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        task = asyncio.current_task()
        if task is not None:
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)
        with suppress(ConnectionResetError):  # the browser has disconnected
            async for event in self._updates(screen):
                await response.write(event)
        return response

    async def end_streams(self, _application: web.Application) -> None:
        """End every stream before the server stops."""
        for stream in self._streams:
            stream.cancel()

    async def _updates(self, screen: Screen) -> AsyncIterator[bytes]:
        """Yield an event with the parts that changed since the last one, or a comment as keep-alive."""
        shown: dict[str, str] = {}
        names = _parts(screen.location)
        while True:
            version = self._state.version
            values = self._sessions.values(screen)
            parts = {name: environment().get_template(f"{name}.html").render(values) for name in names}
            changed = {name: html for name, html in parts.items() if shown.get(name) != html}
            shown = parts
            yield _event(changed) if changed else b": keep-alive\n\n"
            await self._change(version)

    async def _change(self, version: int) -> None:
        """Return when the state or the panel has changed, or a keep-alive is due."""
        before = self._panel()
        for _ in range(int(_KEEP_ALIVE_S / _POLL_S)):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._state.changed(version), _POLL_S)
                return
            if self._panel() != before:
                return

    def _panel(self) -> tuple[object, ...]:
        shown = self._workspace
        return shown.faults(), shown.warnings(), shown.next_due(), shown.last_run()

    async def send(self, request: web.Request) -> web.Response:
        """Send the text of the message box; the browser keeps it when the answer is a notice."""
        location, form = self._sessions.location(request), await request.post()
        text, thread = str(form.get("text", "")), str(form.get("thread", ""))
        box = f"#notice-{'thread' if thread else 'main'}"
        if not text.strip() or len(text) > _TEXT_MAX:
            return notice_in(box, f"A message has 1 to {_TEXT_MAX:,} characters.")
        manifest = self._workspace.manifest
        if self._is_command(text) and manifest.socket_mode and not self._workspace.is_connected:
            return notice_in(box, f"{manifest.bot_name} is not connected. Your text is still here.")
        try:
            result = await self._workspace.type(location.user.id, location.channel.id, text, thread or None)
        except LookupError:
            return notice_in(box, "This thread is gone. Your text is still here.")
        return notice_in(box, result.problem) if result.problem else web.Response(status=HTTPStatus.NO_CONTENT)

    def _is_command(self, text: str) -> bool:
        return text.split(maxsplit=1)[0] in {command.name for command in self._workspace.manifest.commands}

    async def dismiss(self, request: web.Request) -> web.Response:
        """Dismiss an ephemeral message."""
        location, form = self._sessions.location(request), await request.post()
        self._state.dismiss(location.user.id, location.channel.id, str(form.get("ts", "")))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def open_assistant(self, request: web.Request) -> web.Response:
        """Redirect to the Messages tab of an agent, or to a new thread in the pane of an app made before agent_view."""
        location = self._sessions.location(request)
        agent, direct = self._workspace.manifest.agent, self._state.direct_message(location.user.id)
        if agent is not None and not agent.is_legacy and direct is not None:
            return _redirect(Location(location.user, direct))
        try:
            seen_channel_id = "" if location.channel.is_im else location.channel.id
            thread = self._workspace.open_assistant(location.user.id, seen_channel_id)
        except LookupError:
            return self._sessions.notice(location.user, f"{self._workspace.manifest.bot_name} is no agent.")
        channel = self._state.channel(thread.channel_id) or location.channel
        return _redirect(Location(location.user, channel, thread=thread.thread_ts))


def _redirect(there: Location) -> web.Response:
    return web.Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": there.address})


def _parts(location: Location) -> list[str]:
    """Return the live parts of the page at this location; each is the name of a template and the id of an element."""
    parts = [*_ALWAYS]
    if not location.channel.is_im:
        parts.append("topic")
    if location.tab != "about":
        parts.append(location.tab)
    if location.tab == "messages" and location.channel.is_im:
        parts.append("prompts")
    if location.trace or location.thread:
        parts.append("trace" if location.trace else "thread")
    return parts


def _event(parts: dict[str, str]) -> bytes:
    """Return a server-sent event that replaces the elements of these ids."""
    wrapped = (
        f'<hx-partial hx-target="#{name}" hx-swap="innerMorph">{html}</hx-partial>' for name, html in parts.items()
    )
    return "".join(f"data: {line}\n" for line in _LINE_END.split("".join(wrapped))).encode() + b"\n"
