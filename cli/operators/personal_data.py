"""`briefing-bot forget` and `export`: erases a person or a workspace, and prints what is held on a person."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.audit.audit import AuditEntry, record
from bot.clock import SystemClock
from bot.config import read_settings
from bot.errors import BriefingBotError, ConfigError
from bot.feedback.votes import Votes
from cli.operators.stored import operator, stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.retention.personal_data import HeldRow, Person
    from bot.store.database import Database

_User = Annotated[str, typer.Argument(metavar="USER", help="A Slack user id (U…), or cli: and a login name.")]
_Workspace = Annotated[str, typer.Option(metavar="T…", help="Only in this workspace.")]
_Names = Annotated[
    list[str] | None,
    typer.Option(
        "--name", metavar="NAME", help="A name that others saw, beside those that are on record; can be repeated."
    ),
]
_TEAM = re.compile(r"[TE][A-Z0-9]+")
_SLACK = (
    "Slack keeps what was posted: direct messages with the bot, and posts in channels. Remove a post with its Remove "
    "button, or have an administrator of the workspace delete it."
)
_LOG_KEPT = (
    "What was erased still stands in the log of the SQLite file, which could not be emptied: a command, a backup or "
    "the bot was reading it. Run this again in a minute."
)
_BACKUPS = "Backups that were made before still hold it, until you delete them."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(forget)
    app.command("export")(export)


def forget(
    user: Annotated[str, typer.Argument(metavar="USER", help="A Slack user id (U…), or cli: and a login name.")] = "",
    workspace: Annotated[
        str,
        typer.Option(metavar="T…", help="With USER: only there. Alone: erase all of this workspace."),
    ] = "",
    names: _Names = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print how many rows of which table.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a workspace is erased.")] = False,
) -> None:
    """Erase a person, or a whole workspace, from the database. There is no way back.

    A person's watches, reports, votes and answers go; who subscribed, suggested or approved something is
    replaced by "a former member". Safe to repeat, and while the bot runs.
    """
    _require_workspace(workspace)
    if user:
        asyncio.run(_forget_person(_person(user, workspace, names), dry_run=dry_run))
    elif workspace:
        asyncio.run(_forget_workspace(workspace, dry_run=dry_run, is_sure=yes))
    else:
        raise typer.BadParameter("Name a user, or a workspace with --workspace.", param_hint="USER")


def export(user: _User, workspace: _Workspace = "", names: _Names = None) -> None:
    """Print as JSON everything that is held on a person, for a subject access request.

    Other people's ids are left out, but free text may name them: read it before you hand it out.
    """
    _require_workspace(workspace)
    asyncio.run(_export(_person(user, workspace, names)))


async def _forget_person(person: Person, *, dry_run: bool) -> None:
    from bot.retention import erasure  # noqa: PLC0415 — it brings every table and what fills it

    async with _opened() as (database, votes):
        known, rows = await erasure.found_on(database, person, votes)
        posts = _posts_of(rows)
        if dry_run:
            _print_counts(_counted(rows), "would be erased or changed")
        else:
            done = await erasure.forget_person(database, SystemClock(), known, votes, operator())
            _print_counts(done, "erased or changed")
            await _empty_log(database)
        await _tell_what_stays(database, known, posts)


async def _tell_what_stays(database: Database, person: Person, posts: Sequence[str]) -> None:
    """Say what the database does not have in its hands."""
    from bot.retention.personal_data import on_their_way, published_naming  # noqa: PLC0415 — as above

    for line in posts:
        typer.echo(f"In Slack there still stands, by name: {line}")
    typer.echo(_SLACK)
    async with database.reading() as connection:
        published = await published_naming(connection, person)
        waiting = await on_their_way(connection, person)
    if waiting:
        typer.echo(
            f"Messages that are on their way name them ({waiting}): run this again once they are posted "
            "(`briefing-bot deliveries` shows when)."
        )
    if published:
        typer.echo(
            f"What was published names them, as an owner of facts ({published} times): name another owner in the "
            "content folder and publish. Earlier revisions stay as they were published."
        )
    if person.user in read_settings().managers:
        typer.echo("The setting MANAGERS names them: take them out, and restart the bot.")
    typer.echo(
        "Votes on questions without an answer, and those from before the app's tokens were changed, cannot be told to "
        "be theirs: they are nobody's after 30 days."
    )
    typer.echo(_BACKUPS)


async def _forget_workspace(team: str, *, dry_run: bool, is_sure: bool) -> None:
    from bot.retention import erasure  # noqa: PLC0415 — as above

    async with stored() as database:
        async with database.reading() as connection:
            counts = await erasure.counts_of(connection, team)
        _print_counts(counts, "would be erased" if dry_run else "to be erased")
        if dry_run:
            return
        if counts:
            if not is_sure and typer.prompt(f"Type {team} to erase all of this") != team:
                raise BriefingBotError("That is another id: nothing was erased.")
            now = SystemClock().now()
            async with database.transaction() as connection:
                counts = await erasure.forget_workspace(connection, team)
                await record(connection, AuditEntry("", operator(), "workspace.forgotten", team), now)
            _print_counts(counts, "erased")
            typer.echo(f"{_BACKUPS} In Slack the posts stay.")
        await _empty_log(database)  # also of what was erased when this was run before


async def _empty_log(database: Database) -> None:
    """Say so where what was erased still stands in SQLite's log."""
    if not await database.empty_log():
        typer.echo(_LOG_KEPT)


