"""Revisions with briefings as data: their templates become lists of facts, laid out by one template."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.content.checks.old_briefing import briefing_of_template

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OLD_BRIEFING = "/briefing.md.j2"
_LAYOUT = """\
# {{ area.title }}
Position at {{ memorandum.position_on }}{% if checked_on %}, last checked {{ checked_on }}{% endif %}.

{% for section in sections %}
{% if section.heading %}
## {{ section.heading }}
{% endif %}
{% for line in section.lines %}
{% if section.heading %}- {% endif %}{{ line.text }}\
{% if line.corrected %} _Corrected {{ line.corrected.on }}: {{ line.corrected.why }}_{% endif %}\
{% for number, address in line.links %} {{ link(number, address) }}{% endfor %}

{% endfor %}

{% endfor %}
{% if changes is not none %}
## Changed since last time
{% for change in changes %}
{% if changes|length > 1 %}- {% endif %}{{ change }}
{% else %}
No change recorded since the position date.
{% endfor %}
{% endif %}

## Sources
{% for source in sources %}
{{ loop.index }}. {{ link(source.title, source.url) }}, {{ source.publisher }}, {{ source.published }}
{% endfor %}
"""


def upgrade() -> None:
    """Rewrite one revision at a time: each holds all of the content."""
    revisions = sa.table("revisions", sa.column("number"), sa.column("content"), sa.column("content_hash"))
    connection = op.get_bind()
    for number in connection.scalars(sa.select(revisions.c.number)).all():
        row = revisions.c.number == number
        content = json.loads(connection.scalar(sa.select(revisions.c.content).where(row)) or "{}")
        if "templates" in content and "briefings" not in content:
            text = json.dumps(with_briefings(content), ensure_ascii=False, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            connection.execute(sa.update(revisions).where(row).values(content=text, content_hash=digest))


def with_briefings(content: dict[str, Any]) -> dict[str, Any]:
    """Return a revision's content with its briefings' templates as data, and the template that lays them out."""
    templates = content["templates"]
    briefings = {
        name.removesuffix(_OLD_BRIEFING): briefing_of_template(text)
        for name, text in templates.items()
        if name.endswith(_OLD_BRIEFING)
    }
    kept = {name: text for name, text in templates.items() if not name.endswith(_OLD_BRIEFING)}
    return {**content, "templates": {**kept, "templates/briefing.md.j2": _LAYOUT}, "briefings": briefings}
