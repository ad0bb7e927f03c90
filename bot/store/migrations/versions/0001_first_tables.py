"""The first tables: revisions, changes, subscriptions, deliveries, posts, watches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_revisions()
    _make_subscriptions()
    _make_deliveries()
    _make_posts()
    _make_settings()


def _make_revisions() -> None:
    """Make what is published, and what each revision changed."""
    op.create_table(
        "revisions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("author", sa.Text()),
        sa.Column("commit", sa.String(64)),
        sa.PrimaryKeyConstraint("number", name="pk_revisions"),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("areas", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True)),
        sa.Column("after", sa.JSON(none_as_null=True)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision"], ["revisions.number"], name="fk_changes_revision"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_fact_id", "changes", ["fact_id"])
    op.create_index("ix_changes_revision", "changes", ["revision"])


def _make_subscriptions() -> None:
    """Make who is told, in which channel."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("areas", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("areas_key", sa.String(1000), nullable=False),
        sa.Column("corrections_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("paused_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("team", "channel", "areas_key", name="uq_subscriptions_team"),
    )


def _make_deliveries() -> None:
    """Make the outbox of what is to be posted."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner", sa.String(64)),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ts", sa.String(32)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.Column("revision", sa.Integer()),
        sa.Column("subscription", sa.String(32)),
        sa.Column("depends_on", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_state_priority_created_at", "deliveries", ["state", "priority", "created_at"])
    op.create_index("ix_deliveries_team_channel_state", "deliveries", ["team", "channel", "state"])
    op.create_index("ix_deliveries_team_channel_settled_at", "deliveries", ["team", "channel", "settled_at"])


def _make_posts() -> None:
    """Make what stands in channels, and who waits for which fact to change."""
    op.create_table(
        "posts",
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("shown", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", "ts", name="pk_posts"),
    )
    op.create_index("ix_posts_posted_at", "posts", ["posted_at"])
    op.create_table(
        "watches",
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("user", sa.String(32), nullable=False),
        sa.Column("fact_id", sa.String(200), nullable=False),
        sa.Column("wording", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team", "user", "fact_id", name="pk_watches"),
    )
    op.create_index("ix_watches_fact_id", "watches", ["fact_id"])


def _make_settings() -> None:
    """Make what the bot notes for itself."""
    op.create_table(
        "told",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_told"),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True)),
        sa.PrimaryKeyConstraint("key", name="pk_settings"),
    )
