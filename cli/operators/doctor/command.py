"""`briefing-bot doctor`: makes every check at once, and prints what each found in a fixed order."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import textwrap
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.config import settings_in_part, variable
from bot.health.finding import NOT_CHECKED, Verdict, examine
from bot.logging import set_up_logging

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.health.finding import Finding

LIMIT_S: Final = 20.0
"""Seconds that each check may take."""
_COLOURS: Final = {Verdict.OK: typer.colors.GREEN, Verdict.WARN: typer.colors.YELLOW, Verdict.FAIL: typer.colors.RED}
_WIDEST: Final = 140


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one finding a line.")] = False,
    limit: Annotated[float, typer.Option(metavar="S", min=0.1, help="Seconds that each check may take.")] = LIMIT_S,
) -> None:
    """Check the whole set-up: settings, Slack, the database, files and content; say what to do.

    Nothing is written or posted, and no secret is printed; a bot may be running meanwhile.
    Exits with 1 when a check fails; with 0 when there are only warnings.
    """
    set_up_logging("error")
    raise typer.Exit(asyncio.run(_run(limit, as_json=as_json)))


async def _run(limit_s: float, *, as_json: bool) -> int:
    """Check, print, and return the exit code."""
    from cli.operators.doctor.checks import checks  # noqa: PLC0415 — what checks brings all of the bot

    settings, faults = settings_in_part()
    async with checks(settings, faults) as listed:
        examined = await examine(listed, limit_s)
        for line in map(_as_json, examined.findings) if as_json else lines(examined.findings):
            typer.echo(line)
        code = int(any(each.verdict is Verdict.FAIL for each in examined.findings))
        if examined.is_hung:  # a thread that hangs in the operating system ends only with its process
            sys.stdout.flush()
            os._exit(code)
    return code


def _as_json(finding: Finding) -> str:
    return json.dumps(asdict(finding), ensure_ascii=False)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the findings for people, aligned; at a terminal in its width, the verdict in colour (no-color.org)."""
    is_terminal = sys.stdout.isatty()
    has_colours = is_terminal and not variable("NO_COLOR")
    width = min(shutil.get_terminal_size().columns, _WIDEST) if is_terminal else sys.maxsize
    shown = _together(findings)
    names = max(len(each.check) for each in shown)
    margin = " " * (6 + names + 2)
    for each in shown:
        verdict = typer.style(each.verdict, fg=_COLOURS[each.verdict]) if has_colours else each.verdict.value
        yield f"{verdict}{' ' * (6 - len(each.verdict))}{each.check:<{names}}  {_wrapped(each.what, margin, width)}"
        if each.to_do:
            yield f"{margin}{_wrapped(f'To do: {each.to_do}', margin, width)}"
    counts = Counter(each.verdict for each in findings)
    yield ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict) + "."


def _together(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, those that were not checked for one same reason as one, at the place of the first."""
    alike = Counter(each.what for each in findings if each.what.startswith(NOT_CHECKED))
    shown: dict[str, Finding] = {}
    for each in findings:
        if alike[each.what] > 1:
            others = ", ".join(other.check for other in findings if other.what == each.what)
            what = f"{each.what} These are: {others}."
            shown[each.what] = replace(each, check=f"{alike[each.what]} checks", what=what)
        else:
            shown[each.check] = each
    return [*shown.values()]


def _wrapped(text: str, margin: str, width: int) -> str:
    room = max(width - len(margin), 20)
    return f"\n{margin}".join(textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)) or text
