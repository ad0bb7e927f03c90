"""`briefing-bot audit`: who changed what and when, as a table for people or as JSON Lines to keep elsewhere."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.audit.audit import AuditFilter, newest_audit, read_audit
from bot.text import visible
from cli.operators.stored import stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.audit.audit import AuditRecord

_OLDER = "Older entries are left out: --most shows more, --json all."
_NONE = "The audit has no such entry."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(  # noqa: PLR0913 — an option each
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="From this day on (UTC): 2026-11-30.")
    ] = None,
    subject: Annotated[str, typer.Option(help="Only changes of this: a channel’s id, a fact, a proposal.")] = "",
    who: Annotated[str, typer.Option(help="Only changes by this user id, by `bot`, or by `cli:` and a login.")] = "",
    action: Annotated[str, typer.Option(help="Only this action, or those that begin so: schedule.")] = "",
    most: Annotated[int, typer.Option(min=1, max=100_000, help="The most entries of the table: the newest.")] = 100,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every entry as JSON, one a line, the oldest first.")
    ] = False,
) -> None:
    """Show who changed what, when, and what it was before and after."""
    wanted = AuditFilter(since.replace(tzinfo=UTC) if since else None, subject, who, action)
    asyncio.run(_print_json(wanted) if as_json else _print_table(wanted, most))


async def _print_json(wanted: AuditFilter) -> None:
    """Print page after page: what there is need not fit into memory."""
    after = 0
    async with stored() as database:
        while True:
            async with database.reading() as connection:
                page = await read_audit(connection, wanted, after=after)
            for each in page:
                typer.echo(_as_json(each))
            if not page:
                return
            after = page[-1].id


async def _print_table(wanted: AuditFilter, most: int) -> None:
    async with stored() as database, database.reading() as connection:
        found = await newest_audit(connection, wanted, most + 1)
    if not found:
        typer.echo(_NONE, err=True)
    for each in found[-most:]:
        for line in _lines(each):
            typer.echo(visible(line))
    if len(found) > most:
        typer.echo(_OLDER, err=True)


def _as_json(record: AuditRecord) -> str:
    whole = {"id": record.id, "at": record.at.isoformat(), **asdict(record.entry)}
    return json.dumps(whole, ensure_ascii=False)


def _lines(record: AuditRecord) -> Iterator[str]:
    entry = record.entry
    yield f"{record.at:%Y-%m-%d %H:%M:%S}Z  {entry.who:<16} {entry.action:<20} {entry.subject}".rstrip()
    if entry.before:
        yield f"    before: {entry.before}"
    if entry.after:
        yield f"    after:  {entry.after}"
