"""Checks of the workspaces that installed the app by OAuth: whether the keys decrypt their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.health.finding import Finding, fail, ok, warn
from bot.installations.token_keys import UnreadableTokenError
from bot.installations.workspaces import all_workspaces
from bot.store.installation_tables import slack_bots

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.installations.token_keys import TokenKeys

_SHOWN = 5


async def workspaces(connection: AsyncConnection, keys: TokenKeys) -> Finding:
    """Whether some workspace has the app, and the tokens of each can be decrypted."""
    installed = [each for each in await all_workspaces(connection) if each.removed_at is None]
    if not installed:
        return warn("workspaces", "No workspace has installed the app yet.", "Open PUBLIC_URL/slack/install.")
    unreadable, older = [], []
    for row in await connection.execute(select(slack_bots)):
        try:
            keys.decrypt(row.bot_token or "")
        except UnreadableTokenError:
            unreadable.append(row.team_id or row.enterprise_id or "")
        else:
            older += [] if keys.is_newest(row.bot_token) else [row.team_id or row.enterprise_id or ""]
    if unreadable:
        what = f"No key of TOKEN_KEYS decrypts the tokens of {_named(unreadable)}."
        to_do = "Put the key that was used before at the end of TOKEN_KEYS, or have the app installed there again."
        return fail("workspaces", what, to_do)
    what = f"{len(installed)} installed the app, and the tokens of each can be decrypted"
    if older:
        return warn("workspaces", f"{what}, {len(older)} of them by an older key.", "Run: briefing-bot rotate-keys")
    return ok("workspaces", f"{what}.")


async def token_of(connection: AsyncConnection, keys: TokenKeys, team: str) -> str:
    """Return the bot token of a workspace, without a `team` that of the first installed; empty for none readable.

    One that has run out is returned too: only the running bot refreshes it.
    """
    query = select(slack_bots.c.bot_token).order_by(slack_bots.c.installed_at)
    if team:
        query = query.where(slack_bots.c.team_id == team)
    found = await connection.scalar(query.limit(1))
    try:
        return keys.decrypt(found) if found else ""
    except UnreadableTokenError:
        return ""


def _named(workspaces: list[str]) -> str:
    more = f" and {len(workspaces) - _SHOWN} more" if len(workspaces) > _SHOWN else ""
    return ", ".join(sorted(workspaces)[:_SHOWN]) + more
