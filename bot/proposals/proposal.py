"""A proposal: a suggestion with its author, its state, and the fact as it was; its table's rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 — a dataclass's field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from bot.errors import BriefingBotError
from bot.messages import Author
from bot.proposals.suggestion import (
    FactFields,
    Suggestion,
    fields_from_json,
    fields_to_json,
    proposed,
    suggestion_from_json,
    suggestion_to_json,
)
from bot.store.engine import insert_into
from bot.store.maintainer_tables import proposals as table

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection


class ProposalState(StrEnum):
    """Where a proposal stands. `applied`: it is written where the content comes from, and not yet published.

    `superseded`: the fact was published otherwise than proposed; `closed`: a person said that it will not be published.
    """

    WAITING = "waiting"
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    PUBLISHED = "published"
    DECLINED = "declined"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


_MOST_READ: Final = 1000
OPEN: Final = frozenset(
    {ProposalState.WAITING, ProposalState.APPROVED, ProposalState.APPLYING, ProposalState.APPLIED, ProposalState.FAILED}
)
"""What somebody still has to do something about."""
LEADS_END: Final = "\n\n***\n\n"
"""Stands between the two parts of a preview."""
_NOT_DECIDED: Final = "Nobody has approved this yet."
_WITHDRAWN: Final = "Who proposed this has withdrawn it."


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it is stored; times are aware UTC.

    `version` rises with each edit and each change of its fact: a decision on an older one counts for nothing. `base`
    has the fact's fields at that version; `is_stale` says that they have changed since. `preview` is Markdown: what
    nobody may miss, LEADS_END, and what would change for readers.
    `editors` changed its words, the last one last. `note` says why it was declined or closed, what failed, or how the
    fact was published.
    """

    id: str
    author: Author
    created_at: datetime
    suggestion: Suggestion
    base: FactFields
    preview: str
    state: ProposalState = ProposalState.WAITING
    version: int = 1
    is_stale: bool = False
    editors: tuple[Author, ...] = ()
    approver: str = ""
    approver_name: str = ""
    changed_at: datetime | None = None
    due_at: datetime | None = None
    attempts: int = 0
    note: str = ""
    link: str = ""

    @property
    def fact_id(self) -> str:
        """The id of its fact; of a new one, the id that it gets."""
        return self.suggestion.fact_id

    @property
    def after(self) -> FactFields:
        """The fact's fields as it wants them."""
        return proposed(self.base, self.suggestion)

    @property
    def patch(self) -> str:
        """The change that somebody has to make by hand, for `git apply`; it follows the note's first line."""
        return self.note.partition("\n")[2] if self.state is ProposalState.APPLIED else ""

    @property
    def contributors(self) -> frozenset[str]:
        """Who wrote it: its author, and whoever edited it."""
        return frozenset({self.author.user, *(each.user for each in self.editors)})

    @property
    def last_writer(self) -> str:
        """Who wrote the words as they stand."""
        return self.editors[-1].user if self.editors else self.author.user


def require_state(proposal: Proposal, *states: ProposalState) -> None:
    """Raise BriefingBotError for a proposal in another state: it says in which."""
    if proposal.state in states:
        return
    match proposal.state:
        case ProposalState.WAITING:
            raise BriefingBotError(_NOT_DECIDED)
        case ProposalState.WITHDRAWN:
            raise BriefingBotError(_WITHDRAWN)
        case ProposalState.DECLINED:
            told = "declined"
        case ProposalState.FAILED:
            told = "approved, but not written"
        case ProposalState.PUBLISHED:
            told = "approved and published"
        case ProposalState.SUPERSEDED:
            told = "approved, and published in other words"
        case ProposalState.CLOSED:
            told = "closed"
        case ProposalState.SUPERSEDED | ProposalState.CLOSED:
            told = "closed"
        case _:
            told = "approved"
    by = f", by {proposal.approver_name}" if proposal.approver_name and told != "closed" else ""
    raise BriefingBotError(f"This is decided already: {told}{by}.")


