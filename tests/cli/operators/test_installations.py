"""`briefing-bot installations` and `rotate-keys` on a SQLite file, as an operator runs them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.clock import SystemClock
from bot.installations import workspaces
from bot.installations.token_keys import TokenKeys, UnreadableTokenError
from bot.store.database import Database
from bot.store.engine import database_url
from bot.store.installation_tables import SECRETS, slack_bots, slack_installations
from cli.main import app
from tests.support.rows import row_of
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
NOW = SystemClock().now()


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


async def fill(folder: Path) -> None:
    """Store two workspaces with tokens, one of which has a key that is lost, and one that has removed the app."""
    database = Database(copy_up_to_date(folder))
    async with database.transaction() as connection:
        for number, (team, key) in enumerate((("T1", OLD), ("T2", LOST))):
            await workspaces.install(connection, team, NOW, name=f"Team \x1b[31m{team}")
            for table in (slack_bots, slack_installations):
                secrets = {name: TokenKeys([key]).encrypt(f"xoxb-{name}") for name in SECRETS[table.name]}
                row = row_of(table, number, NOW, team_id=team, bot_scopes="chat:write,commands", **secrets)
                await connection.execute(table.insert().values(**row))
        await workspaces.install(connection, "T3", NOW)
        await workspaces.remove(connection, "T3", NOW, NOW, 30)
    await database.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "")
    asyncio.run(fill(tmp_path))
    return tmp_path


async def tokens(folder: Path) -> list[str]:
    database = Database(database_url("", folder))
    async with database.reading() as connection:
        found = list(await connection.scalars(select(slack_bots.c.bot_token).order_by(slack_bots.c.team_id)))
    await database.close()
    return found


@pytest.mark.usefixtures("folder")
def test_each_workspace_is_listed_with_what_is_missing_and_never_a_token() -> None:
    result = run("installations")
    one, _, gone = result.stdout.splitlines()
    assert one.startswith("T1  Team ")
    assert "without app_mentions:read, assistant:write" in one
    assert gone == f"T3  -  removed on {NOW:%Y-%m-%d}, erased after {NOW + timedelta(days=30):%Y-%m-%d}"
    as_json = run("installations", "--json").stdout
    first = json.loads(as_json.splitlines()[0])
    assert (first["workspace"], first["state"], "chat:write" in first["scopes_missing"]) == ("T1", "installed", False)
    for text in (result.stdout, as_json):
        assert "gAAAA" not in text
        assert "xoxb" not in text
        assert "\x1b[" not in text.replace("\\u001b", "")


def test_keys_are_rotated_again_and_again_and_what_no_key_reads_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"{NEW},{OLD}")
    first = run("rotate-keys")
    assert (first.exit_code, first.stdout) == (1, "Encrypted anew: 8. Done before: 0.\n")
    again = run("rotate-keys")
    assert again.stdout == "Encrypted anew: 0. Done before: 8.\n"
    assert "T2" in str(again.exception)
    one, two = asyncio.run(tokens(folder))
    assert TokenKeys([NEW]).decrypt(one) == "xoxb-bot_token"
    with pytest.raises(UnreadableTokenError):
        TokenKeys([NEW, OLD]).decrypt(two)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("keys", "told"), [("", "TOKEN_KEYS is not set"), ("short", "is not a list of keys")])
def test_without_keys_it_says_so(monkeypatch: pytest.MonkeyPatch, keys: str, told: str) -> None:
    monkeypatch.setenv("TOKEN_KEYS", keys)
    result = run("rotate-keys")
    assert told in str(result.exception)
