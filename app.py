"""Wiring, the only place that knows all parts: `create_app` builds each once, `App.running` starts them in order."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bot.alerts.post_log import PostLog
from bot.alerts.requested_posts import RequestedPosts
from bot.answers.offers import Offers
from bot.answers.service import Bot
from bot.clock import ClockSkew, SystemClock
from bot.content.yaml.reader import read_document
from bot.gaps.private_content import warm_up
from bot.gaps.refusals import Refusals
from bot.gaps.services import GapServices, gap_services
from bot.gaps.theme_service import Themes
from bot.outbox.weekly import WeeklyPost, WeeklyPosts
from bot.proposals.answered_themes import AnsweredThemes
from bot.proposals.approved_queue import Applier
from bot.proposals.factory import proposals_for
from bot.publishing.applying.factory import apply_for
from bot.publishing.content_check import check_content
from bot.publishing.factory import git_poller_for, publisher_for
from bot.publishing.folder_watcher import FolderWatcher
from bot.publishing.startup import is_published, publish_first, publish_folder
from bot.retention.retention import Retention
from bot.reviews.asks import AskCounts
from bot.reviews.post import ReviewPost
from bot.schedules.inactivity import InactivityCheck
from bot.schedules.next_run import newest_holidays
from bot.schedules.scheduler import Scheduler
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.follower import follow
from bot.subscriptions.channel_events import ChannelEvents, store_patiently
from bot.subscriptions.schedule_messages import announced
from handlers.listeners.register_all import Parts, register_all
from handlers.listeners.registration import RoutedApp
from handlers.listeners.subscriptions import subscription_service
from handlers.metrics.metrics import Metrics
from handlers.metrics.tracing import spans_for
from handlers.observing import observing
from handlers.outbox import delivering
from handlers.rendering.blocks import kept_elements, kept_units
from handlers.rendering.splitting import limits, split
from handlers.slack.clients import SlackClients
from handlers.slack.gate import Gate
from handlers.slack.installations.authorization import session_to
from handlers.slack.installations.factory import installing
from handlers.slack.receiving.server import Server
from handlers.slack.transport import SlackTransport
from handlers.slack.web_client import WebClient
from handlers.tasks import Tasks, background, kept, later

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    import aiohttp
    from slack_bolt.async_app import AsyncApp

    from bot.clock import Clock
    from bot.config import Settings
    from bot.content.models import Content
    from bot.outbox.worker import Worker
    from bot.publishing.content_check import ContentCheck
    from bot.publishing.git_poller import GitPoller
    from bot.publishing.publisher import Publisher
    from handlers.connections import Routes
    from handlers.observing import Observing
    from handlers.slack.installations.installations import Installations

MANIFEST = Path(__file__).with_name("app.yaml")
PUBLISH_WAIT_S: Final = 5.0
"""Seconds that the bot waits for the content folder before it answers from the published revision."""
_SYSTEM_CLOCK: Final = SystemClock()


def read_manifest() -> dict[str, Any]:
    """Return the Slack app's manifest, app.yaml."""
    return read_document(MANIFEST.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class App(Parts):
    """The bot's parts. `git` and `watcher` are None unless content comes from there."""

    publisher: Publisher
    git: GitPoller | None
    watcher: FolderWatcher | None
    scheduler: Scheduler
    inactivity: InactivityCheck
    asks: AskCounts
    session: aiohttp.ClientSession
    server: Server
    observing: Observing

    @asynccontextmanager
    async def running(self, content: Content | None = None, *, wait_for_database_s: float = 0) -> AsyncIterator[None]:
        """Start everything but the server; stop it, in reverse order, with the block.

        `content` is published in place of what the settings name. Raises StoreError for a database that does not answer
        in time, ConfigError for one that is out of date; as `publish_first` when there is nothing to answer from.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.session.close)
            self.database.on_lost(partial(_tell_of_loss, self))
            await stack.enter_async_context(self.database.opened(wait_s=wait_for_database_s))
            stack.push_async_callback(_stop, self.worker, asyncio.create_task(kept(self.worker.run)))
            await self._publish(content, stack)
            for work in self._background_work():
                await stack.enter_async_context(background(kept(work)))
            await self.bot.refresh()
            yield

    async def refresh(self) -> None:
        """Answer from the newest revision, and deliver what it enqueued."""
        self.worker.wake()
        await self.bot.refresh()

    async def _publish(self, content: Content | None, stack: AsyncExitStack) -> None:
        """Publish what is to be answered from; where there is a revision, git and a slow folder are not waited for."""
        folder = self.settings.briefings_dir
        if content is not None:
            await self.publisher.publish(content)
        elif not await is_published(self.database):
            await publish_first(self.database, self.publisher, folder, self.git)
        elif not self.git:
            work = background(kept(partial(publish_folder, self.database, self.publisher, folder)))
            await asyncio.wait({await stack.enter_async_context(work)}, timeout=PUBLISH_WAIT_S)

    def _background_work(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        following = partial(follow, self.database, self.refresh, seen=self.database.known)
        work: list[Callable[[], Coroutine[Any, Any, None]]] = [self.scheduler.run, following, self.bot.follow_days]
        work += [self._remember_team, self.installations.run, *self.gaps.background_work(), self.asks.run]
        work.append(partial(self.observing.maintainers.run, self.server.ready))
        apply = apply_for(self.settings, self.publisher, _content_check(self.clock))
        waiting = [Applier(self.proposals, apply, [AnsweredThemes(self.clock)], self.bot.refresh).run]
        waiting += [self.subscriptions.pauses.run, self._weekly_posts().run, partial(asyncio.to_thread, warm_up)]
        waiting.append(Retention.of(self.settings, self.database, self.clock).run)
        if self.git:
            work.append(partial(self.git.run, self.settings.content_git_interval_s))
        if self.settings.ask_after_weeks:
            waiting.append(self.inactivity.run)
        if self.watcher:
            work.append(self.watcher.watch)
        return [*work, *(partial(later, each) for each in waiting)]

    def _weekly_posts(self) -> WeeklyPosts:
        maintainers = self.settings.maintainers
        channel = maintainers.channel
        themes = [WeeklyPost("themes", partial(self.themes.weekly, channel))] if channel else []
        posts = [*themes, ReviewPost(self.database, self.clock, maintainers).weekly]
        return WeeklyPosts(self.database, self.clock, self.worker.wake, posts, maintainers=maintainers)

    async def _remember_team(self) -> None:
        """Store the workspace's id once Slack has said it: `publish`, a process of its own, posts to people there."""
        await self.server.ready.wait()
        if self.settings.slack_client_id:
            return  # the workspaces are in a table of their own
        days = self.settings.erase_after_days
        events = ChannelEvents(self.database, self.clock, self.worker.wake, erase_after_days=days)
        with suppress(StoreError):
            await store_patiently(partial(events.installed, self.installations.home))


def create_app(
    settings: Settings, clock: Clock = _SYSTEM_CLOCK, *, watch: bool = False, on_edit: Callable[[], None] = lambda: None
) -> App:
    """Build every part once, in a running event loop; with `watch`, `on_edit` is called after each published edit."""
    database, metrics, skew = Database.of(settings), Metrics(spans_for(settings)), ClockSkew(clock)
    slack = _slack(settings, database, clock, skew, metrics, tasks := Tasks())
    worker, replies, conversations = delivering(settings, database, clock, skew, slack.transport, metrics)
    publisher = publisher_for(settings, database, clock, limits=limits, observer=metrics)
    bot, asks, gaps = _answering(settings, database, clock, worker.wake, metrics, publisher)
    looked_at = settings, database, clock, metrics, skew, slack.installations, slack.clients
    app = App(
        settings=settings,
        clock=clock,
        metrics=metrics,
        database=database,
        worker=worker,
        publisher=publisher,
        git=git_poller_for(settings, database, publisher),
        watcher=_watcher(settings, publisher, lambda: app, on_edit) if watch else None,
        scheduler=Scheduler(database, clock, partial(newest_holidays, database), worker.wake),
        inactivity=InactivityCheck(database, clock, settings.ask_after_weeks, announced),
        bot=bot,
        asks=asks,
        gaps=gaps,
        themes=Themes(database, clock),
        subscriptions=subscription_service(settings, database, slack.clients, replies, clock, slack.gate),
        post_log=PostLog(database),
        replies=replies,
        conversations=conversations,
        requested_posts=RequestedPosts(database, clock, worker.wake),
        proposals=proposals_for(settings, database, clock, worker.wake, _content_check(clock)),
        session=slack.session,
        clients=slack.clients,
        installations=slack.installations,
        gate=slack.gate,
        tasks=tasks,
        bolt=(bolt := RoutedApp(slack.installations, slack.without_token)),
        server=_server(slack, bolt, tasks, settings, metrics, lambda: app.observing.health.is_ready),
        observing=observing(*looked_at, lambda: app.server.is_connected),
    )
    register_all(app)
    return app


class _Calling(NamedTuple):
    """What calls Slack, over one session, and who may do what; the WebClient has no token."""

    session: aiohttp.ClientSession
    without_token: WebClient
    installations: Installations
    routes: Routes
    clients: SlackClients
    transport: SlackTransport
    gate: Gate


def _slack(  # noqa: PLR0913, PLR0917 — the parts that it uses
    settings: Settings, database: Database, clock: Clock, skew: ClockSkew, metrics: Metrics, tasks: Tasks
) -> _Calling:
    address = settings.slack_api_url
    session = session_to(address, skew, quiet_s=settings.delivery_quiet_s)
    without_token = WebClient(address, session, metrics=metrics)
    installations, routes = installing(settings, database, clock, without_token, tasks)
    token_of, has_several = installations.token_of, bool(settings.slack_client_id)
    clients = SlackClients(address, session, token_of, metrics, names_team=has_several)
    who = {"managers": settings.managers, "guests": settings.guests}
    gate = Gate(clients, installations, clock, **who, maintainers=settings.maintainers)
    transport = SlackTransport(clients, skew, metrics.spans)
    return _Calling(session, without_token, installations, routes, clients, transport, gate)


def _server(  # noqa: PLR0913, PLR0917 — the parts that it connects
    slack: _Calling, bolt: AsyncApp, tasks: Tasks, settings: Settings, metrics: Metrics, is_usable: Callable[[], bool]
) -> Server:
    return Server(bolt, slack.installations, slack.without_token, tasks, settings, metrics, is_usable, slack.routes)


def _answering(  # noqa: PLR0913, PLR0917 — the parts that they use
    settings: Settings,
    database: Database,
    clock: Clock,
    wake: Callable[[], None],
    metrics: Metrics,
    publisher: Publisher,
) -> tuple[Bot, AskCounts, GapServices]:
    """Return what answers, what counts its answers, and what keeps the questions without one."""
    asks = AskCounts(database, clock, settings.gaps_keep_days)
    bot = Bot(database, clock, Offers.of(settings), asks.answered, Refusals(database), publisher.ready.take)
    for texts in (split, kept_units, kept_elements):  # they are of a revision, and typed on a day
        bot.on_new_replies(texts.cache_clear)
    return bot, asks, gap_services(settings, database, clock, bot, wake, metrics.looked_up)


def _content_check(clock: Clock) -> ContentCheck:
    """Return what checks a content folder: as publishing does, with Slack's limits."""
    return partial(check_content, clock=clock, limits=limits)


def _watcher(
    settings: Settings, publisher: Publisher, app: Callable[[], App], on_edit: Callable[[], None]
) -> FolderWatcher:
    """Return what publishes each edit of the folder; the app, whose part it is, answers from it then."""

    async def refresh() -> None:
        await app().refresh()

    return FolderWatcher(settings.briefings_dir, publisher, refresh, on_edit=on_edit)


def _tell_of_loss(app: App, reason: StoreError) -> None:
    """Tell MAINTAINERS_CHANNEL at once: the outbox is lost with the database."""
    maintainers, home = app.settings.maintainers, app.installations.home
    if maintainers.listen_to(team := maintainers.team or home):
        app.tasks.start(app.clients.of(team).tell(maintainers.channel, str(reason)))


async def _stop(worker: Worker, running: asyncio.Task[None]) -> None:
    """Stop delivering once what is on its way is settled."""
    worker.stop()
    await running
