"""Wiring: builds each part once and starts them; the only place that knows all parts."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.bot import Bot
from bot.clock import SystemClock
from bot.config import Settings, require_slack
from bot.content.documents import read_document
from bot.content.load import load
from bot.errors import BriefingBotError
from bot.store.revision import MemoryStore
from bot.watcher import Watcher
from handlers.installations import SingleInstallation, web_client
from handlers.limits import limits
from handlers.messenger import SlackMessenger
from handlers.server import EVENTS_PATH, Server, bolt_app
from handlers.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bot.store.revision import Store
    from workspace.server import Workspace

MANIFEST = Path(__file__).with_name("app.yaml")
REQUEST_TIMEOUT_S = 30
WORTH_TRYING = ("/briefing infrastructure", "/fact growth zones", "@Briefing bot who signed it?")
"""What the local workspace's welcome offers to type."""


def read_manifest() -> dict[str, Any]:
    """Return the Slack app's manifest as it stands in app.yaml."""
    return read_document(MANIFEST.read_text(encoding="utf-8"))


def manifest_over_http(url: str) -> dict[str, Any]:
    """Return the manifest for HTTP mode; `url` is the bot's public address, with or without /slack/events.

    Raises ValueError for an address that Slack would refuse.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or " " in url:
        raise ValueError("Slack needs an address that begins with https:// and has no ? or #.")
    address = f"{url.rstrip('/').removesuffix(EVENTS_PATH)}{EVENTS_PATH}"
    manifest = read_manifest()
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"] = {"request_url": address, **settings["event_subscriptions"]}
    settings["interactivity"]["request_url"] = address
    for command in manifest["features"]["slash_commands"]:
        command["url"] = address
    return manifest


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run the bot against Slack until `stop`; an edit in the content folder shows in the next answer.

    Raises ConfigError for settings that are missing or that Slack refuses, ContentError for a broken folder.
    """
    clock = SystemClock()
    require_slack(settings)
    store = MemoryStore(load(settings.briefings_dir, limits=limits), clock.now())
    async with connected_bot(settings, store) as (bot, server):
        watcher = Watcher(settings.briefings_dir, store, clock, bot.refresh, limits=limits)
        async with watching(watcher):
            await server.serve(stop)


@asynccontextmanager
async def connected_bot(settings: Settings, store: Store) -> AsyncIterator[tuple[Bot, Server]]:
    """Build the bot and the server that feeds it; the HTTP session that all share closes with the block."""
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    uses_proxy = not _is_local(settings.slack_api_url)
    async with aiohttp.ClientSession(trust_env=uses_proxy, timeout=timeout) as session:
        tasks = Tasks()
        client = web_client(settings.slack_api_url, session)
        installation = SingleInstallation(client, token)
        messenger = SlackMessenger(web_client(settings.slack_api_url, session, token), session)
        bot = Bot(store, messenger)
        await bot.refresh()
        app = bolt_app(bot, messenger, tasks, installation, client)
        yield bot, Server(app, installation, client, tasks, settings)


def _is_local(address: str) -> bool:
    """Whether an address is this machine's own, where no proxy leads."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def watching(watcher: Watcher) -> AsyncIterator[None]:
    """Watch the content folder for as long as the block runs."""
    task = asyncio.create_task(watcher.watch())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class FaultsPanel:
    """What the workspace's page is told about the content: a line for each fault of its newest state."""

    def __init__(self) -> None:
        """Begin without a watcher: the workspace has to stand before the bot can."""
        self.watcher: Watcher | None = None

    def faults(self) -> Sequence[str]:
        """Return what keeps the newest edit from loading."""
        return [str(fault) for fault in self.watcher.faults] if self.watcher else []


async def try_out(folder: Path, host: str, port: int, stop: asyncio.Event, on_ready: Callable[[str], None]) -> None:
    """Start a local workspace and the real bot in it; call `on_ready` with the page's address when both stand.

    Raises ValueError for a host that is not loopback, BriefingBotError for a port that is taken, ContentError.
    """
    from workspace.server import Workspace  # noqa: PLC0415 — `run` starts without it

    clock = SystemClock()
    store = MemoryStore(load(folder, limits=limits), clock.now())
    panel = FaultsPanel()
    workspace = Workspace(read_manifest(), panel=panel, tries=WORTH_TRYING)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(workspace.serve(host, port))
        except OSError as error:
            raise BriefingBotError(
                f"Port {port} on {host} cannot be used: {error.strerror or error}.", f"Try --port {port + 1}."
            ) from None
        bot, server = await stack.enter_async_context(connected_bot(_settings_for(workspace, folder), store))

        async def show() -> None:
            await bot.refresh()
            workspace.notice()

        panel.watcher = Watcher(folder, store, clock, show, limits=limits)
        await stack.enter_async_context(watching(panel.watcher))
        serving = asyncio.create_task(server.serve(stop))
        await asyncio.wait({serving, asyncio.create_task(server.ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if server.ready.is_set():
            on_ready(workspace.url)
        await serving


def _settings_for(workspace: Workspace, folder: Path) -> Settings:
    """Return settings that lead to a local workspace, whatever the environment says."""
    return Settings.model_construct(
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_app_token=SecretStr(workspace.app_token),
        slack_api_url=workspace.api_url,
        briefings_dir=folder,
    )


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or Ctrl-C sets. Call it inside a running event loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
