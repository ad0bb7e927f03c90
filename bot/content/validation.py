"""Validates the entries of a file, and turns pydantic's errors into faults in plain words at their exact place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.content.faults import Code, Fault
from bot.content.models import Entry
from bot.content.yaml.quoting import quoted
from bot.content.yaml.syntax import at_margin
from bot.recurrence.dates import day_in_another_form, is_without_day
from bot.recurrence.phrase import joined
from bot.text import day, did_you_mean, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from bot.content.faults import Problem
    from bot.content.files import TextFile
    from bot.content.yaml.nodes import Path, RawEntry

Model = TypeVar("Model", bound=Entry)
_ARMS = {"dict[": dict, "list[": list}
"""How pydantic names an arm of a union in `loc`, and what that arm takes."""


def read_entry(file: TextFile, raw: RawEntry | None, model: type[Model]) -> Model | list[Fault]:
    """Return an entry as a model, or its faults; none where the parser has reported them."""
    if raw is None or (raw.faulted and not isinstance(raw.value, dict)):
        return []
    if not isinstance(raw.value, dict) and raw.key in model.model_fields:
        return [file.fault(Code.YAML_SYNTAX, *at_margin(raw.key), raw.key_spot)]
    if not isinstance(raw.value, dict):
        code = Code.WRONG_KIND if raw.value else Code.EMPTY_FIELD
        hint = "Write its fields on the lines below it, indented."
        return [file.fault(code, f"{shown(raw.key)} has no fields.", hint, raw.key_spot, raw.fact_id)]
    try:
        read = model.model_validate(raw.value)
    except ValidationError as error:
        complaints = [
            each for each in error.errors(include_url=False) if each["type"] != "too_short" or not each["input"]
        ]
        meant = {(*each["loc"][:-1], name) for each in complaints if (name := _meant(model, each))}
        reported = [each for each in complaints if each["type"] != "missing" or each["loc"] not in meant]
        faults = [_fault(file, raw, model, each) for each in reported]
        return [fault for fault in faults if fault and not (raw.is_cut and fault.code in _LOST_BY_CUT)]
    return [] if raw.faulted else read


_LOST_BY_CUT = frozenset({Code.MISSING_FIELD, Code.EMPTY_FIELD})
"""Not reported for an entry whose end a syntax fault took away."""


def _meant(model: type[BaseModel], complaint: ErrorDetails) -> str:
    """Return the field that an unknown one was meant for, or nothing; that field is not reported as missing then."""
    if complaint["type"] != "extra_forbidden":
        return ""
    name = str(complaint["loc"][-1])
    fields = _fields(model, complaint["loc"][:-1])
    return _without_colon(name, fields) or next(iter(nearest(name, fields)), "")


def _without_colon(name: str, fields: list[str]) -> str:
    """Return the field that a key begins with when its colon was lost: `sources {press-release` is `sources`."""
    first, _, rest = name.partition(" ")
    return first if rest and first in fields else ""


def _fault(file: TextFile, raw: RawEntry, model: type[Entry], complaint: ErrorDetails) -> Fault | None:
    """Return the fault for one complaint, or None when its place already has one or it is a union's other arm."""
    steps: list[str | int] = []
    value: Any = raw.value
    for step in complaint["loc"]:
        arm = _ARMS.get(str(step)[:5])
        if arm is not None and not _contains(value, step):
            if not isinstance(value, arm) and (arm is list or isinstance(value, list)):
                return None
            continue
        steps.append(step)
        value = value[step] if _contains(value, step) else None
    path = tuple(steps)
    if any(path[: len(each)] == each for each in raw.faulted):
        return None
    problem = _explain(model, complaint, path)
    if complaint["type"] == "missing":
        spot = raw.key_spot_of(path[:-1])
    elif problem[0] in {Code.UNKNOWN_FIELD, Code.EMPTY_FIELD}:
        spot = raw.key_spot_of(path)
    elif problem[0] is Code.YAML_SYNTAX:
        line, column = raw.key_spot_of(path)
        spot = line, column + len(str(path[-1]).partition(" ")[0])
    else:
        spot = raw.spot(path)
    return file.fault(*problem, spot, raw.fact_id)


