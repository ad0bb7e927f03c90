"""Block Kit checked as Slack checks it: a JSON Schema for each block, and the rules that span several.

Shapes and limits are in blocks.schema.json. Sources: Slack's "Block Kit" reference, @slack/types 3.2, public reports of
error sentences; the limit on a whole message is undocumented and was measured by others.
"""

from __future__ import annotations

import json
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from workspace.errors import SlackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


Surface = Literal["message", "home"]

_SCHEMA = Path(__file__).with_name("blocks.schema.json")
_MARKDOWN_MAX = 12_000
_TABLE_TEXT_MAX = 10_000
_MESSAGE_MAX = 13_400
_BLOCK_OVERHEAD = 125
_COUNTED = frozenset({"text", "alt_text"})
_ERRORS_TOLD = 10
_NOUNS = {"object": "an object", "array": "an array", "string": "a string", "boolean": "a boolean"}


def check_blocks(blocks: object, surface: Surface) -> None:
    """Raise SlackError `invalid_blocks` (or a sibling) with a sentence and a JSON pointer for each fault."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    errors = sorted(_validator(surface).iter_errors(blocks), key=lambda error: [str(part) for part in error.path])
    sentences = [sentence for error in errors[:_ERRORS_TOLD] for sentence in _sentences(error)]
    if sentences:
        raise SlackError("invalid_blocks", *dict.fromkeys(sentences))
    repeated = tuple(_repeated_ids(blocks))
    if repeated:
        raise SlackError("invalid_blocks", *repeated)
    _check_totals(blocks)


def check_message_size(blocks: Sequence[Mapping[str, Any]]) -> None:
    """Raise SlackError `msg_blocks_too_long` when a message for chat.* is too long; response_url has no such limit."""
    size = sum(_text_length(block) + _BLOCK_OVERHEAD for block in blocks)
    if size > _MESSAGE_MAX:
        raise SlackError("msg_blocks_too_long")


def with_ids(blocks: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the blocks with a block_id each, and an action_id for each interactive element, as Slack fills them in."""
    return tuple(_with_block_id(block) for block in blocks)


def interactive_elements(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the elements of a block that a user can click."""
    candidates = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory")]
    for element in candidates:
        if element is not None and element["type"] != "image":
            yield element


def _with_block_id(block: Mapping[str, Any]) -> dict[str, Any]:
    filled = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    if block["type"] == "actions":
        filled["elements"] = [_with_action_id(element) for element in block["elements"]]
    elif "accessory" in block and block["accessory"]["type"] != "image":
        filled["accessory"] = _with_action_id(block["accessory"])
    return filled


def _with_action_id(element: Mapping[str, Any]) -> dict[str, Any]:
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)}


def _by_type(validator: Any, names: Mapping[str, str], instance: object, _schema: object) -> Iterator[ValidationError]:  # noqa: ANN401 — jsonschema's classes are made at run time
    """Check an object by the definition that its `type` names: the keyword byType of blocks.schema.json.

    JSON Schema's own way, an if/then for each type, says the same and takes four times as long.
    """
    if not isinstance(instance, dict):
        yield ValidationError("not an object", validator="type", validator_value="object")
    elif "type" not in instance:
        yield ValidationError("no type", validator="required", validator_value=["type"], instance=instance)
    elif not isinstance(instance["type"], str) or instance["type"] not in names:
        yield ValidationError("unknown type", validator="enum", path=["type"], instance=instance["type"])
    else:
        yield from validator.descend(instance, _definitions()[names[instance["type"]]])


@cache
def _definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))["$defs"]
    return definitions


@cache
def _validator(surface: Surface) -> Draft202012Validator:
    checker: Any = validators.extend(Draft202012Validator, {"byType": _by_type})  # type: ignore[no-untyped-call]
    validator: Draft202012Validator = checker({"$ref": f"#/$defs/{surface}_blocks", "$defs": _definitions()})
    return validator


def _sentences(error: ValidationError) -> Iterator[str]:
    """Yield Slack's wording for a fault found by the schema."""
    pointer = "/".join(["/blocks", *map(str, error.absolute_path)])
    limit: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "maxLength":
            told = [f"must be less than {limit + 1} characters"]
        case "minLength":
            told = ["must be more than 0 characters"]
        case "maxItems":
            told = [f"no more than {limit} items allowed"]
        case "minItems":
            told = [f"must provide at least {limit} items"]
        case "required":
            told = [f"missing required field: {name}" for name in limit if name not in instance]
        case "additionalProperties":
            told = [f"invalid additional property: {name}" for name in instance if name not in schema["properties"]]
        case "type":
            told = [f"must provide {_NOUNS.get(str(limit), f'a {limit}')}"]
        case "enum" if error.absolute_path and error.absolute_path[-1] == "type":
            told = [f"unsupported type: {instance}"]
        case _:
            told = ["failed to match all allowed schemas"]
    for sentence in told:
        yield f"{sentence} [json-pointer:{pointer}]"


def _repeated_ids(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield f"`block_id` must be unique: {block_id} [json-pointer:/blocks/{number}/block_id]"
        seen.add(block_id or "")
        actions = [element["action_id"] for element in interactive_elements(block) if element.get("action_id")]
        for action_id in sorted({action for action in actions if actions.count(action) > 1}):
            yield f"`action_id` must be unique in its block: {action_id} [json-pointer:/blocks/{number}]"


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
