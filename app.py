"""Wiring: builds each part once and starts them; the only place that knows all parts."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot import subscriptions
from bot.alerts import Alerts
from bot.bot import Bot
from bot.clock import SystemClock
from bot.config import Settings, require_slack
from bot.content.documents import read_document
from bot.content.faults import ContentError
from bot.copies import Copies
from bot.corrections import Corrections
from bot.deliverer import Deliverer
from bot.desk import Desk
from bot.errors import BriefingBotError
from bot.git import GitContent
from bot.git_poll import GitPoll
from bot.inspection import Inspection
from bot.ledger import Ledger
from bot.maintainers import Maintainers, remember_team
from bot.publish import Publisher
from bot.quiet import QuietHours
from bot.store.database import Database
from bot.store.engine import ProcessLock, database_url, sqlite_folder
from bot.store.errors import StoreError
from bot.store.follower import follow
from bot.store.revision import NothingPublishedError
from bot.subscriptions import Place
from bot.watcher import Watcher
from handlers.courier import SlackCourier
from handlers.desk import NamedManagers, Whispers
from handlers.house import House
from handlers.installations import SingleInstallation, web_client
from handlers.limits import limits
from handlers.messenger import SlackMessenger
from handlers.server import EVENTS_PATH, Server, bolt_app
from handlers.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence

    from bot.publish import Planner
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


async def run(settings: Settings, stop: asyncio.Event, *, watch: bool = False) -> None:
    """Run the bot against Slack until `stop`; with `watch`, each edit in the content folder is published.

    Raises ConfigError for settings that are missing or that Slack refuses, and for a database that is out of date;
    ContentError or NothingPublishedError when there is nothing to answer from.
    """
    require_slack(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened_store(settings))
        deliverer = await stack.enter_async_context(delivering(settings, database))
        publisher = publisher_for(settings, database)
        poll = git_poll(settings, database, publisher)
        if poll:
            await poll_at_start(database, poll)
        else:
            await publish_at_start(settings, database, publisher)
        bot, server = await stack.enter_async_context(connected_bot(settings, database))
        server.note = lambda: publisher.difference

        async def show() -> None:
            deliverer.wake()
            await bot.refresh()

        await stack.enter_async_context(meanwhile(follow(database, show)))
        await stack.enter_async_context(meanwhile(remembering_team(server, database)))
        if poll:
            await stack.enter_async_context(meanwhile(poll.keep(settings.content_git_interval_s)))
        if watch:
            watcher = Watcher(settings.briefings_dir, publisher, show)
            await stack.enter_async_context(meanwhile(watcher.watch()))
        await server.serve(stop)


async def remembering_team(server: Server, database: Database) -> None:
    """Once Slack has said which workspace this is, keep its id: `publish`, a process of its own, tells people there."""
    await server.ready.wait()
    with suppress(StoreError):
        async with database.transaction() as connection:
            await remember_team(connection, server.team)


@asynccontextmanager
async def opened_store(
    settings: Settings, *, is_shared: bool = False, migrate: bool = False
) -> AsyncIterator[Database]:
    """Open the database and close it with the block; SQLite is brought up to date and kept for this process alone.

    `is_shared` is for commands that are done in a moment, which may work beside a running bot; `migrate` brings
    PostgreSQL up to date as well. Raises ConfigError.
    """
    configured = settings.database_url.get_secret_value() if settings.database_url else ""
    url = database_url(configured, settings.data_dir)
    async with AsyncExitStack() as stack:
        if (folder := sqlite_folder(url)) is not None:
            lock = ProcessLock(folder, is_shared=is_shared)
            stack.callback(lock.release)
        database = Database(url)
        stack.push_async_callback(database.close)
        if database.is_sqlite or migrate:
            await database.migrate()
        else:
            await database.require_migrated()
        yield database


def publisher_for(settings: Settings, database: Database) -> Publisher:
    """Return what publishes into a database, with all that follows from a revision."""
    clock = SystemClock()
    return Publisher(
        database, clock, Maintainers(settings.maintainers_channel, clock), planners(settings), limits=limits
    )


def alerts_for(settings: Settings) -> Alerts:
    """Return who plans the alerts of a revision."""
    quiet = QuietHours.parse(settings.quiet_hours) if settings.quiet_hours else None
    return Alerts(SystemClock(), quiet)


def planners(settings: Settings) -> Sequence[Planner]:
    """Return who plans what follows from a revision."""
    return (alerts_for(settings), Corrections(SystemClock()))


def git_poll(settings: Settings, database: Database, publisher: Publisher) -> GitPoll | None:
    """Return what publishes from git, when there is a repository; the follower sees what it published."""
    if settings.content_git_url is None:
        return None
    address = settings.content_git_url.get_secret_value()
    content = GitContent(address, settings.content_git_branch, settings.data_dir / "content.git")
    return GitPoll(content, publisher, database)


async def poll_at_start(database: Database, poll: GitPoll) -> None:
    """Look at the repository once. Raises what kept it from being published when there is nothing to answer from."""
    await poll.look()
    try:
        await database.refresh()
    except NothingPublishedError as error:
        raise poll.trouble or error from None


async def publish_at_start(settings: Settings, database: Database, publisher: Publisher) -> None:
    """See that there is something to answer from: on SQLite publish the content folder, else only compare it.

    A folder with faults is told, and the last good revision answers. Raises ContentError or NothingPublishedError when
    there is none.
    """
    try:
        await publisher.publish_folder(settings.briefings_dir, dry_run=not database.is_sqlite)
    except ContentError:
        try:
            await database.refresh()
        except NothingPublishedError:
            pass
        else:
            return
        raise
    await database.refresh()


@asynccontextmanager
async def connected_bot(settings: Settings, database: Database) -> AsyncIterator[tuple[Bot, Server]]:
    """Build the bot and the server that feeds it; the HTTP session that all share closes with the block."""
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    uses_proxy = not _is_local(settings.slack_api_url)
    async with aiohttp.ClientSession(trust_env=uses_proxy, timeout=timeout) as session:
        tasks = Tasks()
        client = web_client(settings.slack_api_url, session)
        installation = SingleInstallation(client, token)
        messenger = SlackMessenger(web_client(settings.slack_api_url, session, token), session)
        bot = Bot(database, messenger)
        await bot.refresh()
        app = bolt_app(house_of(settings, database, bot, messenger, tasks), installation, client)
        yield bot, Server(app, installation, client, tasks, settings)


def house_of(settings: Settings, database: Database, bot: Bot, messenger: SlackMessenger, tasks: Tasks) -> House:
    """Return what the listeners work with."""
    clock = SystemClock()
    managers = NamedManagers(messenger, frozenset(settings.managers.replace(",", " ").split()))
    desk = Desk(database, clock, Whispers(messenger), managers, announces=settings.alert_announce == "on")
    return House(bot, desk, Copies(database, Corrections(clock), clock), messenger, tasks)


def _is_local(address: str) -> bool:
    """Whether an address is this machine's own, where no proxy leads."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def delivering(settings: Settings, database: Database) -> AsyncIterator[Deliverer]:
    """Post what the ledger holds for as long as the block runs; what is on its way at the end is settled first."""
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    clock, quiet_s = SystemClock(), settings.delivery_quiet_s
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    async with aiohttp.ClientSession(trust_env=not _is_local(settings.slack_api_url), timeout=timeout) as session:
        courier = SlackCourier(web_client(settings.slack_api_url, session, token))
        channel = settings.maintainers_channel
        witnesses = (Corrections(clock),)
        ledger = Ledger(database, clock, courier, quiet_s=quiet_s, maintainers_channel=channel, witnesses=witnesses)
        deliverer = Deliverer(ledger, courier, Inspection(database, clock), clock, quiet_s=quiet_s)
        running = asyncio.create_task(deliverer.run())
        try:
            yield deliverer
        finally:
            deliverer.stop()
            await running


@asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do some work for as long as the block runs."""
    task = asyncio.create_task(work)
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
        """Return what keeps the newest edit from being published."""
        return self.watcher.notes if self.watcher else ()


async def try_out(folder: Path, host: str, port: int, stop: asyncio.Event, on_ready: Callable[[str], None]) -> None:
    """Start a local workspace and the real bot in it; call `on_ready` with the page's address when both stand.

    Raises ValueError for a host that is not loopback, BriefingBotError for a port that is taken, ContentError.
    """
    from workspace.records import TEAM_ID  # noqa: PLC0415 — `run` starts without it
    from workspace.seed import ADA_ID, POLICY_ID  # noqa: PLC0415 — the same
    from workspace.server import Workspace  # noqa: PLC0415 — the same

    panel = FaultsPanel()
    workspace = Workspace(read_manifest(), panel=panel, tries=WORTH_TRYING, advice=_advice(folder, POLICY_ID))
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(workspace.serve(host, port))
        except OSError as error:
            raise BriefingBotError(
                f"Port {port} on {host} cannot be used: {error.strerror or error}.", f"Try --port {port + 1}."
            ) from None
        data_dir = stack.enter_context(TemporaryDirectory(prefix="briefing-bot-"))
        settings = _settings_for(workspace, folder, Path(data_dir))
        database = await stack.enter_async_context(opened_store(settings))
        deliverer = await stack.enter_async_context(delivering(settings, database))
        publisher = publisher_for(settings, database)
        await publish_at_start(settings, database, publisher)
        await _subscribe_first(database, Place(TEAM_ID, POLICY_ID), ADA_ID)
        bot, server = await stack.enter_async_context(connected_bot(settings, database))

        async def show() -> None:
            deliverer.wake()
            await bot.refresh()
            workspace.notice()

        panel.watcher = Watcher(folder, publisher, show)
        await stack.enter_async_context(meanwhile(panel.watcher.watch()))
        serving = asyncio.create_task(server.serve(stop))
        await asyncio.wait({serving, asyncio.create_task(server.ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if server.ready.is_set():
            on_ready(workspace.url)
        await serving


def _advice(folder: Path, channel: str) -> str:
    """Return what the welcome says of editing a fact."""
    file = folder / "infrastructure" / "growth-zones.yaml"
    shown = file if file.is_file() else folder
    return f"• Edit a statement in `{shown}` and save it: an alert appears in <#{channel}>, old words beside new"


async def _subscribe_first(database: Database, place: Place, by: str) -> None:
    """Subscribe a place to everything, so that a newcomer's first edit shows an alert."""
    now = SystemClock().now()
    async with database.transaction() as connection:
        await subscriptions.subscribe(connection, place, [subscriptions.ALL], corrections_only=False, by=by, at=now)


def _settings_for(workspace: Workspace, folder: Path, data_dir: Path) -> Settings:
    """Return settings that lead to a local workspace, whatever the environment says."""
    return Settings.model_construct(
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_app_token=SecretStr(workspace.app_token),
        slack_api_url=workspace.api_url,
        briefings_dir=folder,
        data_dir=data_dir,
    )


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM or Ctrl-C sets. Call it inside a running event loop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
