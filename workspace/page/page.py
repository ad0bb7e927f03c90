"""The page in the browser: server-rendered, and told of every change over one stream of server-sent events.

Whose page it is stands in the address, `/client/{user}/{channel}`, so that two tabs can be two people.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from workspace.page import assets
from workspace.page.element_page import ElementPage
from workspace.page.modal_page import ModalPage
from workspace.page.panel_page import PanelPage
from workspace.page.screen import Place
from workspace.page.session import Sessions, noticed
from workspace.rendering.render import environment
from workspace.wire.guard import guarded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workspace.page.backstage import Backstage
    from workspace.page.screen import Screen

KEEP_ALIVE_S = 15.0
"""The stream says something at least this often, so that a connection which is gone is noticed."""

LOOK_S = 1.0
"""How often the stream asks what the app's operator says."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_ALWAYS = ("rooms", "banners", "clock_face", "clock", "switches_count", "switches", "modals")
_TEXT_MAX = 40_000


def mount(application: web.Application, workspace: Backstage) -> None:
    """Give the application the page's routes, and let it end the streams when it shuts down."""
    visits = Sessions(workspace)
    page, elements, modals, panels = Page(visits), ElementPage(visits), ModalPage(visits), PanelPage(visits)
    application.add_routes(
        [
            web.get("/", guarded(page.begin)),
            web.get("/static/{name}", guarded(assets.serve)),
            web.get("/client/{user}/{channel}", guarded(page.client)),
            web.get("/client/{user}/{channel}/live", guarded(page.live)),
            web.post("/client/{user}/{channel}/messages", guarded(page.send)),
            web.post("/client/{user}/{channel}/dismiss", guarded(page.dismiss)),
            web.post("/client/{user}/{channel}/assistant", guarded(page.open_assistant)),
            web.post("/client/{user}/act", guarded(elements.act)),
            web.post("/client/{user}/suggest", guarded(elements.suggest)),
            web.post("/client/{user}/shortcut", guarded(elements.shortcut)),
            web.post("/client/{user}/submit", guarded(modals.submit)),
            web.post("/client/{user}/close", guarded(modals.close)),
            web.post("/client/{user}/clock", guarded(panels.move_clock)),
            web.post("/client/{user}/switches", guarded(panels.switch)),
        ]
    )
    application.on_shutdown.append(page.end_streams)


class Page:
    """Answers the browser: the page itself, its stream of changes, and the message box."""

    def __init__(self, visits: Sessions) -> None:
        """Show the workspace of these visits."""
        self._visits = visits
        self._workspace = visits.workspace
        self._state = visits.workspace.state
        self._streams: set[asyncio.Task[object]] = set()

    async def begin(self, _request: web.Request) -> web.Response:
        """Lead to the first channel of the first person."""
        person = next(user for user in self._state.users if not user.is_bot)
        raise web.HTTPFound(Place(person, self._state.channels_of(person.id)[0]).path)

    async def client(self, request: web.Request) -> web.Response:
        """Return the whole page for one place."""
        place = self._visits.place(request)
        if place.tab == "home":
            self._workspace.open_home(place.user.id)
        values = self._visits.values(self._visits.screen(place))
        html = environment().get_template("client.html").render(values)
        response = web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})
        response.enable_compression()
        return response

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Stream the parts of the page that have changed, as server-sent events, until the browser leaves."""
        screen = self._visits.screen(self._visits.place(request))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        task = asyncio.current_task()
        if task is not None:
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)
        with suppress(ConnectionResetError):  # the browser has left
            async for news in self._news(screen):
                await response.write(news)
        return response

    async def end_streams(self, _application: web.Application) -> None:
        """End every stream: the server is about to stop."""
        for stream in self._streams:
            stream.cancel()

    async def _news(self, screen: Screen) -> AsyncIterator[bytes]:
        """Yield an event with each part that has changed since the last one; a comment when all is quiet."""
        shown: dict[str, str] = {}
        names = _parts(screen.place)
        while True:
            version = self._state.version
            values = self._visits.values(screen)
            parts = {name: environment().get_template(f"{name}.html").render(values) for name in names}
            changed = {name: html for name, html in parts.items() if shown.get(name) != html}
            shown = parts
            yield _event(changed) if changed else b": still here\n\n"
            await self._something_new(version)

    async def _something_new(self, version: int) -> None:
        """Return when the state has changed, the app's operator says something else, or all was quiet for a while."""
        said = self._said()
        for _ in range(int(KEEP_ALIVE_S / LOOK_S)):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._state.changed(version), LOOK_S)
                return
            if self._said() != said:
                return

    def _said(self) -> tuple[object, ...]:
        """Return what the app's operator says now: unlike the state, it tells nobody when it changes."""
        workspace = self._workspace
        return (tuple(workspace.faults()), workspace.next_due(), workspace.last_run())

    async def send(self, request: web.Request) -> web.Response:
        """Do what the message box does; the text comes back to it when it could not be sent."""
        place, form = self._visits.place(request), await request.post()
        text, thread = str(form.get("text", "")), str(form.get("thread", ""))
        box = f"#notice-{'thread' if thread else 'main'}"
        if not text.strip() or len(text) > _TEXT_MAX:
            return noticed(box, f"A message has 1 to {_TEXT_MAX:,} characters.")
        manifest = self._workspace.manifest
        if self._is_command(text) and manifest.socket_mode and not self._workspace.is_connected:
            return noticed(box, f"{manifest.bot_name} is not connected. Your text is still here.")
        try:
            outcome = await self._workspace.type(place.user.id, place.channel.id, text, thread or None)
        except LookupError:
            return noticed(box, "This thread is gone. Your text is still here.")
        return noticed(box, outcome.problem) if outcome.problem else web.Response(status=HTTPStatus.NO_CONTENT)

    def _is_command(self, text: str) -> bool:
        return text.split(maxsplit=1)[0] in {command.name for command in self._workspace.manifest.commands}

    async def dismiss(self, request: web.Request) -> web.Response:
        """Take an ephemeral message away."""
        place, form = self._visits.place(request), await request.post()
        self._state.dismiss(place.user.id, place.channel.id, str(form.get("ts", "")))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def open_assistant(self, request: web.Request) -> web.Response:
        """Begin a thread with the assistant and lead there."""
        place = self._visits.place(request)
        try:
            thread = self._workspace.open_assistant(place.user.id, "" if place.channel.is_im else place.channel.id)
        except LookupError:
            return self._visits.told(place.user, f"{self._workspace.manifest.bot_name} is no assistant.")
        there = f"/client/{place.user.id}/{thread.channel_id}?thread={thread.thread_ts}"
        return web.Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": there})


def _parts(place: Place) -> list[str]:
    """Return the parts of the page that live in this place; each is a template and the id of an element."""
    parts = [*_ALWAYS]
    if not place.channel.is_im:
        parts.append("topic")
    if place.tab != "about":
        parts.append(place.tab)
    if place.story or place.thread:
        parts.append("story" if place.story else "thread")
    return parts


def _event(parts: dict[str, str]) -> bytes:
    """Return a server-sent event whose data puts each part into the element with its name."""
    wrapped = (
        f'<hx-partial hx-target="#{name}" hx-swap="innerMorph">{html}</hx-partial>' for name, html in parts.items()
    )
    return "".join(f"data: {line}\n" for line in _LINE_END.split("".join(wrapped))).encode() + b"\n"
