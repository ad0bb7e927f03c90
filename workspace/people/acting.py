"""Using the elements of messages, modals and Home tabs: clicks, choices and searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.blocks.elements import elements_in, holds_value, is_shown_to, sent_by_click
from workspace.blocks.schema import faults
from workspace.parts import Parts
from workspace.people.results import NOT_CONFIGURED, ActionResult, result_of
from workspace.state.forms import MessagePlace
from workspace.wire.payloads import actor_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.blocks.elements import Element
    from workspace.state.forms import Place, Values, ViewPlace
    from workspace.state.records import Message, User
    from workspace.wire.delivery import Envelope
    from workspace.wire.payloads import Actor

_MIN_QUERY_LENGTH = 3
_SEARCHED = frozenset({"external_select", "multi_external_select"})


class SuggestionError(Exception):
    """The app returned no options that can be shown; `str()` is a sentence for the person who searched."""


class Acting(Parts):
    """Uses elements. Every method raises LookupError for a user, place, element or option that is not there."""

    async def press(self, user_id: str, channel_id: str, ts: str, action_id: str, block_id: str = "") -> ActionResult:
        """Click a button of a message; return when the app has acked, or its 3 s ran out."""
        return await self.act(user_id, MessagePlace(channel_id, ts), block_id, action_id, {})

    async def act(
        self, user_id: str, where: Place, block_id: str, action_id: str, value: Mapping[str, Any]
    ) -> ActionResult:
        """Use one element; `value` holds the field of its kind (`selected_option`, `value`, …), none for a button.

        Of feedback buttons, `value` is that of the one pressed.

        With an empty `block_id` the first element with this action_id is used. An element in an input block is sent
        with the form, unless the block has `dispatch_action`. Raises ValueError for a value that it cannot hold.
        """
        block, element = _find(self._blocks(user_id, where), block_id, action_id)
        if not is_shown_to(element, user_id):
            raise LookupError(f"{user_id} does not see {action_id}.")
        if holds_value(element):
            given = self._forms.give(user_id, where, block["block_id"], element, value)
            self.state.touch()
        else:
            given = sent_by_click(element, value)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return ActionResult()
        if not self.manifest.interactivity:
            return ActionResult(problem=NOT_CONFIGURED)
        named = {"type": element["type"], "block_id": block["block_id"], "action_id": element["action_id"]}
        action = {**given, **named, "action_ts": self.state.next_ts()}
        return result_of(await self._dispatcher.send_once(self._click(user_id, where, action)))

    async def suggest(
        self, user_id: str, where: Place, block_id: str, action_id: str, typed: str
    ) -> list[dict[str, Any]]:
        """Return what the app suggests for the words typed into an external select: options or option groups.

        Returns nothing, without asking the app, before `min_query_length` characters (3 by default) are typed. Raises
        SuggestionError when the app fails.
        """
        block, element = _find(self._blocks(user_id, where), block_id, action_id)
        if element["type"] not in _SEARCHED:
            raise LookupError(f"{action_id} is not an external select.")
        if len(typed) < element.get("min_query_length", _MIN_QUERY_LENGTH):
            return []
        if not self.manifest.interactivity:
            raise SuggestionError(NOT_CONFIGURED)
        query = {"block_id": block["block_id"], "action_id": element["action_id"], "value": typed}
        result = result_of(await self._dispatcher.send_once(self._search(user_id, where, query)))
        if result.problem:
            raise SuggestionError(result.problem)
        answer: Any = result.dispatches[0].ack
        wrong = faults(answer, "suggested", "")
        if wrong:
            raise SuggestionError(f"The app's options cannot be shown: {wrong[0]}.")
        found: list[dict[str, Any]] = answer.get("options") or answer.get("option_groups") or []
        options = [option for entry in found for option in entry.get("options", (entry,))]
        self._forms.offer(user_id, where, block["block_id"], element["action_id"], options)
        return found

    def message_values(self, user_id: str, channel_id: str, ts: str) -> Values:
        """Return what this user has chosen in a message's elements."""
        place = MessagePlace(channel_id, ts)
        return self._forms.values(user_id, place, self._blocks(user_id, place))

    def _blocks(self, user_id: str, where: Place) -> Sequence[Element]:
        if isinstance(where, MessagePlace):
            return self._message_at(user_id, where)[1].blocks
        blocks: Sequence[Element] = self._view_at(user_id, where)[1]["blocks"]
        return blocks

    def _click(self, user_id: str, where: Place, action: Mapping[str, Any]) -> Envelope:
        if isinstance(where, MessagePlace):
            values = self.message_values(user_id, where.channel_id, where.ts)
            return self._payloads.message_action(*self._message_at(user_id, where), action, values)
        return self._payloads.view_action(*self._view_at(user_id, where), action)

    def _search(self, user_id: str, where: Place, query: Mapping[str, str]) -> Envelope:
        if isinstance(where, MessagePlace):
            return self._payloads.message_suggestion(*self._message_at(user_id, where), query)
        return self._payloads.view_suggestion(*self._view_at(user_id, where), query)

    def _message_at(self, user_id: str, where: MessagePlace) -> tuple[Actor, Message]:
        actor, message = actor_in(self.state, user_id, where.channel_id), self.state.message(where.channel_id, where.ts)
        if message is None or message.ephemeral_to not in ("", user_id):
            raise LookupError(f"{user_id} sees no message {where.ts} in {where.channel_id}.")
        return actor, message

    def _view_at(self, user_id: str, where: ViewPlace) -> tuple[User, dict[str, Any]]:
        return self.state.known_user(user_id), self._views.view(user_id, where.view_id)


def _find(blocks: Sequence[Element], block_id: str, action_id: str) -> tuple[Element, Element]:
    """Return the first such element, after its block."""
    for block, element in elements_in(blocks):
        if element["action_id"] == action_id and block_id in ("", block["block_id"]):
            return block, element
    raise LookupError(f"There is no element {action_id} here.")
