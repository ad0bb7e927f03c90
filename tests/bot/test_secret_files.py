"""Secrets from files: where they are looked for, which comes first, and what a file that cannot be read is called."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Settings, inherited_environment, read_settings, secret_files, unknown_settings
from bot.config.required import require_slack
from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOT = "xoxb-1-2-abc"
SECRET = "0123456789abcdef" * 2
NAMES = secret_files.secret_settings(Settings)


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but those that a test makes, and a folder of secrets of its own."""
    for name in (*Settings.model_fields, *(f"{name}_file" for name in NAMES), "credentials_directory"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(secret_files, "RUN_SECRETS", tmp_path / "run-secrets")


def token() -> str:
    found = read_settings().slack_bot_token
    return found.get_secret_value() if found else ""


def told() -> str:
    with pytest.raises(ConfigError) as raised:
        read_settings()
    return raised.value.message


def test_exactly_the_settings_that_are_never_printed_are_secrets() -> None:
    assert {"slack_bot_token", "slack_app_token", "slack_signing_secret", "database_url", "content_git_url"} <= {*NAMES}
    assert not {"slack_api_url", "host", "data_dir", "managers"} & {*NAMES}


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", " \n\n"])
def test_a_variable_names_the_file_in_the_environment_or_in_dotenv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: str
) -> None:
    (tmp_path / "token").write_text(f"{BOT}{ending}", newline="")
    (tmp_path / "secret").write_text(f"\ufeff{SECRET}{ending}", encoding="utf-8", newline="")
    (tmp_path / ".env").write_text(f"SLACK_SIGNING_SECRET_FILE={tmp_path / 'secret'}\n")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", "token")
    found = read_settings()
    require_slack(found)
    assert found.slack_signing_secret is not None
    assert (token(), found.slack_signing_secret.get_secret_value()) == (BOT, SECRET)
    assert unknown_settings() == []
    assert "SLACK_BOT_TOKEN_FILE" not in inherited_environment()


def test_the_folders_of_systemd_and_of_containers_are_read_and_a_variable_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("credentials", "run-secrets"):
        (tmp_path / folder).mkdir()
    (tmp_path / "run-secrets" / "slack_bot_token").write_text("xoxb-container\n")
    assert token() == "xoxb-container"
    (tmp_path / "credentials" / "slack_bot_token").write_text("xoxb-systemd\n")
    assert secret_files.files_of(Settings) == [tmp_path / "run-secrets" / "slack_bot_token"]
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert token() == "xoxb-systemd"
    assert secret_files.files_of(Settings) == [tmp_path / "credentials" / "slack_bot_token"]
    (tmp_path / "named").write_text("xoxb-named\n")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path / "named"))
    assert token() == "xoxb-named"
    monkeypatch.delenv("SLACK_BOT_TOKEN_FILE")
    monkeypatch.setenv("SLACK_BOT_TOKEN", " ")
    assert token() == "xoxb-systemd"
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-variable")
    assert token() == "xoxb-variable"


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_and_its_file_are_not_both_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    (tmp_path / ".env").write_text(f"{name.upper()}_FILE=somewhere\n")
    monkeypatch.setenv(name.upper(), "hunter2")
    assert told() == f"{name.upper()} and {name.upper()}_FILE are both set."


def _nothing(path: Path) -> None:
    del path


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (_nothing, "is not there."),
        (lambda path: path.mkdir(), "is not a file."),
        (os.mkfifo, "is not a file."),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links."),
        (lambda path: path.symlink_to("/dev/zero"), "is not a file."),
        (lambda path: path.write_text(" \n"), "is empty."),
        (lambda path: path.write_bytes(b""), "is empty."),
        (lambda path: path.write_bytes(b"hunter2\xff"), "is not UTF-8 text."),
        (lambda path: path.write_text("hunter2", encoding="utf-16"), "is not UTF-8 text."),
        (lambda path: path.write_bytes(b"hunter2\0"), "is not UTF-8 text."),
        (lambda path: path.write_text("hunter2" * 10_000), "is larger than 64 KiB."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_path_and_never_with_its_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Callable[[Path], object], fault: str
) -> None:
    make(tmp_path / "token")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "token"))
    assert told() == f"{tmp_path}/token, which DATABASE_URL is read from, {fault}"


def test_a_file_of_the_folder_that_cannot_be_read_is_told_too_and_each_fault_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "run-secrets" / "slack_app_token").mkdir(parents=True)
    (tmp_path / "\x1b[2Jtoken").write_text("")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path / "\x1b[2Jtoken"))
    assert told().split("\n") == [
        f"{tmp_path}/·[2Jtoken, which SLACK_BOT_TOKEN is read from, is empty.",
        f"{tmp_path}/run-secrets/slack_app_token, which SLACK_APP_TOKEN is read from, is not a file.",
    ]


def test_what_is_in_a_file_is_checked_as_if_it_were_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxp-hunter2")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path / "token"))
    assert told().startswith("SLACK_BOT_TOKEN holds a user token (xoxp-…)")
    assert "hunter2" not in told()


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_read_or_refused_in_words(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "run-secrets").mkdir(exist_ok=True)
    (tmp_path / "run-secrets" / "database_url").write_bytes(written)
    with suppress(ConfigError):
        read_settings()
