"""People opening the app: its Home tab, and its assistant pane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workspace.manifest import Manifest
    from workspace.state.assistant import AssistantThread, AssistantThreads
    from workspace.state.state import State
    from workspace.state.views import Views
    from workspace.wire.events import Events


class Opening:
    """Opens what the app shows of itself, and tells the app that somebody has come; nobody waits for its ack."""

    def __init__(
        self, *, state: State, manifest: Manifest, views: Views, threads: AssistantThreads, events: Events
    ) -> None:
        """Show what the manifest enables."""
        self._state = state
        self._manifest = manifest
        self._views = views
        self._threads = threads
        self._events = events

    def open_home(self, user_id: str) -> None:
        """Open the Home tab. Raises LookupError for an app without one, and for an unknown user."""
        if not self._manifest.home_tab:
            raise LookupError("This app has no Home tab: its manifest does not enable one.")
        rooms = self._state.channels_of(user_id)
        direct = next((room for room in rooms if room.is_im and room.im_user == user_id), None)
        if direct is None:
            raise LookupError(f"{user_id} has no direct message with the bot.")
        self._events.home_opened(user_id, direct.id, self._views.home(user_id))

    def open_assistant(self, user_id: str, seen_channel_id: str = "") -> AssistantThread:
        """Open the assistant and return its thread: the newest one while it is empty, else a new one.

        The app is told of a new thread, and when another channel is looked at from one that it knows. Raises
        LookupError as AssistantThreads.begin does.
        """
        empty = self._threads.empty(user_id)
        if empty is None:
            thread = self._threads.begin(user_id, seen_channel_id)
            self._events.assistant_opened(thread)
            return thread
        thread = replace(empty, seen_channel_id=seen_channel_id)
        if thread != empty:
            self._threads.change(empty, lambda _: thread)
            self._events.assistant_looked_elsewhere(thread)
        return thread
