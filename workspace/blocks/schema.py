"""JSON Schema validation of Block Kit and views, with Slack's wording for the faults.

Shapes and limits are in blocks.schema.json. Sources: Slack's "Block Kit" reference, @slack/types 3.2, public reports of
error sentences.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCHEMA = Path(__file__).with_name("blocks.schema.json")
_ERRORS_MAX = 10
_NOUNS = {"object": "an object", "array": "an array", "string": "a string", "boolean": "a boolean"}


def faults(value: object, definition: str, root: str) -> tuple[str, ...]:
    """Return a sentence for each fault of a value: ten at most, none twice.

    `definition` is a name in blocks.schema.json's $defs; `root` is the JSON pointer to the value.
    """
    errors = sorted(_validator(definition).iter_errors(value), key=lambda error: [str(part) for part in error.path])
    sentences = [sentence for error in errors[:_ERRORS_MAX] for sentence in _sentences(error, root)]
    return tuple(dict.fromkeys(sentences))


def at(sentence: str, pointer: str) -> str:
    """Return a sentence with its JSON pointer, as Slack writes them."""
    return f"{sentence} [json-pointer:{pointer}]"


def _by_type(validator: Any, names: Mapping[str, str], instance: object, _schema: object) -> Iterator[ValidationError]:  # noqa: ANN401 — jsonschema's classes are made at run time
    """Check an object by the definition that its `type` names: the keyword byType of blocks.schema.json.

    The standard way, an if/then for each type, takes four times as long.
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
def _validator(definition: str) -> Draft202012Validator:
    checker: Any = validators.extend(Draft202012Validator, {"byType": _by_type})  # type: ignore[no-untyped-call]
    validator: Draft202012Validator = checker({"$ref": f"#/$defs/{definition}", "$defs": _definitions()})
    return validator


def _sentences(error: ValidationError, root: str) -> Iterator[str]:
    """Yield Slack's wording for a fault."""
    pointer = "/".join([root, *map(str, error.absolute_path)])
    limit: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "maxLength":
            sentences = [f"must be less than {limit + 1} characters"]
        case "minLength":
            sentences = ["must be more than 0 characters"]
        case "maxItems":
            sentences = [f"no more than {limit} items allowed"]
        case "minItems":
            sentences = [f"must provide at least {limit} items"]
        case "required":
            sentences = [f"missing required field: {name}" for name in limit if name not in instance]
        case "additionalProperties":
            sentences = [
                f"invalid additional property: {name}" for name in instance if name not in schema["properties"]
            ]
        case "type":
            sentences = [f"must provide {_NOUNS.get(str(limit), f'a {limit}')}"]
        case "enum" if error.absolute_path and error.absolute_path[-1] == "type":
            sentences = [f"unsupported type: {instance}"]
        case _:
            sentences = ["failed to match all allowed schemas"]
    for sentence in sentences:
        yield at(sentence, pointer)
