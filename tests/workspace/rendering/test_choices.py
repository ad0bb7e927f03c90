"""Element states as form values, and back."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from workspace.blocks.elements import new_state
from workspace.clock import SystemClock
from workspace.rendering.choices import chosen_options, form_values, groups_of, value_from_form
from workspace.state.records import BOT_USER_ID, Channel, User
from workspace.state.state import State

LONDON = ZoneInfo("Europe/London")
ONE = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}
TWO = {"text": {"type": "plain_text", "text": "Two"}, "value": "2"}
STATE = State(
    SystemClock(),
    [User("U0ADA", "ada", "Ada"), User("U0GRACE", "grace", "Grace"), User(BOT_USER_ID, "bot", "Bot", is_bot=True)],
    [
        Channel("C0POLICY", "policy", frozenset({"U0ADA"})),
        Channel("D0ADA", "", frozenset({"U0ADA", BOT_USER_ID}), is_im=True, im_user="U0ADA"),
        Channel("D0GRACE", "", frozenset({"U0GRACE", BOT_USER_ID}), is_im=True, im_user="U0GRACE"),
    ],
)


@pytest.mark.parametrize(
    ("kind", "typed", "state"),
    [
        ("static_select", ["2"], {"selected_option": TWO}),
        ("radio_buttons", ["1"], {"selected_option": ONE}),
        ("multi_static_select", ["1", "2"], {"selected_options": [ONE, TWO]}),
        ("checkboxes", [], {"selected_options": []}),
        ("users_select", ["U0ADA"], {"selected_user": "U0ADA"}),
        ("multi_users_select", ["U0ADA", "U0GRACE"], {"selected_users": ["U0ADA", "U0GRACE"]}),
        ("channels_select", ["C0POLICY"], {"selected_channel": "C0POLICY"}),
        ("multi_conversations_select", ["D0ADA"], {"selected_conversations": ["D0ADA"]}),
        ("datepicker", ["2026-11-23"], {"selected_date": "2026-11-23"}),
        ("timepicker", ["09:00"], {"selected_time": "09:00"}),
        ("datetimepicker", ["2026-07-01T09:00"], {"selected_date_time": 1782892800}),
        ("plain_text_input", ["two\r\nlines"], {"value": "two\nlines"}),
        ("number_input", ["7"], {"value": "7"}),
        ("static_select", [""], {"selected_option": None}),
        ("plain_text_input", [], {"value": None}),
    ],
)
def test_what_a_form_gives_is_what_the_element_then_shows(kind: str, typed: list[str], state: dict[str, Any]) -> None:
    element = {"type": kind, "action_id": "it", "options": [ONE, TWO]}
    held = new_state(element, value_from_form(element, typed, LONDON), ())
    assert held == {"type": kind, **state}
    assert form_values(element, held, LONDON) == tuple(word.replace("\r\n", "\n") for word in typed if word)


def test_rich_text_goes_there_and_back() -> None:
    element = {"type": "rich_text_input", "action_id": "it"}
    held = new_state(element, value_from_form(element, ["*not* bold"], LONDON), ())
    assert held["rich_text_value"]["type"] == "rich_text"
    assert form_values(element, held, LONDON) == ("*not* bold",)


def test_an_overflow_menu_gives_what_was_chosen() -> None:
    assert value_from_form({"type": "overflow"}, ["2"], LONDON) == {"selected_option": {"value": "2"}}


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="does not match format"):
        value_from_form({"type": "datetimepicker"}, ["soon"], LONDON)


def test_an_untouched_element_shows_what_it_begins_with() -> None:
    assert form_values({"type": "timepicker", "initial_time": "09:00"}, None, LONDON) == ("09:00",)
    assert form_values({"type": "checkboxes", "initial_options": [TWO]}, None, LONDON) == ("2",)
    assert form_values({"type": "plain_text_input"}, None, LONDON) == ()


def test_what_was_emptied_stays_empty_whatever_it_began_with() -> None:
    assert form_values({"type": "timepicker", "initial_time": "09:00"}, {"selected_time": None}, LONDON) == ()


def test_options_that_are_held_keep_their_words() -> None:
    assert chosen_options({"type": "external_select", "initial_option": ONE}, None) == (ONE,)
    assert chosen_options({"type": "multi_external_select"}, {"selected_options": [ONE, TWO]}) == (ONE, TWO)
    assert chosen_options({"type": "external_select"}, None) == ()


def test_people_and_channels_are_options() -> None:
    people = groups_of({"type": "multi_users_select"}, STATE, "U0ADA")
    assert [option["text"]["text"] for option in people[0].options] == ["Ada", "Grace", "Bot"]
    channels = groups_of({"type": "channels_select"}, STATE, "U0ADA")
    assert [option["text"]["text"] for option in channels[0].options] == ["#policy"]
    conversations = groups_of({"type": "conversations_select"}, STATE, "U0ADA")
    assert [option["text"]["text"] for option in conversations[0].options] == ["#policy", "Bot"], "not Grace's own"


def test_groups_keep_their_headings() -> None:
    group = {"label": {"type": "plain_text", "text": "Low"}, "options": [ONE]}
    assert [
        (found.label, found.options)
        for found in groups_of({"type": "static_select", "option_groups": [group]}, STATE, "U0ADA")
    ] == [("Low", (ONE,))]
