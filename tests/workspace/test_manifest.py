"""The manifest: what the workspace reads from it, and what Slack would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workspace.apps import manifest
from workspace.manifest import ManifestError, read_manifest


def test_it_is_read() -> None:
    app = read_manifest(manifest(url="https://example.org/slack/events"))
    assert (app.name, app.bot_name, app.socket_mode) == ("Echo", "Echo Bot", False)
    assert app.events_url == "https://example.org/slack/events"
    command = app.command("/echo")
    assert command is not None
    assert (command.description, command.usage_hint) == ("Say it again", "WORDS")
    assert app.command("/other") is None


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the echo app's manifest with one value changed; dots lead into it."""
    source = manifest()
    part: Any = source
    *way, last = path.split(".")
    for key in way:
        part = part[key]
    part[last] = value
    return source


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("display_information.name", "", "display_information.name"),
        ("display_information.name", "x" * 36, "1 to 35"),
        ("features.bot_user", {}, "display_name is missing"),
        ("features", "none", "features must be a mapping"),
        ("features.slash_commands", [{"command": "echo", "description": "x"}], "must begin with /"),
        ("features.slash_commands", [{"command": "/echo"}], "needs a description"),
        ("features.app_home.messages_tab_enabled", False, "messages_tab_enabled"),
        ("features.app_home.messages_tab_read_only_enabled", True, "messages_tab_enabled"),
        ("oauth_config.scopes.bot", ["app_mentions:read", "im:history"], "scope commands"),
        ("oauth_config.scopes.bot", ["commands", "im:history"], "app_mention needs the bot scope app_mentions:read"),
        ("settings.event_subscriptions.bot_events", ["tea_time"], "does not know the event tea_time"),
    ],
)
def test_a_fault_is_told(path: str, value: object, fault: str) -> None:
    with pytest.raises(ManifestError, match=fault):
        read_manifest(changed(path, value))


def test_without_socket_mode_every_address_is_needed() -> None:
    source = manifest()
    source["settings"]["socket_mode_enabled"] = False
    with pytest.raises(ManifestError) as refused:
        read_manifest(source)
    assert len(refused.value.faults) == 3


def test_a_manifest_is_a_mapping() -> None:
    with pytest.raises(ManifestError):
        read_manifest([])  # type: ignore[arg-type]
