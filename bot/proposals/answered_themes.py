"""Themes of unanswered questions whose proposal ends: closed when it is published, else to be decided on again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.gaps.theme_decision import close_answered, reopen_unanswered
from bot.messages import Author
from bot.proposals.proposal import ProposalState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.proposals.proposal import Proposal

_IN_VAIN: Final = frozenset(
    {
        *(ProposalState.DECLINED, ProposalState.WITHDRAWN, ProposalState.FAILED),
        *(ProposalState.CLOSED, ProposalState.SUPERSEDED),
    }
)


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


async def reopen_held(connection: AsyncConnection, proposal: Proposal, now: datetime) -> None:
    """Open the theme again that a fact was to answer with the proposed keywords, where they come to nothing."""
    theme_id = proposal.suggestion.theme_id
    if proposal.state in _IN_VAIN and theme_id:
        by = Author(proposal.author.team, proposal.approver, proposal.approver_name or proposal.author.name)
        await reopen_unanswered(connection, theme_id, proposal.fact_id, by, now)
