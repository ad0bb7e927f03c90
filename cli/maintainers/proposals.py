"""`briefing-bot proposals`: what is proposed and where it stands, and decisions with no Slack at hand."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.audit.audit import CLI
from bot.clock import SystemClock
from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.messages import Author
from bot.proposals.card import whole
from bot.proposals.proposal import OPEN, Proposal, ProposalState
from bot.proposals.suggestion import fields_to_json, suggestion_to_json
from bot.text import visible
from cli.operators.stored import operator, stored
from handlers.rendering.blocks import to_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.proposals.proposals import Proposals

_ID_SHOWN = 8
_SHORTEST = 6
_NONE = "No proposal is in such a state."

proposals = typer.Typer(
    help="Show what is proposed and where it stands. Without a command: a line for each open one, the newest first.",
    invoke_without_command=True,
)
_ProposalId = Annotated[
    str, typer.Argument(metavar="ID", help="The proposal’s id, or at least its first six characters.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(proposals, name="proposals")


@proposals.callback()
def list_proposals(
    context: typer.Context,
    states: Annotated[
        list[ProposalState] | None, typer.Option("--state", help="Only proposals in this state; can be repeated.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Closed ones too: published, declined, withdrawn.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, a proposal a line.")] = False,
) -> None:
    """List proposals, the newest first."""
    if context.invoked_subcommand is not None:
        return
    found = asyncio.run(_all(list(ProposalState) if every else states or list(OPEN)))
    if not found and not as_json:
        typer.echo(_NONE, err=True)
    for each in found:
        typer.echo(json.dumps(_as_json(each), ensure_ascii=False) if as_json else visible(_line(each)))


@proposals.command()
def show(
    proposal: _ProposalId,
    *,
    patch: Annotated[bool, typer.Option("--patch", help="Print the change to make by hand, for git apply.")] = False,
) -> None:
    """Show all of a proposal: who and why, what differs, what the check says, what would be posted."""
    found = asyncio.run(_found(proposal))
    if patch:
        typer.echo(found.patch, nl=False)
        return
    for line in to_text(whole(found)).splitlines():
        typer.echo(visible(line))


@proposals.command()
def approve(proposal: _ProposalId) -> None:
    """Approve a proposal. The running bot writes it."""
    typer.echo(asyncio.run(_approved(proposal)))


@proposals.command()
def decline(
    proposal: _ProposalId, reason: Annotated[str, typer.Option(help="Why: who proposed it reads this.")]
) -> None:
    """Decline a proposal."""
    typer.echo(asyncio.run(_declined(proposal, reason)))


@proposals.command()
def close(proposal: _ProposalId, reason: Annotated[str, typer.Option(help="Why: who proposed it reads this.")]) -> None:
    """Close a proposal that was applied and will not be published: its pull request was not merged."""
    typer.echo(asyncio.run(_closed(proposal, reason)))


async def _all(states: list[ProposalState]) -> tuple[Proposal, ...]:
    async with _proposals() as service:
        return await service.all(states, newest=True)


async def _found(start: str) -> Proposal:
    async with _proposals() as service:
        return await _named(service, start)


async def _approved(start: str) -> str:
    async def nobody(_besides: frozenset[str]) -> bool:
        return False

    async with _proposals() as service:
        found = await _named(service, start)
        await service.approve(found.id, found.version, _decider(found), nobody)
    return f"{found.id} is approved. The running bot writes it."


async def _declined(start: str, reason: str) -> str:
    async with _proposals() as service:
        found = await _named(service, start)
        await service.decline(found.id, _decider(found), reason)
    return f"{found.id} is declined."


def _decider(proposal: Proposal) -> Author:
    return Author(proposal.author.team, operator(), operator().removeprefix(CLI))


async def _closed(start: str, reason: str) -> str:
    async with _proposals() as service:
        found = await _named(service, start)
        await service.close(found.id, Author(found.author.team, operator(), operator().removeprefix(CLI)), reason)
        return f"{found.id} is closed."


async def _named(service: Proposals, start: str) -> Proposal:
    """Return the proposal whose id begins so. Raises BriefingBotError unless it is one."""
    found = await service.named(start) if len(start) >= _SHORTEST else ()
    if len(found) != 1:
        what = "No proposal’s" if not found else "More than one proposal’s"
        raise BriefingBotError(
            f"{what} id begins with {start}.", "briefing-bot proposals --all --json lists them in full."
        )
    return found[0]


@asynccontextmanager
async def _proposals() -> AsyncIterator[Proposals]:
    from bot.proposals.factory import proposals_for  # noqa: PLC0415 — it brings the database
    from cli.folder_check import check_folder  # noqa: PLC0415 — it brings the look-up

    async with stored() as database:
        await database.refresh()
        yield proposals_for(read_settings(), database, SystemClock(), lambda: None, check_folder)


def _line(proposal: Proposal) -> str:
    stale = ", its fact has changed" if proposal.is_stale and proposal.state is ProposalState.WAITING else ""
    decided = f", decided by {proposal.approver_name}" if proposal.approver else ""
    who = f"by {proposal.author.name}{decided}"
    what = f"{proposal.suggestion.kind} of {proposal.fact_id}"
    note = f": {proposal.note.partition(chr(10))[0]}" if proposal.note else ""
    return f"{proposal.id[:_ID_SHOWN]}  {proposal.created_at:%Y-%m-%d}  {proposal.state:<9}  {what}, {who}{stale}{note}"


def _as_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "state": proposal.state.value,
        "version": proposal.version,
        "created_at": proposal.created_at.isoformat(),
        "changed_at": proposal.changed_at.isoformat() if proposal.changed_at else None,
        "proposer": {"user": proposal.author.user, "name": proposal.author.name},
        "editors": [{"user": each.user, "name": each.name} for each in proposal.editors],
        "approver": {"user": proposal.approver, "name": proposal.approver_name},
        "is_stale": proposal.is_stale,
        "suggestion": suggestion_to_json(proposal.suggestion),
        "before": fields_to_json(proposal.base),
        "after": fields_to_json(proposal.after),
        "note": proposal.note,
        "link": proposal.link,
    }
