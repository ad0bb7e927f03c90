"""Serves the preview to this machine alone, and tells its pages of each edit in the content folder."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web

from bot.content.areas import find_area
from bot.content.checks.reviews import due, review_day
from bot.content.files import list_folder
from bot.content.load import FactFileCache
from bot.errors import BriefingBotError, UnknownAreaError
from bot.publishing.folder_watcher import edits
from cli.folder_check import check_folder
from cli.maintainers.content_folder import text_of
from cli.maintainers.preview.lines import briefing_lines
from cli.maintainers.preview.page import BriefingPage, briefing_page, file_page
from handlers.tasks import background
from workspace.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bot.clock import Clock
    from bot.content.faults import Fault
    from bot.content.models import Content

_HOST: Final = "127.0.0.1"
_QUIET_MS: Final = 100
"""Edits within this time of one another are shown together."""
_GONE_S: Final = 1.0
"""Between two looks for a folder that is not there."""
_KEEP_ALIVE_S: Final = 20.0
_SHUTDOWN_S: Final = 1.0
_STATIC: Final = {
    "preview.css": ("text/css", "cli.maintainers.preview", "preview.css"),
    "preview.js": ("text/javascript", "cli.maintainers.preview", "preview.js"),
    "icon.svg": ("image/svg+xml", "workspace", "static/icon.svg"),
}
"""Files that the pages use: the type of each, the package that has it, and its path there."""


@dataclass(frozen=True)
class _State:
    """The folder as it was read last; `content` is of the last time without errors, read from `content_files`."""

    edition: int = 0
    content: Content | None = None
    content_files: Mapping[str, bytes] | None = None
    files: Mapping[str, bytes] | None = None
    faults: tuple[Fault, ...] = ()
    is_old: bool = False


class PreviewServer:
    """The pages of one content folder, read again at each edit."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._cache = FactFileCache()
        self._state = _State()
        self._changed = asyncio.Condition()

    async def serve(
        self, words: str, port: int, stop: asyncio.Event, on_ready: Callable[[str], None], *, long: bool
    ) -> None:
        """Serve until `stop`; `on_ready` gets the address of the page of the area that `words` name.

        Where the folder has errors there are no areas yet: the page looks for the words once it loads.
        Raises BriefingBotError for a port that is taken, UnknownAreaError for words that name no area.
        """
        await self._read()
        content = self._state.content
        key = find_area(content.memorandum, words).key if content else quote(words, safe="")
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, _HOST, port).start()
            except OSError as error:
                reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
                raise BriefingBotError(f"Port {port} cannot be used: {reason}.", f"Try --port {port + 1}.") from None
            address = f"http://{_HOST}:{runner.addresses[0][1]}/{key}{'?details=1' if long else ''}"
            async with background(self._watch()):
                on_ready(address)
                await stop.wait()
        finally:
            await runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application()
        for path, handler in (
            ("/live/events", self._events),
            ("/static/{name}", self._static),
            ("/files/{name:.+}", self._file),
            ("/{area:[^/]*}", self._briefing),
        ):
            application.router.add_get(path, guarded(handler))
        return application

    async def _watch(self) -> None:
        """Read the folder again after each edit; where it is not there, wait for it."""
        while True:
            try:
                async for _ in edits(self._folder, quiet_ms=_QUIET_MS):
                    await self._read()
            except OSError:
                await self._read()
                await asyncio.sleep(_GONE_S)

    async def _read(self) -> None:
        state = await asyncio.to_thread(self._next, self._state)
        async with self._changed:
            self._state = state
            self._changed.notify_all()

    def _next(self, state: _State) -> _State:
        """Return the folder as it is now; the same state where nothing is different."""
        found = list_folder(self._folder).files
        content, faults = check_folder(self._folder, cache=self._cache)
        if state.edition and (found, faults) == (state.files, state.faults):
            return state
        if content is None:
            return _State(state.edition + 1, state.content, state.content_files, found, faults, is_old=True)
        return _State(state.edition + 1, content, found, found, faults)

    async def _briefing(self, request: web.Request) -> web.Response:
        state, is_long = self._state, "details" in request.query
        content, area, lines = state.content, None, []
        if content is not None:
            try:
                area = find_area(content.memorandum, request.match_info["area"] or content.areas[0].key)
            except UnknownAreaError as error:
                return web.Response(text=f"{error.message} {error.hint}".rstrip(), status=HTTPStatus.NOT_FOUND)
            last = {each.fact.id for each in due(content, review_day(self._clock.now()))}
            lines = briefing_lines(content, state.content_files or {}, area.key, long=is_long, last=last)
        areas = content.areas if content else ()
        page = BriefingPage(areas, area, lines, state.faults, state.edition, is_long=is_long, is_old=state.is_old)
        return _html(briefing_page(page))

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        found = self._state.files or {}
        if name not in found:
            raise web.HTTPNotFound(text="The content folder has no such file.")
        return _html(file_page(text_of(found, name), self._state.edition))

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _STATIC:
            raise web.HTTPNotFound
        media_type, package, path = _STATIC[name]
        text = files(package).joinpath(path).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=media_type, headers={"Cache-Control": "no-cache"})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send the edition's number, and each new one (HTML Living Standard, “Server-sent events”)."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with suppress(ConnectionError):  # the page is closed
            await response.write(f"data: {(sent := self._state.edition)}\n\n".encode())
            while True:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_S), self._changed:
                        while self._state.edition == sent:
                            await self._changed.wait()
                    await response.write(f"data: {(sent := self._state.edition)}\n\n".encode())
                except TimeoutError:
                    await response.write(b": waiting\n\n")
        return response


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})
