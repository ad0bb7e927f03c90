"""The echo app on Bolt for JavaScript against the workspace. `make test-bolt-js` runs this; it needs node and npm."""

from __future__ import annotations

import asyncio
import shutil
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.workspace.apps import manifest
from tests.workspace.echo import talk
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOLDER = Path(__file__).parent
READY_WITHIN_S = 20


@asynccontextmanager
async def running(workspace: Workspace, port: str = "") -> AsyncIterator[None]:
    """Run the app in a process of its own: over HTTP on `port`, else over Socket Mode."""
    settings = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": workspace.api_url,
        "PORT": port,
    }
    node = shutil.which("node")
    assert node, "There is no node on this machine."
    pipe = asyncio.subprocess.PIPE
    app = await asyncio.create_subprocess_exec(node, "app.js", cwd=FOLDER, env=settings, stdout=pipe)
    assert app.stdout
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while b"ready" not in (line := await app.stdout.readline()):
                assert line, "The app ended before it was ready."
        yield
    finally:
        if app.returncode is None:
            app.terminate()
        await app.communicate()


async def test_bolt_for_javascript_over_socket_mode() -> None:
    async with Workspace(manifest()).serve() as workspace, running(workspace):
        await talk(workspace)


async def test_bolt_for_javascript_over_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    url = f"http://127.0.0.1:{port}/slack/events"
    async with Workspace(manifest(url=url)).serve() as workspace, running(workspace, port):
        await talk(workspace)
