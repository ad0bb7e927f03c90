"""Votes on answers, and reports to the maintainers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("voter", sa.String(64)),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("fact_id", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.UniqueConstraint("voter", name=op.f("uq_feedback_voter")),
    )
    op.create_index(op.f("ix_feedback_given_on"), "feedback", ["given_on"])
    op.create_table(
        "reports",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("user", sa.String(32), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("fact_id", sa.String(200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("permalink", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dealt_at", UtcTime()),
    )
    op.create_index(op.f("ix_reports_created_at"), "reports", ["created_at"])
