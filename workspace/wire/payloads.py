"""What Slack sends to an app, as JSON shapes: events, slash commands, clicks, views and shortcuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.blocks.elements import elements_of
from workspace.state.records import APP_ID, TEAM_DOMAIN, TEAM_ID, Channel, Message, User
from workspace.wire.responding import ReplyContext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.state.forms import Values
    from workspace.state.state import State
    from workspace.state.triggers import Triggers
    from workspace.wire.responding import ResponseUrls

_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, and where."""

    user: User
    channel: Channel

    @property
    def channel_name(self) -> str:
        """The channel's name as Slack gives it to apps."""
        return "directmessage" if self.channel.is_im else self.channel.name


def actor_in(state: State, user_id: str, channel_id: str) -> Actor:
    """Return a user in a channel. Raises LookupError unless they are a member there."""
    user, channel = state.user(user_id), state.channel(channel_id)
    if user is None or channel is None or user_id not in channel.members:
        raise LookupError(f"{user_id} is not in {channel_id}.")
    return Actor(user, channel)


def escape(text: str) -> str:
    """Return text with `&`, `<` and `>` as entities, which is how Slack hands typed words to apps."""
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text


class Payloads:
    """Writes what is sent when a person does something, with its trigger id and response_url."""

    def __init__(self, verification_token: str, triggers: Triggers, response_urls: ResponseUrls) -> None:
        """Sign with this token; hand out trigger ids and response_urls."""
        self._token = verification_token
        self._triggers = triggers
        self._response_urls = response_urls

    def slash_command(self, actor: Actor, command: str, text: str, occasion: ReplyContext) -> dict[str, str]:
        """Return a slash command; `text` as typed, escaped here."""
        return {
            "token": self._token,
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "channel_id": actor.channel.id,
            "channel_name": actor.channel_name,
            "user_id": actor.user.id,
            "user_name": actor.user.name,
            "command": command,
            "text": escape(text),
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self._response_urls.issue(occasion),
            "trigger_id": self._triggers.issue(actor.user.id, actor.channel.id),
        }

    def message_action(
        self, actor: Actor, message: Message, action: Mapping[str, Any], values: Values
    ) -> dict[str, Any]:
        """Return a click in a message, where `values` are; an ephemeral message is named, but not sent along."""
        occasion = ReplyContext(actor.user.id, actor.channel.id, message.ts, message.thread_ts)
        return {
            **self._common("block_actions", actor.user),
            **_in_message(actor, message),
            "trigger_id": self._triggers.issue(actor.user.id, actor.channel.id),
            "state": {"values": values},
            "response_url": self._response_urls.issue(occasion),
            "actions": [dict(action)],
        }

    def view_action(self, user: User, view: Mapping[str, Any], action: Mapping[str, Any]) -> dict[str, Any]:
        """Return a click in a modal or Home tab."""
        return {
            **self._common("block_actions", user),
            **_in_view(view),
            "trigger_id": self._triggers.issue(user.id, view_id=view["id"]),
            "actions": [dict(action)],
        }

    def message_suggestion(self, actor: Actor, message: Message, question: Mapping[str, str]) -> dict[str, Any]:
        """Return a search for options in a message; `question` has action_id, block_id and value."""
        return {**self._common("block_suggestion", actor.user), **_in_message(actor, message), **question}

    def view_suggestion(self, user: User, view: Mapping[str, Any], question: Mapping[str, str]) -> dict[str, Any]:
        """Return a search for options in a modal or Home tab; `question` has action_id, block_id and value."""
        return {**self._common("block_suggestion", user), **_in_view(view), **question}

    def view_submission(self, user: User, view: Mapping[str, Any]) -> dict[str, Any]:
        """Return a modal as its user submitted it, with a response_url for each menu that asks for one."""
        return {
            **self._common("view_submission", user),
            "view": dict(view),
            "trigger_id": self._triggers.issue(user.id, view_id=view["id"]),
            "response_urls": list(self._chosen_urls(user, view)),
        }

    def view_closed(self, user: User, view: Mapping[str, Any], *, is_cleared: bool) -> dict[str, Any]:
        """Return a modal that its user closed; `is_cleared` when the whole stack was closed."""
        return {**self._common("view_closed", user), "view": dict(view), "is_cleared": is_cleared}

    def message_shortcut(self, actor: Actor, message: Message, callback_id: str, action_ts: str) -> dict[str, Any]:
        """Return a shortcut chosen from a message's menu."""
        occasion = ReplyContext(actor.user.id, actor.channel.id, message.ts, message.thread_ts)
        return {
            **self._common("message_action", actor.user),
            "callback_id": callback_id,
            "trigger_id": self._triggers.issue(actor.user.id, actor.channel.id),
            "response_url": self._response_urls.issue(occasion),
            "action_ts": action_ts,
            "channel": {"id": actor.channel.id, "name": actor.channel_name},
            "message_ts": message.ts,
            "message": message.to_json(),
        }

    def global_shortcut(self, user: User, callback_id: str, action_ts: str) -> dict[str, Any]:
        """Return a shortcut chosen from the workspace's menu: it happens nowhere, so there is no channel."""
        return {
            **self._common("shortcut", user),
            "callback_id": callback_id,
            "trigger_id": self._triggers.issue(user.id),
            "action_ts": action_ts,
        }

    def _common(self, kind: str, user: User) -> dict[str, Any]:
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
            "api_app_id": APP_ID,
            "token": self._token,
            "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _chosen_urls(self, user: User, view: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        values: Values = view["state"]["values"]
        for block in view["blocks"]:
            for element in elements_of(block):
                if element.get("response_url_enabled"):
                    state = values[block["block_id"]][element["action_id"]]
                    channel_id = state.get("selected_conversation") or state.get("selected_channel")
                    if channel_id:
                        url = self._response_urls.issue(ReplyContext(user.id, channel_id))
                        place = {"block_id": block["block_id"], "action_id": element["action_id"]}
                        yield {**place, "channel_id": channel_id, "response_url": url}


def _in_message(actor: Actor, message: Message) -> dict[str, Any]:
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
