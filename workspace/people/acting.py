"""Clicking, choosing and searching: what people do with the elements of messages, modals and Home tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.blocks.elements import SHOWN, chosen_from_overflow, elements_of, holds_value
from workspace.blocks.schema import faults
from workspace.people.interactivity import NOT_CONFIGURED
from workspace.people.results import ActionResult, click_problem
from workspace.state.forms import MessagePlace
from workspace.wire.payloads import actor_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.blocks.elements import Element
    from workspace.people.interactivity import Interactive
    from workspace.state.forms import Forms, Place, Values, ViewPlace
    from workspace.state.records import Message, User
    from workspace.state.state import State
    from workspace.state.views import Views
    from workspace.wire.payloads import Actor, Payloads

_TYPED_AT_LEAST = 3
_SEARCHED = frozenset({"external_select", "multi_external_select"})


class SuggestionError(Exception):
    """The app gave no options that could be shown; `str()` is a sentence for the person who searched."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """One element in its block."""

    block: Element
    element: Element

    @property
    def block_id(self) -> str:
        block_id: str = self.block["block_id"]
        return block_id

    @property
    def is_sent(self) -> bool:
        """Whether the app hears of it at once; an input block waits for the submission unless it says otherwise."""
        return self.block["type"] != "input" or bool(self.block.get("dispatch_action"))


class Acting:
    """The hands of the people on what the app has put before them.

    Every method raises LookupError for a user, place, element or option that is not there for them.
    """

    def __init__(
        self, *, state: State, views: Views, forms: Forms, interactive: Interactive, payloads: Payloads
    ) -> None:
        """Read messages and views; keep in `forms` what is filled in."""
        self._state = state
        self._views = views
        self._forms = forms
        self._interactive = interactive
        self._payloads = payloads

    async def act(
        self, user_id: str, place: Place, block_id: str, action_id: str, value: Mapping[str, Any]
    ) -> ActionResult:
        """Use one element; `value` holds the field of its kind (`selected_option`, `value`, …), none for a button.

        An empty `block_id` stands for the first with this action_id. Raises ValueError for a value that the element
        cannot hold.
        """
        spot = _spot(self._blocks(user_id, place), block_id, action_id)
        element = spot.element
        if element["type"] == "button":
            given = {key: element[key] for key in SHOWN if key in element}
        elif holds_value(element):
            given = self._forms.give(user_id, place, spot.block_id, element, value)
            self._state.touch()
        else:
            given = chosen_from_overflow(element, value)
        if not spot.is_sent:
            return ActionResult()
        if not self._interactive.is_configured:
            return ActionResult(problem=NOT_CONFIGURED)
        named = {"type": element["type"], "block_id": spot.block_id, "action_id": element["action_id"]}
        action = {**given, **named, "action_ts": self._state.next_ts()}
        dispatch = await self._interactive.send(self._clicked(user_id, place, action))
        return ActionResult(dispatches=(dispatch,), problem=click_problem(dispatch))

    async def suggest(
        self, user_id: str, place: Place, block_id: str, action_id: str, typed: str
    ) -> list[dict[str, Any]]:
        """Return what the app suggests for the words typed into an external select: options or option groups.

        The app is not asked, and nothing returned, before `min_query_length` characters (3 by default) are typed.
        Raises SuggestionError when the app fails.
        """
        spot = _spot(self._blocks(user_id, place), block_id, action_id)
        if spot.element["type"] not in _SEARCHED:
            raise LookupError(f"{action_id} is no external select.")
        if len(typed) < spot.element.get("min_query_length", _TYPED_AT_LEAST):
            return []
        if not self._interactive.is_configured:
            raise SuggestionError(NOT_CONFIGURED)
        question = {"block_id": spot.block_id, "action_id": spot.element["action_id"], "value": typed}
        dispatch = await self._interactive.send(self._searched(user_id, place, question))
        problem = click_problem(dispatch)
        if problem:
            raise SuggestionError(problem)
        answer: Any = dispatch.ack
        wrong = faults(answer, "suggested", "")
        if wrong:
            raise SuggestionError(f"The app's options cannot be shown: {wrong[0]}.")
        found: list[dict[str, Any]] = answer.get("options") or answer.get("option_groups") or []
        options = [option for entry in found for option in entry.get("options", (entry,))]
        self._forms.offer(user_id, place, spot.block_id, spot.element["action_id"], options)
        return found

    def message_values(self, user_id: str, place: MessagePlace) -> Values:
        """Return the state of the elements of a message as this user has left them."""
        return self._forms.values(user_id, place, self._blocks(user_id, place))

    def message(self, user_id: str, channel_id: str, ts: str) -> Message:
        """Return a message that this user sees."""
        message = self._state.message(channel_id, ts)
        if message is None or message.ephemeral_to not in ("", user_id):
            raise LookupError(f"{user_id} sees no message {ts} in {channel_id}.")
        return message

    def _blocks(self, user_id: str, place: Place) -> Sequence[Element]:
        if isinstance(place, MessagePlace):
            return self._message_at(user_id, place)[1].blocks
        blocks: Sequence[Element] = self._view_at(user_id, place)[1]["blocks"]
        return blocks

    def _clicked(self, user_id: str, place: Place, action: Mapping[str, Any]) -> dict[str, Any]:
        if isinstance(place, MessagePlace):
            actor, message = self._message_at(user_id, place)
            return self._payloads.message_action(actor, message, action, self.message_values(user_id, place))
        return self._payloads.view_action(*self._view_at(user_id, place), action)

    def _searched(self, user_id: str, place: Place, question: Mapping[str, str]) -> dict[str, Any]:
        if isinstance(place, MessagePlace):
            return self._payloads.message_suggestion(*self._message_at(user_id, place), question)
        return self._payloads.view_suggestion(*self._view_at(user_id, place), question)

    def _message_at(self, user_id: str, place: MessagePlace) -> tuple[Actor, Message]:
        actor = actor_in(self._state, user_id, place.channel_id)
        return actor, self.message(user_id, place.channel_id, place.ts)

    def _view_at(self, user_id: str, place: ViewPlace) -> tuple[User, dict[str, Any]]:
        user = self._state.user(user_id)
        if user is None:
            raise LookupError(f"There is no user {user_id}.")
        return user, self._views.view(user_id, place.view_id)


def _spot(blocks: Sequence[Element], block_id: str, action_id: str) -> _Spot:
    for block in blocks:
        for element in elements_of(block):
            if element["action_id"] == action_id and block_id in ("", block["block_id"]):
                return _Spot(block, element)
    raise LookupError(f"There is no element {action_id} here.")
