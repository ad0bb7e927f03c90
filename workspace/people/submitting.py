"""Submitting and closing modals, and what the app's answer does to them ("Modals" in Slack's reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.blocks.elements import elements_in, holds_value
from workspace.errors import SlackError
from workspace.parts import Parts
from workspace.people.results import NOT_CONFIGURED, ActionResult, result_of
from workspace.people.validation import refusals
from workspace.state.forms import ViewPlace
from workspace.state.views import check_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.state.records import User
    from workspace.state.views import Modal

_TROUBLE = "We had some trouble connecting. Try again?"


class Submitting(Parts):
    """The buttons at the foot of a modal. Every method raises LookupError for a modal that is not on top."""

    async def submit(
        self, user_id: str, view_id: str, values: Mapping[str, Mapping[str, Mapping[str, Any]]]
    ) -> ActionResult:
        """Submit the modal on top with these values (block_id → action_id → the element's field) filled in.

        Elements that are left out keep their values. What Slack itself refuses is shown at the field, and nothing is
        sent. Raises LookupError for an element or option that is not there, ValueError for what an element cannot hold.
        """
        user, modal = self._on_top(user_id, view_id)
        self._fill_in(user_id, modal, values)
        modal = self._views.modal(user_id, view_id)
        if "submit" not in modal.view or modal.view["submit"] is None:
            raise LookupError(f"The modal {view_id} has no button to submit it.")
        refused = refusals(modal.view, modal.values)
        self._views.refuse(view_id, refused)
        if refused:
            return ActionResult()
        if not self.manifest.interactivity:
            return ActionResult(problem=NOT_CONFIGURED)
        dispatch = await self._dispatcher.send_once(self._payloads.view_submission(user, modal.view))
        result = result_of(dispatch)
        if result.problem or not any(modal.view["id"] == view_id for modal in self._views.modals(user_id)):
            return result
        try:
            self._answer(user_id, view_id, dispatch.ack)
        except SlackError as error:
            problem = f"{_TROUBLE} ({', '.join(error.messages) or error.code})"
            return ActionResult(dispatches=(dispatch,), problem=problem)
        return result

    async def close_modal(self, user_id: str, view_id: str, *, all: bool = False) -> ActionResult:  # noqa: A002 — the argument's natural name
        """Close the modal on top, or the whole stack; send view_closed for each that has `notify_on_close`."""
        user, modal = self._on_top(user_id, view_id)
        is_cleared = all or modal.view["clear_on_close"]
        closed = self._views.modals(user_id)[::-1] if is_cleared else (modal,)
        for closing in closed:
            self._views.close(user_id, closing.view["id"])
        envelopes = [
            self._payloads.view_closed(user, closing.view, is_cleared=is_cleared)
            for closing in closed
            if closing.view["notify_on_close"] and self.manifest.interactivity
        ]
        return ActionResult(dispatches=tuple([await self._dispatcher.send_once(envelope) for envelope in envelopes]))

    def _on_top(self, user_id: str, view_id: str) -> tuple[User, Modal]:
        user, modals = self.state.user(user_id), self._views.modals(user_id)
        if user is None or not modals or modals[-1].view["id"] != view_id:
            raise LookupError(f"{view_id} is not on top for {user_id}.")
        return user, modals[-1]

    def _fill_in(self, user_id: str, modal: Modal, values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        elements = {
            (block["block_id"], element["action_id"]): element
            for block, element in elements_in(modal.view["blocks"])
            if holds_value(element)
        }
        for block_id, actions in values.items():
            for action_id, given in actions.items():
                if (block_id, action_id) not in elements:
                    raise LookupError(f"There is no element {action_id} in {block_id}.")
                element = elements[block_id, action_id]
                self._forms.give(user_id, ViewPlace(modal.view["id"]), block_id, element, given)

    def _answer(self, user_id: str, view_id: str, ack: Any) -> None:  # noqa: ANN401 — any JSON value
        """Do what the ack says. Raises SlackError for an answer that Slack would refuse."""
        action = ack.get("response_action") if isinstance(ack, dict) else None
        match action:
            case None if not ack:
                self._views.close(user_id, view_id)
            case "clear":
                self._views.clear(user_id)
            case "errors":
                self._views.refuse(view_id, self._errors(user_id, view_id, ack.get("errors")))
            case "update":
                self._views.update(check_view(ack.get("view"), "modal"), view_id=view_id)
            case "push":
                self._views.push(user_id, check_view(ack.get("view"), "modal"), view_id)
            case _:
                raise SlackError("invalid_response_action")

    def _errors(self, user_id: str, view_id: str, errors: object) -> dict[str, str]:
        """Return the app's sentences, if each is for an input block of the modal."""
        blocks = self._views.modal(user_id, view_id).view["blocks"]
        inputs = {block["block_id"] for block in blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or errors.keys() - inputs:
            raise SlackError("invalid_errors", "errors must name input blocks of the view")
        if not all(isinstance(sentence, str) and sentence for sentence in errors.values()):
            raise SlackError("invalid_errors", "each error must be a sentence")
        return errors
