"""Properties for any input."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workspace.apps import ManualClock, manifest
from workspace.blocks.check import check_blocks, check_message_size, with_ids
from workspace.blocks.pings import find_pings
from workspace.errors import SlackError
from workspace.people.message_box import encode
from workspace.server import Workspace
from workspace.wire.json import parse_json

KEYS = st.sampled_from(
    ["type", "text", "elements", "accessory", "fields", "rows", "block_id", "action_id", "style", "x"]
)
TYPES = st.sampled_from(
    ["section", "header", "actions", "context", "rich_text", "table", "button", "plain_text", "mrkdwn", "image", "text"]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TYPES
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_taken_or_refused_in_slacks_way(blocks: Any) -> None:  # noqa: ANN401 — any JSON value
    try:
        check_blocks(blocks, "message")
        check_message_size(blocks)
    except SlackError:
        return
    filled = with_ids(blocks)
    check_blocks([*filled], "message")
    assert len({block["block_id"] for block in filled}) == len(blocks)


@given(st.text())
def test_typed_words_never_ping_unless_they_name_somebody(text: str) -> None:
    state = Workspace(manifest(), clock=ManualClock()).state
    encoded = encode(text, state)
    if "@" not in text and "#" not in text:
        assert find_pings(encoded, []) == ()
        assert encoded.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
    assert encoded.count("<") == encoded.count(">")


@given(st.text() | st.binary())
def test_the_wire_gives_json_or_a_value_error(raw: str | bytes) -> None:
    try:
        value = parse_json(raw)
    except ValueError:
        return
    assert parse_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "raw", ['"\\ud800"', "NaN", "-Infinity", "1e999", "[" * 100_000, '{"a": "\\udfff"}', "9" * 5000]
)
def test_the_wire_refuses_what_could_not_be_shown(raw: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — json raises several kinds, each with words of its own
        parse_json(raw)
