"""The page in the browser: server-rendered, and told of every change over one stream of server-sent events.

Whose page it is stands in the address, `/client/{user}/{channel}`, so that two tabs can be two people.
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from workspace import assets
from workspace.guard import guarded
from workspace.records import TEAM_NAME
from workspace.render import MessageWriter, environment
from workspace.screen import Place, Screen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from workspace.manifest import Manifest
    from workspace.state import State

KEEP_ALIVE_S = 15.0
"""The stream says something at least this often, so that a connection which is gone is noticed."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_PARTS = ("rooms", "banners", "messages", "thread")
_TEXT_MAX = 40_000


class Outcome(Protocol):
    """What came of typing or pressing."""

    @property
    def problem(self) -> str:
        """A sentence that the person still has to be shown, mostly empty."""
        ...


class Backstage(Protocol):
    """What the page needs of the workspace."""

    @property
    def state(self) -> State:
        """All that happens, and its feed."""
        ...

    @property
    def manifest(self) -> Manifest:
        """The app as its manifest describes it."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether the app can be reached now."""
        ...

    def faults(self) -> Sequence[str]:
        """Return what is wrong with the app's content, a sentence each."""
        ...

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Do what the message box does. Raises LookupError for a thread that is gone."""
        ...

    async def press(self, user_id: str, channel_id: str, ts: str, action_id: str, block_id: str = "") -> Outcome:
        """Press a button. Raises LookupError for one that is gone."""
        ...


def mount(application: web.Application, workspace: Backstage) -> None:
    """Give the application the page's routes, and let it end the streams when it shuts down."""
    page = Page(workspace)
    application.add_routes(
        [
            web.get("/", guarded(page.begin)),
            web.get("/static/{name}", guarded(assets.serve)),
            web.get("/client/{user}/{channel}", guarded(page.client)),
            web.get("/client/{user}/{channel}/live", guarded(page.live)),
            web.post("/client/{user}/{channel}/messages", guarded(page.send)),
            web.post("/client/{user}/{channel}/press", guarded(page.press)),
            web.post("/client/{user}/{channel}/dismiss", guarded(page.dismiss)),
        ]
    )
    application.on_shutdown.append(page.end_streams)


