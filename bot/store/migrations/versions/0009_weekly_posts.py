"""Weeks in which a weekly post was made, or had nothing to say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "weekly_posts",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("week", sa.String(8), primary_key=True),
        sa.Column("run_at", UtcTime(), nullable=False),
    )
