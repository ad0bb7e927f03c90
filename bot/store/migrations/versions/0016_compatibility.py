"""Which versions go on working on the tables: the running ones of the version before, during an upgrade."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; bot/store/migrate.py keeps its one row."""
    op.create_table("compatibility", sa.Column("oldest", sa.String(32), primary_key=True))
