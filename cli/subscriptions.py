"""`briefing-bot subscriptions export` and `import`: to keep subscriptions apart from the database, or to move them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import subscriptions as kept
from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.log import set_up_logging
from bot.subscriptions import Place, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

subscriptions = typer.Typer(help="Keep subscriptions as a file, or take them from one.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.add_typer(subscriptions, name="subscriptions")


@subscriptions.command("export")
def export() -> None:
    """Print every subscription, paused ones too: one JSON object a line."""
    for each in asyncio.run(_exported()):
        typer.echo(json.dumps(_to_json(each), ensure_ascii=False))


@subscriptions.command("import")
def import_(
    file: Annotated[typer.FileText, typer.Argument(encoding="utf-8", help="What export printed; - reads stdin.")],
) -> None:
    """Add the subscriptions of a file; those that are there already stay as they are."""
    found = [_from_line(number, line) for number, line in enumerate(file, 1) if line.strip()]
    added = asyncio.run(_imported(found))
    typer.echo(f"{added} added, {len(found) - added} were there already.")


async def _exported() -> Sequence[Subscription]:
    import app as wiring  # noqa: PLC0415 — it brings the whole of Slack's libraries

    settings = read_settings()
    set_up_logging("error")
    async with wiring.opened_store(settings, is_shared=True) as database, database.reading() as connection:
        return await kept.everywhere(connection, paused=True)


async def _imported(found: Sequence[Subscription]) -> int:
    import app as wiring  # noqa: PLC0415 — it brings the whole of Slack's libraries

    settings = read_settings()
    set_up_logging("error")
    async with wiring.opened_store(settings, is_shared=True) as database, database.transaction() as connection:
        return sum([await kept.put(connection, each) for each in found])


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
        "paused_why": each.paused_why,
    }


def _from_line(number: int, line: str) -> Subscription:
    """Read one line of an export. Raises BriefingBotError that names the line."""
    try:
        told = json.loads(line)
        return Subscription(
            id=str(told["id"]),
            place=Place(str(told["team"]), str(told["channel"])),
            area=str(told["area"]),
            corrections_only=bool(told["corrections_only"]),
            created_at=_moment(told["created_at"]),
            created_by=str(told["created_by"]),
            paused_at=_moment(told["paused_at"]) if told["paused_at"] else None,
            paused_why=str(told["paused_why"]),
        )
    except (ValueError, KeyError, TypeError):
        raise BriefingBotError(
            f"Line {number} is not a subscription; nothing was imported.", "Take what `subscriptions export` prints."
        ) from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
