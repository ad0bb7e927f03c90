"""Wiring, the only place that knows all parts: `create_app` builds each once, `App.running` starts them in order."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.alerts.alerts import Alerts
from bot.alerts.corrections import Corrections
from bot.alerts.delivery_listener import AlertDeliveryListener
from bot.alerts.post_log import PostLog
from bot.answers.home import home_for
from bot.answers.service import Bot
from bot.clock import ClockSkew, SystemClock
from bot.config import Settings, require_slack
from bot.content.faults import ContentError
from bot.content.yaml.reader import read_document
from bot.outbox.admin import Admin
from bot.outbox.operators import Operators, remember_team
from bot.outbox.outbox import Outbox
from bot.outbox.worker import Worker
from bot.publishing.folder_watcher import FolderWatcher
from bot.publishing.git import GitRepository
from bot.publishing.git_poller import GitPoller
from bot.publishing.publisher import Publisher
from bot.recurrence.quiet_hours import QuietHours
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.inactivity import InactivityCheck
from bot.schedules.next_run import newest_holidays
from bot.schedules.render import ScheduledPostRenderer
from bot.schedules.scheduler import Scheduler
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.follower import follow
from bot.store.revision import NothingPublishedError
from bot.subscriptions.channel_schedules import ChannelSchedules
from bot.subscriptions.permissions import Permissions
from bot.subscriptions.schedule_messages import announced
from bot.subscriptions.schedule_service import ScheduleService
from bot.subscriptions.service import SubscriptionService
from handlers.listeners.assistant import Assistant
from handlers.listeners.home import HomeTabs
from handlers.listeners.house import House
from handlers.listeners.registration import bolt_app
from handlers.listeners.subscriptions import SlackAuthorizer, send_ephemeral, zone_of
from handlers.rendering.limits import limits
from handlers.rendering.modals import Modals
from handlers.slack.authorization import SingleInstallation, session_to, web_client
from handlers.slack.client import SlackClient
from handlers.slack.membership import Membership
from handlers.slack.server import Server
from handlers.slack.transport import SlackTransport
from handlers.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    import aiohttp
    from slack_bolt.async_app import AsyncApp

    from bot.answers.home import Home, Viewer
    from bot.clock import Clock
    from bot.content.models import Content
    from bot.errors import BriefingBotError

MANIFEST = Path(__file__).with_name("app.yaml")
_SYSTEM_CLOCK: Final = SystemClock()


def read_manifest() -> dict[str, Any]:
    """Return the Slack app's manifest, app.yaml."""
    return read_document(MANIFEST.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class App:
    """The bot's parts. `git` and `watcher` are None unless content comes from there."""

    settings: Settings
    database: Database
    worker: Worker
    publisher: Publisher
    git: GitPoller | None
    watcher: FolderWatcher | None
    scheduler: Scheduler
    inactivity: InactivityCheck
    bot: Bot
    bolt: AsyncApp
    server: Server
    session: aiohttp.ClientSession

    @asynccontextmanager
    async def running(self, content: Content | None = None) -> AsyncIterator[None]:
        """Start everything but the server; stop it, in reverse order, with the block.

        `content` is published in place of what the settings name. Raises ConfigError for a database that is out of
        date; ContentError, GitError or NothingPublishedError when there is nothing to answer from.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.session.close)
            await stack.enter_async_context(self.database.opened())
            await stack.enter_async_context(_delivering(self.worker))
            await self._publish(content)
            for work in self._background_work():
                await stack.enter_async_context(background(work))
            await self.bot.refresh()
            yield

    async def refresh(self) -> None:
        """Answer from the newest revision, and deliver what it enqueued."""
        self.worker.wake()
        await self.bot.refresh()

    async def _publish(self, content: Content | None) -> None:
        """Publish what is to be answered from; when that fails, the last good revision answers."""
        fault: BriefingBotError | None = None
        try:
            if content is not None:
                await self.publisher.publish(content)
            elif self.git:
                await self.git.look()
                fault = self.git.trouble
            else:  # on PostgreSQL the folder is only compared: the command `publish` publishes
                await self.publisher.publish_folder(self.settings.briefings_dir, dry_run=not self.database.is_sqlite)
        except ContentError as error:
            fault = error
        try:
            await self.database.refresh()
        except NothingPublishedError as nothing:
            raise fault or nothing from None

    def _background_work(self) -> list[Coroutine[Any, Any, None]]:
        work = [self.scheduler.run(), follow(self.database, self.refresh), self._remember_team()]
        if self.git:
            work.append(self.git.keep(self.settings.content_git_interval_s))
        if self.settings.ask_after_weeks:
            work.append(self.inactivity.run())
        if self.watcher:
            work.append(self.watcher.watch())
        return work

    async def _remember_team(self) -> None:
        """Store the workspace's id once Slack has said it: `publish`, a process of its own, posts to people there."""
        await self.server.ready.wait()
        with suppress(StoreError):
            async with self.database.transaction() as connection:
                await remember_team(connection, self.server.team)


async def run(settings: Settings, stop: asyncio.Event, *, watch: bool = False) -> None:
    """Run the bot against Slack until `stop`; with `watch`, each edit in the content folder is published.

    Raises ConfigError for settings that are missing or that Slack refuses, and as `App.running`.
    """
    require_slack(settings)
    app = create_app(settings, watch=watch)
    async with app.running():
        await app.server.serve(stop)


def create_app(
    settings: Settings,
    clock: Clock = _SYSTEM_CLOCK,
    *,
    watch: bool = False,
    on_edit: Callable[[], None] = lambda: None,
) -> App:
    """Build every part once, within a running event loop; nothing is read or opened yet.

    With `watch`, each edit in the content folder is published; `on_edit` is called after it.
    """
    database = Database.of(settings)
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    skew = ClockSkew(clock)
    session = session_to(settings.slack_api_url, skew)
    web = web_client(settings.slack_api_url, session, token)
    without_token = web_client(settings.slack_api_url, session)
    corrections = Corrections(clock)
    worker = _worker(settings, database, clock, SlackTransport(web, skew), corrections)
    publisher = publisher_for(settings, database, clock)

    client, tasks = SlackClient(web, session), Tasks()
    installation = SingleInstallation(without_token, token)
    bot = Bot(database, client, clock)
    subscriptions, schedules, channel_schedules = _services(settings, database, client, clock)
    membership = Membership(client, installation.allows)

    async def home(viewer: Viewer) -> Home:
        return await home_for(await bot.snapshot(), database, viewer, clock.now())

    house = House(
        bot,
        subscriptions,
        schedules,
        channel_schedules,
        PostLog(database, corrections, clock),
        client,
        tasks,
        HomeTabs(home, client, membership, tasks),
        Modals(client),
        membership,
        Assistant(bot.snapshot, client, installation.allows),
    )
    bolt = bolt_app(house, installation, without_token)

    def note() -> str:
        return "\n".join(filter(None, (publisher.difference, skew.note())))

    async def edited() -> None:
        await app.refresh()
        on_edit()

    app = App(
        settings=settings,
        database=database,
        worker=worker,
        publisher=publisher,
        git=_git_poller(settings, database, publisher),
        watcher=FolderWatcher(settings.briefings_dir, publisher, edited) if watch else None,
        scheduler=Scheduler(database, clock, partial(newest_holidays, database), worker.wake),
        inactivity=InactivityCheck(database, clock, settings.ask_after_weeks, announced),
        bot=bot,
        bolt=bolt,
        server=Server(bolt, installation, without_token, tasks, settings, note),
        session=session,
    )
    return app


def _worker(
    settings: Settings, database: Database, clock: Clock, transport: SlackTransport, corrections: Corrections
) -> Worker:
    outbox = Outbox(
        database,
        clock,
        transport,
        quiet_s=settings.delivery_quiet_s,
        maintainers_channel=settings.maintainers_channel,
        listeners=(*channel_listeners(clock), corrections),
        renderer=ScheduledPostRenderer(database),
    )
    return Worker(outbox, transport, Admin(database, clock), clock, quiet_s=settings.delivery_quiet_s)


def channel_listeners(clock: Clock = _SYSTEM_CLOCK) -> tuple[AlertDeliveryListener, ScheduleDeliveryListener]:
    """Return what pauses and resumes a channel's alerts and schedules with its deliveries."""
    return AlertDeliveryListener(clock), ScheduleDeliveryListener(clock)


def publisher_for(settings: Settings, database: Database, clock: Clock = _SYSTEM_CLOCK) -> Publisher:
    """Return what publishes into a database, with all that follows from a revision."""
    operators = Operators(settings.maintainers_channel, clock)
    listeners = (alerts_for(settings, clock), Corrections(clock))
    return Publisher(database, clock, operators, listeners, limits=limits)


def alerts_for(settings: Settings, clock: Clock = _SYSTEM_CLOCK) -> Alerts:
    """Return what plans the alerts of a revision."""
    quiet = QuietHours.parse(settings.quiet_hours) if settings.quiet_hours else None
    return Alerts(clock, quiet)


def _git_poller(settings: Settings, database: Database, publisher: Publisher) -> GitPoller | None:
    if settings.content_git_url is None:
        return None
    address = settings.content_git_url.get_secret_value()
    content = GitRepository(address, settings.content_git_branch, settings.data_dir / "content.git")
    return GitPoller(content, publisher, database)


def _services(
    settings: Settings, database: Database, client: SlackClient, clock: Clock
) -> tuple[SubscriptionService, ScheduleService, ChannelSchedules]:
    managers = frozenset(settings.managers.replace(",", " ").split())
    permissions = Permissions(
        database,
        clock,
        send_ephemeral=partial(send_ephemeral, client),
        can_manage=SlackAuthorizer(client, managers, clock).can_manage,
        zone_of=partial(zone_of, client),
        announces=settings.alert_announce == "on",
    )
    holidays = partial(newest_holidays, database)
    schedules = ScheduleService(database, clock, permissions, holidays)
    subscriptions = SubscriptionService(database, clock, permissions, schedules)
    return subscriptions, schedules, ChannelSchedules(database, clock, permissions, holidays)


@asynccontextmanager
async def _delivering(worker: Worker) -> AsyncIterator[None]:
    """Run the worker with the block; what is on its way at the end is settled first."""
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await running


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run some work until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
