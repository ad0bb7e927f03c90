"""`briefing-bot impact` and `diff`: what publishing the content folder would change, held against git or the database.

The database is imported where it is used: it brings Alembic, which takes long.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.clock import SystemClock
from bot.config import read_settings
from bot.content.faults import Severity
from bot.content.load import read
from bot.content.questions import read_questions
from bot.logging import set_up_logging
from bot.publishing.comparing.changed_answers import AskKind, Questions
from bot.publishing.git_tree import folder_at
from bot.publishing.impact import Impact, alone, impact_of
from bot.publishing.impact_text import markdown_of
from cli import report
from cli.content import fact_json
from cli.folder_check import check_folder
from cli.maintainers.comment import comment
from cli.options import DEFAULT_FOLDER, PUBLISHED, ContentFolder, revision_number
from handlers.rendering.blocks import to_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bot.content.faults import Fault
    from bot.content.models import Content
    from bot.publishing.comparing.entry_edits import EntryEdit
    from bot.publishing.impact import FactEdit
    from bot.store.revision import Change


GAPS_ASKED: Final = 500
"""Of the questions that people asked without an answer, how many are asked: the most asked ones."""


class Format(StrEnum):
    """How an impact is printed."""

    HUMAN = "human"
    MARKDOWN = "markdown"
    GITHUB = "github"
    JSON = "json"


_GITHUB: Final = "`github`: a pull request's comment, and on stderr an annotation for each fault of the folder."
FormatOption = Annotated[Format, typer.Option("--format", help=_GITHUB)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(impact)
    app.command()(diff)


def impact(
    base: Annotated[
        str, typer.Option(metavar="REV", help="A revision of git, such as `main`; or `published`, the bot's newest.")
    ] = PUBLISHED,
    content: ContentFolder = DEFAULT_FOLDER,
    form: Annotated[
        Format | None,
        typer.Option("--format", help=f"{_GITHUB} Without it: `human` at a terminal, elsewhere `markdown`."),
    ] = None,
) -> None:
    """Show what merging the content folder would change: facts, briefings, answers, the alert, faults.

    Exits with 1 when the folder has an error.
    """
    form = form or (Format.HUMAN if is_terminal() else Format.MARKDOWN)
    if base == PUBLISHED:
        _print(asyncio.run(_against_published(content, None)), form, content)
    else:
        _print(_against_git(content, base), form, content, f"briefing-bot impact --base {shlex.quote(base)}")


def diff(
    content: ContentFolder = DEFAULT_FOLDER,
    against: Annotated[
        str, typer.Option(metavar="REV", help="A revision's number, or `published` for the newest.")
    ] = PUBLISHED,
    form: FormatOption = Format.HUMAN,
) -> None:
    """Show the impact of publishing the content folder, against any published revision.

    Exits with 1 when the folder has an error.
    """
    _print(asyncio.run(_against_published(content, revision_number(against))), form, content)


def is_terminal() -> bool:
    """Whether people read what is printed."""
    return sys.stdout.isatty()


def _against_git(folder: Path, base: str) -> Impact:
    with folder_at(folder, base) as copy:
        before, base_faults = read(copy)
    after, faults = check_folder(folder)
    if after is None:
        return Impact(base, faults=faults)
    if before is None:
        errors = tuple(fault for fault in base_faults if fault.severity is Severity.ERROR)
        return alone(after, base=base, base_faults=errors, faults=faults)
    questions = Questions(_listed(folder, after))
    return impact_of(before, after, base=base, now=SystemClock().now(), questions=questions, faults=faults)


async def _against_published(folder: Path, number: int | None) -> Impact:
    from bot.gaps.gaps import gaps_of  # noqa: PLC0415 — see above
    from bot.publishing.factory import alerts_for  # noqa: PLC0415 — see above
    from bot.publishing.preview import preview, published  # noqa: PLC0415 — see above
    from bot.store.database import Database  # noqa: PLC0415 — see above

    settings = read_settings()
    set_up_logging("error")
    after, faults = check_folder(folder)
    async with Database.of(settings).opened(is_shared=True) as database:
        if after is None:
            return Impact(f"revision {(await published(database, number)).number}", faults=faults)
        async with database.reading() as connection:
            gaps = [gap.words for gap in (await gaps_of(connection))[:GAPS_ASKED]]
        return await preview(
            database,
            after,
            alerts_for(settings),
            SystemClock(),
            against=number,
            questions=Questions(_listed(folder, after), gaps),
            faults=faults,
        )


def _listed(folder: Path, content: Content) -> tuple[str, ...]:
    return tuple(each.ask for each in read_questions(folder, content.facts)[0])


def _print(found: Impact, form: Format, folder: Path, command: str = "briefing-bot diff") -> None:
    """Print an impact. Raises typer.Exit with 1 when the candidate has an error."""
    if form is Format.GITHUB:
        typer.echo(comment(found, command), nl=False)
        for line in report.github(found.faults, folder):
            typer.echo(line, err=True)
    elif form is Format.JSON:
        typer.echo(json.dumps(impact_json(found, folder), ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{report.shown_file(folder, '')}/ against {found.base}:", err=True)
        markdown = markdown_of(found)
        typer.echo((to_text(markdown) if form is Format.HUMAN else markdown).rstrip("\n"))
    raise typer.Exit(1 if found.errors else 0)


def impact_json(found: Impact, folder: Path) -> dict[str, Any]:
    """Return an impact as `--format json` prints it; facts as `facts --json` prints them, faults as `check` does."""
    return {
        "base": found.base,
        "changes": [_change_json(change) for change in found.changes],
        "edits": [_edit_json(edit) for edit in found.edits],
        "entries": [_entry_json(entry) for entry in found.entries],
        "vanished": [fault.fact_id for fault in found.vanished],
        "briefings": [
            {
                "area": each.area,
                "before": each.before,
                "after": each.after,
                "short_before": each.short_before,
                "short_after": each.short_after,
            }
            for each in found.briefings
        ],
        "answers": [
            {
                "ask": each.ask,
                "before": each.before,
                "after": each.after,
                "gap": each.kind is AskKind.GAP,
                "kind": each.kind.value,
                "answered": each.is_answered,
            }
            for each in found.answers
        ],
        "unasked": found.unasked,
        "alert": list(found.alert),
        "alerts": None
        if found.alerts is None
        else [
            {"team": alert.place.team, "channel": alert.place.channel, "markdown": list(alert.markdown)}
            for alert in found.alerts
        ],
        "hold": found.hold,
        "faults": _faults_json(found.faults, folder),
        "base_faults": _faults_json(found.base_faults, folder),
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "fact": change.fact_id,
        "kind": change.kind.value,
        "areas": list(change.areas),
        "before": fact_json(change.before) if change.before else None,
        "after": fact_json(change.after) if change.after else None,
    }


def _entry_json(entry: EntryEdit) -> dict[str, Any]:
    fields = [{"name": name, "before": before, "after": after} for name, before, after in entry.fields]
    return {"file": entry.file, "name": entry.name, "cited_by": entry.cited_by, "fields": fields}


def _edit_json(edit: FactEdit) -> dict[str, Any]:
    return {
        "fact": edit.fact_id,
        "kind": edit.kind.value if edit.kind else None,
        "firmer": edit.is_firmer,
        "left_in_short": list(edit.left_in_short),
        "weighty": {"gone": list(edit.weighty[0]), "new": list(edit.weighty[1])},
        "fields": [{"name": name, "before": before, "after": after} for name, before, after in edit.fields],
    }


def _faults_json(faults: Iterable[Fault], folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.json_lines(faults, folder)]
