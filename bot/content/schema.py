"""Makes the files derived from the models: JSON Schemas for editors, and the field table of briefings/README.md."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.content.entries import FactEntry
from bot.content.fact_files import ID_PATTERN
from bot.content.models import Briefing

if TYPE_CHECKING:
    from pathlib import Path

_GUIDE = "README.md"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TABLE = re.compile(r"(<!-- fields:[^>]*-->\n).*?(?=<!-- /fields -->)", re.DOTALL)


def fact_schema() -> str:
    """Return the JSON Schema of a fact file (draft 2020-12); briefings/fact.schema.json is this."""
    fact = FactEntry.model_json_schema()
    definitions = fact.pop("$defs", {})
    schema = {
        "$schema": _DRAFT,
        "title": "A fact file: facts by id",
        "type": "object",
        "propertyNames": {"pattern": f"^{ID_PATTERN}$"},
        "additionalProperties": {"$ref": "#/$defs/FactEntry"},
        "$defs": {**definitions, "FactEntry": fact},
    }
    return json.dumps(schema, ensure_ascii=False, indent=2)


def briefing_schema() -> str:
    """Return the JSON Schema of a briefing.yaml; briefings/briefing.schema.json is this."""
    return json.dumps({"$schema": _DRAFT, **Briefing.model_json_schema()}, ensure_ascii=False, indent=2)


def saved_forms(folder: Path) -> dict[Path, str]:
    """Return the derived files of a content folder with the text that each should have.

    README.md is among them when it is there; marks enclose its field table.
    """
    forms = {
        folder / "fact.schema.json": fact_schema() + "\n",
        folder / "briefing.schema.json": briefing_schema() + "\n",
    }
    guide = folder / _GUIDE
    if guide.is_file():
        text = guide.read_text(encoding="utf-8")
        forms[guide] = _TABLE.sub(lambda marked: marked[1] + _field_table(), text)
    return forms


def _field_table() -> str:
    """Return the fields of a fact as a Markdown table."""
    lines = ["| Field | Needed? | What it means |", "|---|---|---|"]
    for name, field in FactEntry.model_fields.items():
        lines.append(f"| `{name}` | {'yes' if field.is_required() else 'no'} | {field.description} |")
    return "\n".join(lines) + "\n"
