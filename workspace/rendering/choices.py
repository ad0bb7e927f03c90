"""Element states as values of an HTML form, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from workspace.blocks.elements import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from workspace.blocks.elements import Element
    from workspace.state.records import Channel
    from workspace.state.state import State

_LOCAL: Final = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Group:
    """Options under one heading; an empty `label` is no heading."""

    label: str
    options: tuple[Element, ...]


def groups_of(element: Element, state: State, viewer: str) -> tuple[Group, ...]:
    """Return the options of an element; people and channels of the workspace become options too."""
    kind = str(element["type"]).removeprefix("multi_")
    if kind == "users_select":
        return (Group("", tuple(_option(user.id, user.real_name) for user in state.users)),)
    if kind in {"channels_select", "conversations_select"}:
        mine = [each for each in state.channels if each.kind == "public_channel" or viewer in each.members]
        mine = [each for each in mine if kind == "conversations_select" or each.kind == "public_channel"]
        return (Group("", tuple(_option(channel.id, _title(channel, state, viewer)) for channel in mine)),)
    if element.get("option_groups"):
        groups = element["option_groups"]
        return tuple(Group(group["label"]["text"], tuple(group["options"])) for group in groups)
    return (Group("", tuple(element.get("options") or ())),)


def chosen_options(element: Element, state: Element | None) -> tuple[Element, ...]:
    """Return the chosen options of an element, from its state or else its initial value."""
    value = _value(element, state)
    if value is None:
        return ()
    return (value,) if isinstance(value, Mapping) else tuple(value)


def form_values(element: Element, state: Element | None, zone: ZoneInfo) -> tuple[str, ...]:
    """Return an element's value as form values; moments in `zone`, as a datetime-local field takes them."""
    value = _value(element, state)
    match value:
        case None:
            return ()
        case _ if element["type"] == "datetimepicker":
            return (datetime.fromtimestamp(int(value), UTC).astimezone(zone).strftime(_LOCAL),)
        case _ if element["type"] == "rich_text_input":
            return (_plain(value),)
        case Mapping():
            return (str(value["value"]),)
        case list() | tuple():
            return tuple(str(one["value"]) if isinstance(one, Mapping) else str(one) for one in value)
        case _:
            return (str(value),)


def value_from_form(element: Element, typed: Sequence[str], zone: ZoneInfo) -> dict[str, Any]:
    """Return an element's value from form values; options have nothing but their value. Raises ValueError."""
    kind = str(element["type"])
    field = "selected_option" if kind == "overflow" else FIELDS[kind][0]
    words = [word for word in typed if word]
    if field.endswith("s"):
        return {field: [{"value": word} for word in words] if field == "selected_options" else words}
    return {field: _one(field, words[0], zone) if words else None}


def _one(field: str, word: str, zone: ZoneInfo) -> object:
    """Return the value of this state field from one form value."""
    match field:
        case "selected_option":
            return {"value": word}
        case "selected_date_time":
            return int(datetime.strptime(word, _LOCAL).replace(tzinfo=zone).timestamp())
        case "rich_text_value":
            return _rich(word)
        case _:
            return word.replace("\r\n", "\n")


def _value(element: Element, state: Element | None) -> Any:  # noqa: ANN401 — any JSON value
    field, beginning = FIELDS[str(element["type"])]
    return element.get(beginning) if state is None or field not in state else state[field]


def _option(value: str, label: str) -> Element:
    return {"text": {"type": "plain_text", "text": label}, "value": value}


def _title(channel: Channel, state: State, viewer: str) -> str:
    if not channel.is_im:
        return f"#{channel.name}"
    others = [state.user(member) for member in sorted(channel.members - {viewer})]
    return ", ".join(user.real_name for user in others if user) or channel.id


def _rich(text: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _plain(rich: Element) -> str:
    parts = [part for section in rich.get("elements", ()) for part in section.get("elements", ())]
    return "".join(str(part.get("text", "")) for part in parts)
