"""What Slack sends to an app, as JSON shapes: events, slash commands and clicks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.records import APP_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, Channel, Message, User

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def escape(text: str) -> str:
    """Return text with `&`, `<` and `>` as entities, which is how Slack hands typed words to apps."""
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text


def event_callback(event: Mapping[str, Any], verification_token: str, event_time: int) -> dict[str, Any]:
    """Return an event in the wrapper of the Events API; `event_time` in seconds since 1970."""
    authorization = {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
    return {
        "token": verification_token,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": dict(event),
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": event_time,
        "authorizations": [{**authorization, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }


def slash_command(
    actor: Actor, command: str, text: str, *, response_url: str, verification_token: str
) -> dict[str, str]:
    """Return a slash command; `text` as typed, escaped here."""
    return {
        "token": verification_token,
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
        "response_url": response_url,
        "trigger_id": _trigger_id(),
    }


def block_actions(
    actor: Actor,
    message: Message,
    action: Mapping[str, Any],
    *,
    response_url: str,
    verification_token: str,
) -> dict[str, Any]:
    """Return a click on `action`; an ephemeral message is named, but its content is not sent along."""
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": actor.channel.id,
        "is_ephemeral": message.is_ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": actor.user.id, "username": actor.user.name, "name": actor.user.name, "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "token": verification_token,
        "container": container,
        "trigger_id": _trigger_id(),
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": actor.channel.id, "name": actor.channel_name},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [dict(action)],
    }
    if not message.is_ephemeral:
        payload["message"] = message.to_json()
    return payload


def _trigger_id() -> str:
    return f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
