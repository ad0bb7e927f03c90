"""Valid views, manifests, answers and forms with one random change: accepted or refused, never a crash."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.new_blocks import message_blocks
from tests.workspace.apps import ManualClock, field, manifest, modal, option, row, text
from workspace.blocks.check import check_blocks, with_ids
from workspace.blocks.elements import elements_of, holds_value, new_state
from workspace.blocks.schema import faults
from workspace.errors import SlackError
from workspace.manifest import ManifestError, read_manifest
from workspace.people.validation import refusals
from workspace.rendering.controls import BlockContext
from workspace.rendering.render import BlockWriter
from workspace.server import Workspace
from workspace.state.forms import Forms
from workspace.state.views import Views, check_view

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any

GROUP = {"label": text("Group"), "options": [option("a")]}
ELEMENTS: list[dict[str, Any]] = [
    {"type": "static_select", "options": [option("a")], "initial_option": option("a")},
    {"type": "multi_static_select", "option_groups": [GROUP], "max_selected_items": 1},
    {"type": "external_select", "min_query_length": 0},
    {"type": "users_select", "initial_user": "U0ADA"},
    {"type": "multi_conversations_select", "default_to_current_conversation": True},
    {"type": "checkboxes", "options": [option("a")], "initial_options": [option("a")]},
    {"type": "radio_buttons", "options": [option("a")]},
    {"type": "timepicker", "initial_time": "09:00"},
    {"type": "datepicker", "initial_date": "2026-11-30"},
    {"type": "datetimepicker", "initial_date_time": 1795424400},
    {"type": "plain_text_input", "min_length": 1, "max_length": 9, "initial_value": "x"},
    {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "2", "initial_value": "1"},
    {"type": "email_text_input", "initial_value": "x"},
    {"type": "url_text_input", "initial_value": "x"},
    {"type": "rich_text_input"},
]
BUTTON = {"type": "button", "action_id": "go", "text": text("Go"), "url": "https://example.org"}
OVERFLOW = {"type": "overflow", "action_id": "more", "options": [option("a")]}
VIEW = modal(
    *(field(str(number), element) for number, element in enumerate(ELEMENTS)),
    row("row", BUTTON, OVERFLOW),
    {"type": "section", "text": text("x"), "accessory": BUTTON},
    callback_id="form",
    private_metadata="{}",
    external_id="mine",
)

ANYTHING: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "9", "modal", "button", "plain_text", "1e9"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "value", "options", "element"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Json, way: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Yield the path to each value within a value."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*way, key))


@st.composite
def altered(draw: st.DrawFn, good: Json) -> Json:
    """Return a valid value with one value in it replaced or removed."""
    way = draw(st.sampled_from(list(places(good))))
    if not way:
        return draw(ANYTHING)
    bad = copy.deepcopy(good)
    part = bad
    for key in way[:-1]:
        part = part[key]
    if draw(st.booleans()):
        part[way[-1]] = draw(ANYTHING)
    else:
        del part[way[-1]]
    return bad


@given(altered(VIEW))
def test_any_view_is_shown_whole_or_refused(view: Json) -> None:
    try:
        checked = check_view(view, "modal", "home")
    except SlackError:
        return
    state = Workspace(manifest(), clock=ManualClock()).state
    views = Views(Forms(state), state.team.id, state.touch)
    views.open("U0ADA", checked, "C0POLICY")
    (shown,) = views.modals("U0ADA")
    refusals(shown.view, shown.values)
    assert check_view({key: shown.view[key] for key in view}, "modal", "home")


@given(altered(message_blocks()))
def test_any_message_is_drawn_or_refused(blocks: Json) -> None:
    try:
        check_blocks(blocks, "message")
    except SlackError:
        return
    filled = with_ids(blocks)
    check_blocks([*filled], "message")
    state = Workspace(manifest(), clock=ManualClock()).state
    html = str(BlockWriter(state, "U0ADA").blocks(filled, BlockContext({"channel": "C0POLICY"})))
    assert "This page cannot show" not in html


@given(altered(manifest(url="https://example.org")))
def test_any_manifest_is_read_or_refused(source: Json) -> None:
    try:
        app = read_manifest(source)
    except ManifestError:
        return
    assert app.name


@given(altered({"options": [option("a")]}) | altered({"option_groups": [GROUP]}))
def test_any_suggestion_is_offered_or_refused(answer: Json) -> None:
    if not faults(answer, "suggested", ""):
        groups = answer.get("option_groups", [answer])
        assert all(isinstance(choice["value"], str) for group in groups for choice in group["options"])


@given(st.data())
def test_any_form_is_held_or_refused(data: st.DataObject) -> None:
    element = {"action_id": "it", **data.draw(st.sampled_from(ELEMENTS))}
    given_ = data.draw(st.dictionaries(st.sampled_from(["value", "selected_option", "selected_options"]), ANYTHING))
    try:
        state = new_state(element, given_, ())
    except (LookupError, ValueError):
        return
    assert state["type"] == element["type"]


@given(data=st.data())
@pytest.mark.parametrize("element", ELEMENTS, ids=[element["type"] for element in ELEMENTS])
def test_a_form_with_any_state_can_be_judged(element: Json, data: st.DataObject) -> None:
    view = modal(field("a", element))
    values = {"a": {"it": {"type": element["type"], "value": data.draw(st.none() | st.text())}}}
    (only,) = elements_of(view["blocks"][0])
    assert holds_value(only)
    if element["type"].endswith("_input") and element["type"] != "rich_text_input":
        assert refusals(view, values).keys() <= {"a"}
