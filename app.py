"""Wiring: builds each part once and starts them; the only place that knows all parts."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.alerts.alerts import Alerts
from bot.alerts.corrections import Corrections
from bot.alerts.delivery_listener import AlertDeliveryListener
from bot.alerts.post_log import PostLog
from bot.answers.home import home_for
from bot.answers.service import Bot
from bot.clock import SystemClock
from bot.config import Settings, require_slack
from bot.content.faults import ContentError
from bot.content.yaml.documents import read_document
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
from bot.schedules.reconcile import NewestHolidays
from bot.schedules.render import ScheduledPostRenderer
from bot.schedules.scheduler import Scheduler
from bot.store.database import Database
from bot.store.engine import ProcessLock, database_url, sqlite_folder
from bot.store.errors import StoreError
from bot.store.follower import follow
from bot.store.revision import NothingPublishedError
from bot.subscriptions.permissions import Permissions
from bot.subscriptions.schedule_messages import announced
from bot.subscriptions.schedule_service import ScheduleService
from bot.subscriptions.schedule_upkeep import ScheduleUpkeep
from bot.subscriptions.service import SubscriptionService
from handlers.listeners.assistant import Assistant
from handlers.listeners.home import HomeTabs
from handlers.listeners.house import House
from handlers.listeners.registration import bolt_app
from handlers.listeners.subscriptions import SlackAuthorizer, SlackEphemeral, SlackProfiles
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

    from bot.answers.home import Home, Viewer
    from bot.clock import Clock

MANIFEST = Path(__file__).with_name("app.yaml")
_SYSTEM_CLOCK: Final = SystemClock()


def read_manifest() -> dict[str, Any]:
    """Return the Slack app's manifest as it stands in app.yaml."""
    return read_document(MANIFEST.read_text(encoding="utf-8"))


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

        await stack.enter_async_context(coming_due(database, deliverer))
        await stack.enter_async_context(meanwhile(follow(database, show)))
        await stack.enter_async_context(meanwhile(remembering_team(server, database)))
        if poll:
            await stack.enter_async_context(meanwhile(poll.keep(settings.content_git_interval_s)))
        if settings.ask_after_weeks:
            dormancy = InactivityCheck(database, _SYSTEM_CLOCK, settings.ask_after_weeks, announced)
            await stack.enter_async_context(meanwhile(dormancy.run()))
        if watch:
            watcher = FolderWatcher(settings.briefings_dir, publisher, show)
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


def publisher_for(settings: Settings, database: Database, clock: Clock = _SYSTEM_CLOCK) -> Publisher:
    """Return what publishes into a database, with all that follows from a revision."""
    maintainers = Operators(settings.maintainers_channel, clock)
    planners = (alerts_for(settings, clock), Corrections(clock))
    return Publisher(database, clock, maintainers, planners, limits=limits)


def alerts_for(settings: Settings, clock: Clock = _SYSTEM_CLOCK) -> Alerts:
    """Return who plans the alerts of a revision."""
    quiet = QuietHours.parse(settings.quiet_hours) if settings.quiet_hours else None
    return Alerts(clock, quiet)


def git_poll(settings: Settings, database: Database, publisher: Publisher) -> GitPoller | None:
    """Return what publishes from git, when there is a repository; the follower sees what it published."""
    if settings.content_git_url is None:
        return None
    address = settings.content_git_url.get_secret_value()
    content = GitRepository(address, settings.content_git_branch, settings.data_dir / "content.git")
    return GitPoller(content, publisher, database)


async def poll_at_start(database: Database, poll: GitPoller) -> None:
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
async def connected_bot(
    settings: Settings, database: Database, clock: Clock = _SYSTEM_CLOCK
) -> AsyncIterator[tuple[Bot, Server]]:
    """Build the bot and the server that feeds it; the HTTP session that all share closes with the block."""
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    async with session_to(settings.slack_api_url) as session:
        tasks = Tasks()
        client = web_client(settings.slack_api_url, session)
        installation = SingleInstallation(client, token)
        messenger = SlackClient(web_client(settings.slack_api_url, session, token), session)
        bot = Bot(database, messenger, clock)
        await bot.refresh()
        house = house_of(settings, database, bot, messenger, tasks, installation.allows, clock)
        app = bolt_app(house, installation, client)
        yield bot, Server(app, installation, client, tasks, settings)


def house_of(  # noqa: PLR0913, PLR0917 — the parts that are built before it
    settings: Settings,
    database: Database,
    bot: Bot,
    messenger: SlackClient,
    tasks: Tasks,
    allows: Callable[[str], bool],
    clock: Clock,
) -> House:
    """Return what the listeners work with; `allows` says whether the token has a scope."""
    desk, upkeep = desk_of(settings, database, messenger, clock)
    presence = Membership(messenger, allows)

    async def home(viewer: Viewer) -> Home:
        return await home_for(await bot.snapshot(), database, viewer, clock.now())

    return House(
        bot,
        desk,
        upkeep,
        PostLog(database, Corrections(clock), clock),
        messenger,
        tasks,
        HomeTabs(home, messenger, presence, tasks),
        Modals(messenger),
        presence,
        Assistant(bot.snapshot, messenger, allows),
    )


def desk_of(
    settings: Settings, database: Database, messenger: SlackClient, clock: Clock
) -> tuple[SubscriptionService, ScheduleUpkeep]:
    """Return who sets up what a channel gets, and who looks after its schedules."""
    formalities = Permissions(
        database,
        clock,
        channels=SlackEphemeral(messenger),
        managers=SlackAuthorizer(messenger, frozenset(settings.managers.replace(",", " ").split()), clock),
        profiles=SlackProfiles(messenger),
        announces=settings.alert_announce == "on",
    )
    holidays = NewestHolidays(database)
    upkeep = ScheduleUpkeep(database, clock, formalities, holidays)
    scheduling = ScheduleService(database, clock, formalities, upkeep, holidays)
    return SubscriptionService(database, clock, formalities, scheduling, upkeep), upkeep


def channel_listeners(clock: Clock = _SYSTEM_CLOCK) -> tuple[AlertDeliveryListener, ScheduleDeliveryListener]:
    """Return what pauses and resumes a channel's alerts and schedules with its deliveries."""
    return AlertDeliveryListener(clock), ScheduleDeliveryListener(clock)


@asynccontextmanager
async def delivering(settings: Settings, database: Database, clock: Clock = _SYSTEM_CLOCK) -> AsyncIterator[Worker]:
    """Post what the ledger holds for as long as the block runs; what is on its way at the end is settled first."""
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    quiet_s = settings.delivery_quiet_s
    async with session_to(settings.slack_api_url) as session:
        courier = SlackTransport(web_client(settings.slack_api_url, session, token))
        ledger = Outbox(
            database,
            clock,
            courier,
            quiet_s=quiet_s,
            maintainers_channel=settings.maintainers_channel,
            listeners=(*channel_listeners(clock), Corrections(clock)),
            renderer=ScheduledPostRenderer(database),
        )
        deliverer = Worker(ledger, courier, Admin(database, clock), clock, quiet_s=quiet_s)
        running = asyncio.create_task(deliverer.run())
        try:
            yield deliverer
        finally:
            deliverer.stop()
            await running


@asynccontextmanager
async def coming_due(database: Database, deliverer: Worker, clock: Clock = _SYSTEM_CLOCK) -> AsyncIterator[Scheduler]:
    """Let schedules come due for as long as the block runs."""
    dues = Scheduler(database, clock, NewestHolidays(database), deliverer.wake)
    async with meanwhile(dues.run()):
        yield dues


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
