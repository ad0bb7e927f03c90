"""What a token may do: told at the start, and never a surprise later."""

from __future__ import annotations

import pytest
import structlog

from bot.errors import ConfigError
from handlers.slack.installations.scopes import NEEDED, USEFUL, require, scopes_in

ALL = frozenset({*NEEDED, *USEFUL})


@pytest.mark.parametrize(
    ("headers", "scopes"),
    [
        ({"x-oauth-scopes": "chat:write,commands"}, {"chat:write", "commands"}),
        ({"X-OAuth-Scopes": " chat:write , commands ,"}, {"chat:write", "commands"}),
        ({"x-oauth-scopes": ""}, None),
        ({"content-type": "application/json"}, None),
    ],
)
def test_slacks_header_is_read(headers: dict[str, str], scopes: set[str] | None) -> None:
    assert scopes_in(headers) == scopes


def test_with_all_of_them_nothing_is_said() -> None:
    with structlog.testing.capture_logs() as lines:
        require(ALL)
    assert lines == []


@pytest.mark.parametrize("scope", sorted(NEEDED))
def test_a_needed_one_stops_the_start_with_its_name_and_what_fails(scope: str) -> None:
    with pytest.raises(ConfigError) as raised:
        require(ALL - {scope})
    assert raised.value.message == f"The bot token lacks the scope {scope}: without {scope} {NEEDED[scope]}."
    assert "install it again" in raised.value.hint


def test_several_are_told_in_one_sentence() -> None:
    with pytest.raises(ConfigError, match="lacks the scopes chat:write, commands: "):
        require(ALL - {"commands", "chat:write"})


@pytest.mark.parametrize("scope", sorted(USEFUL))
def test_a_useful_one_is_one_line_in_the_log(scope: str) -> None:
    with structlog.testing.capture_logs() as lines:
        require(ALL - {scope})
    (line,) = lines
    assert (line["log_level"], line["scope"], line["effect"]) == ("warning", scope, USEFUL[scope])
