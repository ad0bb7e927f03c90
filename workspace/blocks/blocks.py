"""Block Kit validation as in Slack: a JSON Schema for each block (schema.py), and the rules across blocks.

The limit on a whole message is undocumented and was measured by other developers.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Literal

from workspace.blocks.elements import elements_of, initial_options, own_options
from workspace.blocks.schema import at, faults
from workspace.errors import SlackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


Surface = Literal["message", "home", "modal"]

_MARKDOWN_MAX = 12_000
_TABLE_TEXT_MAX = 10_000
_MESSAGE_MAX = 13_400
_BLOCK_OVERHEAD = 125
_COUNTED = frozenset({"text", "alt_text"})


def check_blocks(blocks: object, surface: Surface, root: str = "/blocks") -> None:
    """Raise SlackError `invalid_blocks` (or a sibling) with a sentence and a JSON pointer for each fault.

    `root` is the JSON pointer to the blocks.
    """
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    sentences = faults(blocks, f"{surface}_blocks", root)
    if not sentences:
        rules = (_repeated_ids, _unknown_initials, _second_focus)
        sentences = tuple(sentence for rule in rules for sentence in rule(blocks, root))
    if sentences:
        raise SlackError("invalid_blocks", *sentences)
    _check_totals(blocks)


def check_message_size(blocks: Sequence[Mapping[str, Any]]) -> None:
    """Raise SlackError `msg_blocks_too_long` when a message for chat.* is too long; response_url has no such limit."""
    size = sum(_text_length(block) + _BLOCK_OVERHEAD for block in blocks)
    if size > _MESSAGE_MAX:
        raise SlackError("msg_blocks_too_long")


def with_ids(blocks: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the blocks with every missing block_id and action_id filled in, as Slack does."""
    return tuple(_with_block_id(block) for block in blocks)


def _with_block_id(block: Mapping[str, Any]) -> dict[str, Any]:
    filled = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    if block["type"] in {"actions", "context_actions"}:
        filled["elements"] = [_with_action_id(element) for element in block["elements"]]
    elif block["type"] == "input":
        filled["element"] = _with_action_id(block["element"])
    elif "accessory" in block and block["accessory"]["type"] != "image":
        filled["accessory"] = _with_action_id(block["accessory"])
    return filled


def _with_action_id(element: Mapping[str, Any]) -> dict[str, Any]:
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)}


def _repeated_ids(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield at(f"`block_id` must be unique: {block_id}", f"{root}/{number}/block_id")
        seen.add(block_id or "")
        actions = [element["action_id"] for element in elements_of(block) if element.get("action_id")]
        for action_id in sorted({action for action in actions if actions.count(action) > 1}):
            yield at(f"`action_id` must be unique in its block: {action_id}", f"{root}/{number}")


def _unknown_initials(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[str]:
    """Yield a sentence for each element whose initial option is not one of its options."""
    for number, block in enumerate(blocks):
        for element in elements_of(block):
            own = own_options(element)
            if own and any(option not in own for option in initial_options(element)):
                yield at("initial options must match one of the options exactly", f"{root}/{number}")


def _second_focus(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[str]:
    focused = [
        number for number, block in enumerate(blocks) for element in elements_of(block) if element.get("focus_on_load")
    ]
    for number in focused[1:]:
        yield at("only one element can have `focus_on_load`", f"{root}/{number}")


def _check_totals(blocks: Sequence[Mapping[str, Any]]) -> None:
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > _MARKDOWN_MAX:
        raise SlackError("invalid_blocks", f"must be less than {_MARKDOWN_MAX + 1} characters [json-pointer:/blocks]")
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > 1:
        raise SlackError("invalid_attachments", "only_one_table_allowed")
    if any(_text_length(table) > _TABLE_TEXT_MAX for table in tables):
        raise SlackError("invalid_blocks", f"must be less than {_TABLE_TEXT_MAX + 1} characters [json-pointer:/blocks]")


def _text_length(value: object, *, counted: bool = False) -> int:
    """Return the characters of all text within a block."""
    match value:
        case str():
            return len(value) if counted else 0
        case dict():
            return sum(_text_length(inner, counted=key in _COUNTED) for key, inner in value.items())
        case list():
            return sum(_text_length(inner) for inner in value)
        case _:
            return 0
