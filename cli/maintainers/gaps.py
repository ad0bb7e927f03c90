"""`briefing-bot gaps`: what people asked and the facts do not answer, the most asked first."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import SystemClock
from bot.gaps.gaps import dropped_of, gaps_of
from bot.gaps.private_content import dropped_said
from bot.gaps.theme_messages import as_json as themes_as_json
from bot.gaps.theme_messages import theme_lines
from bot.gaps.theme_service import Themes
from bot.gaps.themes import teams_of
from bot.text import visible
from cli.operators.stored import stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from bot.gaps.gaps import DropCount, Gap


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("gaps")(list_gaps)


def list_gaps(
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was asked on this day or later.")
    ] = None,
    themes: Annotated[
        bool, typer.Option("--themes", help="Sort them into themes, with what experts decided; of all days.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON: how many were not kept, then a question a line; or a theme a line."),
    ] = False,
) -> None:
    """List the questions that no fact answers, the most asked first."""
    if themes:
        lines = asyncio.run(_themes(as_json=as_json))
    else:
        gaps, dropped = asyncio.run(_read(since.date() if since else None))
        lines = [*(_json(gaps, dropped) if as_json else _table(gaps, dropped))]
    for line in lines:
        typer.echo(line)
    if not lines and not as_json:
        typer.echo("No such question is kept.", err=True)


async def _read(since: date | None) -> tuple[list[Gap], Mapping[str, int]]:
    async with stored() as database, database.reading() as connection:
        gaps, counts = await gaps_of(connection), await dropped_of(connection)
    return [each for each in gaps if not since or each.last_on >= since], _by_reason(counts, since)


async def _themes(*, as_json: bool) -> list[str]:
    """Return the lines of the themes of every workspace; what came within a week is new."""
    clock = SystemClock()
    async with stored() as database:
        async with database.reading() as connection:
            teams = sorted({gap.team for gap in await gaps_of(connection)} | set(await teams_of(connection)))
        listed = [await Themes(database, clock).listed(team) for team in teams]
    if as_json:
        return [json.dumps(each, ensure_ascii=False) for found in listed for each in themes_as_json(found)]
    since = (clock.now() - timedelta(weeks=1)).date()
    return [visible(line) for found in listed for line in theme_lines(found, since)]


def _by_reason(counts: Iterable[DropCount], since: date | None) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for each in counts:
        if not since or each.day >= since:
            found[each.reason] += each.count
    return dict(found.most_common())


def _table(gaps: Iterable[Gap], dropped: Mapping[str, int]) -> Iterator[str]:
    for each in gaps:
        yield f"{each.count:5}  {each.first_on} to {each.last_on}  {visible(each.words)}"
    if dropped:
        yield f"Not kept: {sum(dropped.values())} ({dropped_said(dropped)})"


def _json(gaps: Iterable[Gap], dropped: Mapping[str, int]) -> Iterator[str]:
    yield json.dumps({"dropped": dropped})
    for each in gaps:
        yield json.dumps(asdict(each), ensure_ascii=False, default=str)