async def _export(person: Person) -> None:
    from bot.retention import erasure  # noqa: PLC0415 — as above
    from bot.retention.personal_data import without_others  # noqa: PLC0415 — as above

    async with _opened() as (database, votes):
        known, rows = await erasure.found_on(database, person, votes)
        now = SystemClock().now()
        async with database.transaction() as connection:
            entry = AuditEntry(person.team, operator(), "person.exported", person.user, after=f"{len(rows)} rows")
            await record(connection, entry, now)
    tables: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        tables.setdefault(row.table.name, []).append(without_others(row, known))
    whole = {"user": person.user, "workspace": person.team or "all", "exported_at": now, "held": tables}
    typer.echo(json.dumps(whole, ensure_ascii=False, indent=2, default=_as_text))
    typer.echo("Read it before you hand it out: what people wrote may name others.", err=True)


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Database, Votes]]:
    secret = read_settings().own_secret
    if secret is None:
        raise ConfigError(
            "Without SLACK_BOT_TOKEN (or SLACK_CLIENT_SECRET) a person's votes cannot be recognised.",
            "Run this with the bot's own settings.",
        )
    async with stored() as database:
        yield database, Votes(database, SystemClock(), secret)


def _require_workspace(team: str) -> None:
    if team and not _TEAM.fullmatch(team):
        raise typer.BadParameter(
            "That is no id of a workspace: it looks like T0123ABCD, as `briefing-bot installations` and the address of "
            "Slack in a browser show it.",
            param_hint="--workspace",
        )


def _person(user: str, team: str, names: Sequence[str] | None) -> Person:
    from bot.retention.personal_data import USER, Person  # noqa: PLC0415 — as above

    if not USER.fullmatch(user):
        raise typer.BadParameter(
            "That is no Slack user id: it looks like U0123ABCD. Slack shows it in the person’s profile, under ⋯, "
            "Copy member ID.",
            param_hint="USER",
        )
    return Person(user, team, frozenset(name.strip() for name in names or () if name.strip()))


def _posts_of(rows: Sequence[HeldRow]) -> list[str]:
    """Return where posts stand that name the person as who had them posted."""
    return [
        f"channel {row.values['channel']}, message {row.values['ts']}, {row.values['posted_at']:%Y-%m-%d %H:%M}Z"
        for row in rows
        if row.table.name == "posts" and row.values["payload"].get("posted_by")
    ]


def _counted(rows: Sequence[HeldRow]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.table.name] = counts.get(row.table.name, 0) + 1
    return counts


def _print_counts(counts: Mapping[str, int], what: str) -> None:
    for name, count in sorted(counts.items()):
        typer.echo(f"{name:<20} {count:>7}  {what}")
    if not counts:
        typer.echo("Nothing is held.")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
