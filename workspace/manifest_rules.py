"""Manifest validation as in Slack: a JSON Schema, then the rules between parts.

Shapes and limits are in manifest.schema.json, from Slack's published manifest schema (July 2026). The rules between
parts are those of "App manifest reference": an event needs its scope, commands and shortcuts need `commands`, HTTP
delivery needs addresses, an agent its scope. A new app can only have agent_view, not assistant_view ("Slack Developer
Changelog Recap: April – June 2026").
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

_SCHEMA = Path(__file__).with_name("manifest.schema.json")
_AGENT, _ASSISTANT = "agent_view", "assistant_view"
_VIEW_OF_EVENT: Final = {
    "app_context_changed": _AGENT,
    "assistant_thread_started": _ASSISTANT,
    "assistant_thread_context_changed": _ASSISTANT,
}

EVENT_SCOPES: Final[dict[str, str]] = {
    "app_context_changed": "assistant:write",
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "app_rate_limited": "",
    "app_uninstalled": "",
    "assistant_thread_context_changed": "assistant:write",
    "assistant_thread_started": "assistant:write",
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_deleted": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "emoji_changed": "emoji:read",
    "file_shared": "files:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "link_shared": "links:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "team_join": "users:read",
    "team_access_granted": "",
    "team_access_revoked": "",
    "tokens_revoked": "",
    "user_change": "users:read",
}
"""The bot events that are known, each with the scope it needs; README.md says which the workspace sends."""


def manifest_faults(source: object, *, is_legacy_app: bool = False) -> Iterator[str]:
    """Yield a sentence for each fault of a manifest as loaded from YAML or JSON.

    `is_legacy_app`: the app was made before agent_view.
    """
    if not isinstance(source, dict):
        yield "A manifest must be a mapping with display_information, features, oauth_config and settings."
        return
    errors = sorted(_validator().iter_errors(source), key=lambda error: [str(part) for part in error.path])
    if errors:
        yield from (_sentence(error) for error in errors)
        return
    yield from _rules(source)
    if not is_legacy_app and _ASSISTANT in (source.get("features") or {}):
        yield "features.assistant_view is for apps made before agent_view only: give a new app features.agent_view."


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _sentence(error: ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        unknown = sorted(set(instance) - set(schema["properties"]))
        return f"{place or 'The manifest'} has no {', '.join(unknown)}."
    if error.validator == "required":
        missing = [name for name in schema["required"] if name not in instance]
        return f"{'.'.join(filter(None, (place, missing[0])))} is missing."
    return f"{place} {schema.get('title') or error.message}."


def _rules(source: Mapping[str, Any]) -> Iterator[str]:
    features, settings = source.get("features") or {}, source.get("settings") or {}
    granted = (source.get("oauth_config") or {}).get("scopes") or {}
    scopes = {scope for kind in ("bot", "bot_optional") for scope in granted.get(kind) or ()}
    if scopes and "bot_user" not in features:
        yield "features.bot_user.display_name is missing: bot scopes need a bot user."
    events = (settings.get("event_subscriptions") or {}).get("bot_events") or ()
    yield from _event_faults(events, scopes, features)
    yield from _menu_faults(features, scopes, settings.get("interactivity") or {})
    yield from _agent_faults(events, scopes, features)
    if not settings.get("socket_mode_enabled"):
        yield from _missing_addresses(features, settings)


def _event_faults(events: Any, scopes: set[str], features: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401 — checked by the schema
    for event in sorted(events):
        scope = EVENT_SCOPES.get(event)
        if scope is None:
            yield f"The workspace does not know the event {event}."
        elif scope and scope not in scopes:
            yield f"The event {event} needs the bot scope {scope}."
    app_home = features.get("app_home") or {}
    writable = app_home.get("messages_tab_enabled") and not app_home.get("messages_tab_read_only_enabled")
    if "message.im" in events and not writable:
        yield "The event message.im needs features.app_home.messages_tab_enabled, not read-only."
    if "app_home_opened" in events and not (app_home.get("home_tab_enabled") or app_home.get("messages_tab_enabled")):
        yield "The event app_home_opened needs features.app_home with a tab that can be opened."


def _agent_faults(events: Any, scopes: set[str], features: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401 — the same
    is_agent = _AGENT in features or _ASSISTANT in features
    if is_agent and "assistant:write" not in scopes:
        yield "An agent needs the bot scope assistant:write."
    if not is_agent and "assistant:write" in scopes:
        yield "The bot scope assistant:write needs features.agent_view."
    if _AGENT in features and _ASSISTANT in features:
        yield "features has either agent_view or assistant_view, not both."
    for event, view in _VIEW_OF_EVENT.items():
        if event in events and view not in features:
            yield f"The event {event} needs features.{view}."


def _menu_faults(features: Mapping[str, Any], scopes: set[str], interactivity: Mapping[str, Any]) -> Iterator[str]:
    commands, shortcuts = features.get("slash_commands") or (), features.get("shortcuts") or ()
    if commands and "commands" not in scopes:
        yield "Slash commands need the bot scope commands."
    if shortcuts and "commands" not in scopes:
        yield "Shortcuts need the bot scope commands."
    if shortcuts and not interactivity.get("is_enabled"):
        yield "Shortcuts need settings.interactivity.is_enabled."
    for what, names in (
        ("command", [entry["command"] for entry in commands]),
        ("callback_id", [entry["callback_id"] for entry in shortcuts]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"The {what} {name} is there twice."


def _missing_addresses(features: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[str]:
    for command in features.get("slash_commands") or ():
        if not command.get("url"):
            yield f"Without Socket Mode the command {command['command']} needs a url."
    subscriptions, interactivity = settings.get("event_subscriptions") or {}, settings.get("interactivity") or {}
    if subscriptions.get("bot_events") and not subscriptions.get("request_url"):
        yield "Without Socket Mode settings.event_subscriptions needs a request_url."
    if interactivity.get("is_enabled") and not interactivity.get("request_url"):
        yield "Without Socket Mode settings.interactivity needs a request_url."
