"""Shortcuts: from a message's menu, and from the global menu ("Implementing shortcuts" in Slack's reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.parts import Parts
from workspace.people.results import ActionResult, result_of
from workspace.wire.payloads import actor_in

if TYPE_CHECKING:
    from workspace.manifest import ShortcutKind


class Shortcuts(Parts):
    """The app's entries in the menus. Every method raises LookupError for what this user cannot choose."""

    async def message_shortcut(self, user_id: str, channel_id: str, ts: str, callback_id: str) -> ActionResult:
        """Choose one of the app's shortcuts from the menu of a message that is not ephemeral."""
        self._require_shortcut("message", callback_id)
        actor, message = actor_in(self.state, user_id, channel_id), self.state.message(channel_id, ts)
        if message is None or message.is_ephemeral:
            raise LookupError(f"There is no message {ts} with a menu in {channel_id}.")
        envelope = self._payloads.message_shortcut(actor, message, callback_id, self.state.next_ts())
        return result_of(await self._dispatcher.send_once(envelope))

    async def global_shortcut(self, user_id: str, callback_id: str) -> ActionResult:
        """Choose one of the app's shortcuts from the global menu."""
        self._require_shortcut("global", callback_id)
        user = self.state.known_user(user_id)
        envelope = self._payloads.global_shortcut(user, callback_id, self.state.next_ts())
        return result_of(await self._dispatcher.send_once(envelope))

    def _require_shortcut(self, kind: ShortcutKind, callback_id: str) -> None:
        if not any((known.kind, known.callback_id) == (kind, callback_id) for known in self.manifest.shortcuts):
            raise LookupError(f"The manifest names no {kind} shortcut {callback_id}.")
