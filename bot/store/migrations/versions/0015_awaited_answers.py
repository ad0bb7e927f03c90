"""Who wants to be told when there is an answer to a question."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "awaited_answers",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("user", sa.String(32), primary_key=True),
        sa.Column("question", sa.String(32), primary_key=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("looked_up", sa.Integer(), nullable=False),
    )
    op.create_index(op.f("ix_awaited_answers_until"), "awaited_answers", ["until"])
    op.create_index(op.f("ix_awaited_answers_looked_up"), "awaited_answers", ["looked_up"])
