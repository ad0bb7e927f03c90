"""A person can be forgotten in the audit: the one change of an entry that its trigger lets through."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
compatible_from = "0016"  # it lets through what the version before never does

_SAME = " AND ".join(f"NEW.{column} = OLD.{column}" for column in ("id", "at", "team", "action"))
_WHO = "(NEW.who = OLD.who OR NEW.who LIKE 'former:%')"
_TEXTS = " AND ".join(
    f"(NEW.{column} = OLD.{column} OR NEW.{column} LIKE '%former:%')" for column in ("subject", "before", "after")
)
_NARROW = f"NOT ({_SAME} AND {_WHO} AND {_TEXTS})"
_SQLITE = f"""
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit WHEN {_NARROW}
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
_POSTGRESQL = f"""
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
FOR EACH ROW WHEN ({_NARROW}) EXECUTE FUNCTION audit_append_only()
"""


def upgrade() -> None:
    """Replace the trigger, which let no change through."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER audit_append_only" if is_sqlite else "DROP TRIGGER audit_append_only ON audit")
    op.execute(_SQLITE if is_sqlite else _POSTGRESQL)
