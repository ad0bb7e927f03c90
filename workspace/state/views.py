"""Modals and Home tabs of each user."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from workspace.blocks.check import find_faults, with_ids
from workspace.blocks.elements import blocks_within, elements_in
from workspace.blocks.schema import Fault, faults
from workspace.errors import SlackError
from workspace.state.forms import Forms, Values, ViewPlace
from workspace.state.records import APP_ID, BOT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ViewKind = Literal["modal", "home"]

_STACK_MAX = 3
_BYTES_MAX = 250_000
_DEFAULTS: dict[str, Any] = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "close": None,
    "submit": None,
    "clear_on_close": False,
    "notify_on_close": False,
}


@dataclass(frozen=True, slots=True)
class Modal:
    """An open modal.

    `view` is Slack's view object, its `state` up to date; `errors` holds a sentence for each invalid input
    block, by block_id; `values` the state of the elements, by block_id and action_id.
    """

    view: dict[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)
    values: Values = field(default_factory=dict)


class Views:
    """Each user's stack of at most three modals, and Home tab."""

    def __init__(self, forms: Forms, team_id: str, on_change: Callable[[], None]) -> None:
        """`forms` has the values of elements; `team_id` is the workspace's; `on_change` is called after each change."""
        self._team = {"team_id": team_id, "app_installed_team_id": team_id}
        self._forms = forms
        self._on_change = on_change
        self._stacks: dict[str, list[dict[str, Any]]] = {}
        self._homes: dict[str, dict[str, Any]] = {}
        self._errors: dict[str, Mapping[str, str]] = {}

    # Reading.

    def modals(self, user_id: str) -> tuple[Modal, ...]:
        """Return the user's open modals, from the bottom of the stack to the top."""
        return tuple(self._modal(user_id, view) for view in self._stacks.get(user_id, ()))

    def modal(self, user_id: str, view_id: str) -> Modal:
        """Return one of the user's open modals. Raises LookupError."""
        for modal in self.modals(user_id):
            if modal.view["id"] == view_id:
                return modal
        raise LookupError(f"{user_id} has no modal {view_id}.")

    def home(self, user_id: str) -> dict[str, Any] | None:
        """Return the Home tab that the app published for the user, or None."""
        view = self._homes.get(user_id)
        return None if view is None else self._modal(user_id, view).view

    def view(self, user_id: str, view_id: str) -> dict[str, Any]:
        """Return one of the user's modals, or their Home tab, by its id. Raises LookupError."""
        home = self.home(user_id)
        return home if home is not None and home["id"] == view_id else self.modal(user_id, view_id).view

    def has(self, view_id: str) -> bool:
        """Whether anybody has this view open, or as their Home tab."""
        return self._find(view_id, "") is not None

    # Changes by the app, with views that check_view has passed; these methods return the view as Slack does.

    def open(self, user_id: str, view: Mapping[str, Any], channel_id: str = "") -> dict[str, Any]:
        """Open a modal, in place of the user's open ones; `channel_id` is where the user acted."""
        self._require_new(view)
        self.clear(user_id)
        return self._add(user_id, view, channel_id)

    def push(self, user_id: str, view: Mapping[str, Any], below_id: str) -> dict[str, Any]:
        """Put a modal on top of the stack that holds the view `below_id`."""
        self._require_new(view)
        stack = self._stacks.get(user_id, [])
        if not any(below["id"] == below_id for below in stack):
            raise SlackError("not_found")
        if len(stack) >= _STACK_MAX:
            raise SlackError("push_limit_reached")
        return self._add(user_id, view)

    def update(
        self, view: Mapping[str, Any], *, view_id: str = "", external_id: str = "", view_hash: str = ""
    ) -> dict[str, Any]:
        """Replace the view with this id, in its modal or Home tab."""
        found = self._find(view_id, external_id)
        if found is None:
            raise SlackError("not_found")
        user_id, before = found
        if view["type"] != before["type"]:
            raise SlackError("invalid_arguments", str(Fault(f"unsupported type: {view['type']}", "/view/type")))
        self._require_new(view, before)
        _require_hash(before, view_hash)
        after = self._answered(view, before["id"], before["root_view_id"], before["previous_view_id"])
        self._replace(user_id, before, after)
        return after

    def publish(self, user_id: str, view: Mapping[str, Any], view_hash: str = "") -> dict[str, Any]:
        """Show this view in the app's Home tab of one user."""
        before = self._homes.get(user_id)
        self._require_new(view, before)
        if before is not None:
            _require_hash(before, view_hash)
        view_id = before["id"] if before else _new_id()
        self._homes[user_id] = self._answered(view, view_id, view_id, None)
        self._on_change()
        return self._homes[user_id]

    # Changes by people.

    def refuse(self, view_id: str, errors: Mapping[str, str]) -> None:
        """Show a sentence at each of these input blocks, and no others."""
        self._errors[view_id] = dict(errors)
        self._on_change()

    def close(self, user_id: str, view_id: str) -> None:
        """Close one of the user's modals."""
        self._stacks[user_id] = [view for view in self._stacks.get(user_id, ()) if view["id"] != view_id]
        self._errors.pop(view_id, None)
        self._forms.forget(user_id, ViewPlace(view_id))
        self._on_change()

    def clear(self, user_id: str) -> None:
        """Close all of the user's modals."""
        for view in self._stacks.get(user_id, ()):
            self.close(user_id, view["id"])

    def _modal(self, user_id: str, view: dict[str, Any]) -> Modal:
        values = self._forms.values(user_id, ViewPlace(view["id"]), view["blocks"])
        return Modal({**view, "state": {"values": values}}, self._errors.get(view["id"], {}), values)

    def _add(self, user_id: str, view: Mapping[str, Any], channel_id: str = "") -> dict[str, Any]:
        stack = self._stacks.setdefault(user_id, [])
        view_id = _new_id()
        root, previous = (stack[0]["id"], stack[-1]["id"]) if stack else (view_id, None)
        stack.append(self._answered(view, view_id, root, previous))
        if channel_id:
            self._fill_in_channel(channel_id, user_id, stack[-1])
        self._on_change()
        return stack[-1]

    def _fill_in_channel(self, channel_id: str, user_id: str, view: Mapping[str, Any]) -> None:
        """Set menus with `default_to_current_conversation` to this channel."""
        for block, element in elements_in(view["blocks"]):
            has_first = "initial_conversation" in element or "initial_conversations" in element
            if element.get("default_to_current_conversation") and not has_first:
                given = {"selected_conversation": channel_id, "selected_conversations": [channel_id]}
                self._forms.give(user_id, ViewPlace(view["id"]), block["block_id"], element, given)

    def _answered(self, view: Mapping[str, Any], view_id: str, root_id: str, previous_id: str | None) -> dict[str, Any]:
        """Return the view as Slack stores and returns it."""
        return {
            **_DEFAULTS,
            **view,
            "blocks": list(with_ids(view["blocks"])),
            "id": view_id,
            **self._team,
            "app_id": APP_ID,
            "bot_id": BOT_ID,
            "hash": f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}",
            "root_view_id": root_id,
            "previous_view_id": previous_id,
            "state": {"values": {}},
        }

    def _replace(self, user_id: str, before: Mapping[str, Any], after: dict[str, Any]) -> None:
        if before["type"] == "home":
            self._homes[user_id] = after
        else:
            stack = self._stacks[user_id]
            stack[[view["id"] for view in stack].index(before["id"])] = after
        self._errors.pop(before["id"], None)
        self._on_change()

    def _everywhere(self) -> list[tuple[str, dict[str, Any]]]:
        stacked = [(user_id, view) for user_id, stack in self._stacks.items() for view in stack]
        return [*stacked, *self._homes.items()]

    def _find(self, view_id: str, external_id: str) -> tuple[str, dict[str, Any]] | None:
        key, wanted = ("id", view_id) if view_id else ("external_id", external_id)
        return next(((user_id, view) for user_id, view in self._everywhere() if wanted and view[key] == wanted), None)

    def _require_new(self, view: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
        """Refuse an external_id that another view has."""
        wanted = view.get("external_id")
        others = [other for _, other in self._everywhere() if before is None or other["id"] != before["id"]]
        if wanted and any(other["external_id"] == wanted for other in others):
            raise SlackError("duplicate_external_id")


def check_view(view: object, *kinds: ViewKind) -> dict[str, Any]:
    """Return the view if Slack would accept it as one of these kinds; else raise SlackError.

    `view_too_large` above 250 kB, else `invalid_arguments` with a sentence and a JSON pointer for each fault.
    """
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "missing required field: view")
    if len(json.dumps(view, ensure_ascii=False).encode()) > _BYTES_MAX:
        raise SlackError("view_too_large")
    found = find_view_faults(view, *kinds, root="/view")
    if found:
        raise SlackError("invalid_arguments", *map(str, found))
    return view


def find_view_faults(view: Mapping[str, Any], *kinds: ViewKind, root: str) -> tuple[Fault, ...]:
    """Return the faults of a view; `root` is the JSON pointer to it."""
    kind = next((kind for kind in kinds if kind == view.get("type")), None)
    if kind is None:
        constraint = {"type": "enum", "expected": [*kinds]}
        return (Fault(f"unsupported type: {view.get('type')}", f"{root}/type", constraint=constraint),)
    found = faults(view, f"{kind}_view", root) or find_faults(view["blocks"], kind, f"{root}/blocks")
    has_inputs = not found and any(block["type"] == "input" for _, block in blocks_within(view["blocks"]))
    if kind == "modal" and has_inputs and "submit" not in view:
        return (Fault("missing required field: submit", root, "missing_field", field="submit"),)
    return found


def _new_id() -> str:
    return f"V{secrets.token_hex(5).upper()}"


def _require_hash(view: Mapping[str, Any], view_hash: str) -> None:
    if view_hash and view_hash != view["hash"]:
        raise SlackError("hash_conflict")