async def insert_proposal(connection: AsyncConnection, proposal: Proposal) -> bool:
    """Store a new one; False where there is one with its id."""
    who = {"id": proposal.id, "team": proposal.author.team, "user": proposal.author.user, "name": proposal.author.name}
    row = insert_into(connection, table).values(created_at=proposal.created_at, **who, **_values(proposal))
    return await connection.scalar(row.on_conflict_do_nothing().returning(table.c.id)) is not None


async def replace_proposal(connection: AsyncConnection, before: Proposal, after: Proposal) -> bool:
    """Store `after` in place of `before`; False where it is no longer as `before`: somebody else was first."""
    here = (table.c.id == before.id, table.c.state == before.state.value, table.c.version == before.version)
    unchanged = (*here, table.c.attempts == before.attempts, table.c.is_stale.is_(before.is_stale))
    done = update(table).where(*unchanged).values(**_values(after)).returning(table.c.id)
    return await connection.scalar(done) is not None


async def read_proposal(connection: AsyncConnection, proposal_id: str) -> Proposal | None:
    """Return one by its id."""
    row = (await connection.execute(select(table).where(table.c.id == proposal_id))).first()
    return _read(row) if row else None


async def read_proposals(
    connection: AsyncConnection, states: Collection[ProposalState] = tuple(ProposalState), *, newest: bool = False
) -> tuple[Proposal, ...]:
    """Return those in some states, at most _MOST_READ: the oldest first, or the newest."""
    wanted = table.c.state.in_([each.value for each in states])
    order = (table.c.created_at.desc(), table.c.id) if newest else (table.c.created_at, table.c.id)
    rows = await connection.execute(select(table).where(wanted).order_by(*order).limit(_MOST_READ))
    return tuple(map(_read, rows))


async def proposals_named(connection: AsyncConnection, start: str) -> tuple[Proposal, ...]:
    """Return those whose id begins so, two at most."""
    named = table.c.id.startswith(start, autoescape=True)
    return tuple(map(_read, await connection.execute(select(table).where(named).limit(2))))


async def fact_ids_proposed(connection: AsyncConnection, besides: str) -> set[str]:
    """Return the ids of the facts of all open proposals but one."""
    others = (table.c.state.in_([each.value for each in OPEN]), table.c.id != besides)
    return set(await connection.scalars(select(table.c.fact_id).where(*others)))


def _values(proposal: Proposal) -> dict[str, Any]:
    return {
        "state": proposal.state.value,
        "version": proposal.version,
        "fact_id": proposal.fact_id,
        "suggestion": suggestion_to_json(proposal.suggestion),
        "base": fields_to_json(proposal.base),
        "base_digest": proposal.base.digest,
        "proposed_digest": proposal.after.digest,
        "is_stale": proposal.is_stale,
        "preview": proposal.preview,
        "editors": [[each.user, each.name] for each in proposal.editors],
        "approver": proposal.approver,
        "approver_name": proposal.approver_name,
        "changed_at": proposal.changed_at or proposal.created_at,
        "due_at": proposal.due_at,
        "attempts": proposal.attempts,
        "note": proposal.note,
        "link": proposal.link,
    }


def _read(row: Row[Any]) -> Proposal:
    return Proposal(
        id=row.id,
        author=Author(row.team, row.user, row.name),
        created_at=row.created_at,
        suggestion=replace(suggestion_from_json(row.suggestion), fact_id=row.fact_id),
        base=fields_from_json(row.base),
        preview=row.preview,
        state=ProposalState(row.state),
        version=row.version,
        is_stale=row.is_stale,
        editors=tuple(Author(row.team, user, name) for user, name in row.editors),
        approver=row.approver,
        approver_name=row.approver_name,
        changed_at=row.changed_at,
        due_at=row.due_at,
        attempts=row.attempts,
        note=row.note,
        link=row.link,
    )
