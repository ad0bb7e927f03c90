"""`briefing-bot installations` and `rotate-keys`: which workspaces have the app, and keys that encrypt their tokens."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.config import read_settings
from bot.config.installing import keys_in
from bot.errors import BriefingBotError, ConfigError
from bot.installations import workspaces
from bot.installations.key_rotation import Rotated, rotate
from bot.installations.token_keys import TokenKeys
from bot.store.installation_tables import slack_bots
from bot.text import visible
from cli.operators.stored import stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.installations.workspaces import InstalledWorkspace

_ONE_ONLY = "No workspace has installed the app by OAuth: the bot serves the one of SLACK_BOT_TOKEN, or none yet."


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("installations")(installations)
    app.command("rotate-keys")(rotate_keys)


def installations(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False
) -> None:
    """List the workspaces that installed the app: since when, and which scopes are missing. Never a token."""
    found = asyncio.run(_listed())
    if not found and not as_json:
        typer.echo(_ONE_ONLY)
    for each in found:
        typer.echo(json.dumps(each, ensure_ascii=False) if as_json else _line(each))


def rotate_keys() -> None:
    """Encrypt every stored token with the first key of TOKEN_KEYS; the others can be removed then."""
    secret = read_settings().token_keys
    if secret is None:
        raise ConfigError("TOKEN_KEYS is not set.", "Set it as the bot has it, with the new key first.")
    done = asyncio.run(_rotated(TokenKeys(keys_in(secret))))
    typer.echo(f"Encrypted anew: {done.changed}. Done before: {done.kept}.")
    if done.unreadable:
        named = ", ".join(map(visible, done.unreadable))
        raise BriefingBotError(
            f"No key of TOKEN_KEYS decrypts the tokens of {named}.",
            "Add the key that they were encrypted with and run this again, or have the app installed there again.",
        )


async def _rotated(keys: TokenKeys) -> Rotated:
    async with stored() as database:
        return await rotate(database, keys)


async def _listed() -> list[dict[str, Any]]:
    from handlers.slack.installations.scopes import ASKED  # noqa: PLC0415 — it brings Slack's libraries

    async with stored() as database, database.reading() as connection:
        rows = await workspaces.all_workspaces(connection)
        columns = (slack_bots.c.team_id, slack_bots.c.enterprise_id, slack_bots.c.bot_scopes)
        scopes: dict[str, str] = {}
        for team, enterprise, granted in await connection.execute(slack_bots.select().with_only_columns(*columns)):
            scopes[team or enterprise] = granted or ""
    return [_described(row, scopes.get(row.enterprise if row.is_covered else row.workspace), ASKED) for row in rows]


def _described(row: InstalledWorkspace, granted: str | None, asked: tuple[str, ...]) -> dict[str, Any]:
    state = "removed" if row.removed_at else "installed"
    return {
        "workspace": row.workspace,
        "name": row.name,
        "organisation": row.enterprise,
        "state": state,
        "by_organisation": row.is_covered or row.is_organisation,
        "installed_at": row.installed_at.isoformat(),
        "removed_at": row.removed_at.isoformat() if row.removed_at else None,
        "erase_after": row.erase_after.isoformat() if row.erase_after else None,
        "scopes_missing": [] if granted is None else sorted(set(asked) - set(granted.split(","))),
    }


def _line(each: Mapping[str, Any]) -> str:
    named = f"{each['workspace']}  {visible(each['name']) or '-'}"
    if each["state"] == "removed":
        erased = f"erased after {each['erase_after'][:10]}" if each["erase_after"] else "never erased"
        return f"{named}  removed on {each['removed_at'][:10]}, {erased}"
    missing = ", ".join(each["scopes_missing"])
    return f"{named}  installed on {each['installed_at'][:10]}" + (f", without {missing}" if missing else "")
