"""A person can be forgotten in the audit: the one change of an entry that its trigger lets through."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
compatible_from = "0016"  # it lets through what the version before never does

_PSEUDONYM = 15
"""Characters of `former:` and eight random digits, which stand for an id (bot/retention/erasure.py)."""
_SQLITE_WORDS = {
    "position": "instr(NEW.{0}, 'former:')",
    "is_pseudonym": "{0} GLOB 'former:" + "[0-9a-f]" * 8 + "'",
    "is_id": "({0} GLOB '[UW][A-Z0-9]*' OR {0} GLOB 'cli:*') AND {0} NOT GLOB '* *'",
}
_POSTGRESQL_WORDS = {
    "position": "strpos(NEW.{0}, 'former:')",
    "is_pseudonym": "{0} ~ '^former:[0-9a-f]{{8}}$'",
    "is_id": "{0} ~ '^([UW][A-Z0-9]+|cli:[^ ]+)$'",
}


def _kept_but_for_an_id(column: str, words: dict[str, str]) -> str:
    """Return the condition that a column is as before, apart from one id that a pseudonym now stands for.

    What the pseudonym stands for is as long as the lengths before and after say; put in its place, it gives the words
    from before.
    """
    position = words["position"].format(column)
    pseudonym = f"substr(NEW.{column}, {position}, {_PSEUDONYM})"
    times = f"((length(NEW.{column}) - length(replace(NEW.{column}, {pseudonym}, ''))) / {_PSEUDONYM})"
    id_length = f"{_PSEUDONYM} - (length(NEW.{column}) - length(OLD.{column})) / {times}"
    stood = f"substr(OLD.{column}, {position}, CASE WHEN {id_length} > 0 THEN {id_length} ELSE 0 END)"
    is_replaced = " AND ".join(
        (
            words["is_pseudonym"].format(pseudonym),
            words["is_id"].format(stood),
            f"replace(NEW.{column}, {pseudonym}, {stood}) = OLD.{column}",
        )
    )
    return f"(NEW.{column} = OLD.{column} OR CASE WHEN {position} > 0 THEN {is_replaced} ELSE 1 = 0 END)"


def _narrow(words: dict[str, str]) -> str:
    same = (f"NEW.{column} = OLD.{column}" for column in ("id", "at", "team", "action"))
    texts = (_kept_but_for_an_id(column, words) for column in ("who", "subject", "before", "after"))
    return f"NOT ({' AND '.join((*same, *texts))})"


def upgrade() -> None:
    """Replace the trigger, which let no change through."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER audit_append_only" if is_sqlite else "DROP TRIGGER audit_append_only ON audit")
    head, change = (
        "CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit",
        _narrow(_SQLITE_WORDS if is_sqlite else _POSTGRESQL_WORDS),
    )
    if is_sqlite:
        op.execute(f"{head} WHEN {change} BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END")
    else:
        op.execute(f"{head} FOR EACH ROW WHEN ({change}) EXECUTE FUNCTION audit_append_only()")
