"""`briefing-bot publish`, `diff` and `migrate`: publish content, preview that, and update the database's tables.

The database is imported where it is used: it brings Alembic, which takes long.
"""

from __future__ import annotations

import asyncio
import difflib
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.logging import set_up_logging
from bot.publishing.publisher import Origin, Result, vanished
from cli.content import fact_json
from cli.options import DEFAULT_FOLDER, PUBLISHED, ContentFolder, revision_number
from handlers.rendering.blocks import to_text
from handlers.rendering.splitting import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.config import Settings
    from bot.publishing.preview import ChangedBriefing, Preview
    from bot.publishing.publisher import Publication
    from bot.store.revision import Change


class DiffFormat(StrEnum):
    """How a preview is printed."""

    HUMAN = "human"
    MARKDOWN = "markdown"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(publish)
    app.command()(diff)
    app.command()(migrate)


def publish(
    content: ContentFolder = DEFAULT_FOLDER,
    note: Annotated[str | None, typer.Option(help="A note to readers, shown in the alert.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen and change nothing.")] = False,
    allow_mass_withdrawal: Annotated[
        bool,
        typer.Option("--allow-mass-withdrawal", help="Publish even if more than a fifth of all facts is withdrawn."),
    ] = False,
) -> None:
    """Publish the content folder, and alert the subscribed channels to what changed."""
    settings = _settings()
    publication = asyncio.run(_publish(settings, content, note, dry_run=dry_run, allow=allow_mass_withdrawal))
    if publication.result is Result.HELD:
        raise BriefingBotError(f"Nothing was published. {publication.hold_reason}")
    typer.echo(_summary_of(publication, dry_run=dry_run))


async def _publish(settings: Settings, folder: Path, note: str | None, *, dry_run: bool, allow: bool) -> Publication:
    from bot.publishing.factory import publisher_for  # noqa: PLC0415 — see above
    from bot.store.database import Database  # noqa: PLC0415 — see above

    database = Database.of(settings)
    if database.file and not database.file.path.exists():
        typer.echo(f"There was no database at {database.file.path}: it is made now.", err=True)
    async with database.opened(is_shared=True):
        publisher = publisher_for(settings, database, limits=limits)
        origin = Origin(note=(note or "").strip() or None)
        return await publisher.publish_folder(folder, origin, dry_run=dry_run, allow_mass_withdrawal=allow)


def _summary_of(publication: Publication, *, dry_run: bool) -> str:
    number = publication.revision.number if publication.revision else 0
    if publication.result is Result.UNCHANGED:
        return f"Nothing to publish: revision {number} is the same."
    verb = "Would publish" if dry_run else "Published"
    warned = [str(fault) for fault in (*publication.warnings, *vanished(publication))]
    if publication.result is Result.BASELINE:
        listed = [f"{verb} revision {number}, the baseline. No alert is posted."]
    elif not publication.changes:
        listed = [f"{verb} revision {number}. No fact changes, so no alert is posted."]
    else:
        changes = (f"  {change.kind.value}: {change.fact_id}" for change in publication.changes)
        listed = [f"{verb} revision {number}:", *changes]
    return "\n".join((*listed, *warned))


def diff(
    content: ContentFolder = DEFAULT_FOLDER,
    against: Annotated[
        str, typer.Option(metavar="REV", help="A revision's number, or `published` for the newest.")
    ] = PUBLISHED,
    form: Annotated[DiffFormat, typer.Option("--format", help="How to print it.")] = DiffFormat.HUMAN,
) -> None:
    """Show what publishing the content folder would change: facts, briefings, and alerts with their channels."""
    preview = asyncio.run(_preview(_settings(), content, revision_number(against)))
    if form is DiffFormat.JSON:
        typer.echo(json.dumps(preview_json(preview), ensure_ascii=False, indent=2))
    elif form is DiffFormat.MARKDOWN:
        typer.echo("\n".join(_markdown(preview)))
    else:
        typer.echo("\n".join(_human(preview)))


async def _preview(settings: Settings, folder: Path, number: int | None) -> Preview:
    from bot.clock import SystemClock  # noqa: PLC0415 — see above
    from bot.publishing.content_check import load_content  # noqa: PLC0415 — see above
    from bot.publishing.factory import alerts_for  # noqa: PLC0415 — see above
    from bot.publishing.preview import preview  # noqa: PLC0415 — see above
    from bot.store.database import Database  # noqa: PLC0415 — see above

    loaded, _ = load_content(folder, SystemClock(), limits=limits)
    async with Database.of(settings).opened(is_shared=True) as database:
        return await preview(database, loaded, alerts_for(settings), SystemClock(), number)


