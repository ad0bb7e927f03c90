"""Forms to fill in, as Slack modals, and what somebody typed or chose in a submitted one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.rendering.blocks import literal
from handlers.rendering.elements import label, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from handlers.rendering.blocks import Block
    from handlers.rendering.replies import View


def form_view(callback: str, title: str, submit: str, metadata: str, blocks: Sequence[Block]) -> View:
    """Return a form; `metadata` comes back with it."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": words(title),
        "submit": words(submit),
        "close": words("Cancel"),
        "private_metadata": metadata,
        "blocks": list(blocks),
    }


def text_field(  # noqa: PLR0913 — what Slack asks of a text field
    name: str, title: str, longest: int, *, initial: str = "", is_multiline: bool = False, is_optional: bool = False
) -> Block:
    """Return a text field."""
    element = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": is_multiline,
        "max_length": longest,
        **({"initial_value": literal(initial)[:longest]} if initial else {}),
    }
    return _input(name, title, element, is_optional=is_optional)


def select_field(
    name: str, title: str, options: Mapping[str, str], *, is_multiple: bool = False, is_optional: bool = False
) -> Block:
    """Return a list to choose from; `options` are value → words, at most a hundred (Slack: "Select menu element")."""
    kind = "multi_static_select" if is_multiple else "static_select"
    listed = [{"text": words(label(each)), "value": value} for value, each in options.items()]
    return _input(name, title, {"type": kind, "action_id": name, "options": listed}, is_optional=is_optional)


def filled_in(view: Mapping[str, Any], field: str) -> str:
    """Return what somebody typed into a field of a submitted form."""
    return str(_element(view, field).get("value") or "").strip()


def chosen(view: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Return the values that somebody chose in a field of a submitted form."""
    element = _element(view, field)
    picked = element.get("selected_options") or [element.get("selected_option")]
    return tuple(str(each["value"]) for each in picked if each)


def _element(view: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    element: Mapping[str, Any] = view["state"]["values"].get(field, {}).get(field, {})
    return element


def _input(name: str, title: str, element: Block, *, is_optional: bool) -> Block:
    return {"type": "input", "block_id": name, "label": words(title), "element": element, "optional": is_optional}
