"""What Slack sends to an app for people's actions: slash commands, clicks, searches, views and shortcuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.blocks.elements import elements_in
from workspace.state.records import APP_ID, Channel, Message, User
from workspace.wire.delivery import Envelope
from workspace.wire.responding import ReplyContext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.manifest import Command, Manifest
    from workspace.state.forms import Values
    from workspace.state.state import State
    from workspace.state.triggers import Triggers
    from workspace.wire.oauth.grants import Installation
    from workspace.wire.responding import ResponseUrls

_NAMES = {"im": "directmessage", "private_channel": "privategroup"}
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, and the channel in which they did something."""

    user: User
    channel: Channel

    @property
    def channel_name(self) -> str:
        """The channel's name as Slack gives it to apps."""
        return _NAMES.get(self.channel.kind, self.channel.name)


def actor_in(state: State, user_id: str, channel_id: str) -> Actor:
    """Return a user in a channel. Raises LookupError unless they are a member there."""
    user, channel = state.user(user_id), state.channel(channel_id)
    if user is None or channel is None or user_id not in channel.members:
        raise LookupError(f"{user_id} is not in {channel_id}.")
    return Actor(user, channel)


def escape(text: str) -> str:
    """Return text with `&`, `<` and `>` as entities, as Slack sends it."""
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text


