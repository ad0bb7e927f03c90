"""How often each fact is asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "fact_asks",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("fact_id", sa.String(200), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
