"""Proposals: a suggestion waits for somebody else's approval, and each step is told where it matters.

Each change of state is one transaction with its deliveries and its audit row. Whoever comes second, on any process,
changes nothing and is told who was first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import func, select

from bot.audit.audit import BOT, AuditEntry, record
from bot.errors import BriefingBotError
from bot.logging import redacted
from bot.outbox.delivery import new_id
from bot.outbox.enqueuing import id_of
from bot.proposals.answered_themes import reopen_held
from bot.proposals.card import ALONE
from bot.proposals.card_text import differences
from bot.proposals.naming import with_ids
from bot.proposals.proposal import (
    Proposal,
    ProposalState,
    fact_ids_proposed,
    insert_proposal,
    proposals_named,
    read_proposal,
    read_proposals,
    replace_proposal,
    require_state,
)
from bot.proposals.suggestion import SuggestionKind, cleaned, fields_of
from bot.proposals.telling import edit_card, post_card, tell_authors
from bot.store.maintainer_tables import proposals as table
from bot.text import storable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from bot.content.models import Content
    from bot.messages import Author
    from bot.proposals.suggestion import FactFields, Suggestion
    from bot.store.database import Database

_ENDED_FROM: Final = {
    ProposalState.DECLINED: (ProposalState.WAITING, ProposalState.FAILED),
    ProposalState.CLOSED: (ProposalState.APPLIED,),
}
MOST_AN_HOUR: Final = 20
"""Proposals of one person."""
LONGEST_REASON: Final = 500
_MANY: Final = "You have sent many proposals within an hour. Send the next one later."
_UNKNOWN: Final = "This proposal is no longer known."
_CHANGED: Final = "This proposal was changed meanwhile. Read the card again as it is now."
_OWN: Final = "Somebody else has to approve this: you wrote it, or a part of it."
_STALE: Final = "The fact has changed since this was proposed. The card shows it as it is now: press Look again there."
_NO_REASON: Final = "Say why: who proposed it reads your reason."
_NOT_YOURS: Final = "Only who proposed it can withdraw it."


class SuggestionError(BriefingBotError):
    """A suggestion cannot be taken: `problems` has a sentence for each field that is wrong, by the field's name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Join the sentences for a terminal."""
        super().__init__(" ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Examination:
    """What comes of a suggestion: faults by field's name, and a preview in Markdown for its card."""

    problems: Mapping[str, str] = field(default_factory=dict)
    preview: str = ""


class Examiner(Protocol):
    """Checks a suggestion as `briefing-bot check` checks the content, and previews it."""

    async def examine(self, suggestion: Suggestion, content: Content) -> Examination:
        """Return what comes of it. Raises BriefingBotError where that cannot be told."""
        ...


class Proposals:
    """Takes suggestions and decisions on them. Methods raise StoreError, and BriefingBotError in words for people."""

    def __init__(
        self, database: Database, clock: Clock, examiner: Examiner, maintainers: Maintainers, wake: Callable[[], None]
    ) -> None:
        """`wake` lets deliveries and approvals go on."""
        self.database = database
        self.clock = clock
        self._examiner = examiner
        self.maintainers = maintainers
        self.wake = wake

    async def suggest(self, suggestion: Suggestion, author: Author, key: str = "") -> str:
        """Store a suggestion, once for each key, and return the proposal's id; its card is posted.

        Raises SuggestionError for one that `check` would refuse.
        """
        proposal = await self.examined(suggestion, author, key)
        async with self.database.transaction() as connection:
            await self.add(connection, proposal)
        self.wake()
        return proposal.id

    async def examined(self, suggestion: Suggestion, author: Author, key: str = "") -> Proposal:
        """Return the proposal that `suggest` stores, for `add`. Raises SuggestionError."""
        proposal_id, now = id_of("proposal", author.team, key) if key else new_id(), self.clock.now()
        suggestion, base, preview = await self._examined(suggestion, proposal_id)
        author = replace(author, name=storable(redacted(author.name)))
        return Proposal(proposal_id, author, now, suggestion, base, preview)

    async def add(self, connection: AsyncConnection, proposal: Proposal) -> None:
        """Store an examined proposal with its card, in the caller's transaction; `wake` afterwards."""
        if not await insert_proposal(connection, proposal):
            return
        author, now = proposal.author, proposal.created_at
        await _require_few(connection, author, now)
        await post_card(connection, proposal, self.maintainers.channel, now)
        await record(connection, _entry(proposal, author.user, "proposal.suggested", after=_summary(proposal)), now)

    async def edit(self, proposal_id: str, version: int, suggestion: Suggestion, editor: Author) -> None:
        """Change the words of a waiting proposal; whoever edits becomes one of its authors."""
        before = await self._waiting(proposal_id, version)
        kept = before.suggestion
        suggestion = replace(suggestion, kind=kept.kind, theme_id=kept.theme_id, permalink=kept.permalink)
        suggestion, base, preview = await self._examined(replace(suggestion, fact_id=kept.fact_id), before.id)
        editor = replace(editor, name=storable(redacted(editor.name)))
        editors = (*(each for each in before.editors if each.user != editor.user), editor)
        after = replace(before, suggestion=suggestion, base=base, preview=preview, editors=editors, is_stale=False)
        await self._move(before, replace(after, version=version + 1), editor, "proposal.edited", _summary(before))

    async def approve(
        self, proposal_id: str, version: int, approver: Author, others: Callable[[frozenset[str]], Awaitable[bool]]
    ) -> None:
        """Approve a proposal: it is applied next.

        `others` says whether somebody besides these users could approve it: who wrote a part of it may only where
        nobody else can, and not the last writer unless the other writers have gone.
        """
        before = await self._waiting(proposal_id, version)
        alone = ""
        if approver.user in before.contributors:
            if await others(before.contributors):
                raise BriefingBotError(_OWN)
            if approver.user == before.last_writer and await others(frozenset({approver.user})):
                raise BriefingBotError(_OWN)
            alone = ALONE
        if await self.has_changed(before):
            raise BriefingBotError(_STALE)
        after = self._decided(before, ProposalState.APPROVED, approver, alone)
        await self._move(before, replace(after, due_at=self.clock.now()), approver, "proposal.approved", tells=True)

    async def decline(self, proposal_id: str, approver: Author, reason: str) -> None:
        """Decline a proposal that waits or could not be applied; who proposed it reads the reason."""
        await self._end(proposal_id, ProposalState.DECLINED, approver, reason)

    async def close(self, proposal_id: str, approver: Author, reason: str) -> None:
        """End a proposal that was applied and will not be published; who proposed it reads the reason."""
        await self._end(proposal_id, ProposalState.CLOSED, approver, reason)

    async def _end(self, proposal_id: str, state: ProposalState, approver: Author, reason: str) -> None:
        reason = storable(redacted(reason.strip()))[:LONGEST_REASON]
        if not reason:
            raise BriefingBotError(_NO_REASON)
        before = await self.get(proposal_id)
        require_state(before, *_ENDED_FROM[state])
        after = self._decided(before, state, approver, reason)
        await self._move(before, replace(after, due_at=None), approver, f"proposal.{state.value}", tells=True)

    async def look_again(self, proposal_id: str, version: int, approver: Author) -> None:
        """Take a changed fact as the one that the proposal changes from here on."""
        before = await self._waiting(proposal_id, version)
        suggestion, base, preview = await self._examined(before.suggestion, before.id)
        after = replace(before, suggestion=suggestion, base=base, preview=preview, is_stale=False, version=version + 1)
        await self._move(before, after, approver, "proposal.looked_at_again", _summary(before))

    async def apply_again(self, proposal_id: str, approver: Author) -> None:
        """Have a proposal applied that failed."""
        before = await self.get(proposal_id)
        require_state(before, ProposalState.FAILED)
        after = replace(before, state=ProposalState.APPROVED, note="", attempts=0, due_at=self.clock.now())
        await self._move(before, after, approver, "proposal.applied_again")

    async def withdraw(self, proposal_id: str, author: Author) -> None:
        """Take one's own proposal back while it waits."""
        before = await self.get(proposal_id)
        if (author.team, author.user) != (before.author.team, before.author.user):
            raise BriefingBotError(_NOT_YOURS)
        require_state(before, ProposalState.WAITING, ProposalState.FAILED)
        await self._move(
            before, replace(before, state=ProposalState.WITHDRAWN, due_at=None), author, "proposal.withdrawn"
        )

    async def get(self, proposal_id: str) -> Proposal:
        """Return a proposal. Raises BriefingBotError for one that is not known."""
        async with self.database.reading() as connection:
            found = await read_proposal(connection, proposal_id)
        if found is None:
            raise BriefingBotError(_UNKNOWN)
        return found

    async def all(
        self, states: Collection[ProposalState] = tuple(ProposalState), *, newest: bool = False
    ) -> tuple[Proposal, ...]:
        """Return the proposals in some states, the oldest first, or the newest."""
        async with self.database.reading() as connection:
            return await read_proposals(connection, states, newest=newest)

    async def named(self, start: str) -> tuple[Proposal, ...]:
        """Return the proposals whose id begins so, two at most."""
        async with self.database.reading() as connection:
            return await proposals_named(connection, start)

    async def _examined(self, suggestion: Suggestion, proposal_id: str) -> tuple[Suggestion, FactFields, str]:
        """Return a suggestion with its ids, the fact's fields as they are now, and its preview."""
        content = (await self.database.latest()).content
        async with self.database.reading() as connection:
            proposed = await fact_ids_proposed(connection, proposal_id)
        suggestion = with_ids(cleaned(suggestion), content, proposed)
        examined = await self._examiner.examine(suggestion, content)
        if examined.problems:
            raise SuggestionError(examined.problems)
        return suggestion, fields_of(content, suggestion.fact_id), examined.preview

    async def has_changed(self, proposal: Proposal) -> bool:
        """Whether the fact of a waiting proposal is no longer as it was; if so, its card says so from here on."""
        now = fields_of((await self.database.latest()).content, proposal.fact_id)
        if not proposal.is_stale and now.digest == proposal.base.digest:
            return False
        if not proposal.is_stale:
            changed = "\n".join(f"- {line}" for line in differences(proposal.base, now))
            is_new = proposal.suggestion.kind is SuggestionKind.NEW
            what = "Another fact has got its id meanwhile" if is_new else "The fact has changed meanwhile"
            preview = f"**{what}:**\n\n{changed}\n\n{proposal.preview}"
            stale = replace(proposal, is_stale=True, preview=preview, version=proposal.version + 1)
            await self._move(proposal, stale, None, "proposal.fact_changed")
        return True

    def _decided(self, before: Proposal, state: ProposalState, by: Author, note: str) -> Proposal:
        return replace(before, state=state, approver=by.user, approver_name=storable(redacted(by.name)), note=note)

    async def _move(  # noqa: PLR0913 — what the audit and the author hear of it
        self, before: Proposal, after: Proposal, by: Author | None, action: str, was: str = "", *, tells: bool = False
    ) -> None:
        """Write a change with its deliveries and its audit row. Raises BriefingBotError where somebody was first."""
        now = self.clock.now()
        after = replace(after, changed_at=now)
        async with self.database.transaction() as connection:
            done = await replace_proposal(connection, before, after)
            if done:
                await edit_card(connection, after, self.maintainers.channel, now)
                await reopen_held(connection, after, now)
                if tells:
                    await tell_authors(connection, after, now)
                who = by.user if by else BOT
                await record(connection, _entry(after, who, action, was, after.note or _summary(after)), now)
        if not done:
            require_state(await self.get(before.id), before.state)
            raise BriefingBotError(_CHANGED)
        self.wake()

    async def _waiting(self, proposal_id: str, version: int) -> Proposal:
        found = await self.get(proposal_id)
        require_state(found, ProposalState.WAITING)
        if found.version != version:
            raise BriefingBotError(_CHANGED)
        return found


async def _require_few(connection: AsyncConnection, author: Author, now: datetime) -> None:
    """Raise BriefingBotError for a person's twenty-first proposal within an hour, which is stored just now."""
    mine = (table.c.team == author.team, table.c.user == author.user, table.c.created_at > now - timedelta(hours=1))
    if (await connection.scalar(select(func.count()).select_from(table).where(*mine)) or 0) > MOST_AN_HOUR:
        raise BriefingBotError(_MANY)


def _entry(proposal: Proposal, who: str, action: str, before: str = "", after: str = "") -> AuditEntry:
    return AuditEntry(proposal.author.team, who, action, proposal.id, before, after)


def _summary(proposal: Proposal) -> str:
    """Return what a proposal says, for the audit."""
    return f"{proposal.suggestion.kind.value} of {proposal.fact_id}: {proposal.after.statement}"
