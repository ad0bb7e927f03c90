"""What the page needs of the workspace behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from workspace.clock import TravellingClock
    from workspace.manifest import Manifest
    from workspace.page.story import Story
    from workspace.state.assistant import AssistantThread
    from workspace.state.forms import MessagePlace, Values, ViewPlace
    from workspace.state.state import State
    from workspace.state.views import Modal
    from workspace.wire.faults import Faults


class Outcome(Protocol):
    """What came of something that a person did."""

    @property
    def problem(self) -> str:
        """A sentence that the person still has to be shown, mostly empty."""
        ...


class Backstage(Protocol):
    """What happens when people do something on the page, and what they see there."""

    fault_switches: Faults

    @property
    def state(self) -> State:
        """All that happens, and its feed."""
        ...

    @property
    def clock(self) -> TravellingClock:
        """The workspace's time."""
        ...

    @property
    def manifest(self) -> Manifest:
        """The app as its manifest describes it."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether the app can be reached now."""
        ...

    @property
    def method_names(self) -> tuple[str, ...]:
        """The Web API methods that this workspace knows."""
        ...

    @property
    def has_panel(self) -> bool:
        """Whether the app's operator tells anything at all; if not, nothing is known of what the app plans."""
        ...

    def faults(self) -> Sequence[str]:
        """Return what is wrong with the app's content, a sentence each."""
        ...

    def next_due(self) -> datetime | None:
        """Return when the app will next post of its own accord."""
        ...

    def last_run(self) -> str:
        """Return what the app last did of its own accord."""
        ...

    def home(self, user_id: str) -> Mapping[str, Any] | None:
        """Return the view in the app's Home tab."""
        ...

    def modals(self, user_id: str) -> Sequence[Modal]:
        """Return the modals that this user has open, the lowest first."""
        ...

    def message_values(self, user_id: str, channel_id: str, ts: str) -> Values:
        """Return what this user has chosen in a message's elements. Raises LookupError for a message not seen."""
        ...

    def story(self, channel_id: str, ts: str) -> Story:
        """Return what made this message."""
        ...

    def open_home(self, user_id: str) -> object:
        """Tell the app that this user opened its Home tab."""
        ...

    def assistant(self, user_id: str) -> AssistantThread | None:
        """Return the user's newest thread with the assistant."""
        ...

    def open_assistant(self, user_id: str, seen_channel_id: str = "") -> AssistantThread:
        """Open the assistant in a new thread. Raises LookupError for an app that is none."""
        ...

    async def type(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Do what the message box does. Raises LookupError for a thread that is gone."""
        ...

    async def act(
        self,
        user_id: str,
        where: MessagePlace | ViewPlace,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any],
    ) -> Outcome:
        """Use an interactive element. Raises LookupError for one that is gone."""
        ...

    async def suggest(
        self, user_id: str, where: MessagePlace | ViewPlace, block_id: str, action_id: str, typed: str
    ) -> Sequence[Mapping[str, Any]]:
        """Return what the app suggests: options or option groups. Raises LookupError, SuggestionError."""
        ...

    async def submit(
        self, user_id: str, view_id: str, values: Mapping[str, Mapping[str, Mapping[str, Any]]]
    ) -> Outcome:
        """Submit the modal on top. Raises LookupError, ValueError."""
        ...

    async def close_modal(self, user_id: str, view_id: str, *, all: bool = False) -> object:  # noqa: A002 — Slack's word
        """Close the modal on top, or all of them. Raises LookupError."""
        ...

    async def message_shortcut(self, user_id: str, channel_id: str, ts: str, callback_id: str) -> Outcome:
        """Choose a shortcut from a message's menu. Raises LookupError."""
        ...

    async def global_shortcut(self, user_id: str, callback_id: str) -> Outcome:
        """Choose a shortcut from the workspace's menu. Raises LookupError."""
        ...
