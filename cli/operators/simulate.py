"""`briefing-bot simulate`: posts that the schedules would make over a period."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.clock import SystemClock
from bot.recurrence.bank_holidays import BankHolidays, bank_holidays_of
from bot.schedules import schedules as kept
from bot.schedules.simulate import Period, SimulatedOutcome, simulate
from bot.store.revisions import changed_since, newest_number, read_revision
from cli.operators.stored import stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.schedules.schedules import Schedule
    from bot.schedules.simulate import SimulatedPost
    from bot.store.revision import Recorded

_DAYS_AHEAD = timedelta(days=27)
_FIRST_DAY = date(1970, 1, 1)
_LAST_DAY = date(2199, 12, 31)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}” is not a date: write it as 2025-07-21.") from None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate_)


def simulate_(
    *,
    first: Annotated[
        date | None,
        typer.Option("--from", parser=_date, metavar="DATE", help="The first day. Without it, today."),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option("--to", parser=_date, metavar="DATE", help="The last day. Without it, four weeks in all."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one day of a schedule a line.")] = False,
) -> None:
    """List the posts that the schedules would make in a period, and each day without, with the reason.

    Nothing is posted or changed. Dates are local days of each schedule.
    """
    now = SystemClock().now()
    begin = first or now.date()
    end = last or begin + _DAYS_AHEAD
    if end < begin:
        raise typer.BadParameter("The last day comes before the first.", param_hint="--to")
    if begin < _FIRST_DAY or end > _LAST_DAY:
        raise typer.BadParameter(f"Give days from {_FIRST_DAY} to {_LAST_DAY}.", param_hint="--from, --to")
    schedules, holidays, changes = asyncio.run(_read())
    posts = simulate(schedules, Period(begin, end, now), holidays, changes)
    for line in map(_json, posts) if as_json else _lines(posts):
        typer.echo(line)


async def _read() -> tuple[Sequence[Schedule], BankHolidays, Sequence[Recorded]]:
    """Read schedules, bank holidays and changes from the database; the bot may be running."""
    async with stored() as database, database.reading() as connection:
        newest = await read_revision(connection, await newest_number(connection))
        holidays = bank_holidays_of(newest.content.memorandum.bank_holidays) if newest else BankHolidays()
        return await kept.all_schedules(connection), holidays, await changed_since(connection, None, 0)


def _lines(posts: Iterator[SimulatedPost]) -> Iterator[str]:
    """Yield a line for each day, then the counts."""
    counts: Counter[SimulatedOutcome] = Counter()
    for post in posts:
        counts[post.outcome] += 1
        schedule = post.schedule
        local = post.starts_at.astimezone(ZoneInfo(schedule.rule.tz))
        areas = "digest" if schedule.is_digest else ", ".join(schedule.areas)
        reason = f" – {post.reason}" if post.reason else ""
        when = f"{local:%Y-%m-%d %a %H:%M} {schedule.rule.tz}"
        yield f"{when}  {schedule.place.channel}  {areas}  {post.outcome}{reason}"
    yield ", ".join(f"{counts[outcome]} {outcome}" for outcome in SimulatedOutcome) + "."


def _json(post: SimulatedPost) -> str:
    fields = {
        "at": post.starts_at.isoformat(),
        "on": post.local_date.isoformat(),
        "local": post.starts_at.astimezone(ZoneInfo(post.schedule.rule.tz)).isoformat(),
        "tz": post.schedule.rule.tz,
        "schedule": post.schedule.id,
        "team": post.schedule.place.team,
        "channel": post.schedule.place.channel,
        "areas": post.schedule.areas,
        "what": post.outcome,
        "why": post.reason,
    }
    return json.dumps(fields, ensure_ascii=False)
