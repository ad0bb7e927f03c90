"""Closes themes of unanswered questions when the fact that was drafted for them is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.gaps.theme_decision import close_answered
from bot.messages import Author

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.proposals.proposal import Proposal


class AnsweredThemes:
    """Hears what is published of proposals (PublishedListener)."""

    def __init__(self, clock: Clock) -> None:
        """`clock` says when a theme was closed."""
        self._clock = clock

    async def on_published(self, connection: AsyncConnection, proposal: Proposal) -> None:
        """Close the theme that a proposal names, in the transaction that marks it as published."""
        if theme_id := proposal.suggestion.theme_id:
            approver = Author(proposal.author.team, proposal.approver, proposal.approver_name)
            await close_answered(connection, theme_id, proposal.fact_id, approver, self._clock.now())
