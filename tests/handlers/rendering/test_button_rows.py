"""Buttons in one row: which stand, which are in a menu, and what Slack takes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import ActionsBlock

from bot.actions import Action, Button, Choice
from bot.messages import OFFERS, Outcome, Reply, Subject, offered
from handlers.rendering.button_rows import button_row

if TYPE_CHECKING:
    from collections.abc import Sequence

ANSWER = Reply(
    Outcome.ANSWER, "Words.", Subject(facts=("one", "two"), digest="d"), has_more=True, cite="{}", report="{}"
)


def elements(*buttons: Button) -> list[dict[str, Any]]:
    (block,) = button_row(buttons)
    return list(block["elements"])


def fact(label: str, value: str = "one") -> Button:
    return Button(Action.FACT, label, value)


def test_what_fits_a_phone_stands_as_buttons() -> None:
    shown = elements(*(fact(f"Show {number}") for number in range(3)))
    assert [each["type"] for each in shown] == ["button"] * 3
    assert [each["action_id"] for each in shown] == ["fact:0", "fact:1", "fact:2"]


def test_of_more_the_first_stands_and_a_menu_has_the_others() -> None:
    post = Button(Action.POST, "Post to channel", "{}")
    first, *others, menu = elements(post, *offered(ANSWER))
    assert (first["action_id"], first["style"]) == ("post", "primary")
    assert [each["text"]["text"] for each in (*others, *menu["options"])] == [each.label for each in OFFERS]
    assert [each["value"].split(" ")[0] for each in menu["options"]] == [each.action for each in OFFERS[1:]]


def test_of_six_others_one_stands_so_that_there_is_one_menu() -> None:
    post, typed = Button(Action.POST, "Post to channel", "{}"), Button(Action.VERBATIM, "Search as typed", "grwth")
    others = [*offered(replace(ANSWER, choices=(Choice(Action.VERBATIM, typed.label, typed.value),))), typed]
    assert len(others) == 6
    first, second, menu = elements(post, *others)
    assert [each["text"]["text"] for each in (first, second)] == ["Post to channel", others[0].label]
    assert [each["text"]["text"] for each in menu["options"]] == [each.label for each in others[1:]]


def test_what_stands_beside_a_menu_takes_no_second_row() -> None:
    wide = [fact("Show all that is known of the first", "one"), *(fact(f"Show {number}") for number in range(6))]
    assert [each["type"] for each in elements(*wide)] == ["button", "overflow", "overflow"]


def test_what_does_not_apply_is_not_offered() -> None:
    assert offered(Reply(Outcome.NOTICE, "", note="Done.")) == ()
    assert button_row(()) == []


def test_a_button_whose_value_is_too_long_for_an_option_stands_beside_the_menu() -> None:
    shown = elements(fact("Show the first of all"), fact("Short"), fact("Long", "x" * 146), fact("Longest", "x" * 145))
    assert [each.get("text", {}).get("text") for each in shown] == ["Show the first of all", "Long", None]
    assert [each["value"] for each in shown[2]["options"]] == ["fact one", f"fact {'x' * 145}"]


def test_a_button_whose_value_slack_would_refuse_is_left_out() -> None:
    shown = elements(fact("Taken", "x" * 2000), fact("Refused", "x" * 2001))
    assert [each["text"]["text"] for each in shown] == ["Taken"]


def test_many_areas_are_a_list_to_choose_from() -> None:
    areas = [Button(Action.BRIEFING, f"The area number {number}", str(number)) for number in range(9)]
    select, last = elements(*areas, Button(Action.LOOKUP, "Look it up", "words"))
    assert select["type"] == "static_select"
    assert [each["value"] for each in select["options"]] == [f"briefing {number}" for number in range(9)]
    assert last["action_id"] == "lookup"


@pytest.mark.parametrize("count", [1, 2, 6, 7, 12, 300])
def test_no_menu_has_more_than_five_options_and_nothing_is_lost(count: int) -> None:
    blocks = button_row([fact(f"Show the fact number {number}", str(number)) for number in range(count)])
    assert len(_told(blocks)) == count


@given(
    st.lists(
        st.builds(
            Button, st.sampled_from([*Action, "details:1"]), st.text(min_size=1, max_size=90), st.text(max_size=2200)
        ),
        max_size=40,
    )
)
def test_slack_takes_any_row(buttons: list[Button]) -> None:
    for block in button_row(buttons):
        assert len({each["action_id"] for each in block["elements"]}) == len(block["elements"])
        for each in block["elements"]:
            assert each["type"] != "overflow" or len(each["options"]) <= 5
            for option in each.get("options", ()):
                assert len(option["value"]) <= 150
                assert len(option["text"]["text"]) <= 75
        ActionsBlock(elements=block["elements"]).validate_json()


def _told(blocks: Sequence[dict[str, Any]]) -> list[str]:
    return [
        option["value"] for block in blocks for each in block["elements"] for option in each.get("options", (each,))
    ]
