"""The workspaces that installed the app, and their tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_BOT = (
    ("client_id", sa.String(32), False),
    ("app_id", sa.String(32), False),
    ("enterprise_id", sa.String(32), True),
    ("enterprise_name", sa.String(200), True),
    ("team_id", sa.String(32), True),
    ("team_name", sa.String(200), True),
    ("bot_token", sa.Text(), True),
    ("bot_id", sa.String(32), True),
    ("bot_user_id", sa.String(32), True),
    ("bot_scopes", sa.String(1000), True),
    ("bot_refresh_token", sa.Text(), True),
    ("bot_token_expires_at", sa.DateTime(), True),
    ("is_enterprise_install", sa.Boolean(), False),
    ("installed_at", sa.DateTime(), False),
)
_INSTALLER = (
    ("enterprise_url", sa.String(200), True),
    ("user_id", sa.String(32), False),
    ("user_token", sa.Text(), True),
    ("user_scopes", sa.String(1000), True),
    ("user_refresh_token", sa.Text(), True),
    ("user_token_expires_at", sa.DateTime(), True),
    ("incoming_webhook_url", sa.Text(), True),
    ("incoming_webhook_channel", sa.String(200), True),
    ("incoming_webhook_channel_id", sa.String(200), True),
    ("incoming_webhook_configuration_url", sa.Text(), True),
    ("token_type", sa.String(32), True),
)


def upgrade() -> None:
    """Make the tables."""
    for name, columns in (("slack_bots", _BOT), ("slack_installations", (*_BOT, *_INSTALLER))):
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
            *(sa.Column(column, kind, nullable=nullable) for column, kind, nullable in columns),
            sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        )
    by = ["client_id", "enterprise_id", "team_id"]
    op.create_index("ix_slack_bots_client_id", "slack_bots", [*by, "installed_at"])
    op.create_index("ix_slack_installations_client_id", "slack_installations", [*by, "user_id", "installed_at"])
    op.create_table(
        "installed_workspaces",
        sa.Column("workspace", sa.String(32), nullable=False),
        sa.Column("enterprise", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("is_covered", sa.Boolean(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("erase_after", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("refreshing_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("workspace", name="pk_installed_workspaces"),
    )
    op.create_table(
        "used_oauth_states",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_oauth_states"),
    )