def _contains(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _explain(model: type[BaseModel], complaint: ErrorDetails, path: Path) -> Problem:
    """Return the problem that a complaint of pydantic's about the field at `path` comes to."""
    kind, given, context = complaint["type"], complaint["input"], complaint.get("ctx", {})
    name = next((f"`{' '.join(step.split())}`" for step in reversed(path) if isinstance(step, str)), "This")
    if kind == "extra_forbidden":
        explained = _unknown_field(str(path[-1]), _fields(model, path[:-1]))
    elif kind == "missing":
        explained = Code.MISSING_FIELD, f"The field `{path[-1]}` is missing.", "Add it."
    elif given in ("", [], {}):
        empty = f"An item of {name}" if isinstance(path[-1], int) else name
        explained = Code.EMPTY_FIELD, f"{empty} is empty.", "Fill it in, or delete it if it is optional."
    elif isinstance(given, (list, dict)) and kind.startswith(("bool", "date", "enum", "int", "literal")):
        explained = _wrong_kind("string_type", name, given)
    elif kind in {"enum", "literal_error"}:
        explained = _unknown_word(name, str(given), context["expected"])
    elif kind.startswith("date") or kind == "bad_day":
        explained = _bad_date(str(given))
    elif kind == "string_too_long":
        message = f"{name} has {len(str(given).strip())} characters; at most {context['max_length']} are allowed."
        explained = Code.TOO_LONG, message, "Shorten it, or make two facts of it."
    elif kind == "string_pattern_mismatch":
        explained = _pattern(str(path[0]), name, str(given))
    elif kind in _KINDS:
        explained = _wrong_kind(kind, name, given, _fields(model, path) if kind == "model_type" else ())
    else:
        explained = Code.BAD_VALUE, f"{name} cannot be {shown(str(given))}.", _BAD_VALUE_HINTS.get(kind, "")
    return explained


_BAD_VALUE_HINTS = {
    "bool_parsing": "Write true or false.",
    "int_parsing": "Write a whole number.",
    "greater_than": "Write a number above 0.",
    "less_than_equal": "Write a smaller number.",
}
_KINDS = {"string_type", "list_type", "tuple_type", "dict_type", "model_type", "int_type", "bool_type"}


def _unknown_field(name: str, fields: list[str]) -> Problem:
    if field := _without_colon(name, fields):
        return Code.YAML_SYNTAX, f"A colon is missing after `{field}`.", f"Write `{field}:`."
    in_a_line = " ".join(name.split())
    return Code.UNKNOWN_FIELD, f"There is no field `{in_a_line}`.", did_you_mean(name, fields, _one_of(fields))


def _unknown_word(name: str, given: str, expected: str) -> Problem:
    """Explain that a field takes `expected` only: its words as pydantic writes them ('one', 'two' or 'three')."""
    known = re.findall(r"'([^']+)'", expected)
    hint = did_you_mean(given, known, _one_of(known))
    if name == "`certainty`":
        return Code.UNKNOWN_CERTAINTY, f"{shown(given)} is not one of the certainty words.", hint
    return Code.BAD_VALUE, f"{name} cannot be {shown(given)}.", hint


def _bad_date(given: str) -> Problem:
    if meant := day_in_another_form(given):
        hint = f"Write it as {meant.isoformat()} ({day(meant)})."
        return Code.BAD_DATE, f"{shown(given)} is a date in another form.", hint
    if is_without_day(given):
        return Code.BAD_DATE, f"{shown(given)} has no day.", "Write year, month and day: 2025-07-21."
    return Code.BAD_DATE, f"{shown(given)} is not a date.", "Write it as YYYY-MM-DD: 2025-07-21."


def _pattern(field: str, name: str, given: str) -> Problem:
    if name == "`url`":
        return Code.BAD_VALUE, f"{shown(given)} is not a web address.", "Write it in full, from https:// on."
    if field == "owners":
        hint = "Copy the id from Slack: a person's begins with U or W, a channel's with C or G."
        return Code.BAD_VALUE, f"{shown(given)} is not the Slack id of a person or channel.", hint
    hint = "Use small letters, digits and hyphens, and begin with a letter."
    return Code.BAD_VALUE, f"{name} cannot be {shown(given)}.", hint


def _wrong_kind(kind: str, name: str, given: object, fields: Sequence[str] = ()) -> Problem:
    if name == "`sources`":
        hint = "Write {source-id: words as they are there}, or one source a line, indented and without dashes."
        return Code.WRONG_KIND, "`sources` needs each source's id and the words in it.", hint
    if kind == "string_type" and isinstance(given, dict):
        text = next((f"{key}: {value}" for key, value in given.items()), "")
        message = f"The colon makes a field of {shown(text)}; a text is needed in {name}."
        return Code.UNQUOTED_COLON, message, f"Put the text in quotation marks: {quoted(text)}"
    if kind == "string_type":
        return Code.WRONG_KIND, f"{name} needs one text, not a list.", "Remove the brackets or the dashes."
    if kind in {"list_type", "tuple_type"}:
        return Code.WRONG_KIND, f"{name} needs a list.", "Put it in square brackets: [one, other]."
    named = f": {joined([f'`{each}`' for each in fields])}" if fields else ""
    return Code.WRONG_KIND, f"{name} needs fields of its own{named}.", "Indent them below it, each on its own line."


def _one_of(known: list[str]) -> str:
    return f"Use one of: {', '.join(known)}."


def _fields(model: type[BaseModel], path: Path) -> list[str]:
    """Return the fields that the model at `path` below `model` has."""
    for step in path:
        if isinstance(step, int) or step not in model.model_fields:
            continue
        model = next(_models_in(model.model_fields[step].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: object) -> Any:  # noqa: ANN401 — annotations have no type of their own
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)
