"""Revisions whose template for a look-up without an answer has the name of today: it was called gap."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OLD, _NEW = "templates/gap.md.j2", "templates/no-answer.md.j2"


def upgrade() -> None:
    """Rewrite one revision at a time: each holds all of the content."""
    revisions = sa.table("revisions", sa.column("number"), sa.column("content"), sa.column("content_hash"))
    connection = op.get_bind()
    for number in connection.scalars(sa.select(revisions.c.number)).all():
        row = revisions.c.number == number
        content = json.loads(connection.scalar(sa.select(revisions.c.content).where(row)) or "{}")
        if _OLD in content.get("templates", {}):
            text = json.dumps(with_no_answer(content), ensure_ascii=False, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            connection.execute(sa.update(revisions).where(row).values(content=text, content_hash=digest))


def with_no_answer(content: dict[str, Any]) -> dict[str, Any]:
    """Return a revision's content with the template under its new name, in its old place."""
    templates = {_NEW if name == _OLD else name: text for name, text in content["templates"].items()}
    return {**content, "templates": templates}
