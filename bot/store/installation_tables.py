"""The tables of workspaces that installed the app, and of their tokens. As bot/store/tables.py.

`slack_bots` and `slack_installations` are slack_sdk's (AsyncSQLAlchemyInstallationStore), which finds them by these
names and writes times as UTC without a zone. Their secrets are encrypted (bot/installations/token_keys.py), so that
the columns of secrets are as wide as they need to be.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, String, Table, Text

from bot.store.tables import UtcTime, metadata

SECRETS: Final = {
    "slack_bots": ("bot_token", "bot_refresh_token"),
    "slack_installations": (
        "bot_token",
        "bot_refresh_token",
        "user_token",
        "user_refresh_token",
        "incoming_webhook_url",
        "incoming_webhook_configuration_url",
    ),
}
"""The columns that are encrypted, by table."""

slack_bots = Table(
    "slack_bots",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client_id", String(32), nullable=False),
    Column("app_id", String(32), nullable=False),
    Column("enterprise_id", String(32)),
    Column("enterprise_name", String(200)),
    Column("team_id", String(32)),
    Column("team_name", String(200)),
    Column("bot_token", Text),
    Column("bot_id", String(32)),
    Column("bot_user_id", String(32)),
    Column("bot_scopes", String(1000)),
    Column("bot_refresh_token", Text),
    Column("bot_token_expires_at", DateTime),
    Column("is_enterprise_install", Boolean, nullable=False),
    Column("installed_at", DateTime, nullable=False),
    Index("ix_slack_bots_client_id", "client_id", "enterprise_id", "team_id", "installed_at"),
)

slack_installations = Table(
    "slack_installations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("client_id", String(32), nullable=False),
    Column("app_id", String(32), nullable=False),
    Column("enterprise_id", String(32)),
    Column("enterprise_name", String(200)),
    Column("enterprise_url", String(200)),
    Column("team_id", String(32)),
    Column("team_name", String(200)),
    Column("bot_token", Text),
    Column("bot_id", String(32)),
    Column("bot_user_id", String(32)),
    Column("bot_scopes", String(1000)),
    Column("bot_refresh_token", Text),
    Column("bot_token_expires_at", DateTime),
    Column("user_id", String(32), nullable=False),
    Column("user_token", Text),
    Column("user_scopes", String(1000)),
    Column("user_refresh_token", Text),
    Column("user_token_expires_at", DateTime),
    Column("incoming_webhook_url", Text),
    Column("incoming_webhook_channel", String(200)),
    Column("incoming_webhook_channel_id", String(200)),
    Column("incoming_webhook_configuration_url", Text),
    Column("is_enterprise_install", Boolean, nullable=False),
    Column("token_type", String(32)),
    Column("installed_at", DateTime, nullable=False),
    Index("ix_slack_installations_client_id", "client_id", "enterprise_id", "team_id", "user_id", "installed_at"),
)

installed_workspaces = Table(  # whose tokens: those of `workspace`, or of the organisation that it is covered by
    "installed_workspaces",
    metadata,
    Column("workspace", String(32), primary_key=True),  # T…, or E… for an organisation as a whole
    Column("enterprise", String(32), nullable=False),  # its organisation; "" for none
    Column("name", String(200), nullable=False),
    Column("is_covered", Boolean, nullable=False),
    Column("installed_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("erase_after", UtcTime),  # from when on what is kept of it is erased
    Column("revision", Integer, nullable=False),  # raised with each change of the row or of its tokens
    Column("refreshing_until", UtcTime),  # one process refreshes its tokens, until then
)

used_oauth_states = Table(
    "used_oauth_states",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires_at", UtcTime, nullable=False),
)
