"""`briefing-bot preview`: prints a briefing with the place of each line, or serves it as a page that follows edits."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import SystemClock
from bot.content.areas import find_area
from bot.content.checks.reviews import due, review_day
from bot.content.faults import ContentError
from bot.content.files import list_folder
from bot.content.models import OVERVIEW
from cli import report
from cli.content import AreaWords  # noqa: TC001 — typer reads the annotations
from cli.folder_check import check_folder
from cli.maintainers.preview.lines import briefing_lines
from cli.operators.run import open_page
from cli.operators.stopping import stop_on_signals
from cli.options import DEFAULT_FOLDER, ContentFolder
from handlers.rendering.blocks import MarkdownKind, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from cli.maintainers.preview.lines import Line

_PORT = 8090


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(preview)


def preview(
    area: AreaWords = None,
    content: ContentFolder = DEFAULT_FOLDER,
    *,
    long: Annotated[bool, typer.Option("--long", help="Show the details too.")] = False,
    browser: Annotated[bool, typer.Option("--browser", help="Serve it as a page that follows each edit.")] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"With --browser: the page's port, {_PORT} at first; 0 takes a free one."),
    ] = None,
) -> None:
    """Show the briefing on AREA, or the overview, as it will read, each line with its file and line."""
    words = " ".join(area or [OVERVIEW])
    if browser:
        _serve(content, words, _PORT if port is None else port, long=long)
        return
    if port is not None:
        raise typer.BadParameter("belongs to --browser: add that.", param_hint="--port")
    loaded, faults = check_folder(content)
    if loaded is None:
        raise ContentError(content, faults)
    last = {each.fact.id for each in due(loaded, review_day(SystemClock().now()))}
    key = find_area(loaded.memorandum, words).key
    typer.echo(_printed(briefing_lines(loaded, list_folder(content).files, key, long=long, last=last), content))
    if faults:
        typer.echo(f"\n{report.human(faults, content)}", err=True)


def _printed(lines: list[Line], folder: Path) -> str:
    """Return lines as text, each with its place behind it."""
    printed: list[str] = []
    for line in lines:
        text = text_of([line.unit])
        place = f"{report.shown_file(folder, line.place.file)}:{line.place.line}"
        is_item = line.unit.kind in {MarkdownKind.BULLET, MarkdownKind.ORDERED}
        gap = "" if is_item or not printed else "\n"
        words = text if is_item else typer.style(text, bold=line.unit.kind is not MarkdownKind.PARAGRAPH)
        printed.append(f"{gap}{words}  {typer.style(place, dim=True)}")
    return "\n".join(printed)


def _serve(folder: Path, words: str, port: int, *, long: bool) -> None:
    """Serve the page until Ctrl-C."""
    from cli.maintainers.preview.server import PreviewServer  # noqa: PLC0415 — it brings aiohttp and the watcher

    def on_ready(address: str) -> None:
        typer.echo(f"The preview is at {address} (Ctrl-C stops it)")
        Thread(target=open_page, args=(address,), daemon=True).start()  # some browsers return when they are closed

    async def main() -> None:
        await PreviewServer(folder, SystemClock()).serve(words, port, stop_on_signals(), on_ready, long=long)

    asyncio.run(main())
