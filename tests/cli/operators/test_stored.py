"""Commands that look into the database, in a folder where no bot has run; and what a database that is away comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from bot.errors import BriefingBotError
from bot.store.errors import StoreError
from cli.main import EXIT_UNAVAILABLE, app, tell

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", [("deliveries",), ("simulate",), ("subscriptions", "export")])
def test_where_no_bot_has_run_it_is_said_and_nothing_is_made(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATA_DIR", "")
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, BriefingBotError)
    assert result.exception.message == "There is no database at var/briefing-bot.db."
    assert (result.stdout, list(tmp_path.iterdir())) == ("", [])


def test_a_server_that_is_away_is_told_without_a_promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ada@/none?host={tmp_path}")
    error = CliRunner().invoke(app, ["deliveries"]).exception
    assert isinstance(error, StoreError)
    assert error.hint == "Start its server, or correct DATABASE_URL; a running bot tries again by itself."
    assert tell(error) == EXIT_UNAVAILABLE
