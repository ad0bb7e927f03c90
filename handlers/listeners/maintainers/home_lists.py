"""Lists in the Home of maintainers: shown to whom the gate takes for one, and left out where it cannot tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.answers.maintaining import maintaining_for
from bot.messages import ChannelRef
from bot.subscriptions.permissions import Actor

if TYPE_CHECKING:
    from bot.answers.home import Home, Viewer
    from bot.answers.service import Bot
    from bot.gaps.theme_service import Themes
    from bot.proposals.proposals import Proposals
    from bot.store.database import Database
    from handlers.slack.gate import Gate


@dataclass(frozen=True, slots=True)
class HomeLists:
    """Adds the lists of maintainers to their Home."""

    gate: Gate
    bot: Bot
    database: Database
    proposals: Proposals
    themes: Themes

    async def added(self, shown: Home, viewer: Viewer) -> Home:
        """Return a viewer's Home with the lists, if they are a maintainer, and without what they cannot do there."""
        maintainers = self.proposals.maintainers
        shown = replace(shown, may_suggest=maintainers.are_in(viewer.team))
        if not maintainers.listen_to(viewer.team) or maintainers.channel not in (viewer.channels or ()):
            return shown
        actor = Actor(ChannelRef(viewer.team, maintainers.channel), viewer.user)
        if not await self.gate.is_maintainer(actor):
            return shown
        snapshot = await self.bot.snapshot()
        lists = await maintaining_for(snapshot, self.database, self.proposals, self.themes, viewer.team)
        return replace(shown, maintaining=lists)
