"""`briefing-bot check`: reports what is wrong in the content folder, and how to put it right."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from pathlib import Path  # noqa: TC003 — typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from bot.config import read_settings
from bot.content.checks.fingerprints import missing_fingerprints
from bot.content.checks.references import check_vanished
from bot.content.faults import Severity, in_order
from bot.content.load import load
from bot.content.memorandum import MEMORANDUM_FILE
from cli import report
from cli.folder_check import check_folder
from cli.maintainers.sarif import sarif
from cli.options import DEFAULT_FOLDER, ContentFolder, revision_number

if TYPE_CHECKING:
    from bot.content.faults import Fault
    from bot.content.models import Content


class Format(StrEnum):
    """How faults are printed."""

    HUMAN = "human"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(  # noqa: PLR0913 — the command's options
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Report only these files and folders; all are checked."),
    ] = None,
    content: ContentFolder = DEFAULT_FOLDER,
    form: Annotated[
        Format, typer.Option("--format", help="For people, programs (JSON Lines), GitHub, or code scanning (SARIF).")
    ] = Format.HUMAN,
    *,
    reviews: Annotated[bool, typer.Option("--reviews", help="Report facts that are due for a new check too.")] = False,
    sources: Annotated[bool, typer.Option("--sources", help="Report sources without a fingerprint too.")] = False,
    links: Annotated[
        bool, typer.Option("--links", help="Try the address of each source too. It asks their websites, slowly.")
    ] = False,
    private: Annotated[
        bool, typer.Option("--private", help="With --links: try addresses of private networks too.")
    ] = False,
    against: Annotated[
        str,
        typer.Option(metavar="REV", help="Report facts that only this revision has too (`published`: the newest)."),
    ] = "",
) -> None:
    """Check the content folder: for each fault its place, what is wrong, and what to do.

    When the content loads, the questions in questions.yaml are asked too.
    Exits with 1 when there is an error; with 0 when there are only warnings.
    docs/content-faults.md explains every code.
    """
    if private and not links:
        raise typer.BadParameter("belongs to --links: add that.", param_hint="--private")
    every: list[tuple[Path, Fault]] = []
    for folder, chosen in _by_folder(content, paths or []).items():
        loaded, found = check_folder(folder, reviews=reviews)
        gone = asyncio.run(_vanished(loaded, revision_number(against))) if loaded and against else ()
        found = in_order((*found, *gone, *(missing_fingerprints(folder) if sources else ())))
        found = in_order((*found, *(_links(folder, allows_private=private) if links else ())))
        faults = tuple(fault for fault in found if _is_chosen(folder / fault.file, chosen))
        _print(faults, folder, form, is_all=faults == found)
        every += [(folder, fault) for fault in faults]
    if form is Format.SARIF:
        typer.echo(json.dumps(sarif(every), ensure_ascii=False, indent=2))
    raise typer.Exit(1 if any(fault.severity is Severity.ERROR for _, fault in every) else 0)


def _links(folder: Path, *, allows_private: bool) -> tuple[Fault, ...]:
    """Return a fault for each source whose address does not lead where it should."""
    from bot.reviews.links import LinkChecker, link_faults  # noqa: PLC0415 — no other check asks the internet

    return asyncio.run(link_faults(folder, LinkChecker(allows_private=allows_private)))


async def _vanished(content: Content, number: int | None) -> tuple[Fault, ...]:
    """Return a fault for each fact that a revision serves and that no file has any more."""
    from bot.publishing.preview import published  # noqa: PLC0415 — no other check needs the database
    from bot.store.database import Database  # noqa: PLC0415 — the same

    async with Database.of(read_settings()).opened(is_shared=True) as database:
        revision = await published(database, number)
    return tuple(check_vanished(revision.content.current_facts(), content))


def _print(faults: tuple[Fault, ...], folder: Path, form: Format, *, is_all: bool) -> None:
    if form is Format.SARIF:  # one document for all folders
        return
    if form is Format.HUMAN:
        if faults:
            typer.echo(report.human(faults, folder))
        else:
            typer.echo(_summary(folder) if is_all else f"{report.shown_file(folder, '')}: no faults here.")
        return
    lines = report.json_lines if form is Format.JSON else report.github
    for line in lines(faults, folder):
        typer.echo(line)


def _summary(folder: Path) -> str:
    content = load(folder)
    number = len(content.memorandum.areas)
    areas = "1 area" if number == 1 else f"{number} areas"
    return f"{report.shown_file(folder, '')}/: {len(content.facts)} facts on {areas} and the whole, no faults."


def _by_folder(content: Path, paths: list[Path]) -> dict[Path, list[Path]]:
    """Return the content folders to check, each with the paths to report; none means all.

    A path is relative to the working directory or to the content folder; one outside of that folder belongs to the
    content folder around it.
    """
    if not paths:
        return {content: []}
    found: dict[Path, list[Path]] = {}
    for path in paths:
        here = path if path.exists() else content / path
        if not here.exists():
            raise typer.BadParameter(f"There is no {path}, neither here nor in {content}.", param_hint="PATH")
        full = here.resolve()
        root = content if full.is_relative_to(content.resolve()) else _folder_around(full)
        if root is None:
            message = f"{path} lies outside the content folder {content}."
            raise typer.BadParameter(message, param_hint="PATH")
        found.setdefault(root, []).append(full)
    return found


def _folder_around(path: Path) -> Path | None:
    return next((each for each in (path, *path.parents) if (each / MEMORANDUM_FILE).is_file()), None)


def _is_chosen(file: Path, chosen: list[Path]) -> bool:
    if not chosen:
        return True
    try:
        full = file.resolve()
    except (OSError, RuntimeError):  # a link to itself
        full = file.absolute()
    return any(full.is_relative_to(path) for path in chosen)
