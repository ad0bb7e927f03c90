"""App manifests: the part of Slack's format that the workspace acts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from workspace.manifest_rules import manifest_faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ShortcutKind = Literal["global", "message"]


class ManifestError(ValueError):
    """A manifest that Slack would refuse. `faults` holds a sentence for each fault."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """`str()` joins the sentences."""
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command: `name` with its slash, the texts for the message box, and `url` for HTTP delivery."""

    name: str
    description: str
    usage_hint: str
    url: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut: `kind` says whether it is in the menu of messages or in the global menu, `name` is its label."""

    kind: ShortcutKind
    name: str
    callback_id: str
    description: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A suggested prompt of an agent: the label of its button, and the message that it sends."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Agent:
    """The app as an agent: its description, and what it suggests; `is_legacy`: its manifest has assistant_view."""

    description: str
    prompts: tuple[Prompt, ...]
    is_legacy: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """An app as its manifest describes it. Addresses are empty in Socket Mode; optional scopes count as granted.

    `agent` is None for an app without agent_view and assistant_view.
    """

    name: str
    description: str
    bot_name: str
    scopes: frozenset[str]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    events: frozenset[str]
    socket_mode: bool
    events_url: str
    interactivity: bool
    interactivity_url: str
    options_url: str
    home_tab: bool
    messages_tab: bool
    agent: Agent | None
    redirect_urls: tuple[str, ...]
    token_rotation: bool
    org_deploy: bool

    def command(self, name: str) -> Command | None:
        """Return the command of this name, or None."""
        return next((command for command in self.commands if command.name == name), None)


def read_manifest(source: Mapping[str, Any], *, is_legacy_app: bool = False) -> Manifest:
    """Read a manifest as loaded from YAML or JSON. Raises ManifestError.

    `is_legacy_app`: the app was made before agent_view, so that it may have assistant_view.
    """
    faults = tuple(manifest_faults(source, is_legacy_app=is_legacy_app))
    if faults:
        raise ManifestError(faults)
    features = _part(source, "features")
    app_home = _part(features, "app_home")
    settings = _part(source, "settings")
    information = _part(source, "display_information")
    subscriptions = _part(settings, "event_subscriptions")
    interactivity = _part(settings, "interactivity")
    oauth = _part(source, "oauth_config")
    scopes = _part(oauth, "scopes")
    return Manifest(
        name=str(information["name"]),
        description=str(information.get("description", "")),
        bot_name=str(_part(features, "bot_user").get("display_name", "")),
        scopes=frozenset(scope for kind in ("bot", "bot_optional") for scope in scopes.get(kind) or ()),
        commands=tuple(_command(entry) for entry in features.get("slash_commands") or ()),
        shortcuts=tuple(_shortcut(entry) for entry in features.get("shortcuts") or ()),
        events=frozenset(subscriptions.get("bot_events") or ()),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        events_url=str(subscriptions.get("request_url", "")),
        interactivity=bool(interactivity.get("is_enabled", False)),
        interactivity_url=str(interactivity.get("request_url", "")),
        options_url=str(interactivity.get("message_menu_options_url", "")),
        home_tab=bool(app_home.get("home_tab_enabled", False)),
        messages_tab=bool(app_home.get("messages_tab_enabled")) and not app_home.get("messages_tab_read_only_enabled"),
        agent=_agent(features),
        redirect_urls=tuple(oauth.get("redirect_urls") or ()),
        token_rotation=bool(settings.get("token_rotation_enabled", False)),
        org_deploy=bool(settings.get("org_deploy_enabled", False)),
    )


def _part(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part: Mapping[str, Any] = source.get(key) or {}
    return part


def _command(entry: Mapping[str, Any]) -> Command:
    return Command(
        name=str(entry["command"]),
        description=str(entry["description"]),
        usage_hint=str(entry.get("usage_hint", "")),
        url=str(entry.get("url", "")),
    )


def _shortcut(entry: Mapping[str, Any]) -> Shortcut:
    kind: ShortcutKind = "global" if entry["type"] == "global" else "message"
    return Shortcut(kind, str(entry["name"]), str(entry["callback_id"]), str(entry.get("description", "")))


def _agent(features: Mapping[str, Any]) -> Agent | None:
    for view, description in (("agent_view", "agent_description"), ("assistant_view", "assistant_description")):
        if view in features:
            part = _part(features, view)
            entries: Sequence[Mapping[str, Any]] = part.get("suggested_prompts") or ()
            prompts = tuple(Prompt(str(entry["title"]), str(entry["message"])) for entry in entries)
            return Agent(str(part.get(description, "")), prompts, is_legacy=view == "assistant_view")
    return None
