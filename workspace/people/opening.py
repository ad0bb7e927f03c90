"""Opening the app: its Home tab, and its assistant pane. Neither waits for the app's ack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workspace.parts import Parts

if TYPE_CHECKING:
    from workspace.state.assistant import AssistantThread


class Opening(Parts):
    """Opens the app's surfaces and sends the app the events for it."""

    def open_home(self, user_id: str) -> None:
        """Open the app's Home tab. Raises LookupError for an app without one, and for an unknown user."""
        if not self.manifest.home_tab:
            raise LookupError("This app has no Home tab: its manifest does not enable one.")
        direct = self.state.direct_message(user_id)
        if direct is None:
            raise LookupError(f"{user_id} has no direct message with the bot.")
        self._events.home_opened(user_id, direct.id, self._views.home(user_id))

    def open_assistant(self, user_id: str, seen_channel_id: str = "") -> AssistantThread:
        """Open the assistant and return its thread: the newest one while it is empty, else a new one.

        The app gets an event for a new thread, and when an empty one is opened from another channel. Raises LookupError
        for an app without an assistant, and for an unknown user.
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
