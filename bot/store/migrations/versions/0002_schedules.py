"""Schedules, what became of each day that they were for, and an index for the pace in channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; the pace is asked for all channels at once."""
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("areas", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_digest", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("next_on", sa.Date()),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("told_revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("paused_why", sa.Text()),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
    )
    op.create_index("ix_schedules_next_at", "schedules", ["next_at"])
    op.create_index("ix_schedules_team_channel", "schedules", ["team", "channel"])
    op.create_table(
        "schedule_runs",
        sa.Column("schedule", sa.String(32), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("delivery", sa.String(32)),
        sa.Column("ts", sa.String(32)),
        sa.PrimaryKeyConstraint("schedule", "on", name="pk_schedule_runs"),
    )
    op.create_index("ix_schedule_runs_at", "schedule_runs", ["at"])
    op.drop_index("ix_deliveries_team_channel_settled_at", "deliveries")
    op.create_index("ix_deliveries_settled_at", "deliveries", ["settled_at"])
    op.execute("DELETE FROM settings WHERE key LIKE 'hold %'")  # a hold has a begin now; those of a minute ago can go