class Page:
    """Answers the browser."""

    def __init__(self, workspace: Backstage) -> None:
        """Show `workspace`."""
        self._workspace = workspace
        self._state = workspace.state
        self._writers: dict[str, MessageWriter] = {}
        self._failures: dict[tuple[str, str, str], str] = {}
        self._read: dict[tuple[str, str], str] = {}
        self._streams: set[asyncio.Task[object]] = set()

    async def begin(self, _request: web.Request) -> web.Response:
        """Lead to the first channel of the first person."""
        person = next(user for user in self._state.users if not user.is_bot)
        raise web.HTTPFound(Place(person, self._state.channels_of(person.id)[0]).path)

    async def client(self, request: web.Request) -> web.Response:
        """Return the whole page for one place."""
        screen = self._screen(request)
        html = environment().get_template("client.html").render(self._values(screen))
        response = web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})
        response.enable_compression()
        return response

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Stream the parts of the page that have changed, as server-sent events, until the browser leaves."""
        screen = self._screen(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        task = asyncio.current_task()
        if task is not None:
            self._streams.add(task)
            task.add_done_callback(self._streams.discard)
        try:
            async for news in self._news(screen):
                await response.write(news)
        except ConnectionResetError:
            pass  # the browser has left
        return response

    async def end_streams(self, _application: web.Application) -> None:
        """End every stream: the server is about to stop."""
        for stream in self._streams:
            stream.cancel()

    async def _news(self, screen: Screen) -> AsyncIterator[bytes]:
        """Yield an event with each part that has changed since the last one; a comment when all is quiet."""
        shown: dict[str, str] = {}
        while True:
            version = self._state.version
            values = self._values(screen)
            names = _PARTS if screen.place.thread else _PARTS[:-1]
            parts = {name: environment().get_template(f"{name}.html").render(values) for name in names}
            changed = {name: html for name, html in parts.items() if shown.get(name) != html}
            shown = parts
            yield _event(changed) if changed else b": still here\n\n"
            try:
                await asyncio.wait_for(self._state.changed(version), KEEP_ALIVE_S)
            except TimeoutError:
                continue

    async def send(self, request: web.Request) -> web.Response:
        """Do what the message box does; the text comes back to it when it could not be sent."""
        place, form = self._place(request), await request.post()
        text, thread = str(form.get("text", "")), str(form.get("thread", ""))
        if not text.strip() or len(text) > _TEXT_MAX:
            return _notice(thread, f"A message has 1 to {_TEXT_MAX:,} characters.")
        if self._is_command(text) and self._workspace.manifest.socket_mode and not self._workspace.is_connected:
            return _notice(thread, f"{self._workspace.manifest.bot_name} is not connected. Your text is still here.")
        try:
            outcome = await self._workspace.type(place.user.id, place.channel.id, text, thread or None)
        except LookupError:
            return _notice(thread, "This thread is gone. Your text is still here.")
        return _notice(thread, outcome.problem) if outcome.problem else web.Response(status=HTTPStatus.NO_CONTENT)

    def _is_command(self, text: str) -> bool:
        return text.split(maxsplit=1)[0] in {command.name for command in self._workspace.manifest.commands}

    async def press(self, request: web.Request) -> web.Response:
        """Press a button; what goes wrong is shown with its message until it is pressed again."""
        place, form = self._place(request), await request.post()
        ts, action_id, block_id = (str(form.get(name, "")) for name in ("ts", "action_id", "block_id"))
        key = (place.user.id, place.channel.id, ts)
        self._failures.pop(key, None)
        try:
            outcome = await self._workspace.press(place.user.id, place.channel.id, ts, action_id, block_id)
        except LookupError:
            return web.Response(status=HTTPStatus.NO_CONTENT)  # gone in the meantime: the stream has taken it away
        if outcome.problem:
            self._failures[key] = outcome.problem
        self._state.touch()
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def dismiss(self, request: web.Request) -> web.Response:
        """Take an ephemeral message away."""
        place, form = self._place(request), await request.post()
        self._state.dismiss(place.user.id, place.channel.id, str(form.get("ts", "")))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _place(self, request: web.Request) -> Place:
        """Return where the address leads. Raises 404 for an unknown user, or a channel that the user is not in."""
        user = self._state.user(request.match_info["user"])
        channel = self._state.channel(request.match_info["channel"])
        if user is None or user.is_bot or channel is None or user.id not in channel.members:
            raise web.HTTPNotFound(text="There is no such place in this workspace. Begin again at the address /")
        thread = request.query.get("thread", "")
        return Place(user, channel, thread if self._state.message(channel.id, thread) else "")

    def _screen(self, request: web.Request) -> Screen:
        place = self._place(request)
        writer = self._writers.setdefault(place.user.id, MessageWriter(self._state, place.user.id))
        return Screen(self._state, place, writer, self._failures, self._read)

    def _values(self, screen: Screen) -> dict[str, object]:
        """Return what the templates know."""
        screen.mark_read()
        manifest = self._workspace.manifest
        place = screen.place
        return {
            "screen": screen,
            "place": place,
            "title": screen.title(place.channel),
            "team": TEAM_NAME,
            "commands": manifest.commands,
            "names": screen.names(),
            "app": {
                "name": manifest.bot_name,
                "description": manifest.description,
                "is_connected": self._workspace.is_connected,
            },
            "faults": self._workspace.faults(),
        }


def _event(parts: dict[str, str]) -> bytes:
    """Return a server-sent event whose data puts each part into the element with its name."""
    wrapped = (
        f'<hx-partial hx-target="#{name}" hx-swap="innerMorph">{html}</hx-partial>' for name, html in parts.items()
    )
    return "".join(f"data: {line}\n" for line in _LINE_END.split("".join(wrapped))).encode() + b"\n"


def _notice(thread: str, sentence: str) -> web.Response:
    """Refuse a text: the sentence goes above the box that it came from."""
    name = "thread" if thread else "main"
    html = environment().get_template("notice.html").render(target=f"#notice-{name}", sentence=sentence)
    return web.Response(status=HTTPStatus.CONFLICT, text=html, content_type="text/html")
