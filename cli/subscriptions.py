"""`briefing-bot subscriptions export` and `import`: to keep subscriptions and schedules apart from the database."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.alerts import subscriptions as kept
from bot.alerts.subscriptions import Subscription
from bot.clock import SystemClock
from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.logging import set_up_logging
from bot.messages import ChannelRef
from bot.recurrence.rule import Rule
from bot.schedules import schedules as scheduled
from bot.schedules.next_run import newest_holidays, with_next_run
from bot.schedules.schedules import Schedule
from bot.store.revision import NothingPublishedError
from cli.stored import stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.bank_holidays import BankHolidays

subscriptions = typer.Typer(help="Keep subscriptions as a file, or take them from one.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.add_typer(subscriptions, name="subscriptions")


@subscriptions.command("export")
def export() -> None:
    """Print every subscription and every schedule, paused ones too: one JSON object a line."""
    alerts, schedules = asyncio.run(_exported())
    readable = [each for each in schedules if each.is_readable]
    for line in (*map(_to_json, alerts), *map(_schedule_to_json, readable)):
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
        async with database.transaction() as connection:
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


def _to_json(each: Subscription) -> dict[str, Any]:
    return {
        "id": each.id,
        "team": each.place.team,
        "channel": each.place.channel,
        "area": each.area,
        "corrections_only": each.corrections_only,
        "created_at": each.created_at.isoformat(),
        "created_by": each.created_by,
        "paused_at": each.paused_at.isoformat() if each.paused_at else None,
        "pause_reason": each.pause_reason,
    }


def _schedule_to_json(each: Schedule) -> dict[str, Any]:
    """Return a schedule without what only its own database knows: its next time, and what was posted."""
    return {
        "id": each.id,
        "team": each.place.team,
        "channel": each.place.channel,
        "areas": each.areas,
        "is_digest": each.is_digest,
        "rule": each.rule.to_json(),
        "created_at": each.created_at.isoformat(),
        "created_by": each.created_by,
        "paused_at": each.paused_at.isoformat() if each.paused_at else None,
        "pause_reason": each.pause_reason,
    }


def _from_line(number: int, line: str) -> Subscription | Schedule:
    """Read one line of an export. Raises BriefingBotError that names the line."""
    try:
        told = json.loads(line)
        if "rule" in told:
            return _schedule_from_json(told)
        return Subscription(
            id=str(told["id"]),
            place=ChannelRef(str(told["team"]), str(told["channel"])),
            area=str(told["area"]),
            corrections_only=bool(told["corrections_only"]),
            created_at=_moment(told["created_at"]),
            created_by=str(told["created_by"]),
            paused_at=_moment(told["paused_at"]) if told["paused_at"] else None,
            pause_reason=str(told["pause_reason"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BriefingBotError(
            f"Line {number} is neither a subscription nor a schedule; nothing was imported.",
            "Take what `subscriptions export` prints.",
        ) from None


def _schedule_from_json(told: Mapping[str, Any]) -> Schedule:
    return Schedule(
        id=str(told["id"]),
        place=ChannelRef(str(told["team"]), str(told["channel"])),
        areas=tuple(map(str, told["areas"])),
        is_digest=bool(told["is_digest"]),
        rule=Rule.from_json(told["rule"]),
        created_at=_moment(told["created_at"]),
        created_by=str(told["created_by"]),
        next_on=None,
        next_at=None,
        last_activity_at=SystemClock().now(),
        paused_at=_moment(told["paused_at"]) if told["paused_at"] else None,
        pause_reason=str(told["pause_reason"]),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
