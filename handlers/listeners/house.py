"""What the listeners work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.alerts.post_log import PostLog
    from bot.answers.service import Bot
    from bot.subscriptions.channel_schedules import ChannelSchedules
    from bot.subscriptions.schedule_service import ScheduleService
    from bot.subscriptions.service import SubscriptionService
    from handlers.listeners.assistant import Assistant
    from handlers.listeners.home import HomeTabs
    from handlers.rendering.modals import Modals
    from handlers.slack.client import SlackClient
    from handlers.slack.membership import Membership
    from handlers.tasks import Tasks


@dataclass(frozen=True, slots=True)
class House:
    """Who answers, who keeps what channels get, who remembers posts, how to reply, and what outlives a request."""

    bot: Bot
    desk: SubscriptionService
    schedules: ScheduleService
    channel_schedules: ChannelSchedules
    copies: PostLog
    messenger: SlackClient
    tasks: Tasks
    tabs: HomeTabs
    modals: Modals
    presence: Membership
    assistant: Assistant
