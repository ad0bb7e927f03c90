"""The manifest: what the workspace reads from it, and what Slack would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workspace.apps import ALL_SCOPES, legacy_manifest, manifest
from workspace.manifest import ManifestError, read_manifest


def test_it_is_read() -> None:
    app = read_manifest(manifest(url="https://example.org/slack/events"))
    assert (app.name, app.bot_name, app.socket_mode) == ("Echo", "Echo Bot", False)
    assert app.events_url == "https://example.org/slack/events"
    command = app.command("/echo")
    assert command is not None
    assert (command.description, command.usage_hint) == ("Say it again", "WORDS")
    assert app.command("/other") is None
    assert [(shortcut.kind, shortcut.callback_id) for shortcut in app.shortcuts] == [
        ("message", "echo_this"),
        ("global", "echo_any"),
    ]
    assert app.agent is not None
    assert not app.agent.is_legacy
    assert [prompt.message for prompt in app.agent.prompts] == ["Say hello"]
    assert app.options_url == "https://example.org/slack/events"


def test_an_app_need_be_no_agent_but_then_has_not_its_scope() -> None:
    source = manifest(events=("message.im",))
    del source["features"]["agent_view"]
    with pytest.raises(ManifestError, match=r"assistant:write needs features\.agent_view"):
        read_manifest(source)
    source["oauth_config"]["scopes"]["bot"] = ["commands", "im:history"]
    assert read_manifest(source).agent is None


def test_only_an_app_made_before_may_have_an_assistant_view() -> None:
    source = legacy_manifest()
    with pytest.raises(ManifestError, match=r"give a new app features\.agent_view") as refused:
        read_manifest(source)
    assert len(refused.value.faults) == 1
    agent = read_manifest(source, is_legacy_app=True).agent
    assert agent is not None
    assert (agent.is_legacy, agent.description, len(agent.prompts)) == (True, "Says it again", 1)
    source["features"]["agent_view"] = {"agent_description": "x"}
    for is_legacy_app in (False, True):
        with pytest.raises(ManifestError, match="not both"):
            read_manifest(source, is_legacy_app=is_legacy_app)


@pytest.mark.parametrize(
    ("event", "view"),
    [
        ("assistant_thread_started", "assistant_view"),
        ("assistant_thread_context_changed", "assistant_view"),
        ("app_context_changed", "agent_view"),
    ],
)
def test_an_event_of_one_view_is_none_of_the_other(event: str, view: str) -> None:
    source = manifest(events=(event,)) if view == "assistant_view" else legacy_manifest(events=(event,))
    with pytest.raises(ManifestError, match=rf"{event} needs features\.{view}"):
        read_manifest(source, is_legacy_app=True)


SHORTCUT = {"type": "global", "name": "Say", "callback_id": "say", "description": "Say it"}
COMMAND = {"command": "/say", "description": "Say it"}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the echo app's manifest with one value changed; given by its dotted path."""
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
        ("features.slash_commands", [{"command": "/echo"}], "slash_commands.0.description is missing"),
        ("features.app_home.messages_tab_enabled", False, "messages_tab_enabled"),
        ("features.app_home.messages_tab_read_only_enabled", True, "messages_tab_enabled"),
        ("oauth_config.scopes.bot", ["app_mentions:read", "im:history"], "scope commands"),
        ("oauth_config.scopes.bot", ["commands", "im:history"], "app_mention needs the bot scope app_mentions:read"),
        ("settings.event_subscriptions.bot_events", ["tea_time"], "does not know the event tea_time"),
        ("features.app_home", {}, "app_home_opened needs features.app_home with a tab"),
        ("features.shortcuts", [{**SHORTCUT, "type": "secret"}], "must be global or message"),
        ("features.shortcuts", [{**SHORTCUT, "name": "x" * 25}], "1 to 24"),
        ("features.shortcuts", [{**SHORTCUT, "callback_id": ""}], "1 to 255"),
        ("features.shortcuts", [{**SHORTCUT, "description": "x" * 151}], "1 to 150"),
        ("features.shortcuts", [SHORTCUT, SHORTCUT], "callback_id say is there twice"),
        ("features.shortcuts", [SHORTCUT] * 11, "at most 10"),
        ("features.slash_commands", [COMMAND, COMMAND], "command /say is there twice"),
        ("features.slash_commands", [{**COMMAND, "command": "/" + "x" * 32}], "2 to 32"),
        ("features.assistant_view", {}, "assistant_description is missing"),
        ("features.assistant_view", {"assistant_description": "x"}, "not both"),
        ("features.agent_view", {}, "agent_description is missing"),
        ("features.agent_view.suggested_prompts", [{"title": "x", "message": "y"}] * 5, "at most 4"),
        ("features.agent_view", {"agent_description": "x" * 301}, "1 to 300"),
        ("features.tea", {}, "features has no tea"),
        ("tea", {}, "The manifest has no tea"),
        ("settings.interactivity", {"is_enabled": False}, "Shortcuts need settings.interactivity"),
        ("settings.interactivity", {}, "settings.interactivity.is_enabled is missing"),
        ("display_information.description", "x" * 141, "0 to 140"),
        ("display_information.long_description", "x", "175 to 4000"),
        ("display_information.background_color", "red", "must be a colour"),
        ("oauth_config.scopes.bot", [scope for scope in ALL_SCOPES if scope != "assistant:write"], "assistant:write"),
    ],
)
def test_a_fault_is_reported(path: str, value: object, fault: str) -> None:
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
