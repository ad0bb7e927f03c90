"""Settings as operators get them wrong: each fault is told without the value, and what it keeps from being checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import EVERY_SETTING, settings_in_part
from bot.health import settings as checked
from bot.health.finding import NotCheckedError, Verdict

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_malformed_and_missing_settings_are_told_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SLACK_BOT_TOKEN": "xoxp-1-hunter2", "PORT": "many", "LOG_LEVEL": "error"}.items():
        monkeypatch.setenv(name, value)
    found, faults = settings_in_part()
    assert faults.keys() == {"SLACK_BOT_TOKEN", "PORT"}
    assert (found.port, found.slack_bot_token, found.log_level) == (3000, None, "error")
    told = checked.settings(found, faults)
    assert told.verdict is Verdict.FAIL
    for words in ("SLACK_BOT_TOKEN holds a user token", "PORT is not a whole number", "Neither SLACK_APP_TOKEN"):
        assert told.what.count(words) == 1
    assert "SLACK_BOT_TOKEN is not set" not in told.what
    assert "hunter2" not in told.what
    with pytest.raises(NotCheckedError, match=r"^PORT cannot be read"):
        checked.require(faults, "PORT", "HOST")
    checked.require(faults, "HOST")


@pytest.mark.parametrize("broken", ["missing file", "two at once", "line of .env"])
def test_where_none_can_be_read_nothing_that_needs_one_is_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: str
) -> None:
    if broken == "line of .env":
        (tmp_path / ".env").write_text("PORT 3000\n")
    else:
        monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", "nowhere")
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1" if broken == "two at once" else "")
    found, faults = settings_in_part()
    assert faults.keys() == {EVERY_SETTING}
    assert checked.settings(found, faults).verdict is Verdict.FAIL
    with pytest.raises(NotCheckedError, match="The settings cannot be read"):
        checked.require(faults, "HOST")
    with pytest.raises(NotCheckedError):
        checked.names(faults)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("SLACK_BOT_TOCKEN", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNING_SECRTE", "SLACK_SIGNING_SECRET"),
        ("slack_app_tokne", "SLACK_APP_TOKEN"),
        ("SLACK_BOT_TOKEN_FIEL", "SLACK_BOT_TOKEN_FILE"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("HOSTS", ""),
        ("SLACK_USER_TOKEN", ""),
        ("SLACK_BOT_TOKEN_FILE", ""),
    ],
)
def test_a_name_that_is_nearly_a_setting_is_told(monkeypatch: pytest.MonkeyPatch, name: str, near: str) -> None:
    monkeypatch.setenv(name, "x")
    found = checked.names({})
    told = f"{name} (environment), for {near}" if near else ""
    assert (found.verdict is Verdict.WARN, told in found.what) == (bool(near), True), found


def test_a_name_in_dotenv_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\nLOGLEVEL=debug\nFAVOURITE_COLOUR=red\n")
    found = checked.names({})
    assert found.what.endswith("LOGLEVEL (.env:2), for LOG_LEVEL; FAVOURITE_COLOUR (.env:3).")
