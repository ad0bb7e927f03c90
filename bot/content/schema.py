"""What is made from the models for maintainers: the JSON Schema of a theme file, and the table of its fields."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.content.fact_files import ID_PATTERN
from bot.content.models import FactEntry

if TYPE_CHECKING:
    from pathlib import Path

SAVED = "fact.schema.json"
GUIDE = "README.md"
_TABLE = re.compile(r"(<!-- fields:[^>]*-->\n).*?(<!-- /fields -->)", re.DOTALL)


def theme_schema() -> str:
    """Return the schema as JSON text (draft 2020-12); briefings/fact.schema.json is this, with a line break."""
    fact = FactEntry.model_json_schema(ref_template="#/$defs/{model}")
    definitions = fact.pop("$defs", {})
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A theme file: facts by id",
        "type": "object",
        "propertyNames": {"pattern": f"^{ID_PATTERN}$"},
        "additionalProperties": {"$ref": "#/$defs/FactEntry"},
        "$defs": {**definitions, "FactEntry": fact},
    }
    return json.dumps(schema, ensure_ascii=False, indent=2)


def field_table() -> str:
    """Return what each field of a fact means, as a Markdown table with a line a field."""
    lines = ["| Field | Needed? | What it means |", "|---|---|---|"]
    for name, field in FactEntry.model_fields.items():
        lines.append(f"| `{name}` | {'yes' if field.is_required() else 'no'} | {field.description} |")
    return "\n".join(lines) + "\n"


def saved_forms(folder: Path) -> dict[Path, str]:
    """Return the files of a content folder that hold what is made here, each with the text it should have.

    The guide is among them when it marks where its field table stands.
    """
    forms = {folder / SAVED: theme_schema() + "\n"}
    guide = folder / GUIDE
    if guide.is_file():
        text = guide.read_text(encoding="utf-8")
        forms[guide] = _TABLE.sub(lambda marked: marked[1] + field_table() + marked[2], text)
    return forms
