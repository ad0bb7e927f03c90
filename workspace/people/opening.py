"""Opening the app: its tabs, and the assistant pane of an app made before agent_view. Nothing waits for an ack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workspace.parts import Parts

if TYPE_CHECKING:
    from workspace.state.agent import AgentThread
    from workspace.state.records import Channel


class Opening(Parts):
    """Opens the app's surfaces and sends the app the events for it."""

    def open_home(self, user_id: str) -> None:
        """Open the app's Home tab. Raises LookupError for an app without one, and for an unknown user."""
        if not self.manifest.home_tab:
            raise LookupError("This app has no Home tab: its manifest does not enable one.")
        direct = self._direct(user_id)
        self._events.opened("home", user_id, direct.id, view=self._views.home(user_id), context=self._context_of(""))

    def open_messages(self, user_id: str, seen_channel_id: str = "") -> None:
        """Open the app's Messages tab, from a channel if there is one. Raises as `open_home`."""
        if not self.manifest.messages_tab:
            raise LookupError("This app has no Messages tab: its manifest does not enable one.")
        direct = self._direct(user_id)
        self._looks_at[user_id] = seen_channel_id
        self._events.opened("messages", user_id, direct.id, context=self._context_of(seen_channel_id))

    def look_at(self, user_id: str, channel_id: str) -> None:
        """Let a user who has opened the app's Messages tab look at a channel: an agent is told when it is another."""
        if self._looks_at.get(user_id, channel_id) != channel_id:
            self._looks_at[user_id] = channel_id
            if (context := self._context_of(channel_id)) is not None:
                self._events.context_changed(user_id, self._direct(user_id).id, context)

    def open_assistant(self, user_id: str, seen_channel_id: str = "") -> AgentThread:
        """Open the assistant pane and return its thread: the newest one while it is empty, else a new one.

        The app gets an event for a new thread, and when an empty one is opened from another channel. Raises LookupError
        for an app without such a pane, and for an unknown user.
        """
        empty = self._threads.empty(user_id)
        if empty is None:
            thread = self._threads.begin(user_id, seen_channel_id)
            self._events.assistant_opened(thread)
            return thread
        thread = replace(empty, seen_channel_id=seen_channel_id)
        if thread != empty:
            self._threads.change(thread)
            self._events.assistant_context_changed(thread)
        return thread

    def _direct(self, user_id: str) -> Channel:
        direct = self.state.direct_message(user_id)
        if direct is None:
            raise LookupError(f"{user_id} has no direct message with the bot.")
        return direct

    def _context_of(self, channel_id: str) -> dict[str, Any] | None:
        """Return what an agent is told that a user looks at ("app_context_changed"); None where the app is none."""
        if self.manifest.agent is None or self.manifest.agent.is_legacy:
            return None
        entity = {"type": "slack#/types/channel_id", "value": channel_id, "team_id": self.state.team.id}
        return {"entities": [entity]} if channel_id else {}
