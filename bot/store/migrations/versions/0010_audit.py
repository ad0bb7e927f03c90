"""The audit, which no statement can change afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_FUNCTION = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$
"""
_TRIGGER = (
    "CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
)


def upgrade() -> None:
    """Make the table and its trigger."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    for column in ("at", "who", "subject"):
        op.create_index(op.f(f"ix_audit_{column}"), "audit", [column])
    for statement in [_SQLITE] if op.get_bind().dialect.name == "sqlite" else [_FUNCTION, _TRIGGER]:
        op.execute(statement)
