"""`briefing-bot review`: facts that are due for a review, the most asked first, with where they are in the files."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.clock import SystemClock
from bot.content.areas import find_area
from bot.content.checks.reviews import due, review_day
from bot.content.load import load
from bot.errors import BriefingBotError
from bot.reviews.asks import asks_of
from bot.reviews.reviews import most_asked
from bot.text import day, visible
from cli.operators.stored import stored
from cli.options import DEFAULT_FOLDER, ContentFolder
from cli.report import shown_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from bot.reviews.reviews import AskedReview

_LATEST = 36500


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(review)


def review(
    content: ContentFolder = DEFAULT_FOLDER,
    area: Annotated[str, typer.Option(help="Only facts of this area, by its name, key or number.")] = "",
    within: Annotated[
        int, typer.Option(min=0, max=_LATEST, metavar="DAYS", help="Facts that become due within so many days, too.")
    ] = 0,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON Lines.")] = False,
) -> None:
    """List facts that are past the day of their next review, the most asked first.

    How often each was asked comes from the bot's database; without one, the longest overdue come first.
    """
    loaded = load(content)
    key = find_area(loaded.memorandum, area).key if area else None
    today = review_day(SystemClock().now())
    last = today + timedelta(days=within + 1) if within else today
    found = [each for each in due(loaded, last) if key in {None, each.fact.area}]
    asks = _asks() if found else {}
    listed = most_asked(found, asks or {})
    if as_json:
        for each in listed:
            typer.echo(json.dumps(_json(each, content, is_counted=asks is not None), ensure_ascii=False))
    else:
        typer.echo("\n".join(_table(listed, content, today)) or "No fact is due for a review.")


def _asks() -> Mapping[str, int] | None:
    """Return how often each fact was asked for; None, and a word on why, where that cannot be read."""
    try:
        return asyncio.run(_read())
    except BriefingBotError as error:
        typer.echo(f"How often facts are asked for is not known here. {error.message}", err=True)
        return None


async def _read() -> Mapping[str, int]:
    async with stored() as database, database.reading() as connection:
        return await asks_of(connection)


def _json(each: AskedReview, folder: Path, *, is_counted: bool) -> dict[str, Any]:
    """Return a review as `--json` prints it; `asks` is null where the counts could not be read."""
    fact = each.review.fact
    return {
        "fact": fact.id,
        "area": fact.area,
        "statement": fact.statement,
        "owner": fact.owner,
        "due_on": each.review.due_on.isoformat(),
        "rule": each.review.rule.value,
        "checked_on": fact.checked_on.isoformat(),
        "asks": each.asks if is_counted else None,
        "file": shown_file(folder, fact.place.file),
        "line": fact.place.line,
    }


def _table(listed: Sequence[AskedReview], folder: Path, today: date) -> Iterator[str]:
    for each in listed:
        fact, on = each.review.fact, each.review.due_on
        was = "was due" if on < today else "is due"
        asked = f", asked {each.asks} {'time' if each.asks == 1 else 'times'}" if each.asks else ""
        owner = f", owner {fact.owner}" if fact.owner else ""
        place = f"{visible(shown_file(folder, fact.place.file))}:{fact.place.line}"
        yield f"{place}: {fact.id} {was} on {day(on)}{asked}{owner}"
    if listed:
        number = "1 fact" if len(listed) == 1 else f"{len(listed)} facts"
        yield f"{number}. Compare each with its sources; where it is still right, set its checked_on to that day."
