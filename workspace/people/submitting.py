"""Submitting and closing modals, and what the app's answer does to them ("Modals" in Slack's reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.blocks.elements import elements_of, holds_value
from workspace.errors import SlackError
from workspace.people.interactivity import NOT_CONFIGURED
from workspace.people.results import ActionResult, click_problem
from workspace.people.validation import refusals
from workspace.state.forms import ViewPlace
from workspace.state.views import check_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.people.interactivity import Interactive
    from workspace.state.forms import Forms
    from workspace.state.records import User
    from workspace.state.state import State
    from workspace.state.views import Modal, Views
    from workspace.wire.payloads import Payloads

_TROUBLE = "We had some trouble connecting. Try again?"


class Submitting:
    """The buttons at the foot of a modal. Every method raises LookupError for a modal that is not on top."""

    def __init__(
        self, *, state: State, views: Views, forms: Forms, interactive: Interactive, payloads: Payloads
    ) -> None:
        """Work on the modals in `views`, filled in as `forms` has it."""
        self._state = state
        self._views = views
        self._forms = forms
        self._interactive = interactive
        self._payloads = payloads

    async def submit(
        self, user_id: str, view_id: str, values: Mapping[str, Mapping[str, Mapping[str, Any]]]
    ) -> ActionResult:
        """Submit the modal on top, `values` (block_id → action_id → the element's field) filled in first.

        What Slack itself refuses stays with the person, a sentence at the field, and the app hears nothing. Raises
        LookupError for an element or option that is not there, ValueError for what an element cannot hold.
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
        if not self._interactive.is_configured:
            return ActionResult(problem=NOT_CONFIGURED)
        dispatch = await self._interactive.send(self._payloads.view_submission(user, modal.view))
        problem = click_problem(dispatch)
        still_open = any(open_modal.view["id"] == view_id for open_modal in self._views.modals(user_id))
        if still_open and not problem:
            try:
                self._answer(user_id, view_id, dispatch.ack)
            except SlackError as error:
                problem = " ".join((_TROUBLE, f"({', '.join(error.messages) or error.code})"))
        return ActionResult(dispatches=(dispatch,), problem=problem)

    async def close(self, user_id: str, view_id: str, *, whole_stack: bool) -> ActionResult:
        """Close the modal on top, or the whole stack; tell the app of each that asks to be told."""
        user, modal = self._on_top(user_id, view_id)
        is_cleared = whole_stack or modal.view["clear_on_close"]
        closed = self._views.modals(user_id)[::-1] if is_cleared else (modal,)
        for gone in closed:
            self._views.close(user_id, gone.view["id"])
        told = [gone.view for gone in closed if gone.view["notify_on_close"] and self._interactive.is_configured]
        payloads = [self._payloads.view_closed(user, view, is_cleared=is_cleared) for view in told]
        return ActionResult(dispatches=tuple([await self._interactive.send(payload) for payload in payloads]))

    def _on_top(self, user_id: str, view_id: str) -> tuple[User, Modal]:
        user, modals = self._state.user(user_id), self._views.modals(user_id)
        if user is None or not modals or modals[-1].view["id"] != view_id:
            raise LookupError(f"{view_id} is not on top for {user_id}.")
        return user, modals[-1]

    def _fill_in(self, user_id: str, modal: Modal, values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
        elements = {
            (block["block_id"], element["action_id"]): element
            for block in modal.view["blocks"]
            for element in elements_of(block)
            if holds_value(element)
        }
        for block_id, actions in values.items():
            for action_id, given in actions.items():
                if (block_id, action_id) not in elements:
                    raise LookupError(f"There is no element {action_id} in {block_id}.")
                element = elements[block_id, action_id]
                self._forms.give(user_id, ViewPlace(modal.view["id"]), block_id, element, given)

    def _answer(self, user_id: str, view_id: str, ack: Any) -> None:  # noqa: ANN401 — any JSON value
        """Do what the ack says. Raises SlackError for an answer that Slack would not take."""
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
