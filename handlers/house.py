"""What the listeners work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.bot import Bot
    from bot.checking import Checking
    from bot.copies import Copies
    from bot.desk.desk import Desk
    from bot.desk.upkeep import Upkeep
    from bot.finding import Finding
    from handlers.assistant import Assistant
    from handlers.home import HomeTabs
    from handlers.messenger import SlackMessenger
    from handlers.modals import Modals
    from handlers.presence import Presence
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
