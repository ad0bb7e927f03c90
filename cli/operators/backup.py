"""`briefing-bot backup` and `restore`: a copy of the database while the bot runs, and back again."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from bot.clock import SystemClock
from bot.config import read_settings
from bot.errors import BriefingBotError
from bot.logging import set_up_logging
from bot.store.engine import database_url, sqlite_folder
from cli.operators.stored import operator

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_POSTGRESQL = "On PostgreSQL its own tools do it: {command}"
_DUMP = 'pg_dump --format=custom --file={file} "$DATABASE_URL"'
_LOAD = 'pg_restore --clean --if-exists --single-transaction --dbname "$DATABASE_URL" {file} (with every bot stopped)'


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(file: Annotated[Path, typer.Argument(help="The new file; it never takes the place of another.")]) -> None:
    """Copy the SQLite database to a file, also while the bot runs. Only its owner can read it."""
    from bot.retention.backup import back_up  # noqa: PLC0415 — SQLite's own library, which no other command needs

    url = _sqlite(_DUMP.format(file=quote(str(file))))
    database = Path(str(url.database))
    if not database.exists():
        hint = "Run this where the bot runs, or set DATA_DIR as there."
        raise BriefingBotError(f"There is no database at {database}.", hint)
    back_up(database, file)
    typer.echo(f"{file} is a whole copy of {database}, and was checked. It holds what the database holds of people.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    *,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Post what waited when the backup was made, even if it was posted since."),
    ] = False,
) -> None:
    """Put a backup in the place of the SQLite database. The bot must be stopped; the old database is kept aside.

    What was waiting to be posted when the backup was made may have been posted since: it is held as failed, and
    `briefing-bot deliveries retry` posts it. Schedules go on with their next time. What was published since the backup
    is published and alerted again when the bot starts.
    """
    from bot.retention.restoring import restore as put_back  # noqa: PLC0415 — it brings every table

    url = _sqlite(_LOAD.format(file=quote(str(file))))
    set_up_logging("error")
    done = put_back(url, file, SystemClock(), operator(), resume=resume)
    typer.echo(f"{url.database} is what {file} was.")
    if done.kept_as:
        typer.echo(f"The old database is kept as {done.kept_as}: remove it when you no longer need it.")
    if done.held:
        typer.echo(
            f"Held, because they may have been posted since: {done.held}. briefing-bot deliveries --state failed"
        )
    if done.published_since != 0:
        counted = "" if done.published_since is None else f" (revisions: {done.published_since})"
        typer.echo(f"What was published since the backup{counted} is published again when the bot starts, and alerted")
        typer.echo("again: channels read for a second time what they were told.")
    typer.echo("Who was forgotten since the backup is in it again: run `briefing-bot forget` for them.")


def _sqlite(command: str) -> URL:
    """Return the address of the SQLite database. Raises BriefingBotError on PostgreSQL, with the command to run."""
    settings = read_settings()
    configured = settings.database_url.get_secret_value() if settings.database_url else ""
    url = database_url(configured, settings.data_dir)
    if sqlite_folder(url) is None:
        raise BriefingBotError(_POSTGRESQL.format(command=command))
    return url
