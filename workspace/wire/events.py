"""The Events API: the events that the app subscribed to, each as its page in Slack's reference has it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from workspace.blocks.typed import rich_text
from workspace.state.records import APP_ID, BOT_USER_ID, Channel, Message
from workspace.wire.access import SCOPE_FAMILIES
from workspace.wire.delivery import Dispatch, Envelope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.manifest import Manifest
    from workspace.state.agent import AgentThread
    from workspace.state.state import State
    from workspace.wire.delivery import Dispatcher
    from workspace.wire.oauth.grants import Installation

_KINDS: Final = {"im": "im", "private_channel": "group", "public_channel": "channel"}
"""The `channel_type` of messages, by the type of conversation."""


@dataclass(frozen=True, slots=True)
class Events:
    """Sends events about channels that the bot is in. Ephemeral messages are never events."""

    state: State
    manifest: Manifest
    installation: Installation
    dispatcher: Dispatcher
    verification_token: str

    async def typed(self, message: Message) -> tuple[Dispatch, ...]:
        """Send the events of a person's message; return the first attempts."""
        sends = [self.dispatcher.send_event(envelope) for envelope in self._for_message(message)]
        return tuple(await asyncio.gather(*sends))

    def posted(self, message: Message) -> None:
        """Send the events of the app's own message, as Slack does."""
        for envelope in self._for_message(message):
            self.dispatcher.send_event_later(envelope)

    def changed(self, before: Message, after: Message) -> None:
        """Send message_changed."""
        self._amended(after, "message_changed", {"message": after.to_json(), "previous_message": before.to_json()})

    def deleted(self, message: Message) -> None:
        """Send message_deleted."""
        self._amended(message, "message_deleted", {"deleted_ts": message.ts, "previous_message": message.to_json()})

    def joined(self, channel: Channel, user_id: str, inviter: str = "") -> None:
        """Send member_joined_channel; without an inviter they joined of their own accord."""
        self._member("member_joined_channel", channel, user_id, {"inviter": inviter} if inviter else {})

    def left(self, channel: Channel, user_id: str, by: str) -> None:
        """Send member_left_channel; if it is the bot, channel_left or group_left."""
        if user_id == BOT_USER_ID:
            self.channel_changed("left", channel, {"channel": channel.id, "actor_id": by})
        else:
            self._member("member_left_channel", channel, user_id, {})

    def channel_changed(self, what: str, channel: Channel, parts: Mapping[str, Any]) -> None:
        """Send channel_archive, _unarchive, _rename, _deleted, _created or _left, or group_ for a private channel.

        Of private channels only their members hear; `channel` is as it was before the change.
        """
        if channel.is_private and BOT_USER_ID not in channel.members:
            return
        self._about(f"{'group' if channel.is_private else 'channel'}_{what}", parts, channel)

    def tokens_revoked(self) -> None:
        """Send tokens_revoked, of the bot's token."""
        self._about("tokens_revoked", {"tokens": {"oauth": [], "bot": [BOT_USER_ID]}})

    def access_changed(self, what: str) -> None:
        """Send team_access_granted or team_access_revoked, of this workspace."""
        self._about(f"team_access_{what}", {"team_ids": [self.state.team.id]})

    def uninstalled(self) -> None:
        """Send tokens_revoked and app_uninstalled, while the app is still installed."""
        self.tokens_revoked()
        self._about("app_uninstalled", {})

    def challenge(self) -> Envelope:
        """Return url_verification, which Slack sends before it sends events to an address."""
        payload = {"token": self.verification_token, "challenge": secrets.token_hex(16), "type": "url_verification"}
        return Envelope("events_api", payload, self.manifest.events_url)

    def _member(self, kind: str, channel: Channel, user_id: str, parts: Mapping[str, Any]) -> None:
        """Send an event about a member, if the bot is in the channel and may see channels of its type."""
        if BOT_USER_ID in channel.members and f"{SCOPE_FAMILIES[channel.kind]}:read" in self.installation.scopes:
            letter = "G" if channel.is_private else "C"
            team = self.state.known_user(user_id).team_id
            event = {"user": user_id, "channel": channel.id, "channel_type": letter, "team": team, **parts}
            self._about(kind, event, channel)

    def _about(self, kind: str, parts: Mapping[str, Any], channel: Channel | None = None) -> None:
        if kind in self.manifest.events and self.installation.grant is not None:
            envelope = self._envelope({"type": kind, **parts}, self.state.next_ts(), channel)
            self.dispatcher.send_event_later(envelope)

    def opened(self, tab: str, user_id: str, channel_id: str, **more: object) -> None:
        """Send app_home_opened for a tab; `more` is its `view` or the `context` in which it was opened."""
        shown = {name: value for name, value in more.items() if value is not None}
        self._about("app_home_opened", {"user": user_id, "channel": channel_id, "tab": tab, **shown})

    def context_changed(self, user_id: str, channel_id: str, context: Mapping[str, Any]) -> None:
        """Send app_context_changed: who has the agent open looks at something else."""
        self._about("app_context_changed", {"user": user_id, "channel": channel_id, "context": context})

    def assistant_opened(self, thread: AgentThread) -> None:
        """Send assistant_thread_started."""
        self._assistant("assistant_thread_started", thread)

    def assistant_context_changed(self, thread: AgentThread) -> None:
        """Send assistant_thread_context_changed: the user looks at another channel."""
        self._assistant("assistant_thread_context_changed", thread)

    def _assistant(self, kind: str, thread: AgentThread) -> None:
        self._about(kind, {"assistant_thread": thread.to_json(self.state.team)})

    def _for_message(self, message: Message) -> Iterator[Envelope]:
        channel = self._bot_channel(message.channel)
        if channel is None or message.is_ephemeral:
            return
        event = {**message.to_json(), "channel": channel.id, "channel_type": _KINDS[channel.kind]}
        author = self.state.user(message.user)
        if author is not None and self.state.is_shared(channel):
            event |= dict.fromkeys(("team", "user_team", "source_team"), author.team_id)
        if message.user != BOT_USER_ID and not message.blocks:
            event["blocks"] = [rich_text(message.text)]
        mentioned = f"<@{BOT_USER_ID}>" in message.text and message.user != BOT_USER_ID
        if mentioned and not channel.is_im and "app_mention" in self.manifest.events:
            mention = {key: value for key, value in event.items() if key not in {"channel_type", "subtype"}}
            yield self._envelope({**mention, "type": "app_mention"}, message.ts, channel)
        if self._subscribed(channel):
            yield self._envelope(event, message.ts, channel)

    def _amended(self, message: Message, subtype: str, parts: Mapping[str, Any]) -> None:
        channel = self._bot_channel(message.channel)
        if channel is None or not self._subscribed(channel):
            return
        ts = self.state.next_ts()
        event = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id}
        event["channel_type"] = _KINDS[channel.kind]
        self.dispatcher.send_event_later(self._envelope({**event, **parts, "ts": ts}, ts, channel))

    def _bot_channel(self, channel_id: str) -> Channel | None:
        """Return the channel if the bot is in it, and installed."""
        channel = self.state.channel(channel_id) if self.installation.grant else None
        return channel if channel is not None and BOT_USER_ID in channel.members else None

    def _subscribed(self, channel: Channel) -> bool:
        return f"message.{SCOPE_FAMILIES[channel.kind]}" in self.manifest.events

    def _envelope(self, event: Mapping[str, Any], event_ts: str, channel: Channel | None) -> Envelope:
        team, by_organisation = self.state.team, self.installation.is_enterprise_install
        authorization = {"enterprise_id": team.organisation_id, "team_id": team.id, "user_id": BOT_USER_ID}
        payload = {
            "token": self.verification_token,
            "team_id": team.id,
            **({"enterprise_id": team.organisation_id} if team.organisation else {}),
            "api_app_id": APP_ID,
            "event": {"team": team.id, **event, "event_ts": event_ts},
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self.state.now.timestamp()),
            "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": by_organisation}],
            "is_ext_shared_channel": channel is not None and self.state.is_shared(channel),
        }
        return Envelope("events_api", payload, self.manifest.events_url)
