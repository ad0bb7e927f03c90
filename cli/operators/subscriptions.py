"""`briefing-bot subscriptions export` and `import`: to keep subscriptions and schedules apart from the database."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter

from bot.alerts import subscriptions as kept
from bot.alerts.settings_audit import recorded
from bot.alerts.subscriptions import Subscription
from bot.clock import SystemClock
from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.logging import set_up_logging
from bot.schedules import schedules as scheduled
from bot.schedules.next_run import newest_holidays, with_next_run
from bot.schedules.schedules import Schedule
from bot.store.revision import NothingPublishedError
from cli.operators.stored import operator, stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.bank_holidays import BankHolidays

_EXPORTED: TypeAdapter[Subscription | Schedule] = TypeAdapter(Subscription | Schedule)
_OWN = {"place", "next_on", "next_at", "last_activity_at", "last_posted_revision"}

subscriptions = typer.Typer(help="Keep subscriptions as a file, or take them from one.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.add_typer(subscriptions, name="subscriptions")


@subscriptions.command("export")
def export() -> None:
    """Print every subscription and every schedule, paused ones too: one JSON object a line."""
    alerts, schedules = asyncio.run(_exported())
    readable = [each for each in schedules if each.is_readable]
    for line in (*map(_to_json, alerts), *map(_to_json, readable)):
        typer.echo(json.dumps(line, ensure_ascii=False))
    if left_out := len(schedules) - len(readable):
        typer.echo(f"Left out: {left_out} whose rule cannot be read.", err=True)


@subscriptions.command("import")
def import_(
    file: Annotated[typer.FileText, typer.Argument(encoding="utf-8", help="What export printed; - reads stdin.")],
) -> None:
    """Add the subscriptions and schedules of a file; those that are there already stay as they are."""
    found = [_from_line(number, line) for number, line in enumerate(file, 1) if line.strip()]
    added = asyncio.run(_imported(found))
    typer.echo(f"{added} added, {len(found) - added} were there already.")


async def _exported() -> tuple[Sequence[Subscription], Sequence[Schedule]]:
    async with stored() as database, database.reading() as connection:
        return await kept.all_subscriptions(connection, paused=True), await scheduled.all_schedules(connection)


async def _imported(found: Sequence[Subscription | Schedule]) -> int:
    from bot.store.database import Database  # noqa: PLC0415 — it brings Alembic, which no other command needs

    settings = read_settings()
    set_up_logging("error")
    async with Database.of(settings).opened(is_shared=True) as database:
        with suppress(NothingPublishedError):
            await database.refresh()
        holidays = newest_holidays(database)
        async with database.transaction() as connection, AsyncExitStack() as audited:
            for place in sorted({each.place for each in found}, key=lambda place: (place.team, place.channel)):
                cause = recorded(connection, place, operator(), SystemClock().now(), "subscriptions import")
                await audited.enter_async_context(cause)
            return sum([await _put(connection, each, holidays) for each in found])


async def _put(connection: AsyncConnection, each: Subscription | Schedule, holidays: BankHolidays) -> bool:
    """Add one; False when it is there already."""
    if isinstance(each, Subscription):
        return await kept.put(connection, each)
    if await scheduled.get(connection, each.id) is not None:
        return False
    running = await with_next_run(connection, each, SystemClock().now(), holidays)
    await scheduled.add(connection, each if each.paused_at else running)
    return True


def _to_json(each: Subscription | Schedule) -> dict[str, Any]:
    """Return it without what only its own database knows: a schedule's next time, and what was posted."""
    fields = _EXPORTED.dump_python(each, mode="json", exclude=_OWN)
    return {"team": each.place.team, "channel": each.place.channel, **fields}


def _from_line(number: int, line: str) -> Subscription | Schedule:
    """Read one line of an export. Raises BriefingBotError that names the line."""
    try:
        found = json.loads(line)
        known = {**found, "place": {"team": found["team"], "channel": found["channel"]}}
        if "paused_why" in found:  # exports of earlier versions
            known["pause_reason"] = found["paused_why"]
        planned_later = {"next_on": None, "next_at": None, "last_activity_at": SystemClock().now()}
        return _EXPORTED.validate_python(known | planned_later)
    except (ValueError, LookupError, TypeError):
        raise BriefingBotError(
            f"Line {number} is neither a subscription nor a schedule; nothing was imported.",
            "Take what `subscriptions export` prints.",
        ) from None
