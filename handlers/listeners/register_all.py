"""Registers every listener."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answers.home import home_for
from bot.feedback.reports import Reports
from bot.feedback.votes import Votes
from bot.subscriptions.channel_events import ChannelEvents
from handlers.fair_share import Shares
from handlers.limits import Limits
from handlers.listeners import (
    actions,
    agent,
    channels,
    commands,
    events,
    feedback,
    home,
    schedule_form,
    shortcuts,
    suggestions,
)
from handlers.listeners.action_table import action_table, proposal_actions
from handlers.listeners.form_submissions import FormParts
from handlers.listeners.maintainers import card_buttons, proposing, reviewing, themes
from handlers.listeners.maintainers.home_lists import HomeLists
from handlers.listeners.posting import Posting
from handlers.listeners.subscriptions import Subcommands
from handlers.rendering.modals import Modals
from handlers.slack.agent_view import AgentView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.alerts.post_log import PostLog
    from bot.alerts.replies import Replies
    from bot.alerts.requested_posts import RequestedPosts
    from bot.answers.conversations import Conversations
    from bot.answers.home import Home, Viewer
    from bot.answers.service import Bot
    from bot.clock import Clock
    from bot.config import Settings
    from bot.gaps.services import GapServices
    from bot.gaps.theme_service import Themes
    from bot.outbox.worker import Worker
    from bot.proposals.proposals import Proposals
    from bot.store.database import Database
    from bot.subscriptions.service import SubscriptionService
    from handlers.listeners.registration import RoutedApp
    from handlers.metrics.metrics import Metrics
    from handlers.slack.clients import SlackClients
    from handlers.slack.gate import Gate
    from handlers.slack.installations.installations import Installations
    from handlers.slack.receiving.router import Router
    from handlers.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that listeners use."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    database: Database
    worker: Worker
    bot: Bot
    subscriptions: SubscriptionService
    post_log: PostLog
    gaps: GapServices
    themes: Themes
    replies: Replies
    conversations: Conversations
    requested_posts: RequestedPosts
    proposals: Proposals
    clients: SlackClients
    installations: Installations
    gate: Gate
    tasks: Tasks
    bolt: RoutedApp


def register_all(parts: Parts) -> None:
    """Register every listener, behind what bounds how much is asked."""
    router, bot, clients, replies, tasks = parts.bolt.router, parts.bot, parts.clients, parts.replies, parts.tasks
    lists = HomeLists(parts.gate, bot, parts.database, parts.proposals, parts.themes)

    async def home_of(viewer: Viewer) -> Home:
        now, days = parts.clock.now(), parts.settings.gaps_keep_days
        shown = await home_for(await bot.snapshot(), parts.database, viewer, now, gaps_keep_days=days)
        return await lists.added(shown, viewer)

    tabs = home.HomeTabs(home_of, clients, parts.gate.membership, tasks)
    modals = Modals(clients, replies.write)
    view = AgentView(bot.snapshot, clients, parts.installations.allows)
    posting = Posting(bot, parts.requested_posts, parts.post_log, replies, clients, tasks)
    votes = Votes(parts.database, parts.clock, parts.settings.own_secret)
    reports = Reports(parts.database, parts.clock, parts.worker.wake, parts.settings.maintainers)
    form_parts = FormParts(bot, clients, modals, parts.gate, parts.clock, tasks, replies.write)
    asked = feedback.Feedback(votes, reports, parts.gaps.recorder, form_parts)
    experts, maintaining = _of_maintainers(router, parts, form_parts)
    table = {**action_table(bot, parts.subscriptions, posting, modals, asked, parts.gaps), **maintaining}

    shares = Shares(parts.settings, tasks)
    parts.bolt.check_by(Limits(shares, tasks, modals, clients))
    subcommands = Subcommands(parts.subscriptions, clients, tabs, replies, parts.gate, {"gaps": experts.show})
    commands.register(router, bot, subcommands, replies, parts.gaps.recorder, tasks)
    events.register(router, _answering(parts, view, subcommands, shares))
    days = parts.settings.erase_after_days
    removals = ChannelEvents(parts.database, parts.clock, parts.worker.wake, erase_after_days=days)
    channels.register(router, removals, parts.installations, tasks)
    home.register(router, bot, tabs, agent.MessagesTab(view, clients, replies), tasks)
    agent.register(router, view, tasks)
    shortcuts.register(router, bot, modals, tasks)
    suggestions.register(router, bot)
    schedule_form.register(
        router, schedule_form.Submissions(parts.subscriptions, clients, replies.write, tabs, tasks), tasks
    )
    feedback.register(router, asked)
    actions.register(router, _presses(parts, table, modals, tabs), tasks)


def _answering(parts: Parts, view: AgentView, subcommands: Subcommands, shares: Shares) -> events.Answering:
    """Return what answers questions in channels and direct messages."""
    return events.Answering(
        bot=parts.bot,
        conversations=parts.conversations,
        replies=parts.replies,
        gaps=parts.gaps.recorder,
        view=view,
        subcommands=subcommands,
        shares=shares,
        tasks=parts.tasks,
    )


def _presses(
    parts: Parts, table: Mapping[str, actions.ActionHandler], modals: Modals, tabs: home.HomeTabs
) -> actions.Actions:
    """Return what does what the buttons say."""
    return actions.Actions(
        table=table,
        clients=parts.clients,
        modals=modals,
        tabs=tabs,
        gate=parts.gate,
        channel_schedules=parts.subscriptions.channel_schedules,
        replies=parts.replies,
        conversations=parts.conversations,
    )


def _of_maintainers(
    router: Router, parts: Parts, form_parts: FormParts
) -> tuple[themes.ThemePresses, Mapping[str, actions.ActionHandler]]:
    """Register the forms of maintainers; return what shows themes, and what is done by the buttons."""
    proposals, forms = parts.proposals, proposing.SuggestionForms(parts.proposals, form_parts)
    decisions = card_buttons.Decisions(proposals, forms, form_parts)
    experts = themes.ThemePresses(parts.themes, proposals, forms, form_parts)
    reviews = reviewing.Reviews(proposals, forms, form_parts)
    proposing.register(router, forms, form_parts.modals, parts.tasks)
    card_buttons.register(router, decisions)
    themes.register(router, experts)
    pressed = {**proposal_actions(forms, decisions), **reviewing.review_actions(reviews)}
    return experts, {**pressed, **themes.theme_actions(experts)}
