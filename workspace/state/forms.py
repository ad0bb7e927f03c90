"""Form state: the values that users have given the elements of views and messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from workspace.blocks.elements import Element, elements_in, first_state, holds_value, new_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workspace.state.state import State

Values: TypeAlias = "dict[str, dict[str, dict[str, Any]]]"
"""block_id → action_id → the element's state, as `view.state.values` has it."""


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """The message that contains an element."""

    channel_id: str
    ts: str


@dataclass(frozen=True, slots=True)
class ViewPlace:
    """The modal or Home tab that contains an element."""

    view_id: str


Place = MessagePlace | ViewPlace


class Forms:
    """The state of each element for each user.

    As in Slack, a user's value is kept as long as there is an element with its block_id, action_id and type, whatever
    initial value a later version of the view has.
    """

    def __init__(self, state: State) -> None:
        """`state` has the users and channels that can be chosen."""
        self._state = state
        self._given: dict[tuple[str, Place], dict[tuple[str, str], dict[str, Any]]] = {}
        self._offered: dict[tuple[str, Place, str, str], dict[str, Element]] = {}

    def values(self, user_id: str, place: Place, blocks: Iterable[Element]) -> Values:
        """Return the state of all elements of these blocks that have one."""
        given = self._given.get((user_id, place), {})
        values: Values = {}
        for block, element in elements_in(blocks):
            if holds_value(element):
                key = (block["block_id"], element["action_id"])
                first, last = first_state(element), given.get(key)
                state = last if last is not None and last["type"] == element["type"] else first
                values.setdefault(block["block_id"], {})[element["action_id"]] = dict(state)
        return values

    def give(
        self, user_id: str, place: Place, block_id: str, element: Element, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Set an element's value, and return its state.

        Raises LookupError for an option, person or channel that this user cannot choose, ValueError for a value that
        the element cannot hold.
        """
        offered = self._offered.get((user_id, place, block_id, element["action_id"]), {})
        state = new_state(element, given, tuple(offered.values()))
        self._require_there(user_id, state)
        self._given.setdefault((user_id, place), {})[block_id, element["action_id"]] = state
        return state

    def offer(self, user_id: str, place: Place, block_id: str, action_id: str, options: Sequence[Element]) -> None:
        """Add options that the app has suggested for an external select; they can be chosen from now on."""
        known = self._offered.setdefault((user_id, place, block_id, action_id), {})
        known.update({option["value"]: option for option in options})

    def forget(self, user_id: str, place: Place) -> None:
        """Delete a user's values in a view that was closed."""
        self._given.pop((user_id, place), None)
        for key in [key for key in self._offered if key[:2] == (user_id, place)]:
            del self._offered[key]

    def _require_there(self, user_id: str, state: Mapping[str, Any]) -> None:
        """Raise LookupError for a person or channel that this user cannot choose."""
        for field, is_there in (
            ("selected_user", lambda chosen: self._state.user(chosen) is not None),
            ("selected_channel", self._is_channel),
            ("selected_conversation", lambda chosen: self._is_channel(chosen) or self._is_own(user_id, chosen)),
        ):
            for chosen in (*filter(None, (state.get(field),)), *state.get(f"{field}s", ())):
                if not is_there(chosen):
                    raise LookupError(f"There is no {chosen} to choose.")

    def _is_channel(self, channel_id: str) -> bool:
        channel = self._state.channel(channel_id)
        return channel is not None and channel.kind == "public_channel"

    def _is_own(self, user_id: str, channel_id: str) -> bool:
        channel = self._state.channel(channel_id)
        return channel is not None and user_id in channel.members
