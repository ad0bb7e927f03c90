"""A git server over HTTP: git's own http-backend(1) behind a web server, with a token that it asks for."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from base64 import b64encode
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class GitServer:
    """Serves the bare repositories of a folder to who sends `token`, for reading; for writing while `may_push`."""

    def __init__(self, folder: Path, token: str) -> None:
        self.may_push = False
        self._folder = folder
        self._header = f"Basic {b64encode(f'{token}:'.encode()).decode()}"
        self._port = 0

    def address(self, name: str, credentials: str) -> str:
        """Return a repository's address with a name or token in it."""
        return f"http://{credentials}@127.0.0.1:{self._port}/{name}"

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[GitServer]:
        """Serve on a free port until the end."""
        application = web.Application(client_max_size=2**26)
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != self._header:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        environment = {
            "PATH": str(Path(shutil.which("git") or "git").parent),
            "GIT_PROJECT_ROOT": str(self._folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.content_type,
            "HTTP_CONTENT_ENCODING": "",  # aiohttp has unpacked the body
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        } | ({"REMOTE_USER": "bot"} if self.may_push else {})
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        out, _ = await process.communicate(await request.read())
        head, _, body = out.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        status = int(headers.pop("Status", "200").split()[0])
        return web.Response(status=status, body=body, headers=headers)