class Payloads:
    """Writes what is sent to the app for a person's action, with its trigger id, response_url and address."""

    def __init__(
        self,
        verification_token: str,
        manifest: Manifest,
        installation: Installation,
        triggers: Triggers,
        response_urls: ResponseUrls,
    ) -> None:
        """Address everything by the manifest."""
        self._token = verification_token
        self._manifest = manifest
        self._team = installation.team
        self._installation = installation
        self._triggers = triggers
        self._response_urls = response_urls

    def slash_command(self, actor: Actor, command: Command, text: str, context: ReplyContext) -> Envelope:
        """Return a slash command; `text` as typed, escaped here."""
        payload = {
            "token": self._token,
            "team_id": self._team.id,
            "team_domain": self._team.domain,
            **({f"enterprise_{key}": value for key, value in (self._organisation() or {}).items()}),
            "channel_id": actor.channel.id,
            "channel_name": actor.channel_name,
            "user_id": actor.user.id,
            "user_name": actor.user.name,
            "command": command.name,
            "text": escape(text),
            "api_app_id": APP_ID,
            "is_enterprise_install": str(self._installation.is_enterprise_install).lower(),
            "response_url": self._response_urls.issue(context),
            "trigger_id": self._triggers.issue(actor.user.id, actor.channel.id),
        }
        return Envelope("slash_commands", payload, command.url)

    def message_action(self, actor: Actor, message: Message, action: Mapping[str, Any], values: Values) -> Envelope:
        """Return a click in a message whose elements have these values."""
        parts = {"state": {"values": values}, "actions": [dict(action)], **_in_message(actor, message)}
        return self._interactive("block_actions", actor.user, {**parts, **self._reply_ids(actor, message)})

    def view_action(self, user: User, view: Mapping[str, Any], action: Mapping[str, Any]) -> Envelope:
        """Return a click in a modal or Home tab."""
        trigger_id = self._triggers.issue(user.id, view_id=view["id"])
        parts = {**_in_view(view), "trigger_id": trigger_id, "actions": [dict(action)]}
        return self._interactive("block_actions", user, parts)

    def message_suggestion(self, actor: Actor, message: Message, query: Mapping[str, str]) -> Envelope:
        """Return a search for options in a message; `query` has action_id, block_id and value."""
        return self._interactive("block_suggestion", actor.user, {**_in_message(actor, message), **query})

    def view_suggestion(self, user: User, view: Mapping[str, Any], query: Mapping[str, str]) -> Envelope:
        """Return a search for options in a modal or Home tab; `query` has action_id, block_id and value."""
        return self._interactive("block_suggestion", user, {**_in_view(view), **query})

    def view_submission(self, user: User, view: Mapping[str, Any]) -> Envelope:
        """Return a modal as its user submitted it, with a response_url for each menu that asks for one."""
        trigger_id = self._triggers.issue(user.id, view_id=view["id"])
        urls = list(self._chosen_urls(user, view))
        parts = {"view": dict(view), "trigger_id": trigger_id, "response_urls": urls}
        return self._interactive("view_submission", user, parts)

    def view_closed(self, user: User, view: Mapping[str, Any], *, is_cleared: bool) -> Envelope:
        """Return a modal that its user closed; `is_cleared` when the whole stack was closed."""
        return self._interactive("view_closed", user, {"view": dict(view), "is_cleared": is_cleared})

    def message_shortcut(self, actor: Actor, message: Message, callback_id: str, action_ts: str) -> Envelope:
        """Return a shortcut chosen from a message's menu."""
        parts = {
            **self._reply_ids(actor, message),
            "callback_id": callback_id,
            "action_ts": action_ts,
            "channel": {"id": actor.channel.id, "name": actor.channel_name},
            "message_ts": message.ts,
            "message": message.to_json(),
        }
        return self._interactive("message_action", actor.user, parts)

    def global_shortcut(self, user: User, callback_id: str, action_ts: str) -> Envelope:
        """Return a shortcut chosen from the global menu; it has no channel."""
        trigger_id = self._triggers.issue(user.id)
        parts = {"callback_id": callback_id, "trigger_id": trigger_id, "action_ts": action_ts}
        return self._interactive("shortcut", user, parts)

    def _interactive(self, kind: str, user: User, parts: Mapping[str, Any]) -> Envelope:
        """Return an envelope; over HTTP a search for options has an address of its own.

        Of an app that an organisation installed, an action outside a channel has no `team`: who acted has one, and so
        has the view.
        """
        organisation = self._organisation()
        team = {"id": self._team.id, "domain": self._team.domain}
        if organisation:
            team |= {f"enterprise_{key}": value for key, value in organisation.items()}
        by_organisation = self._installation.is_enterprise_install
        payload = {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
            "api_app_id": APP_ID,
            "token": self._token,
            "team": None if by_organisation and "channel" not in parts else team,
            "enterprise": organisation,
            "is_enterprise_install": by_organisation,
            **parts,
        }
        manifest = self._manifest
        url = manifest.options_url if kind == "block_suggestion" else manifest.interactivity_url
        return Envelope("interactive", payload, url)

    def _organisation(self) -> dict[str, str] | None:
        organisation = self._team.organisation
        return {"id": organisation.id, "name": organisation.name} if organisation else None

    def _reply_ids(self, actor: Actor, message: Message) -> dict[str, str]:
        """Return the trigger id and response_url of an action on a message."""
        context = ReplyContext(actor.user.id, actor.channel.id, message.ts, message.thread_ts)
        trigger_id = self._triggers.issue(actor.user.id, actor.channel.id)
        return {"trigger_id": trigger_id, "response_url": self._response_urls.issue(context)}

    def _chosen_urls(self, user: User, view: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        values: Values = view["state"]["values"]
        for block, element in elements_in(view["blocks"]):
            if element.get("response_url_enabled"):
                state = values[block["block_id"]][element["action_id"]]
                channel_id = state.get("selected_conversation") or state.get("selected_channel")
                if channel_id:
                    url = self._response_urls.issue(ReplyContext(user.id, channel_id))
                    place = {"block_id": block["block_id"], "action_id": element["action_id"]}
                    yield {**place, "channel_id": channel_id, "response_url": url}


def _in_message(actor: Actor, message: Message) -> dict[str, Any]:
    """Return the message of a click, of an ephemeral one the ids only, as in Slack."""
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": actor.channel.id,
        "is_ephemeral": message.is_ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    part = {"container": container, "channel": {"id": actor.channel.id, "name": actor.channel_name}}
    return part if message.is_ephemeral else {**part, "message": message.to_json()}


def _in_view(view: Mapping[str, Any]) -> dict[str, Any]:
    return {"container": {"type": "view", "view_id": view["id"]}, "view": dict(view)}
