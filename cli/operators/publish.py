"""`briefing-bot publish` and `migrate`: publish content, and update the database's tables.

The database is imported where it is used: it brings Alembic, which takes long.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.logging import set_up_logging
from bot.publishing.observer import Result
from bot.publishing.publisher import Origin, vanished
from cli.operators.stored import operator
from cli.options import DEFAULT_FOLDER, ContentFolder
from handlers.rendering.splitting import limits

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Settings
    from bot.publishing.publisher import Publication


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(publish)
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
    is_new = database.file is not None and not database.file.path.exists()
    async with database.opened(is_shared=True):
        if is_new and database.file:
            typer.echo(f"There was no database at {database.file.path}: it is made now.", err=True)
        publisher = publisher_for(settings, database, limits=limits)
        origin = Origin((note or "").strip() or None, who=operator())
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
