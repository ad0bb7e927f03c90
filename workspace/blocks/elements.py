"""Block Kit's interactive elements: their initial and current values, and the values that they accept.

The shapes are those of "Block elements" and of `view.state.values` in Slack's reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from workspace.blocks.schema import faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Element = Mapping[str, Any]

FIELDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "static_select": ("selected_option", "initial_option"),
        "external_select": ("selected_option", "initial_option"),
        "radio_buttons": ("selected_option", "initial_option"),
        "multi_static_select": ("selected_options", "initial_options"),
        "multi_external_select": ("selected_options", "initial_options"),
        "checkboxes": ("selected_options", "initial_options"),
        "users_select": ("selected_user", "initial_user"),
        "channels_select": ("selected_channel", "initial_channel"),
        "conversations_select": ("selected_conversation", "initial_conversation"),
        "multi_users_select": ("selected_users", "initial_users"),
        "multi_channels_select": ("selected_channels", "initial_channels"),
        "multi_conversations_select": ("selected_conversations", "initial_conversations"),
        "datepicker": ("selected_date", "initial_date"),
        "timepicker": ("selected_time", "initial_time"),
        "datetimepicker": ("selected_date_time", "initial_date_time"),
        "plain_text_input": ("value", "initial_value"),
        "email_text_input": ("value", "initial_value"),
        "url_text_input": ("value", "initial_value"),
        "number_input": ("value", "initial_value"),
        "rich_text_input": ("rich_text_value", "initial_value"),
    }
)
"""For each kind of element with a value: the field of its state, and the key of its initial value."""

_SENT_BY_CLICK: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "button": ("text", "value", "style", "url", "accessibility_label"),
        "icon_button": ("icon", "text", "value"),
    }
)
"""For each kind of button: its fields that a click on it sends."""

_INNER_BLOCKS: Final[Mapping[str, str]] = MappingProxyType({"container": "child_blocks", "carousel": "elements"})
"""For each kind of block with blocks inside: where they are."""

_FEEDBACK = ("positive_button", "negative_button")

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def blocks_within(blocks: Iterable[Element], root: str = "") -> Iterator[tuple[str, Element]]:
    """Yield each block after its JSON pointer, and those inside a container or a carousel after it."""
    for number, block in enumerate(blocks):
        pointer = f"{root}/{number}"
        yield pointer, block
        inner = _INNER_BLOCKS.get(block["type"])
        if inner:
            yield from blocks_within(block[inner], f"{pointer}/{inner}")


def elements_in(blocks: Iterable[Element]) -> Iterator[tuple[Element, Element]]:
    """Yield each element that a person can use, after its block."""
    for _, block in blocks_within(blocks):
        for element in elements_of(block):
            yield block, element


def elements_of(block: Element) -> Iterator[Element]:
    """Yield the elements of a block that a person can use, without those of blocks inside it."""
    match block["type"]:
        case "actions" | "context_actions":
            candidates: Iterable[Any] = block["elements"]
        case "card":
            candidates = block.get("actions", ())
        case "data_table":
            candidates = (cell.get("element") for row in block["rows"] for cell in row)
        case "input":
            candidates = (block["element"],)
        case _:
            candidates = (block.get("accessory"),)
    for element in candidates:
        if element is not None and element["type"] != "image":
            yield element


def is_shown_to(element: Element, user_id: str) -> bool:
    """Return whether a user sees an element: an icon button can name its users ("Icon button element")."""
    return user_id in element.get("visible_to_user_ids", (user_id,))


def own_options(element: Element) -> tuple[Element, ...]:
    """Return every option of an element, in groups or not."""
    groups = element.get("option_groups", ())
    return (*element.get("options", ()), *(option for group in groups for option in group["options"]))


def initial_options(element: Element) -> tuple[Element, ...]:
    """Return the initial options of an element."""
    first = element.get("initial_option")
    return (*((first,) if first else ()), *element.get("initial_options", ()))


def holds_value(element: Element) -> bool:
    """Return whether an element has a value in the state; buttons and overflow menus have none."""
    return element["type"] in FIELDS


def first_state(element: Element) -> dict[str, Any]:
    """Return the initial state of an element."""
    field, initial = FIELDS[element["type"]]
    nothing: Any = [] if _is_plural(field) else None
    return {"type": element["type"], field: element.get(initial, nothing)}


def new_state(element: Element, given: Mapping[str, Any], offered: Sequence[Element]) -> dict[str, Any]:
    """Return the state of an element with this value; `offered` are the options of an external select.

    Raises LookupError for an unknown option, ValueError for a value that this kind of element cannot hold.
    """
    field, _ = FIELDS[element["type"]]
    if field not in given:
        raise ValueError(f"A {element['type']} takes {field}.")
    value = given[field]
    if _is_plural(field):
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{field} is a list.")
        if len(value) > element.get("max_selected_items", len(value)):
            raise ValueError(f"At most {element['max_selected_items']} can be chosen.")
        return {"type": element["type"], field: [_checked(element, field, one, offered) for one in value]}
    empty = value is None or value == ""
    return {"type": element["type"], field: None if empty else _checked(element, field, value, offered)}


def sent_by_click(element: Element, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what using an element without a value sends: of feedback buttons, the text and value of the one pressed.

    The fields are those of "block_actions payload" and of @slack/bolt's FeedbackButtonsAction. Raises LookupError for
    an option or a value that the element does not have.
    """
    if element["type"] == "feedback_buttons":
        for button in (element[name] for name in _FEEDBACK):
            if button["value"] == given.get("value"):
                return {"text": button["text"], "value": button["value"]}
        raise LookupError(f"The feedback buttons {element['action_id']} have no value {given.get('value')!r}.")
    if element["type"] in _SENT_BY_CLICK:
        return {key: element[key] for key in _SENT_BY_CLICK[element["type"]] if key in element}
    return _chosen_from_overflow(element, given)


def _chosen_from_overflow(element: Element, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the option of an overflow menu that a person chose. Raises LookupError for an unknown one."""
    return {"selected_option": _option(element, given.get("selected_option"), ())}


def is_empty(state: Mapping[str, Any]) -> bool:
    """Return whether an element has no value."""
    field, _ = FIELDS[state["type"]]
    return not state[field]


def _is_plural(field: str) -> bool:
    return field.endswith("s")


def _checked(element: Element, field: str, value: Any, offered: Sequence[Element]) -> Any:  # noqa: ANN401 — any JSON value
    if field in {"selected_option", "selected_options"}:
        return _option(element, value, offered)
    if not _fits(field, value):
        raise ValueError(f"A {element['type']} cannot hold {value!r}.")
    return value


def _fits(field: str, value: object) -> bool:
    match field:
        case "selected_date_time":
            return isinstance(value, int) and not isinstance(value, bool)
        case "rich_text_value":
            return not faults(value, "rich_text", "")
        case "selected_date":
            return isinstance(value, str) and _is_date(value)
        case "selected_time":
            return isinstance(value, str) and bool(_TIME.fullmatch(value))
        case _:
            return isinstance(value, str)


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _option(element: Element, value: object, offered: Sequence[Element]) -> dict[str, Any]:
    """Return the element's own option with the given option's value."""
    wanted = value.get("value") if isinstance(value, Mapping) else None
    for option in (*own_options(element), *initial_options(element), *offered):
        if option["value"] == wanted:
            return dict(option)
    raise LookupError(f"The {element['type']} {element.get('action_id')} has no option {wanted!r}.")
