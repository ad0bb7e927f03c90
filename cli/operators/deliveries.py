"""`briefing-bot deliveries` and `feedback`: what was posted and what was not, and what people say of answers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import SystemClock
from bot.feedback.votes import KEPT_FOR, Vote, Votes, by_answer
from bot.outbox.admin import Admin
from bot.outbox.delivery import DeliveryState  # noqa: TC001 — typer reads the annotations
from cli.operators.stored import operator, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.outbox.admin import DeliveryCounts, DeliveryRow

_ID_SHOWN = 8

deliveries = typer.Typer(
    help="Show what was posted, what was not, and why. Without a command: counts, and the newest deliveries.",
    invoke_without_command=True,
)
_DeliveryId = Annotated[
    str, typer.Argument(metavar="ID", help="The delivery’s id, or at least its first six characters.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.add_typer(deliveries, name="deliveries")
    app.command("feedback")(list_feedback)


@deliveries.callback()
def list_deliveries(
    context: typer.Context,
    states: Annotated[
        list[DeliveryState] | None, typer.Option("--state", help="Only deliveries in this state; can be repeated.")
    ] = None,
    channel: Annotated[str, typer.Option(help="Only deliveries to the channel with this id.")] = "",
    most: Annotated[int, typer.Option(min=1, max=10_000, help="The most deliveries to list.")] = 100,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: the counts, then one delivery a line.")] = False,
) -> None:
    """List deliveries, newest first."""
    if context.invoked_subcommand is not None:
        return
    counts, rows = asyncio.run(_read(states or [], channel, most))
    for line in _json(counts, rows) if as_json else _table(counts, rows):
        typer.echo(line)


@deliveries.command()
def retry(delivery: _DeliveryId) -> None:
    """Send a failed delivery again, and resume what its failure paused in the channel.

    If its reason begins with "unconfirmed", it may be in the channel already: look there first.
    """
    entry = asyncio.run(_changed(delivery, is_retry=True))
    typer.echo(f"{entry.id} will be posted to {entry.channel} by the running bot.")


@deliveries.command()
def cancel(delivery: _DeliveryId) -> None:
    """Cancel a delivery that was not posted."""
    entry = asyncio.run(_changed(delivery, is_retry=False))
    typer.echo(f"{entry.id} will not be posted to {entry.channel}.")


def list_feedback(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON: a vote a line, the oldest first.")] = False
) -> None:
    """Show how many found each answer right or not, the most doubted first, with their reasons."""
    votes = asyncio.run(_votes())
    for line in map(_vote_as_json, votes) if as_json else by_answer(votes):
        typer.echo(line)
    if not votes and not as_json:
        typer.echo(f"Nobody has said of an answer whether it was right in the last {KEPT_FOR.days} days.", err=True)


async def _votes() -> tuple[Vote, ...]:
    async with stored() as database:
        return await Votes(database, SystemClock(), None).all()


def _vote_as_json(vote: Vote) -> str:
    return json.dumps(asdict(vote) | {"given_on": vote.given_on.isoformat()}, ensure_ascii=False)


async def _read(states: list[DeliveryState], channel: str, most: int) -> tuple[DeliveryCounts, tuple[DeliveryRow, ...]]:
    async with _admin() as admin:
        return await admin.counts(channel), await admin.list(states, channel, most)


async def _changed(delivery: str, *, is_retry: bool) -> DeliveryRow:
    async with _admin() as admin:
        return await (admin.retry(delivery) if is_retry else admin.cancel(delivery))


@asynccontextmanager
async def _admin() -> AsyncIterator[Admin]:
    from handlers.outbox import channel_listeners  # noqa: PLC0415 — it brings what renders, which to list does without

    async with stored() as database:
        yield Admin(database, SystemClock(), channel_listeners(SystemClock(), operator()))


def _table(counts: DeliveryCounts, rows: tuple[DeliveryRow, ...]) -> list[str]:
    """Return the counts and a line for each delivery, for people."""
    lines = [" · ".join(f"{name} {count}" for name, count in asdict(counts).items())]
    for entry in rows:
        due = f"{entry.due_at:%Y-%m-%d %H:%M:%S}Z"
        where = f"{entry.kind:<10} {entry.channel:<12}"
        tries = f"{entry.attempts} attempt{'' if entry.attempts == 1 else 's'}"
        lines.append(f"{entry.id[:_ID_SHOWN]}  {due}  {where} {entry.state:<11} {tries:<12} {entry.reason}".rstrip())
    return lines


def _json(counts: DeliveryCounts, rows: tuple[DeliveryRow, ...]) -> list[str]:
    """Return the counts and each delivery as JSON, a line each."""
    values = [asdict(row) | {"due_at": row.due_at.isoformat()} for row in rows]
    return [json.dumps(each, ensure_ascii=False) for each in (asdict(counts), *values)]
