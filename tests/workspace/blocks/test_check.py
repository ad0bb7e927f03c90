"""Block Kit: what Slack takes, what it refuses, and in which words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.support.new_blocks import alerts, message_blocks
from workspace.blocks.check import Surface, check_blocks, check_message_size, with_ids
from workspace.blocks.elements import blocks_within, elements_in
from workspace.blocks.schema import pointer_to
from workspace.errors import SlackError

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def section(text: str = "x", **more: object) -> Json:
    """Return a section of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str = "Go", **more: object) -> Json:
    """Return a button."""
    return {"type": "button", "text": plain(text), **more}


def actions(*elements: Json) -> Json:
    """Return a row of elements."""
    return {"type": "actions", "elements": list(elements)}


def rich(*parts: Json) -> Json:
    """Return a rich_text block."""
    return {"type": "rich_text", "elements": list(parts)}


def field(element: Json, **more: object) -> Json:
    """Return an input block."""
    return {"type": "input", "label": plain("x"), "element": element, **more}


def words(*elements: Json) -> Json:
    """Return a section of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def table(*rows: list[Json]) -> Json:
    """Return a table."""
    return {"type": "table", "rows": list(rows)}


OPTION = {"text": plain("a"), "value": "a"}
GROUP = {"label": plain("x" * 75), "options": [OPTION]}
IMAGE = {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a picture"}
TEXT = {"type": "text", "text": "x"}
LINK = {"type": "link", "url": "https://example.org", "text": "x", "style": {"bold": True}}
CELL = {"type": "raw_text", "text": "x"}

GOOD_WORDS = {"text": plain("x" * 75), "value": "v" * 2000, "accessibility_label": "x" * 75}
VERDICT = {"type": "feedback_buttons", "positive_button": GOOD_WORDS, "negative_button": GOOD_WORDS}
BIN = {"type": "icon_button", "icon": "trash", "text": plain("x")}


def context_actions(*elements: Json) -> Json:
    """Return a context_actions block."""
    return {"type": "context_actions", "elements": list(elements)}


WORDS = {"type": "mrkdwn", "text": "x"}
CARD = {"type": "card", "title": plain("x" * 150), "body": {"type": "mrkdwn", "text": "x" * 200}}
TASK = {"type": "task_card", "task_id": "a", "title": "x"}


def data_table(*rows: list[Json], **more: object) -> Json:
    """Return a data table."""
    return {"type": "data_table", "caption": "x", "rows": list(rows), **more}


def container(*blocks: Json, **more: object) -> Json:
    """Return a container."""
    return {"type": "container", "title": plain("x"), "child_blocks": list(blocks), **more}


GOOD: dict[str, list[Json]] = {
    "each new block of messages": message_blocks(),
    "the longest data table": [data_table(*[[CELL] * 20] * 201, page_size=100, row_header_column_index=19)],
    "two data tables": [data_table([CELL], [CELL])] * 2,
    "a container with ten blocks": [container(*[{"type": "divider"}] * 10)],
    "ten cards": [{"type": "carousel", "elements": [CARD] * 10}],
    "a plan with fifty tasks": [
        {"type": "plan", "title": "x", "tasks": [{"task_id": str(n), "title": "x"} for n in range(50)]}
    ],
    "no block at all": [],
    "fifty blocks": [{"type": "divider"}] * 50,
    "header": [{"type": "header", "text": plain("x" * 150), "level": 2}],
    "section": [section("x" * 3000, block_id="a" * 255, accessory=IMAGE, expand=True)],
    "fields": [{"type": "section", "fields": [plain("x" * 2000)] * 10}],
    "context": [{"type": "context", "elements": [plain("x"), {"type": "mrkdwn", "text": "x"}, IMAGE]}],
    "actions": [actions(*[button(action_id=str(number)) for number in range(25)])],
    "a button with everything": [
        actions(
            button(
                "x" * 75,
                action_id="a" * 255,
                value="x" * 2000,
                url="https://example.org",
                style="danger",
                accessibility_label="x" * 75,
                confirm={"title": plain("x" * 100), "text": plain("x"), "confirm": plain("x"), "deny": plain("x")},
            )
        )
    ],
    "menus": [
        actions(
            {
                "type": "static_select",
                "placeholder": plain("x"),
                "options": [{"text": plain("a"), "value": "v" * 150}] * 100,
            },
            {"type": "overflow", "options": [OPTION] * 5},
        )
    ],
    "image": [{**IMAGE, "title": plain("x")}, {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "x"}],
    "rich text": [
        rich(
            words(TEXT, LINK, {"type": "emoji", "name": "tada"}, {"type": "user", "user_id": "U0ADA"}),
            {"type": "rich_text_list", "style": "ordered", "indent": 8, "offset": 2, "elements": [words(TEXT)]},
            {"type": "rich_text_quote", "elements": [TEXT], "border": 1},
            {"type": "rich_text_preformatted", "elements": [TEXT], "language": "python"},
        )
    ],
    "context actions": [context_actions(VERDICT, {**BIN, "visible_to_user_ids": ["U0ADA"]})],
    "markdown": [{"type": "markdown", "text": "x" * 12_000}],
    "table": [
        {
            **table([CELL] * 20, [{"type": "raw_number", "value": 1.5}, rich(words(TEXT))]),
            "column_settings": [None, {"align": "right"}],
        }
    ],
    "inputs": [
        field({"type": "plain_text_input", "min_length": 0, "max_length": 3000, "initial_value": "x" * 3000}),
        field({"type": "plain_text_input", "placeholder": plain("x" * 150)}, hint=plain("x" * 2000), optional=True),
        field({"type": "number_input", "is_decimal_allowed": True, "min_value": "1", "max_value": "2.5"}),
        field({"type": "email_text_input"}, label=plain("x" * 2000)),
        field({"type": "url_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}}),
        field({"type": "datetimepicker", "initial_date_time": 1795424400}, dispatch_action=True),
        field({"type": "rich_text_input", "focus_on_load": True}),
    ],
    "pickers and choices": [
        actions(
            {"type": "datepicker", "initial_date": "2026-11-30"},
            {"type": "timepicker", "initial_time": "23:59", "timezone": "Europe/London"},
            {"type": "checkboxes", "options": [OPTION] * 10, "initial_options": [OPTION]},
            {"type": "radio_buttons", "options": [{**OPTION, "description": {"type": "mrkdwn", "text": "x" * 75}}]},
        )
    ],
    "menus of every kind": [
        actions(
            {"type": "static_select", "option_groups": [GROUP] * 100},
            {"type": "external_select", "min_query_length": 0, "initial_option": OPTION},
            {"type": "users_select", "initial_user": "U0ADA"},
            {"type": "channels_select", "initial_channel": "C0POLICY"},
            {"type": "conversations_select", "filter": {"include": ["public"], "exclude_bot_users": True}},
            {"type": "multi_static_select", "options": [OPTION], "initial_options": [OPTION], "max_selected_items": 1},
            {"type": "multi_external_select"},
            {"type": "multi_users_select", "initial_users": ["U0ADA"]},
            {"type": "multi_channels_select"},
            {"type": "multi_conversations_select", "default_to_current_conversation": True},
        )
    ],
    "the same action in two blocks": [actions(button(action_id="go")), actions(button(action_id="go"))],
}

BAD: list[tuple[str, list[Any], str, str]] = [
    ("fifty-one blocks", [{"type": "divider"}] * 51, "no more than 50 items allowed", ""),
    ("no object", ["x"], "must provide an object", "/0"),
    ("no type", [{}], "missing required field: type", "/0"),
    ("unknown type", [{"type": "poem"}], "unsupported type: poem", "/0/type"),
    ("type of another kind", [{"type": 3}], "unsupported type: 3", "/0/type"),
    ("unknown property", [{"type": "divider", "colour": "red"}], "invalid additional property: colour", "/0"),
    ("long section", [section("x" * 3001)], "must be less than 3001 characters", "/0/text/text"),
    ("empty section text", [section("")], "must be more than 0 characters", "/0/text/text"),
    ("section without text", [{"type": "section"}], "failed to match all allowed schemas", "/0"),
    ("eleven fields", [{"type": "section", "fields": [plain("x")] * 11}], "no more than 10 items allowed", "/0/fields"),
    (
        "long field",
        [{"type": "section", "fields": [plain("x" * 2001)]}],
        "must be less than 2001 characters",
        "/0/fields/0/text",
    ),
    ("long header", [{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters", "/0/text/text"),
    (
        "header in mrkdwn",
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "unsupported type: mrkdwn",
        "/0/text/type",
    ),
    ("header without text", [{"type": "header"}], "missing required field: text", "/0"),
    ("empty context", [{"type": "context", "elements": []}], "must provide at least 1 items", "/0/elements"),
    (
        "eleven in context",
        [{"type": "context", "elements": [plain("x")] * 11}],
        "no more than 10 items allowed",
        "/0/elements",
    ),
    (
        "button in context",
        [{"type": "context", "elements": [button()]}],
        "unsupported type: button",
        "/0/elements/0/type",
    ),
    ("26 actions", [actions(*[button()] * 26)], "no more than 25 items allowed", "/0/elements"),
    ("long button", [actions(button("x" * 76))], "must be less than 76 characters", "/0/elements/0/text/text"),
    ("long value", [actions(button(value="x" * 2001))], "must be less than 2001 characters", "/0/elements/0/value"),
    ("value of another kind", [actions(button(value=3))], "must provide a string", "/0/elements/0/value"),
    ("disabled button", [actions(button(disabled=True))], "invalid additional property: disabled", "/0/elements/0"),
    ("style", [actions(button(style="loud"))], "failed to match all allowed schemas", "/0/elements/0/style"),
    ("long block_id", [{"type": "divider", "block_id": "x" * 256}], "must be less than 256 characters", "/0/block_id"),
    (
        "image without alt text",
        [{"type": "image", "image_url": "https://example.org"}],
        "missing required field: alt_text",
        "/0",
    ),
    ("two images in one", [{**IMAGE, "slack_file": {"id": "F1"}}], "failed to match all allowed schemas", "/0"),
    (
        "six in overflow",
        [actions({"type": "overflow", "options": [OPTION] * 6})],
        "no more than 5 items allowed",
        "/0/elements/0/options",
    ),
    (
        "empty rich text",
        [rich(words({"type": "text", "text": ""}))],
        "must be more than 0 characters",
        "/0/elements/0/elements/0/text",
    ),
    (
        "mrkdwn in rich text",
        [rich(words({"type": "mrkdwn", "text": "x"}))],
        "unsupported type: mrkdwn",
        "/0/elements/0/elements/0/type",
    ),
    (
        "deep list",
        [rich({"type": "rich_text_list", "style": "bullet", "indent": 9, "elements": []})],
        "failed to match all allowed schemas",
        "/0/elements/0/indent",
    ),
    ("long markdown", [{"type": "markdown", "text": "x" * 12_001}], "must be less than 12001 characters", "/0/text"),
    ("markdown in all", [{"type": "markdown", "text": "x" * 6001}] * 2, "must be less than 12001 characters", ""),
    ("101 rows", [table(*[[CELL]] * 101)], "no more than 100 items allowed", "/0/rows"),
    ("21 columns", [table([CELL] * 21)], "no more than 20 items allowed", "/0/rows/0"),
    ("empty cell", [table([{"type": "raw_text", "text": ""}])], "must be more than 0 characters", "/0/rows/0/0/text"),
    (
        "an input without a label",
        [{"type": "input", "element": {"type": "datepicker"}}],
        "missing required field: label",
        "/0",
    ),
    ("a button as input", [field(button())], "unsupported type: button", "/0/element/type"),
    (
        "an input as action",
        [actions({"type": "plain_text_input"})],
        "unsupported type: plain_text_input",
        "/0/elements/0/type",
    ),
    (
        "long label",
        [field({"type": "datepicker"}, label=plain("x" * 2001))],
        "must be less than 2001 characters",
        "/0/label/text",
    ),
    (
        "long hint",
        [field({"type": "datepicker"}, hint=plain("x" * 2001))],
        "must be less than 2001 characters",
        "/0/hint/text",
    ),
    (
        "long placeholder",
        [field({"type": "plain_text_input", "placeholder": plain("x" * 151)})],
        "must be less than 151 characters",
        "/0/element/placeholder/text",
    ),
    (
        "long initial value",
        [field({"type": "plain_text_input", "initial_value": "x" * 3001})],
        "must be less than 3001 characters",
        "/0/element/initial_value",
    ),
    (
        "max_length",
        [field({"type": "plain_text_input", "max_length": 3001})],
        "failed to match all allowed schemas",
        "/0/element/max_length",
    ),
    (
        "a number that may be what",
        [field({"type": "number_input"})],
        "missing required field: is_decimal_allowed",
        "/0/element",
    ),
    (
        "eleven checkboxes",
        [actions({"type": "checkboxes", "options": [OPTION] * 11})],
        "no more than 10 items allowed",
        "/0/elements/0/options",
    ),
    (
        "eleven radios",
        [actions({"type": "radio_buttons", "options": [OPTION] * 11})],
        "no more than 10 items allowed",
        "/0/elements/0/options",
    ),
    (
        "101 options",
        [actions({"type": "static_select", "options": [OPTION] * 101})],
        "no more than 100 items allowed",
        "/0/elements/0/options",
    ),
    (
        "101 groups",
        [actions({"type": "static_select", "option_groups": [GROUP] * 101})],
        "no more than 100 items allowed",
        "/0/elements/0/option_groups",
    ),
    (
        "options and groups",
        [actions({"type": "static_select", "options": [OPTION], "option_groups": [GROUP]})],
        "failed to match all allowed schemas",
        "/0/elements/0",
    ),
    ("no options", [actions({"type": "static_select"})], "failed to match all allowed schemas", "/0/elements/0"),
    (
        "long option",
        [actions({"type": "static_select", "options": [{"text": plain("x" * 76), "value": "a"}]})],
        "must be less than 76 characters",
        "/0/elements/0/options/0/text/text",
    ),
    (
        "long option value",
        [actions({"type": "static_select", "options": [{"text": plain("x"), "value": "x" * 151}]})],
        "must be less than 151 characters",
        "/0/elements/0/options/0/value",
    ),
    (
        "mrkdwn in a menu",
        [actions({"type": "static_select", "options": [{"text": {"type": "mrkdwn", "text": "x"}, "value": "a"}]})],
        "unsupported type: mrkdwn",
        "/0/elements/0/options/0/text/type",
    ),
    (
        "an address in a menu",
        [actions({"type": "static_select", "options": [{**OPTION, "url": "https://example.org"}]})],
        "invalid additional property: url",
        "/0/elements/0/options/0",
    ),
    (
        "a time that is none",
        [actions({"type": "timepicker", "initial_time": "9:00"})],
        "failed to match all allowed schemas",
        "/0/elements/0/initial_time",
    ),
    (
        "a date that is none",
        [actions({"type": "datepicker", "initial_date": "1/2/26"})],
        "failed to match all allowed schemas",
        "/0/elements/0/initial_date",
    ),
    (
        "a button to nowhere",
        [actions(button(url="example"))],
        "failed to match all allowed schemas",
        "/0/elements/0/url",
    ),
    (
        "a long address",
        [actions(button(url="https://" + "x" * 2993))],
        "must be less than 3001 characters",
        "/0/elements/0/url",
    ),
    (
        "a long question",
        [
            actions(
                button(
                    confirm={"title": plain("x"), "text": plain("x" * 301), "confirm": plain("x"), "deny": plain("x")}
                )
            )
        ],
        "must be less than 301 characters",
        "/0/elements/0/confirm/text/text",
    ),
    (
        "two in focus",
        [field({"type": "plain_text_input", "focus_on_load": True})] * 2,
        "only one element can have `focus_on_load`",
        "/1",
    ),
    (
        "an initial option that is not offered",
        [actions({"type": "radio_buttons", "options": [OPTION], "initial_option": {**OPTION, "value": "b"}})],
        "initial options must match one of the options exactly",
        "/0",
    ),
    ("a table of 10,000 cells", [data_table(*[[CELL] * 20] * 500)], "no more than 201 items allowed", "/0/rows"),
    ("a table without data", [data_table([CELL])], "must provide at least 2 items", "/0/rows"),
    ("21 columns", [data_table([CELL], [CELL] * 21)], "no more than 20 items allowed", "/0/rows/1"),
    ("rows that differ", [data_table([CELL] * 2, [CELL])], "all rows must have the same number of cells", "/0/rows/1"),
    (
        "rich text in the head",
        [data_table([rich(words(TEXT))], [CELL])],
        "unsupported type: rich_text",
        "/0/rows/0/0/type",
    ),
    (
        "no caption",
        [{"type": "data_table", "rows": [[CELL], [CELL]]}],
        "missing required field: caption",
        "/0",
    ),
    (
        "a row header that is no column",
        [data_table([CELL], [CELL], row_header_column_index=1)],
        "must be less than 1",
        "/0/row_header_column_index",
    ),
    (
        "too many words in two tables",
        [data_table([CELL], [{"type": "raw_text", "text": "x" * 10_000}], block_id=name) for name in ("a", "b")],
        "must be less than 20001 characters",
        "",
    ),
    ("eleven in a container", [container(*[section()] * 11)], "no more than 10 items allowed", "/0/child_blocks"),
    (
        "containers in containers",
        [container(container(container(section())))],
        "unsupported type: container",
        "/0/child_blocks/0/type",
    ),
    (
        "a fault within a container",
        [section(), container(section(), section("x" * 3001))],
        "must be less than 3001 characters",
        "/1/child_blocks/1/text/text",
    ),
    ("a container without a title", [container(section(), title=None)], "must provide an object", "/0/title"),
    ("eleven cards", [{"type": "carousel", "elements": [CARD] * 11}], "no more than 10 items allowed", "/0/elements"),
    (
        "a section in a carousel",
        [{"type": "carousel", "elements": [section()]}],
        "unsupported type: section",
        "/0/elements/0/type",
    ),
    ("a card with nothing", [{"type": "card", "subtitle": WORDS}], "failed to match all allowed schemas", "/0"),
    (
        "a card with two icons",
        [{**CARD, "icon": IMAGE, "slack_icon": {"type": "icon", "name": "map"}}],
        "failed to match all allowed schemas",
        "/0",
    ),
    ("four buttons on a card", [{**CARD, "actions": [button()] * 4}], "no more than 3 items allowed", "/0/actions"),
    (
        "a menu on a card",
        [{**CARD, "actions": [{"type": "overflow"}]}],
        "unsupported type: overflow",
        "/0/actions/0/type",
    ),
    (
        "two tasks of one id",
        [{"type": "plan", "title": "x", "tasks": [TASK, TASK]}],
        "`task_id` must be unique: a",
        "/0/tasks/1/task_id",
    ),
    (
        "a status that is none",
        [{**TASK, "status": "done"}],
        "failed to match all allowed schemas",
        "/0/status",
    ),
    ("an alert in a message", alerts()[:1], "unsupported type: alert", "/0/type"),
    (
        "a property with / and ~",
        [{"type": "divider", "a/b~c": 1}],
        "invalid additional property: a/b~c",
        "/0",
    ),
    (
        "one id inside and outside",
        [section(block_id="a"), container(section(block_id="a"))],
        "`block_id` must be unique: a",
        "/1/child_blocks/0/block_id",
    ),
    ("six context actions", [context_actions(*[BIN] * 6)], "no more than 5 items allowed", "/0/elements"),
    ("a button as a context action", [context_actions(button())], "unsupported type: button", "/0/elements/0/type"),
    (
        "feedback with one button",
        [context_actions({"type": "feedback_buttons", "positive_button": GOOD_WORDS})],
        "missing required field: negative_button",
        "/0/elements/0",
    ),
    (
        "feedback without a value",
        [context_actions({**VERDICT, "negative_button": {"text": plain("x")}})],
        "missing required field: value",
        "/0/elements/0/negative_button",
    ),
    (
        "an icon that Slack has not",
        [context_actions({**BIN, "icon": "star"})],
        "failed to match all allowed schemas",
        "/0/elements/0/icon",
    ),
    ("long table", [table([{"type": "raw_text", "text": "x" * 10_001}])], "must be less than 10001 characters", ""),
]


@pytest.mark.parametrize("blocks", GOOD.values(), ids=GOOD.keys())
def test_slack_takes(blocks: list[Json]) -> None:
    check_blocks(blocks, "message")


@pytest.mark.parametrize(("blocks", "words_", "pointer"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_slack_refuses(blocks: list[Any], words_: str, pointer: str) -> None:
    with pytest.raises(SlackError) as refused:
        check_blocks(blocks, "message")
    assert refused.value.code == "invalid_blocks"
    assert refused.value.messages == (f"{words_} [json-pointer:/blocks{pointer}]",)
    assert refused.value.to_json()["response_metadata"]["messages"] == [f"[ERROR] {refused.value.messages[0]}"]


def test_at_most_ten_faults_are_reported() -> None:
    with pytest.raises(SlackError) as refused:
        check_blocks([{"type": "poem"}] * 12, "message")
    assert len(refused.value.messages) == 10


def test_ids_are_unique() -> None:
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_blocks([{"type": "divider", "block_id": "a"}] * 2, "message")
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_blocks([actions(button(action_id="go"), button(action_id="go"))], "message")


def test_one_table_a_message() -> None:
    with pytest.raises(SlackError, match="invalid_attachments") as refused:
        check_blocks([table([CELL])] * 2, "message")
    assert refused.value.messages == ("only_one_table_allowed",)


@pytest.mark.parametrize("blocks", [None, {}, "x", 3])
def test_blocks_are_a_list(blocks: object) -> None:
    with pytest.raises(SlackError, match="invalid_blocks_format"):
        check_blocks(blocks, "message")


@pytest.mark.parametrize(
    ("surface", "kinds"),
    [
        ("home", {"card", "carousel", "container", "data_table"}),
        ("modal", {"alert", "card"}),
    ],
)
def test_a_surface_holds_some_of_the_new_blocks_and_refuses_the_others(surface: Surface, kinds: set[str]) -> None:
    for block in (*message_blocks(), *alerts()):
        if block["type"] in kinds:
            check_blocks([block], surface)
        else:
            with pytest.raises(SlackError) as refused:
                check_blocks([block], surface)
            assert refused.value.messages == (f"unsupported type: {block['type']} [json-pointer:/blocks/0/type]",)


def test_only_known_faults_are_named_in_a_block_that_is_deep() -> None:
    nested = section()
    for _ in range(200):
        nested = container(nested)
    with pytest.raises(SlackError) as refused:
        check_blocks([nested], "message")
    assert refused.value.messages == ("unsupported type: container [json-pointer:/blocks/0/child_blocks/0/type]",)


def test_a_pointer_escapes_its_parts() -> None:
    assert pointer_to("/blocks", 0, "a/b~c") == "/blocks/0/a~1b~0c"


def test_data_tables_do_not_count_towards_the_limit_of_a_message() -> None:
    check_message_size([data_table([CELL], [{"type": "raw_text", "text": "x" * 19_000}])])


def test_a_home_tab_holds_a_hundred_blocks() -> None:
    check_blocks([{"type": "divider"}] * 100, "home")
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_blocks([{"type": "divider"}] * 101, "home")


def test_a_message_has_an_undocumented_limit_of_its_own() -> None:
    check_message_size([section("x" * 2225)] * 5 + [section("x" * 1525)])
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message_size([section("x" * 2225)] * 5 + [section("x" * 1526)])


def test_missing_ids_are_filled_in_and_given_ones_stay() -> None:
    row, lone, still = with_ids(
        [actions(button(), button(action_id="mine")), section(accessory=button()), section(accessory=IMAGE)]
    )
    given = message_blocks()
    before = deepcopy(given)
    filled = with_ids(given)
    assert given == before, "the app's own blocks stay as they are"
    assert [element["action_id"] for _, element in elements_in(filled)].count("cell") == 1
    assert len({element["action_id"] for _, element in elements_in(filled)}) == 7
    assert all(block["block_id"] for _, block in blocks_within(filled))
    assert row["block_id"] != lone["block_id"]
    assert row["elements"][0]["action_id"]
    assert row["elements"][1]["action_id"] == "mine"
    assert lone["accessory"]["action_id"]
    assert "action_id" not in still["accessory"]
