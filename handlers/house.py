"""What the listeners work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.bot import Bot
    from bot.copies import Copies
    from bot.desk import Desk
    from handlers.messenger import SlackMessenger
    from handlers.tasks import Tasks


@dataclass(frozen=True, slots=True)
class House:
    """Who answers, who keeps subscriptions, who remembers posts, how to reply, and what outlives a request."""

    bot: Bot
    desk: Desk
    copies: Copies
    messenger: SlackMessenger
    tasks: Tasks
