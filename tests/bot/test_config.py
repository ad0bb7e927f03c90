"""Settings: what is read, what is refused, and in which words."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import BRIEFINGS, Settings, read_settings, unknown_settings
from bot.config.env_file import assignments
from bot.config.required import require_slack
from bot.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

BOT = "xoxb-1-2-abc"
SECRET = "0123456789abcdef" * 2
APP = "xapp-1-A1-2-abc"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but those that a test makes."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def faults(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as raised:
        require_slack(read_settings())
    return raised.value.message.split("\n")


def test_defaults() -> None:
    found = read_settings()
    assert found.slack_api_url == "https://slack.com/api/"
    assert found.briefings_dir == BRIEFINGS
    assert (found.host, found.port, found.log_level) == ("127.0.0.1", 3000, "info")


def test_the_environment_wins_over_dotenv_and_empty_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"SLACK_BOT_TOKEN={BOT}\nPORT=1\nUNKNOWN=x\nHOST=\n")
    monkeypatch.setenv("PORT", "2")
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    found = read_settings()
    assert found.slack_bot_token is not None
    assert found.slack_bot_token.get_secret_value() == BOT
    assert (found.port, found.host, found.slack_app_token) == (2, "127.0.0.1", None)


@pytest.mark.parametrize("blank", [" ", "\t", " \n "])
def test_a_blank_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    """A signing secret of blanks would let anybody sign; a host of blanks would listen everywhere."""
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), blank)
    assert read_settings() == Settings.model_construct()
    with pytest.raises(ConfigError, match="Neither SLACK_APP_TOKEN"):
        require_slack(read_settings())


def test_values_are_trimmed_and_addresses_end_in_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", f" {BOT}\n")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/api")
    monkeypatch.setenv("LOG_LEVEL", " DEBUG ")
    found = read_settings()
    assert found.slack_bot_token is not None
    assert found.slack_bot_token.get_secret_value() == BOT
    assert found.slack_api_url == "http://127.0.0.1:1/api/"
    assert found.log_level == "debug"


def test_nothing_set_is_told_in_one_sentence_each(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(monkeypatch) == [
        "SLACK_BOT_TOKEN is not set: Slack shows it under OAuth & Permissions once the app is installed.",
        "Neither SLACK_APP_TOKEN (for Socket Mode) nor SLACK_SIGNING_SECRET (for HTTP) is set: set one of them.",
    ]


@pytest.mark.parametrize("way", [{"SLACK_APP_TOKEN": APP}, {"SLACK_SIGNING_SECRET": SECRET}])
def test_either_way_to_slack_will_do(monkeypatch: pytest.MonkeyPatch, way: dict[str, str]) -> None:
    for name, value in ({"SLACK_BOT_TOKEN": BOT} | way).items():
        monkeypatch.setenv(name, value)
    require_slack(read_settings())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SLACK_BOT_TOKEN", APP, "SLACK_BOT_TOKEN holds an app-level token (xapp-…)"),
        ("SLACK_BOT_TOKEN", "xoxp-1", "SLACK_BOT_TOKEN holds a user token (xoxp-…)"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1", "SLACK_BOT_TOKEN holds a rotating token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxp-1", "SLACK_BOT_TOKEN holds an app configuration token (xoxe.xoxp-…), which"),
        ("SLACK_BOT_TOKEN", "xoxe-1-a", "SLACK_BOT_TOKEN holds a refresh token (xoxe-…), which this bot does not use."),
        (
            "SLACK_CONFIG_TOKEN",
            "xoxe-1-a",
            "SLACK_CONFIG_TOKEN holds a refresh token (xoxe-…), which this bot does not",
        ),
        ("SLACK_BOT_TOKEN", "hello", "SLACK_BOT_TOKEN does not look like xoxb-…"),
        ("SLACK_BOT_TOKEN", "xoxb-1 2", "SLACK_BOT_TOKEN does not look like xoxb-…"),
        ("SLACK_APP_TOKEN", BOT, "SLACK_APP_TOKEN holds a bot token (xoxb-…)"),
        ("SLACK_SIGNING_SECRET", BOT, "SLACK_SIGNING_SECRET holds a bot token"),
        ("SLACK_SIGNING_SECRET", "changeme", "SLACK_SIGNING_SECRET is not 32 digits and letters from a to f."),
        ("SLACK_SIGNING_SECRET", SECRET[1:], "SLACK_SIGNING_SECRET is not 32 digits and letters from a to f."),
        ("SLACK_SIGNING_SECRET", f"{SECRET[1:]}g", "SLACK_SIGNING_SECRET is not 32 digits and letters from a to f."),
        ("SLACK_SIGNING_SECRET", f"{SECRET}ab", "SLACK_SIGNING_SECRET is not 32 digits and letters from a to f."),
        ("SLACK_SIGNING_SECRET", SECRET * 2, "SLACK_SIGNING_SECRET is not 32 digits and letters from a to f."),
        ("SLACK_SIGNING_SECRET", "0" * 32, "SLACK_SIGNING_SECRET is one digit over and over."),
        ("SLACK_SIGNING_SECRET", "aA" * 16, "SLACK_SIGNING_SECRET is one digit over and over."),
        ("SLACK_SIGNING_SECRET", "a b", "SLACK_SIGNING_SECRET holds a space"),
        ("SLACK_API_URL", "example.org", "SLACK_API_URL is not a web address"),
        ("SLACK_API_URL", "https://[", "SLACK_API_URL is not a web address"),
        ("SLACK_API_URL", "https://a.org?b", "SLACK_API_URL is not a web address"),
        ("PORT", "many", "PORT is not a whole number from 0 to 65535."),
        ("QUIET_HOURS", "at night", "QUIET_HOURS does not look like 22:00-07:00 Europe/London."),
        ("QUIET_HOURS", "22:00-07:00 Mars/One", "QUIET_HOURS has an unknown time zone: Mars/One."),
        ("MANAGERS", "U0ADA, boss", "MANAGERS contains something other than user ids (U…)"),
        ("ALERT_ANNOUNCE", "perhaps", "ALERT_ANNOUNCE is not one of 'on' or 'off'."),
        ("PORT", "65536", "PORT is not a whole number from 0 to 65535."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is not one of 'debug', 'info', 'warning' or 'error'."),
    ],
)
def test_a_malformed_one_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    (sentence,) = faults(monkeypatch, **{name: value})
    assert sentence.startswith(words)
    assert value not in sentence


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (b"PORT=1\nHOST=\xff", ".env:2 is not UTF-8 text."),
        (b"PORT=1\n\nHOST", ".env:3 is not a line such as NAME=value."),
        (b"PORT: 1", ".env:1 is not a line such as NAME=value."),
        (b"PORT=1\nHOST='a\n", ".env:2 is not a line such as NAME=value."),
        (b'HOST="a" b\n=x', ".env:1 is not a line such as NAME=value.\n.env:2 is not a line such as NAME=value."),
    ],
)
def test_a_line_of_dotenv_that_cannot_be_read_is_told_without_its_words(
    tmp_path: Path, written: bytes, sentence: str
) -> None:
    (tmp_path / ".env").write_bytes(written)
    with pytest.raises(ConfigError) as raised:
        read_settings()
    assert raised.value.message == sentence


def test_a_folder_in_place_of_dotenv_is_told_and_a_pipe_is_left_to_be_read_once(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError, match=r"^\.env cannot be read: Is a directory\."):
        read_settings()
    (tmp_path / ".env").rmdir()
    os.mkfifo(tmp_path / ".env")
    assert assignments() == []


def test_quotes_comments_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = "\ufeff# Slack\r\nexport HOST = 'a'  # here\r\n\r\nLOG_LEVEL=\"debug\"\r\nPORT=\r\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8", newline="")
    assert (read_settings().host, read_settings().log_level) == ("a", "debug")
    assert unknown_settings() == []


def test_names_that_are_no_settings_are_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("slack_bot_tokn=xoxb-1\nport=1\nHTTPS_PROXY=http://x\nA\x1b[2JB=1\n")
    told = [("slack_bot_tokn", 1, "SLACK_BOT_TOKEN"), ("HTTPS_PROXY", 3, ""), ("A·[2JB", 4, "")]
    assert unknown_settings() == told
    assert read_settings().port == 1


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_dotenv_is_read_or_refused_in_words(tmp_path: Path, written: bytes) -> None:
    (tmp_path / ".env").write_bytes(written)
    with suppress(ConfigError):
        unknown_settings()


def test_secrets_do_not_print_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT)
    assert BOT not in repr(read_settings())


def test_settings_of_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "QUIET_HOURS": "22:00-07:00",
        "MANAGERS": "U0ADA, S0TEAM admins",
        "ALERT_ANNOUNCE": "OFF",
    }.items():
        monkeypatch.setenv(name, value)
    found = read_settings()
    assert (found.quiet_hours, found.alert_announce) == ("22:00-07:00", "off")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MAINTAINERS_CHANNEL", "#policy", "MAINTAINERS_CHANNEL is not a channel id such as C0123456789"),
        ("CONTENT_GIT_URL", "--upload-pack=rm", "CONTENT_GIT_URL is not the address of a git repository"),
        ("CONTENT_GIT_URL", "ext::sh -c id", "CONTENT_GIT_URL is not the address of a git repository"),
        ("CONTENT_GIT_BRANCH", "-main", "CONTENT_GIT_BRANCH is not the name of a branch."),
        ("CONTENT_GIT_BRANCH", "a..b", "CONTENT_GIT_BRANCH is not the name of a branch."),
        ("BRIEFINGS_DIR", "/nope", "BRIEFINGS_DIR is /nope, which is not a folder."),
        ("CONTENT_GIT_INTERVAL_S", "1", "CONTENT_GIT_INTERVAL_S is not a number of at least 5."),
        ("CONTENT_GIT_INTERVAL_S", "inf", "CONTENT_GIT_INTERVAL_S is not a number of at least 5."),
        ("DELIVERY_QUIET_S", "soon", "DELIVERY_QUIET_S is not a number from 1 to 600."),
        ("ASK_AFTER_WEEKS", "-1", "ASK_AFTER_WEEKS is not a whole number from 0 to 520."),
        ("ASK_AFTER_WEEKS", "1.5", "ASK_AFTER_WEEKS is not a whole number from 0 to 520."),
        ("QUIET_HOURS", "at night", "QUIET_HOURS does not look like 22:00-07:00 Europe/London."),
        ("QUIET_HOURS", "22:00-07:00 Mars/One", "QUIET_HOURS has an unknown time zone: Mars/One."),
        ("MANAGERS", "U0ADA, boss", "MANAGERS contains something other than user ids (U…)"),
        ("ALERT_ANNOUNCE", "perhaps", "ALERT_ANNOUNCE is not one of 'on' or 'off'."),
        ("PORT", "65536", "PORT is not a whole number from 0 to 65535."),
    ],
)
def test_a_value_that_would_be_misread_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    assert faults(monkeypatch, **{name: value})[0].startswith(sentence)


def test_addresses_never_print_their_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:hunter2@host/name")
    monkeypatch.setenv("CONTENT_GIT_URL", "https://ada:hunter2@host/content.git")
    assert "hunter2" not in repr(read_settings())


@pytest.mark.parametrize(
    ("address", "plain", "is_taken"),
    [
        ("http://slack.example.org/api/", "off", False),
        ("http://10.0.0.7:8080/", "off", False),
        ("http://localhost.example.org/", "off", False),
        ("http://slack.example.org/api/", "on", True),
        ("http://127.0.0.1:1/", "off", True),
        ("http://[::1]:1/", "off", True),
        ("http://localhost:1/", "off", True),
        ("https://slack.example.org/api/", "off", True),
    ],
)
def test_a_token_goes_unencrypted_to_another_machine_only_where_a_setting_says_so(
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    plain: str,
    is_taken: bool,  # noqa: FBT001 — pytest's
) -> None:
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_API_URL": address,
        "SLACK_API_PLAIN": plain,
    }.items():
        monkeypatch.setenv(name, value)
    if is_taken:
        require_slack(read_settings())
        return
    with pytest.raises(ConfigError, match="SLACK_API_PLAIN=on"):
        require_slack(read_settings())


def test_with_several_workspaces_it_is_said_in_which_the_maintainers_are(monkeypatch: pytest.MonkeyPatch) -> None:
    several = {"SLACK_CLIENT_ID": "1234567890.1234567890", "MAINTAINERS_CHANNEL": "C0123456789"}
    assert any(each.startswith("MAINTAINERS_TEAM is not set") for each in faults(monkeypatch, **several))
    assert not read_settings().maintainers.listen_to("T0123456789")
    monkeypatch.setenv("MAINTAINERS_TEAM", "T0123456789")
    assert not any("MAINTAINERS_TEAM" in each for each in faults(monkeypatch))
    assert read_settings().maintainers.read("T0123456789", "C0123456789")
    assert not read_settings().maintainers.read("T9876543210", "C0123456789")
    monkeypatch.setenv("MAINTAINERS_TEAM", "maintainers")
    with pytest.raises(ConfigError, match="MAINTAINERS_TEAM is not a workspace id"):
        read_settings()
