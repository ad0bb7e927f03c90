"""Revisions from before briefings were data are rewritten by their migration, and read alike."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.content.render import Renderer
from bot.store.serialization import Encoder, content_from_json
from tests.support.newsroom import shipped

if TYPE_CHECKING:
    from bot.content.models import Content

BRIEFINGS = Path(__file__).parents[3] / "briefings"
OLD_BRIEFING = """\
# {{{{ title() }}}}
{{{{ position() }}}}

{{{{ line("{bottom_line}") }}}}

{sections}

## Changed since last time
{{{{ changes() }}}}

## Sources
{{{{ sources() }}}}
"""


def without_later_sections(content: Content) -> Content:
    """Return content as it was when no section could be marked as later than the position date."""
    briefings = {
        area: each.model_copy(
            update={"sections": tuple(section.model_copy(update={"later": False}) for section in each.sections)}
        )
        for area, each in content.briefings.items()
    }
    return replace(content, briefings=briefings)


def test_a_revision_whose_template_was_called_gap_has_it_by_its_new_name() -> None:
    content = shipped()
    kept = json.loads(Encoder().encode(content))
    old = {name.replace("no-answer", "gap"): text for name, text in kept["templates"].items()}
    migration = importlib.import_module("bot.store.migrations.versions.0006_no_answer")
    assert migration.with_no_answer({**kept, "templates": old}) == kept


def test_an_old_revision_reads_as_it_did() -> None:
    content = without_later_sections(shipped())
    old = json.loads(Encoder().encode(content))
    del old["templates"]["templates/briefing.md.j2"]
    for area, briefing in old.pop("briefings").items():
        sections = []
        for section in briefing["sections"]:
            ids = ", ".join(f'"{fact_id}"' for fact_id in section["facts"])
            text = f"## {section['heading']}\n{{{{ facts({ids}) }}}}"
            sections.append(f"{{# more #}}\n{text}\n{{# end more #}}" if section.get("details") else text)
        text = OLD_BRIEFING.format(bottom_line=briefing["bottom_line"], sections="\n\n".join(sections))
        old["templates"][f"{area}/briefing.md.j2"] = text
    migration = importlib.import_module("bot.store.migrations.versions.0004_briefings")
    migrated = content_from_json(json.dumps(migration.with_briefings(old)))
    assert migrated.briefings == content.briefings
    layout = {name: migrated.templates[name] for name in ("templates/briefing.md.j2",)}
    as_then = replace(content, templates={**content.templates, **layout})
    for area in content.areas:
        for long in (False, True):
            expected = Renderer(as_then).briefing(area.key, long=long)
            assert Renderer(migrated).briefing(area.key, long=long) == expected
