"""Block Kit: what Slack takes, what it refuses, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from workspace.blocks import check_blocks, check_message_size, with_ids
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


def words(*elements: Json) -> Json:
    """Return a section of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def table(*rows: list[Json]) -> Json:
    """Return a table."""
    return {"type": "table", "rows": list(rows)}


OPTION = {"text": plain("a"), "value": "a"}
IMAGE = {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a picture"}
TEXT = {"type": "text", "text": "x"}
LINK = {"type": "link", "url": "https://example.org", "text": "x", "style": {"bold": True}}
CELL = {"type": "raw_text", "text": "x"}

GOOD: dict[str, list[Json]] = {
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
    "markdown": [{"type": "markdown", "text": "x" * 12_000}],
    "table": [
        {
            **table([CELL] * 20, [{"type": "raw_number", "value": 1.5}, rich(words(TEXT))]),
            "column_settings": [None, {"align": "right"}],
        }
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


def test_every_fault_is_told_up_to_ten() -> None:
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


def test_a_home_tab_holds_a_hundred_blocks_and_no_table() -> None:
    check_blocks([{"type": "divider"}] * 100, "home")
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_blocks([table([CELL])], "home")


def test_a_message_has_an_undocumented_limit_of_its_own() -> None:
    check_message_size([section("x" * 2225)] * 5 + [section("x" * 1525)])
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message_size([section("x" * 2225)] * 5 + [section("x" * 1526)])


def test_missing_ids_are_filled_in_and_given_ones_stay() -> None:
    row, lone, still = with_ids(
        [actions(button(), button(action_id="mine")), section(accessory=button()), section(accessory=IMAGE)]
    )
    assert row["block_id"] != lone["block_id"]
    assert row["elements"][0]["action_id"]
    assert row["elements"][1]["action_id"] == "mine"
    assert lone["accessory"]["action_id"]
    assert "action_id" not in still["accessory"]
