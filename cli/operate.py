"""`briefing-bot deliveries`: what was to be posted, what was, what was not and why; and a hand on it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import SystemClock
from bot.outbox.admin import Admin
from bot.outbox.delivery import DeliveryState  # noqa: TC001 — typer reads the annotations
from cli.stored import stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.outbox.admin import Counts, DeliveryRow

_ID_SHOWN = 8

deliveries = typer.Typer(
    help="What was to be posted, what was, what was not and why. Without a command: the counts and the newest.",
    invoke_without_command=True,
)
_DeliveryId = Annotated[str, typer.Argument(metavar="ID", help="The delivery’s id, or how it begins.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.add_typer(deliveries, name="deliveries")


@deliveries.callback()
def list_deliveries(
    context: typer.Context,
    states: Annotated[
        list[DeliveryState] | None, typer.Option("--state", help="Only those; may be given twice.")
    ] = None,
    channel: Annotated[str, typer.Option(help="Only those for the channel with this id.")] = "",
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many to list at most.")] = 100,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: the counts, then one delivery a line.")
    ] = False,
) -> None:
    """List the deliveries, the newest first."""
    if context.invoked_subcommand is not None:
        return
    tally, entries = asyncio.run(_looked(states or [], channel, most))
    for line in _json(tally, entries) if as_json else _table(tally, entries):
        typer.echo(line)


@deliveries.command()
def retry(delivery: _DeliveryId) -> None:
    """Send a failed delivery again, for a day; its channel’s subscriptions go on too.

    One whose reason begins with "unconfirmed" may stand in its channel already: look there first.
    """
    entry = asyncio.run(_mended(delivery, goes_again=True))
    typer.echo(f"{entry.id} will be posted again to {entry.channel}, by the running bot.")


@deliveries.command()
def cancel(delivery: _DeliveryId) -> None:
    """Cancel a delivery that was not posted."""
    entry = asyncio.run(_mended(delivery, goes_again=False))
    typer.echo(f"{entry.id} will not be posted to {entry.channel}.")


async def _looked(states: list[DeliveryState], channel: str, most: int) -> tuple[Counts, tuple[DeliveryRow, ...]]:
    async with _inspection() as inspection:
        return await inspection.counts(channel), await inspection.list(states, channel, most)


async def _mended(delivery: str, *, goes_again: bool) -> DeliveryRow:
    async with _inspection() as inspection:
        return await (inspection.retry(delivery) if goes_again else inspection.cancel(delivery))


@asynccontextmanager
async def _inspection() -> AsyncIterator[Admin]:
    import app as wiring  # noqa: PLC0415 — it brings the whole of Slack's libraries, which other commands do not need

    async with stored() as database:
        yield Admin(database, SystemClock(), wiring.channel_listeners())


def _table(tally: Counts, entries: tuple[DeliveryRow, ...]) -> list[str]:
    """Return the counts and a line for each delivery, for people."""
    counts = (
        f"expected {tally.expected} · posted {tally.posted} · pending {tally.pending} · "
        f"unconfirmed {tally.unconfirmed} · failed {tally.failed} · late {tally.late}"
    )
    lines = [counts]
    for entry in entries:
        due = f"{entry.due_at:%Y-%m-%d %H:%M:%S}Z"
        where = f"{entry.kind:<10} {entry.channel:<12}"
        tries = f"{entry.attempts} attempt{'' if entry.attempts == 1 else 's'}"
        lines.append(f"{entry.id[:_ID_SHOWN]}  {due}  {where} {entry.state:<11} {tries:<12} {entry.reason}".rstrip())
    return lines


def _json(tally: Counts, entries: tuple[DeliveryRow, ...]) -> list[str]:
    """Return the counts and each delivery as JSON, a line each."""
    rows = [asdict(entry) | {"due_at": entry.due_at.isoformat()} for entry in entries]
    return [json.dumps(row, ensure_ascii=False) for row in (asdict(tally), *rows)]
