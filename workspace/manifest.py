"""What an app says about itself: the part of Slack's app manifest that the workspace acts on.

The rules are those of Slack's manifest reference ("App manifest reference") and its cross-rules: an event needs its
scope, commands need `commands`, HTTP delivery needs addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "app_home_opened": "",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.im": "im:history",
}
_COMMAND_MAX = 32
_NAME_MAX = 35


class ManifestError(ValueError):
    """A manifest that Slack would refuse. `faults` holds a plain sentence for each thing to put right."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Join the sentences."""
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command: `name` with its slash, and what the message box shows beside it. `url` is for HTTP delivery."""

    name: str
    description: str
    usage_hint: str
    url: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """An app as its manifest describes it. Addresses are empty in Socket Mode; optional scopes count as granted."""

    name: str
    description: str
    bot_name: str
    scopes: frozenset[str]
    commands: tuple[Command, ...]
    events: frozenset[str]
    socket_mode: bool
    events_url: str
    interactivity: bool
    interactivity_url: str
    home_tab: bool
    messages_tab: bool

    def command(self, name: str) -> Command | None:
        """Return the command of this name, or None."""
        return next((command for command in self.commands if command.name == name), None)


def read_manifest(source: Mapping[str, Any]) -> Manifest:
    """Read a manifest as loaded from YAML or JSON. Raises ManifestError."""
    if not isinstance(source, dict):
        raise ManifestError(("A manifest is a mapping with display_information, features, oauth_config and settings.",))
    features = _part(source, "features")
    app_home = _part(features, "app_home")
    settings = _part(source, "settings")
    information = _part(source, "display_information")
    subscriptions = _part(settings, "event_subscriptions")
    interactivity = _part(settings, "interactivity")
    scopes = _part(_part(source, "oauth_config"), "scopes")
    manifest = Manifest(
        name=str(information.get("name", "")),
        description=str(information.get("description", "")),
        bot_name=str(_part(features, "bot_user").get("display_name", "")),
        scopes=frozenset(scope for kind in ("bot", "bot_optional") for scope in scopes.get(kind) or ()),
        commands=tuple(_command(entry) for entry in features.get("slash_commands") or ()),
        events=frozenset(subscriptions.get("bot_events") or ()),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        events_url=str(subscriptions.get("request_url", "")),
        interactivity=bool(interactivity.get("is_enabled", False)),
        interactivity_url=str(interactivity.get("request_url", "")),
        home_tab=bool(app_home.get("home_tab_enabled", False)),
        messages_tab=bool(app_home.get("messages_tab_enabled")) and not app_home.get("messages_tab_read_only_enabled"),
    )
    faults = tuple(_faults(manifest))
    if faults:
        raise ManifestError(faults)
    return manifest


def _part(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = source.get(key) or {}
    if not isinstance(part, dict):
        raise ManifestError((f"{key} must be a mapping.",))
    return part


def _command(entry: Mapping[str, Any]) -> Command:
    return Command(
        name=str(entry.get("command", "")),
        description=str(entry.get("description", "")),
        usage_hint=str(entry.get("usage_hint", "")),
        url=str(entry.get("url", "")),
    )


def _faults(manifest: Manifest) -> Iterator[str]:
    if not 1 <= len(manifest.name) <= _NAME_MAX:
        yield f"display_information.name must have 1 to {_NAME_MAX} characters."
    if manifest.scopes and not manifest.bot_name:
        yield "features.bot_user.display_name is missing: bot scopes need a bot user."
    yield from _command_faults(manifest)
    for event in sorted(manifest.events):
        scope = _EVENT_SCOPES.get(event)
        if scope is None:
            yield f"The workspace does not know the event {event}."
        elif scope and scope not in manifest.scopes:
            yield f"The event {event} needs the bot scope {scope}."
    if "message.im" in manifest.events and not manifest.messages_tab:
        yield "The event message.im needs features.app_home.messages_tab_enabled, not read-only."
    if not manifest.socket_mode:
        yield from _missing_addresses(manifest)


def _command_faults(manifest: Manifest) -> Iterator[str]:
    if manifest.commands and "commands" not in manifest.scopes:
        yield "Slash commands need the bot scope commands."
    for command in manifest.commands:
        if not command.name.startswith("/") or not 1 < len(command.name) <= _COMMAND_MAX:
            yield f"The command {command.name!r} must begin with / and have at most {_COMMAND_MAX} characters."
        if not command.description:
            yield f"The command {command.name} needs a description."


def _missing_addresses(manifest: Manifest) -> Iterator[str]:
    for command in manifest.commands:
        if not command.url:
            yield f"Without Socket Mode the command {command.name} needs a url."
    if manifest.events and not manifest.events_url:
        yield "Without Socket Mode settings.event_subscriptions needs a request_url."
    if manifest.interactivity and not manifest.interactivity_url:
        yield "Without Socket Mode settings.interactivity needs a request_url."
