"""Block Kit validation as in Slack: a JSON Schema for each block (schema.py), and the rules across blocks.

The limit on a whole message is undocumented and was measured by other developers; it counts no cells of data tables,
whose own limit for a message is higher ("Data Display Design" in Slack's block-kit skill).
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, Literal

from workspace.blocks.elements import blocks_within, elements_of, initial_options, own_options
from workspace.blocks.schema import Fault, faults
from workspace.errors import SlackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


Surface = Literal["message", "home", "modal"]

_TEXT_MAX = {"markdown": 12_000, "table": 10_000, "data_table": 20_000}
"""For each kind of block with a limit on the characters of all of them in a message: that limit."""

_MESSAGE_MAX = 13_400
_BLOCK_OVERHEAD = 125
_COUNTED = frozenset({"text", "alt_text", "title", "caption"})


def check_blocks(blocks: object, surface: Surface) -> None:
    """Raise SlackError `invalid_blocks` (or a sibling) with a sentence and a JSON pointer for each fault."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    found = find_faults(blocks, surface, "/blocks")
    if found:
        raise SlackError(found[0].refusal, *map(str, found))


def find_faults(blocks: object, surface: Surface, root: str) -> tuple[Fault, ...]:
    """Return the faults of blocks; those across blocks only where each block is well-formed."""
    found = faults(blocks, f"{surface}_blocks", root)
    if found or not isinstance(blocks, list):
        return found
    rules = (_repeated_ids, _unknown_initials, _second_focus, _ragged_rows, _repeated_tasks, _totals)
    return tuple(fault for rule in rules for fault in rule(blocks, root))


def check_message_size(blocks: Sequence[Mapping[str, Any]]) -> None:
    """Raise SlackError `msg_blocks_too_long` when a message for chat.* is too long; response_url has no such limit."""
    size = sum(_BLOCK_OVERHEAD + (0 if block["type"] == "data_table" else _text_length(block)) for block in blocks)
    if size > _MESSAGE_MAX:
        raise SlackError("msg_blocks_too_long")


def with_ids(blocks: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the blocks with every missing block_id and action_id filled in, as Slack does."""
    filled: list[Any] = json.loads(json.dumps(blocks))  # a copy in which no part is shared, as deepcopy's may be
    for _, block in blocks_within(filled):
        _fill_in("block_id", block)
        for element in elements_of(block):
            _fill_in("action_id", element)
    return tuple(filled)


def _fill_in(name: str, part: Any) -> None:  # noqa: ANN401 — a JSON object of with_ids' own copy
    part[name] = part.get(name) or secrets.token_urlsafe(4)


def _repeated_ids(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for pointer, block in blocks_within(blocks, root):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield Fault(f"`block_id` must be unique: {block_id}", f"{pointer}/block_id")
        seen.add(block_id or "")
        actions = [element["action_id"] for element in elements_of(block) if element.get("action_id")]
        for action_id in sorted({action for action in actions if actions.count(action) > 1}):
            yield Fault(f"`action_id` must be unique in its block: {action_id}", pointer)


def _unknown_initials(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[Fault]:
    """Yield a fault for each element whose initial option is not one of its options."""
    for pointer, block in blocks_within(blocks, root):
        for element in elements_of(block):
            own = own_options(element)
            if own and any(option not in own for option in initial_options(element)):
                yield Fault("initial options must match one of the options exactly", pointer)


def _second_focus(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[Fault]:
    focused = [
        pointer
        for pointer, block in blocks_within(blocks, root)
        for element in elements_of(block)
        if element.get("focus_on_load")
    ]
    for pointer in focused[1:]:
        yield Fault("only one element can have `focus_on_load`", pointer)


def _ragged_rows(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[Fault]:
    """Yield a fault for each data table whose rows differ in length or lack the row header ("Data table block")."""
    for pointer, block in blocks_within(blocks, root):
        if block["type"] == "data_table":
            columns = len(block["rows"][0])
            for number, row in enumerate(block["rows"]):
                if len(row) != columns:
                    yield Fault("all rows must have the same number of cells", f"{pointer}/rows/{number}")
            if block.get("row_header_column_index", 0) >= columns:
                yield Fault(f"must be less than {columns}", f"{pointer}/row_header_column_index")


def _repeated_tasks(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[Fault]:
    for pointer, block in blocks_within(blocks, root):
        ids = [task["task_id"] for task in block.get("tasks", ())]
        for number in (number for number, task_id in enumerate(ids) if task_id in ids[:number]):
            yield Fault(f"`task_id` must be unique: {ids[number]}", f"{pointer}/tasks/{number}/task_id")


def _totals(blocks: Sequence[Mapping[str, Any]], root: str) -> Iterator[Fault]:
    """Yield a fault for what all blocks together have too much of."""
    everything = [block for _, block in blocks_within(blocks)]
    if sum(block["type"] == "table" for block in everything) > 1:
        yield Fault("only_one_table_allowed", refusal="invalid_attachments")
    for kind, limit in _TEXT_MAX.items():
        if sum(_text_length(block) for block in everything if block["type"] == kind) > limit:
            yield Fault(f"must be less than {limit + 1} characters", root)


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
