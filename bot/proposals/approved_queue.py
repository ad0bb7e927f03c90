"""Applies approved proposals, and notes when what they propose is published.

A proposal is claimed before it is applied; whoever is killed between the two leaves a claim that runs out, and `Apply`
does the same change once. What is published is recognised by the parts of the fact that a proposal
changes, whoever wrote them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.audit.audit import BOT, AuditEntry, record
from bot.content.editing.changes import EditConflictError
from bot.errors import BriefingBotError
from bot.proposals.answered_themes import reopen_held
from bot.proposals.changes import change_of
from bot.proposals.outcome import ProposalOutcome, is_there, outcome_of, published_words
from bot.proposals.proposal import Proposal, ProposalState, read_proposals, replace_proposal
from bot.proposals.telling import edit_card, tell_approver, tell_authors
from bot.publishing.applying.protocol import Applied, ApplyError, ApprovedChange, Signature
from bot.store.errors import StoreError
from bot.store.periodic import repeat

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.content.models import Content
    from bot.proposals.proposals import Proposals
    from bot.publishing.applying.protocol import Apply

CLAIMED_FOR: Final = timedelta(minutes=5)
"""How long a claim holds: longer than any git command may take."""
MOST_ATTEMPTS: Final = 8
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=30)
_LOOK_EVERY_S: Final = 2.0
_UNEXPECTED: Final = "Something went wrong on my side, and has been logged."

_log = structlog.stdlib.get_logger(__name__)


class PublishedListener(Protocol):
    """Called when what a proposal proposes is published."""

    async def on_published(self, connection: AsyncConnection, proposal: Proposal) -> None:
        """Take note, in the transaction that marks it: `proposal.suggestion.theme_id` may name a theme."""
        ...


async def _nothing() -> None:
    """Stand for what is done where nobody asks for facts."""


class Applier:
    """Applies what is approved, in any number of processes. Safe to kill at any point."""

    def __init__(
        self,
        proposals: Proposals,
        apply: Apply,
        listeners: Sequence[PublishedListener] = (),
        refresh: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        """Share the parts of `proposals`; `refresh` has the newest content answer before people hear of it."""
        self._database = proposals.database
        self._clock = proposals.clock
        self._channel = proposals.maintainers.channel
        self._wake = proposals.wake
        self._proposals = proposals
        self._apply = apply
        self._seen = 0
        self._listeners = listeners
        self._refresh = refresh

    async def run(self) -> None:
        """Look regularly, until cancelled: a decision may come from another process."""
        await repeat(self._look, _LOOK_EVERY_S, self._database, "proposals")

    async def _look(self) -> None:
        await self.apply_due()
        await self.note_published()
        await self.note_changed()

    async def apply_due(self) -> None:
        """Apply what is due, one after the other. Raises StoreError."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            found = await read_proposals(connection, (ProposalState.APPROVED, ProposalState.APPLYING))
        for proposal in found:
            if proposal.due_at is None or proposal.due_at > now:
                continue
            claimed = replace(
                proposal, state=ProposalState.APPLYING, attempts=proposal.attempts + 1, due_at=now + CLAIMED_FOR
            )
            async with self._database.transaction() as connection:
                is_mine = await replace_proposal(connection, proposal, claimed)
            if is_mine:
                await self._move(claimed, await self._applied(claimed))

    async def note_published(self) -> None:
        """Mark those whose fact is published as they propose it, or otherwise. Raises StoreError."""
        async with self._database.reading() as connection:
            found = await read_proposals(connection, (ProposalState.APPLIED,))
        if not found:
            return
        content = (await self._database.latest()).content
        for proposal in found:
            outcome = outcome_of(content, proposal)
            if outcome is not ProposalOutcome.OPEN:
                await self._refresh()
            match outcome:
                case ProposalOutcome.PUBLISHED:
                    await self._move(proposal, replace(proposal, state=ProposalState.PUBLISHED, due_at=None))
                case ProposalOutcome.OTHERWISE:
                    note = published_words(content, proposal)
                    superseded = replace(proposal, state=ProposalState.SUPERSEDED, due_at=None, note=note)
                    await self._move(proposal, superseded, answers=is_there(content, proposal))
                case ProposalOutcome.OPEN:
                    pass

    async def note_changed(self) -> None:
        """Say on the cards of waiting proposals whose fact has changed; once for a revision. Raises StoreError."""
        revision = (await self._database.latest()).number
        if revision == self._seen:
            return
        async with self._database.reading() as connection:
            waiting = await read_proposals(connection, (ProposalState.WAITING,))
        for proposal in waiting:
            try:
                await self._proposals.has_changed(proposal)
            except StoreError:
                raise
            except BriefingBotError:
                continue  # somebody decided at this moment
        self._seen = revision

    async def _applied(self, claimed: Proposal) -> Proposal:
        """Apply a proposal, and return it as it is afterwards."""
        content = (await self._database.latest()).content
        if outcome_of(content, claimed) is ProposalOutcome.PUBLISHED:
            return _done(claimed, Applied("It is written already."))
        try:
            applied = await self._apply.apply(self._approved(claimed, content))
        except StoreError:
            raise
        except BriefingBotError as error:
            return self._refused(claimed, error)
        except Exception:  # noqa: BLE001 — whatever the reason, the proposal is kept and its card says so
            _log.exception("proposal.failed", proposal=claimed.id)
            return _failed(claimed, _UNEXPECTED)
        return _done(claimed, applied)

    def _refused(self, claimed: Proposal, error: BriefingBotError) -> Proposal:
        """Return a proposal that could not be applied: it is tried again where that may help."""
        if isinstance(error, EditConflictError):
            return _asked_again(claimed, str(error))
        if isinstance(error, ApplyError) and error.is_temporary and claimed.attempts < MOST_ATTEMPTS:
            pause = min(_FIRST_PAUSE * 2 ** (claimed.attempts - 1), _LONGEST_PAUSE)
            later = self._clock.now() + pause
            return replace(claimed, state=ProposalState.APPROVED, due_at=later, note=str(error))
        return _failed(claimed, str(error))

    def _approved(self, proposal: Proposal, content: Content) -> ApprovedChange:
        today = (proposal.changed_at or self._clock.now()).date()
        change = change_of(proposal.suggestion, proposal.base, content, today)
        proposer = Signature(proposal.author.user, proposal.author.name)
        approver = Signature(proposal.approver, proposal.approver_name)
        return ApprovedChange(proposal.id, change, proposal.suggestion.reason, proposer, approver)

    async def _move(self, before: Proposal, after: Proposal, *, answers: bool = False) -> None:
        """Write what came of a proposal, with its deliveries and its audit row; unless somebody has changed it.

        `answers`: its fact is published, if in other words, so that it answers the theme that it was drafted for.
        """
        now: datetime = self._clock.now()
        if before.state is not ProposalState.APPLYING or after.state is not ProposalState.APPROVED:
            after = replace(after, changed_at=now)
        async with self._database.transaction() as connection:
            if not await replace_proposal(connection, before, after):
                return
            await edit_card(connection, after, self._channel, now)
            await reopen_held(connection, after, now)
            if after.state in {ProposalState.FAILED, ProposalState.PUBLISHED, ProposalState.SUPERSEDED}:
                await tell_authors(connection, after, now)
            await tell_approver(connection, after, now)
            if after.state is ProposalState.PUBLISHED or answers:
                for listener in self._listeners:
                    await listener.on_published(connection, after)
            action = f"proposal.{after.state.value}"
            team = after.author.team
            await record(connection, AuditEntry(team, BOT, action, after.id, before.state.value, after.note), now)
        _log.info("proposal.moved", proposal=after.id, state=after.state.value, attempts=after.attempts)
        self._wake()


def _done(claimed: Proposal, applied: Applied) -> Proposal:
    note = f"{applied.where}\n{applied.patch}" if applied.patch else applied.where
    return replace(claimed, state=ProposalState.APPLIED, due_at=None, note=note, link=applied.link)


def _failed(claimed: Proposal, note: str) -> Proposal:
    return replace(claimed, state=ProposalState.FAILED, due_at=None, note=note)


def _asked_again(claimed: Proposal, note: str) -> Proposal:
    """Return a proposal whose fact has changed: it waits for somebody who looks at it again."""
    waiting = replace(claimed, state=ProposalState.WAITING, is_stale=True, version=claimed.version + 1)
    return replace(waiting, due_at=None, attempts=0, approver="", approver_name="", note=note)
