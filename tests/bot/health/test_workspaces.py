"""Workspaces that installed the app by OAuth, and keys that decrypt their tokens or do not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet
from sqlalchemy import insert

from bot.health import workspaces as checked
from bot.health.finding import Verdict
from bot.installations.token_keys import TokenKeys
from bot.installations.workspaces import install
from bot.store.installation_tables import slack_bots

if TYPE_CHECKING:
    from bot.store.database import Database

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
NOW = datetime(2026, 7, 1, tzinfo=UTC)


async def installed(database: Database, team: str, keys: TokenKeys) -> None:
    bot = {"client_id": "1.2", "app_id": "A1", "team_id": team, "is_enterprise_install": False}
    async with database.transaction() as connection:
        await install(connection, team, NOW, name="A department")
        at = NOW.replace(tzinfo=None)
        stored = keys.encrypt(f"xoxb-{team}")
        await connection.execute(insert(slack_bots).values(**bot, bot_token=stored, installed_at=at))


async def test_tokens_that_no_key_decrypts_are_a_failure_and_older_keys_a_warning(database: Database) -> None:
    old, both, new = TokenKeys([OLD]), TokenKeys([NEW, OLD]), TokenKeys([NEW])
    async with database.reading() as connection:
        assert (await checked.workspaces(connection, new)).to_do == "Open PUBLIC_URL/slack/install."
    await installed(database, "T1", old)
    await installed(database, "T2", new)
    async with database.reading() as connection:
        found = await checked.workspaces(connection, new)
        assert (found.verdict, found.what) == (Verdict.FAIL, "No key of TOKEN_KEYS decrypts the tokens of T1.")
        found = await checked.workspaces(connection, both)
        assert (found.verdict, found.to_do) == (Verdict.WARN, "Run: briefing-bot rotate-keys")
        assert await checked.token_of(connection, both, "T2") == "xoxb-T2"
        assert await checked.token_of(connection, both, "") == "xoxb-T1"
        assert await checked.token_of(connection, new, "T1") == ""
        assert await checked.token_of(connection, both, "T3") == ""
