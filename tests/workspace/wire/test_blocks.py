"""blocks.validate: its verdict is that of posting, and each fault has a pointer, a code and a constraint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.new_blocks import alerts, message_blocks
from tests.workspace.apps import modal, text

if TYPE_CHECKING:
    from tests.workspace.apps import Api

DIVIDER = {"type": "divider"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"blocks": message_blocks()},
        {"blocks": json.dumps(message_blocks())},
        {"message": {"text": "x", "blocks": message_blocks()}},
        {"message": {"text": "no blocks"}},
        {"view": modal(*alerts())},
        {"view": json.dumps({"type": "home", "blocks": [DIVIDER]})},
    ],
)
async def test_what_slack_takes_needs_no_token(api: Api, arguments: dict[str, Any]) -> None:
    assert await api("blocks.validate", token="", **arguments) == {"ok": True}


NO_TYPE = {"type": "section", "text": {"type": "invalid", "text": "x"}}
EXPECTED = {"type": "enum", "expected": ["plain_text", "mrkdwn"]}


@pytest.mark.parametrize(
    ("kind", "value", "pointer"),
    [
        ("blocks", [NO_TYPE], "/0/text/type"),
        ("message", {"blocks": [DIVIDER, NO_TYPE]}, "/blocks/1/text/type"),
        ("view", modal(NO_TYPE), "/blocks/0/text/type"),
    ],
)
async def test_an_error_has_pointer_code_and_constraint(api: Api, kind: str, value: object, pointer: str) -> None:
    """The example of "blocks.validate method"."""
    fault = {"code": "failed_constraint", "message": "unsupported type: invalid", "pointer": pointer}
    expected = {"ok": False, "error": f"invalid_{kind}", "errors": [{**fault, "constraint": EXPECTED}]}
    assert await api("blocks.validate", token="", **{kind: value}) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("blocks", [{}], ("missing_field", "/0", "type", None)),
        ("blocks", alerts()[:1], ("failed_constraint", "/0/type", None, "enum")),
        ("blocks", [{**DIVIDER, "a/b~c": 1}], ("failed_constraint", "/0", "a/b~c", "additional_properties")),
        ("blocks", [DIVIDER] * 51, ("failed_constraint", "", None, "max_items")),
        ("blocks", {}, ("failed_constraint", "", None, "type")),
        ("message", "x", None),
        ("message", [], ("failed_constraint", "", None, "type")),
        ("view", {"type": "page"}, ("failed_constraint", "/type", None, "enum")),
        ("view", modal(title=text("x" * 25)), ("failed_constraint", "/title/text", None, "max_length")),
        ("view", {"type": "modal", "title": text("x")}, ("missing_field", "", "blocks", None)),
    ],
)
async def test_hostile_values_are_refused(
    api: Api, kind: str, value: object, expected: tuple[str, str, str | None, str | None] | None
) -> None:
    answer = await api("blocks.validate", token="", **{kind: value})
    if expected is None:
        assert answer["error"] == "invalid_arguments"
        return
    assert answer["error"] == f"invalid_{kind}"
    (fault,) = answer["errors"]
    constraint = fault.get("constraint", {}).get("type")
    assert (fault["code"], fault["pointer"], fault.get("field"), constraint) == expected


@pytest.mark.parametrize(
    "arguments",
    [{}, {"blocks": [], "view": {}}, {"blocks": "[" * 100}, {"blocks": "[" * 100_000}, {"blocks": ["x" * 100_001]}],
    ids=["none", "two", "no JSON", "deep", "long"],
)
async def test_exactly_one_is_given_as_json(api: Api, arguments: dict[str, Any]) -> None:
    assert (await api("blocks.validate", token="", **arguments))["error"] == "invalid_arguments"


async def test_a_post_is_judged_by_the_same_checks(api: Api) -> None:
    """Each sentence that a post is refused with is one of the faults."""
    refused: list[list[dict[str, Any]]] = [[NO_TYPE], alerts(), [{}], [{**DIVIDER, "block_id": "a"}] * 2]
    for blocks in refused:
        judged = await api("blocks.validate", token="", message={"blocks": blocks})
        posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=blocks)
        said = [f"{fault['message']} [json-pointer:{fault['pointer']}]" for fault in judged["errors"]]
        assert said == posted["errors"]
