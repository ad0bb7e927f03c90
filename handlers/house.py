"""What the listeners work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.alerts.post_log import Copies
    from bot.answers.claim_check import Checking
    from bot.answers.search import Finding
    from bot.answers.service import Bot
    from bot.subscriptions.schedule_upkeep import Upkeep
    from bot.subscriptions.service import Desk
    from handlers.listeners.assistant import Assistant
    from handlers.listeners.home import HomeTabs
    from handlers.rendering.modals import Modals
    from handlers.slack.client import SlackMessenger
    from handlers.slack.membership import Presence
    from handlers.tasks import Tasks


@dataclass(frozen=True, slots=True)
class House:
    """Who answers, who keeps what channels get, who remembers posts, how to reply, and what outlives a request."""

    bot: Bot
    desk: Desk
    upkeep: Upkeep
    copies: Copies
    messenger: SlackMessenger
    tasks: Tasks
    finding: Finding
    checking: Checking
    tabs: HomeTabs
    modals: Modals
    presence: Presence
    assistant: Assistant
