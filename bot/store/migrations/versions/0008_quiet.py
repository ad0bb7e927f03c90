"""For quiet channels: areas posted for a time, alerts by changes of certainty, pauses, days off, defaults."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the columns."""
    op.create_table(
        "posted_areas",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("area", sa.String(1000), primary_key=True),
        sa.Column("scheduled_for", UtcTime(), nullable=False),
    )
    certainty = sa.Column("certainty", sa.String(60))
    op.add_column("subscriptions", certainty)
    for table in ("subscriptions", "schedules"):
        op.add_column(table, sa.Column("paused_until", UtcTime()))
        op.create_index(op.f(f"ix_{table}_paused_until"), table, ["paused_until"])
    op.create_table(
        "days_off",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("first", sa.Date(), primary_key=True),
        sa.Column("last", sa.Date(), primary_key=True),
    )
    op.create_table(
        "workspace_defaults",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("areas", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("tz", sa.String(64), nullable=False),
        sa.Column("calendar", sa.String(30)),
    )
