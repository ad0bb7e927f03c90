"""JSON Schema validation of Block Kit and views, with Slack's wording for the faults.

Shapes and limits are in blocks.schema.json. Sources: the pages of Slack's "Reference: Block Kit", one for each block
and element, @slack/types 3.2, "Data Display Design" in Slack's block-kit skill (the surfaces and limits of tables),
public reports of error sentences. For what a page does not say: the limits of the public specification of slackblocks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCHEMA = Path(__file__).with_name("blocks.schema.json")
_ERRORS_MAX = 10
_NO_MATCH = "failed to match all allowed schemas"
_LIMITS = {
    "maxLength": ("max_length", "must be less than {above} characters"),
    "minLength": ("min_length", "must be more than {below} characters"),
    "maxItems": ("max_items", "no more than {limit} items allowed"),
    "minItems": ("min_items", "must provide at least {limit} items"),
}
"""For a keyword of JSON Schema: the name of the constraint, and Slack's sentence."""

_NOUNS = {"object": "an object", "array": "an array", "string": "a string", "boolean": "a boolean"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of blocks or of a view; `str()` is Slack's sentence, with its JSON pointer (RFC 6901) where it has one.

    `code` and `constraint` are those of "blocks.validate method", whose examples are `missing_field` with the `field`
    and `failed_constraint` with an enum; the names of other constraints are this workspace's own. `refusal` is the
    error code of a whole message with this fault.
    """

    message: str
    pointer: str = ""
    code: str = "failed_constraint"
    constraint: Mapping[str, Any] | None = None
    field: str = ""
    refusal: str = "invalid_blocks"

    def __str__(self) -> str:
        """Return the sentence."""
        return f"{self.message} [json-pointer:{self.pointer}]" if self.pointer else self.message

    def to_json(self) -> dict[str, Any]:
        """Return the fault as blocks.validate reports it."""
        more: dict[str, Any] = {"field": self.field} if self.field else {}
        if self.constraint is not None:
            more["constraint"] = dict(self.constraint)
        return {"code": self.code, "message": self.message, "pointer": self.pointer, **more}


def faults(value: object, definition: str, root: str) -> tuple[Fault, ...]:
    """Return the faults of a value: of the first ten places at most, none twice.

    `definition` is a name in blocks.schema.json's $defs; `root` is the JSON pointer to the value.
    """
    errors = sorted(_validator(definition).iter_errors(value), key=lambda error: [str(part) for part in error.path])
    found = (fault for error in errors[:_ERRORS_MAX] for fault in _faults(error, root))
    return tuple({str(fault): fault for fault in found}.values())


def pointer_to(root: str, *parts: str | int) -> str:
    """Return a JSON pointer to a part of what `root` points to (RFC 6901: `~` and `/` are written `~0` and `~1`)."""
    return "/".join([root, *(str(part).replace("~", "~0").replace("/", "~1") for part in parts)])


def _by_type(validator: Any, names: Mapping[str, str], instance: object, _schema: object) -> Iterator[ValidationError]:  # noqa: ANN401 — jsonschema's classes are made at run time
    """Check an object by the definition that its `type` names: the keyword byType of blocks.schema.json.

    The standard way, an if/then for each type, takes four times as long.
    """
    if not isinstance(instance, dict):
        yield ValidationError("not an object", validator="type", validator_value="object")
    elif "type" not in instance:
        yield ValidationError("no type", validator="required", validator_value=["type"], instance=instance)
    elif not isinstance(instance["type"], str) or instance["type"] not in names:
        yield ValidationError(
            "unknown type", validator="enum", path=["type"], instance=instance["type"], validator_value=[*names]
        )
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


def _faults(error: ValidationError, root: str) -> Iterator[Fault]:
    """Yield what Slack says of a fault."""
    pointer = pointer_to(root, *error.absolute_path)
    limit: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "required":
            for name in (name for name in limit if name not in instance):
                yield Fault(f"missing required field: {name}", pointer, "missing_field", field=name)
        case "additionalProperties":
            constraint = {"type": "additional_properties", "expected": sorted(schema["properties"])}
            for name in (name for name in instance if name not in schema["properties"]):
                yield Fault(f"invalid additional property: {name}", pointer, constraint=constraint, field=name)
        case "type":
            noun = _NOUNS.get(str(limit), f"a {limit}")
            yield Fault(f"must provide {noun}", pointer, constraint={"type": "type", "expected": limit})
        case "enum":
            is_type = bool(error.absolute_path) and error.absolute_path[-1] == "type"
            message = f"unsupported type: {instance}" if is_type else _NO_MATCH
            yield Fault(message, pointer, constraint={"type": "enum", "expected": limit})
        case kind if kind in _LIMITS:
            name, message = _LIMITS[str(kind)]
            message = message.format(limit=limit, above=limit + 1, below=limit - 1)
            yield Fault(message, pointer, constraint={"type": name, "expected": limit})
        case kind:
            yield Fault(_NO_MATCH, pointer, constraint={"type": str(kind)})