def preview_json(preview: Preview) -> dict[str, Any]:
    """Return a preview as `diff --format json` prints it; facts as `facts --json` prints them."""
    return {
        "against": preview.against,
        "changes": [_change_json(change) for change in preview.changes],
        "vanished": [fault.fact_id for fault in preview.vanished],
        "briefings": [{"area": each.area, "before": each.before, "after": each.after} for each in preview.briefings],
        "alerts": [
            {"team": alert.place.team, "channel": alert.place.channel, "markdown": list(alert.markdown)}
            for alert in preview.alerts
        ],
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "fact": change.fact_id,
        "kind": change.kind.value,
        "areas": list(change.areas),
        "before": fact_json(change.before) if change.before else None,
        "after": fact_json(change.after) if change.after else None,
    }


def _human(preview: Preview) -> Iterator[str]:
    """Yield lines for a terminal: what changes, how the briefings read, and the alert."""
    yield typer.style(_summary(preview), bold=True)
    for fault in preview.vanished:
        yield from ("", f"{typer.style(fault.severity, fg=typer.colors.YELLOW)}: {fault.message} {fault.hint}")
    for change in preview.changes:
        yield from ("", f"{change.kind.value} {typer.style(change.fact_id, bold=True)} ({', '.join(change.areas)})")
        yield from _wordings(change)
    for briefing in preview.briefings:
        yield from ("", typer.style(f"Briefing {briefing.area}", bold=True), *_lines_apart(briefing))
    for markdown, channels in _alerts(preview).items():
        yield from ("", typer.style(f"Alert to {', '.join(channels)}", bold=True), to_text(markdown).rstrip())


def _markdown(preview: Preview) -> Iterator[str]:
    """Yield lines for a pull request's comment."""
    yield f"## {_summary(preview)}"
    for fault in preview.vanished:
        yield from ("", f"> **{fault.severity}:** {fault.message} {fault.hint}")
    for change in preview.changes:
        yield from ("", f"- **{change.kind.value}** `{change.fact_id}` ({', '.join(change.areas)})")
        yield from (f"  - {line.strip()}" for line in _wordings(change))
    for briefing in preview.briefings:
        yield from ("", f"### Briefing {briefing.area}", "", "```diff", *_lines_apart(briefing), "```")
    for markdown, channels in _alerts(preview).items():
        yield from ("", f"### Alert to {', '.join(channels)}", "", *(f"> {line}" for line in markdown.split("\n")))


def _summary(preview: Preview) -> str:
    number = len(preview.changes)
    facts = "No fact changes" if number == 0 else "1 fact changes" if number == 1 else f"{number} facts change"
    reached = len({alert.place for alert in preview.alerts})
    alerts = "no alert" if reached == 0 else f"an alert to {reached} channel{'s' if reached > 1 else ''}"
    return f"{facts} against revision {preview.against}; {alerts}."


def _wordings(change: Change) -> Iterator[str]:
    if change.before and change.after and change.before.statement != change.after.statement:
        yield f"  was: {change.before.statement}"
        yield f"  now: {change.after.statement}"
    else:
        yield f"  {change.fact.statement}"
    if change.labels:
        yield f"  was {change.labels[0]}, now {change.labels[1]}"
    if change.reason:
        yield f"  because: {change.reason.why}"


def _lines_apart(briefing: ChangedBriefing) -> Iterator[str]:
    lines = difflib.unified_diff(briefing.before.split("\n"), briefing.after.split("\n"), lineterm="", n=0)
    return (line for line in lines if not line.startswith(("---", "+++", "@@")))


def _alerts(preview: Preview) -> dict[str, list[str]]:
    """Return the channels that get each text."""
    found: dict[str, list[str]] = {}
    for alert in preview.alerts:
        if alert.markdown:
            found.setdefault("\n".join(alert.markdown), []).append(alert.place.channel)
    return found


def migrate() -> None:
    """Bring the database's tables up to date. Stop the bot first when a release says so."""
    asyncio.run(_migrate(_settings()))
    typer.echo("The database is up to date.")


async def _migrate(settings: Settings) -> None:
    from bot.store.database import Database  # noqa: PLC0415 — see above

    async with Database.of(settings).opened(is_shared=True, migrate=True):
        pass


def _settings() -> Settings:
    settings = read_settings()
    set_up_logging("error")
    return settings
