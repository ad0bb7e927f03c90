"""An interactive element as the page draws it: its htmx attributes, labels and value."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32
from zoneinfo import ZoneInfo

from markupsafe import Markup

from workspace.blocks.elements import is_shown_to
from workspace.rendering.choices import chosen_options, form_values, groups_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.blocks.elements import Element
    from workspace.rendering.choices import Group
    from workspace.state.state import State


GROUPS: Final = frozenset(
    {
        "checkboxes",
        "radio_buttons",
        "multi_static_select",
        "multi_users_select",
        "multi_channels_select",
        "multi_conversations_select",
    }
)
"""The elements drawn as several fields, which have a heading instead of a label."""


@dataclass(frozen=True, slots=True)
class BlockContext:
    """The surface of some blocks.

    `where` is sent with every click on them: `channel` and `ts` of a message, or a `view_id`. `is_form` says that
    inputs are submitted together, as in a modal. `values` are element states by block_id and action_id; `errors`
    holds a sentence by block_id.
    """

    where: Mapping[str, str]
    is_form: bool = False
    values: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def field_name(block_id: str, action_id: str) -> str:
    """Return the name of an element's form field."""
    return json.dumps([block_id, action_id])


def field_id(block_id: str) -> str:
    """Return the id of a modal's input on the page; its heading, hint and error end in -label, -hint and -error."""
    return f"f{crc32(block_id.encode()):x}"


class Control:
    """One element, for its template."""

    def __init__(
        self,
        element: Element,
        block: Element,
        context: BlockContext,
        state: State,
        viewer: str,
    ) -> None:
        """Draw `element` of `block` for the user id `viewer`."""
        self._element = element
        self._block = block
        self._state = state
        self._viewer = viewer
        self._context = context
        self._block_id, self._action_id = str(block.get("block_id", "")), str(element.get("action_id", ""))
        self._is_input = block.get("type") == "input"

    @property
    def name(self) -> str:
        """The name of its form field."""
        return field_name(self._block_id, self._action_id)

    @property
    def label(self) -> str:
        """Its accessible name where the page shows no label."""
        beside = self._element.get("placeholder") or self._block.get("text") or {}
        return str(beside.get("text") or self._action_id or self._element["type"])

    @property
    def naming(self) -> Markup:
        """The attributes that name it and, in an input block of a form, tie it to its hint and error."""
        if not (self._is_input and self._context.is_form):
            return Markup('aria-label="{}"').format(self.label)
        own = field_id(self._block_id)
        named = 'aria-labelledby="{0}-label"' if self._element["type"] in GROUPS else 'id="{0}"'
        invalid = ' aria-invalid="true"' if self._context.errors.get(self._block_id) else ""
        return Markup(f'{named} aria-describedby="{{0}}-hint {{0}}-error"{invalid}').format(own)  # noqa: S704 — the parts are constants

    @property
    def waits(self) -> bool:
        """Whether its value is sent to the app with the form only."""
        return self._is_input and not self._block.get("dispatch_action")

    @property
    def sending(self) -> Markup:
        """The htmx attributes that post a change or a click."""
        return self.sends()

    def sends(self, **more: str) -> Markup:
        """Return the htmx attributes with further values."""
        values = {**self._context.where, "block_id": self._block_id, "action_id": self._action_id, **more}
        confirm = Markup(' hx-confirm="asked"') if self._element.get("confirm") else Markup()
        return Markup('hx-post="/client/{}/act" hx-vals="{}" hx-swap="none" hx-sync="this:{}"{}').format(
            self._viewer, json.dumps(values), "drop" if self._is_clicked else "replace", confirm
        )

    @property
    def suggesting(self) -> str:
        """The address and ids with which an external select fetches its options, as JSON."""
        values = {**self._context.where, "block_id": self._block_id, "action_id": self._action_id}
        return json.dumps({"address": f"/client/{self._viewer}/suggest", **values})

    @property
    def is_shown(self) -> bool:
        """Whether this user sees it."""
        return is_shown_to(self._element, self._viewer)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Its options."""
        return groups_of(self._element, self._state, self._viewer)

    @property
    def form_values(self) -> tuple[str, ...]:
        """Its value as form values."""
        user = self._state.user(self._viewer)
        return form_values(self._element, self._element_state, ZoneInfo(user.tz if user else "UTC"))

    @property
    def chosen(self) -> Sequence[Element]:
        """Its chosen options."""
        return chosen_options(self._element, self._element_state)

    @property
    def _element_state(self) -> Mapping[str, Any] | None:
        return self._context.values.get(self._block_id, {}).get(self._action_id)

    @property
    def _is_clicked(self) -> bool:
        return self._element["type"] in {"button", "feedback_buttons", "icon_button", "overflow"}
