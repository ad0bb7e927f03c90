"""Several workspaces and the real bot, which they install by OAuth: what scenarios of several workspaces play in."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import aiohttp
from cryptography.fernet import Fernet
from pydantic import SecretStr

import app as wiring
from bot.config import Settings
from tests.scenarios.scene import ADA, GENERAL, ScenarioClock
from tests.support.installing import press
from tests.support.newsroom import shipped
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S
from workspace.slack import Slack
from workspace.state.records import Organisation, Team

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from app import App
    from workspace.server import Workspace

DEPARTMENTS = Organisation("E0ORG", "Departments")
ONE, OTHER = Team("T0ONE", "One & Co", "one"), Team("T0OTHER", "Other", "other")
KEY = Fernet.generate_key().decode()


@dataclass(frozen=True, slots=True)
class Shared:
    """Slack with its workspaces, the bot, and a browser."""

    slack: Slack
    app: App
    browser: aiohttp.ClientSession
    url: str
    folder: Path

    @property
    def one(self) -> Workspace:
        """The first workspace."""
        return self.slack.workspaces[ONE.id]

    @property
    def other(self) -> Workspace:
        """The second."""
        return self.slack.workspaces[OTHER.id]

    async def begin(self, browser: aiohttp.ClientSession | None = None) -> str:
        """Open the address of the installation; return where the browser is sent."""
        async with (browser or self.browser).get(f"{self.url}/slack/install", allow_redirects=False) as response:
            assert response.status == 302
            return response.headers["Location"]

    async def install(self, place: str, answer: str = "allow") -> tuple[int, str]:
        """Install the app somewhere; return what the browser shows in the end, and its status."""
        return await self.open(await press(self.browser, await self.begin(), place, answer))

    async def open(self, address: str, browser: aiohttp.ClientSession | None = None) -> tuple[int, str]:
        """Open an address in the browser."""
        async with (browser or self.browser).get(address) as response:
            return response.status, await response.text()

    async def until(self, predicate: Callable[[], object]) -> None:
        """Wait until it holds, in whatever workspace."""
        async with asyncio.timeout(PATIENCE_S):
            while not predicate():  # noqa: ASYNC110 — no event tells of all workspaces
                await asyncio.sleep(0.02)

    async def asks(self, workspace: Workspace, text: str) -> list[str]:
        """Type into a channel; return the texts that are seen then."""
        await workspace.type(ADA, GENERAL, text)
        return [each["text"] for each in workspace.seen_by(ADA, GENERAL)]


def manifest(port: int, *, rotates: bool = False) -> dict[str, Any]:
    """Return the app's manifest, with what several workspaces need."""
    found = wiring.read_manifest()
    found["oauth_config"]["redirect_urls"] = [f"http://127.0.0.1:{port}/slack/oauth_redirect"]
    found["settings"]["org_deploy_enabled"] = True
    found["settings"]["token_rotation_enabled"] = rotates
    return found


def settings_for(slack: Slack, port: int, folder: Path, **more: Any) -> Settings:  # noqa: ANN401 — any setting
    """Return the settings of a bot that any workspace may install."""
    app = slack.app.credentials
    given: dict[str, Any] = {
        "slack_app_token": SecretStr(app.app_token),
        "slack_client_id": app.client_id,
        "slack_client_secret": SecretStr(app.client_secret),
        "slack_api_url": slack.api_url,
        "token_keys": SecretStr(KEY),
        "public_url": f"http://127.0.0.1:{port}",
        "port": port,
        "data_dir": folder,
    }
    return Settings.model_construct(**(given | more))


@asynccontextmanager
async def bot_of(slack: Slack, settings: Settings) -> AsyncIterator[App]:
    """Run the bot."""
    stop = asyncio.Event()
    app = wiring.create_app(settings, slack.app.clock)
    slack.app.clock.on_jump(app.scheduler.wake)
    async with app.server.listening(), app.running(shipped()):
        serving = asyncio.create_task(app.server.serve(stop))
        ready = asyncio.create_task(app.server.ready.wait())
        try:
            await asyncio.wait({serving, ready}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
            yield app
        finally:
            ready.cancel()
            stop.set()
            await serving


@asynccontextmanager
async def shared(
    port: int,
    *teams: Team,
    rotates: bool = False,
    **settings: Any,  # noqa: ANN401 — any setting
) -> AsyncIterator[Shared]:
    """Let the bot and two workspaces begin, none of which has installed it."""
    slack = Slack(manifest(port, rotates=rotates), teams or (ONE, OTHER), clock=ScenarioClock(), is_installed=False)
    jar = aiohttp.CookieJar(unsafe=True)
    with TemporaryDirectory() as name:
        copy_up_to_date(folder := Path(name))
        async with (
            slack.serve(),
            aiohttp.ClientSession(cookie_jar=jar) as browser,
            bot_of(slack, settings_for(slack, port, folder, **settings)) as app,
        ):
            yield Shared(slack, app, browser, f"http://127.0.0.1:{port}", folder)
