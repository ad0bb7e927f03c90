"""Shortcuts: from a message's menu, and from anywhere ("Implementing shortcuts" in Slack's reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.people.results import ActionResult, click_problem
from workspace.wire.payloads import actor_in

if TYPE_CHECKING:
    from typing import Any

    from workspace.manifest import Manifest, ShortcutKind
    from workspace.people.acting import Acting
    from workspace.people.interactivity import Interactive
    from workspace.state.state import State
    from workspace.wire.payloads import Payloads


class Shortcuts:
    """The app's entries in the menus. Every method raises LookupError for what is not there for this user."""

    def __init__(
        self, *, state: State, manifest: Manifest, acting: Acting, interactive: Interactive, payloads: Payloads
    ) -> None:
        """Offer the shortcuts that the manifest names."""
        self._state = state
        self._manifest = manifest
        self._acting = acting
        self._interactive = interactive
        self._payloads = payloads

    async def choose_on_message(self, user_id: str, channel_id: str, ts: str, callback_id: str) -> ActionResult:
        """Choose a shortcut from the menu of a message that everybody sees."""
        self._require("message", callback_id)
        actor, message = actor_in(self._state, user_id, channel_id), self._acting.message(user_id, channel_id, ts)
        if message.is_ephemeral:
            raise LookupError("A message that only one person sees has no menu.")
        return await self._send(self._payloads.message_shortcut(actor, message, callback_id, self._state.next_ts()))

    async def choose(self, user_id: str, callback_id: str) -> ActionResult:
        """Choose a shortcut from the workspace's own menu."""
        self._require("global", callback_id)
        user = self._state.user(user_id)
        if user is None:
            raise LookupError(f"There is no user {user_id}.")
        return await self._send(self._payloads.global_shortcut(user, callback_id, self._state.next_ts()))

    def _require(self, kind: ShortcutKind, callback_id: str) -> None:
        named = [shortcut for shortcut in self._manifest.shortcuts if shortcut.kind == kind]
        if callback_id not in {shortcut.callback_id for shortcut in named}:
            raise LookupError(f"The manifest names no {kind} shortcut {callback_id}.")

    async def _send(self, payload: dict[str, Any]) -> ActionResult:
        dispatch = await self._interactive.send(payload)
        return ActionResult(dispatches=(dispatch,), problem=click_problem(dispatch))
