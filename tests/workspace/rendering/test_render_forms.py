"""Interactive elements as HTML: every kind drawn, everything escaped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.support.new_blocks import alerts, message_blocks
from tests.workspace.rendering.markup import HOSTILE, SAFE, STATE, Tags
from workspace.rendering.controls import BlockContext
from workspace.rendering.render import BlockWriter


def everything(words: str) -> list[dict[str, Any]]:
    """Return an input block for each kind of element, with these words as every text."""
    plain = {"type": "plain_text", "text": words or "-"}
    option = {"text": plain, "value": words or "-", "description": plain}
    confirm = dict.fromkeys(("title", "text", "confirm", "deny"), plain)
    common = {"action_id": words or "-", "placeholder": plain, "confirm": confirm}
    kinds: dict[str, dict[str, Any]] = {
        "static_select": {"options": [option], "initial_option": option},
        "multi_static_select": {"option_groups": [{"label": plain, "options": [option]}]},
        "external_select": {"initial_option": option},
        "multi_external_select": {"initial_options": [option]},
        "checkboxes": {"options": [option], "initial_options": [option]},
        "radio_buttons": {"options": [option]},
        "users_select": {},
        "conversations_select": {},
        "multi_channels_select": {},
        "datepicker": {"initial_date": words},
        "timepicker": {"initial_time": words},
        "plain_text_input": {"initial_value": words},
        "rich_text_input": {},
    }
    inputs = [
        {
            "type": "input",
            "block_id": f"{number}{words}",
            "label": plain,
            "hint": plain,
            "element": {"type": kind, **common, **more},
        }
        for number, (kind, more) in enumerate(kinds.items())
    ]
    press = {"text": plain, "value": words or "-", "accessibility_label": words}
    feedback = {
        "type": "feedback_buttons",
        "action_id": words or "-",
        "positive_button": press,
        "negative_button": press,
    }
    bin_ = {"type": "icon_button", "icon": "trash", "action_id": "bin", "text": plain, "confirm": confirm}
    hidden = {**bin_, "visible_to_user_ids": ["U0GRACE"], "action_id": "hidden"}
    below = {"type": "context_actions", "block_id": "below", "elements": [feedback, bin_, hidden]}
    menu = {"type": "overflow", **common, "options": [option, {**option, "url": words}]}
    new = [*message_blocks(words or "-"), *alerts(words or "-")]
    return [*new, *inputs, below, {"type": "section", "block_id": words, "text": plain, "accessory": menu}]


@pytest.mark.parametrize("is_form", [True, False])
def test_every_element_is_drawn(is_form: bool) -> None:  # noqa: FBT001 — a case of the test
    context = BlockContext({"view_id": "V1"}, is_form=is_form)
    html = str(BlockWriter(STATE, "U0ADA").blocks(everything("words"), context))
    assert "This page cannot show" not in html
    assert html.count('class="input') == 13 * 2, "each input and its hint"
    assert html.count('class="icon"') == 3 + 3, "each two for feedback, and the bin that Ada sees"
    assert html.count("<caption>words</caption>") == 1
    assert html.count('<th scope="row">words</th>') == 7
    assert html.count('class="card"') == 4


FORM_ATTRIBUTES = {
    "autocomplete",
    "autofocus",
    "checked",
    "for",
    "hidden",
    "id",
    "name",
    "placeholder",
    "popover",
    "role",
}
FORM_ATTRIBUTES |= {"rows", "selected", "spellcheck", "step", "tabindex", "type", "value", "viewbox", "d"}
FORM_ATTRIBUTES |= {"scope", "open"}
FIELDS = {"article", "caption", "details", "section", "summary"}
FIELDS |= {
    "input",
    "select",
    "option",
    "optgroup",
    "label",
    "textarea",
    "button",
    "svg",
    "path",
    "template",
    "small",
    "h2",
}


@given(HOSTILE)
def test_no_words_in_a_form_become_markup_of_their_own(words: str) -> None:
    tags = Tags()
    context = BlockContext({"view_id": words}, is_form=True, errors={f"0{words}": words})
    tags.feed(str(BlockWriter(STATE, "U0ADA").blocks(everything(words), context)))
    names = {name for name in tags.seen if not name.startswith(("aria-", "data-", "hx-"))}
    assert not {name for name in tags.seen if name.startswith("on")}
    assert names <= SAFE | FIELDS | FORM_ATTRIBUTES
    assert "javascript" not in {scheme.strip().lower() for scheme in tags.schemes}
