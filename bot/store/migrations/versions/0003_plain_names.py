"""Columns, states and payloads by plain names; a table for each kind of thing that the `settings` drawer kept."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from bot.store.tables import UtcTime

if TYPE_CHECKING:
    from collections.abc import Callable

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = {
    "subscriptions": {"areas_key": "area", "paused_why": "pause_reason"},
    "schedules": {
        "told_revision": "last_posted_revision",
        "paused_why": "pause_reason",
        "touched_at": "last_activity_at",
    },
    "schedule_runs": {
        "schedule": "schedule_id",
        "on": "local_date",
        "at": "scheduled_for",
        "why": "reason",
        "delivery": "delivery_id",
    },
    "deliveries": {
        "body": "payload",
        "attempt_at": "claimed_at",
        "owner": "claimed_by",
        "fence": "fencing_token",
        "settled_at": "finished_at",
        "subscription": "schedule_id",
        "depends_on": "parent_id",
    },
    "posts": {"shown": "fact_digests", "body": "payload"},
}
_INDEXES = {  # old name: table, column, new name
    "ix_schedule_runs_at": ("schedule_runs", "scheduled_for", "ix_schedule_runs_scheduled_for"),
    "ix_deliveries_settled_at": ("deliveries", "finished_at", "ix_deliveries_finished_at"),
}
_STATES = {"dead": "failed", "dropped": "cancelled", "unknown": "unconfirmed"}
_ERROR_CODES = {
    "deliveries": "error",
    "schedule_runs": "reason",
    "subscriptions": "pause_reason",
    "schedules": "pause_reason",
}
"""Where the code of an error may stand."""


def upgrade() -> None:
    """Rename, then give every row the new words."""
    for old in _INDEXES:
        op.drop_index(old)
    for table, names in _COLUMNS.items():
        for old, new in names.items():
            op.alter_column(table, old, new_column_name=new)
    for table, column, new in _INDEXES.values():
        op.create_index(new, table, [column])
    op.drop_column("subscriptions", "areas")
    op.drop_column("watches", "wording")
    _rename_states()
    _rewrite("deliveries", ("id",), _message)
    _rewrite("posts", ("team", "channel", "ts"), _renamed)
    _make_tables()
    _empty_the_drawer()


def _rename_states() -> None:
    for table in ("deliveries", "schedule_runs"):
        for old, new in _STATES.items():
            op.execute(f"UPDATE {table} SET state = '{new}' WHERE state = '{old}'")  # noqa: S608 — names of this file
    for table, column in _ERROR_CODES.items():
        op.execute(
            f"UPDATE {table} SET {column} = replace({column}, 'unknown: ', 'unconfirmed: ') "  # noqa: S608 — the same
            f"WHERE {column} LIKE 'unknown: %'"
        )


def _rewrite(name: str, key: tuple[str, ...], change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Write every payload of a table anew."""
    table = sa.table(name, sa.column("payload", sa.JSON(none_as_null=True)), *map(sa.column, key))
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).all():
        this = (table.c[each] == getattr(row, each) for each in key)
        connection.execute(sa.update(table).where(*this).values(payload=change(row.payload)))


def _message(old: dict[str, Any]) -> dict[str, Any]:
    """Return an OutboxMessage's payload by its new names."""
    new = _renamed(old)
    if due := new.pop("due", None):
        due["schedule_id"], due["local_date"] = due.pop("schedule"), due.pop("on")
        new["request"] = due
    return new


def _renamed(old: dict[str, Any]) -> dict[str, Any]:
    """Rename what messages and posts have in common."""
    names = {"shown": "fact_digests", "told": "rendered_changes"}
    new = {names.get(name, name): value for name, value in old.items()}
    if "buttons" in new:
        buttons = [dict(zip(("action", "label", "value"), each, strict=True)) for each in new["buttons"]]
        new["buttons"] = buttons
    return new


def _make_tables() -> None:
    op.create_table(
        "operator_notices",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_operator_notices"),
    )
    op.execute("INSERT INTO operator_notices (digest, notified_at) SELECT digest, told_at FROM told")
    op.drop_table("told")
    op.create_table(
        "workspaces",
        sa.Column("team", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("team", name="pk_workspaces"),
    )
    op.create_table(
        "rate_limits",
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("method", sa.String(64), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team", "method", name="pk_rate_limits"),
    )
    op.create_table(
        "inactivity_prompts",
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("team", "channel", name="pk_inactivity_prompts"),
    )


def _empty_the_drawer() -> None:
    """Move what `settings` kept by keys like `team`, `hold T1 chat.postMessage` and `asked T1 C1 20261123T090000`."""
    drawer = sa.table("settings", sa.column("key", sa.String), sa.column("value", sa.JSON(none_as_null=True)))
    workspaces: list[dict[str, Any]] = []
    limits: list[dict[str, Any]] = []
    asked: dict[tuple[str, str], datetime] = {}
    for row in op.get_bind().execute(sa.select(drawer)):
        what, *of = row.key.split(" ")
        if what == "team":
            workspaces.append({"team": row.value})
        elif what == "hold":
            begin, end = map(datetime.fromisoformat, row.value)
            limits.append({"team": of[0], "method": of[1], "begins_at": begin, "ends_at": end})
        elif what == "asked":
            at = datetime.fromisoformat(row.value)
            asked[of[0], of[1]] = max(at, asked.get((of[0], of[1]), at))
    prompts = [{"team": team, "channel": channel, "asked_at": at} for (team, channel), at in asked.items()]
    times = ("begins_at", "ends_at", "asked_at")
    for name, rows in (("workspaces", workspaces), ("rate_limits", limits), ("inactivity_prompts", prompts)):
        if rows:
            columns = (sa.column(each, UtcTime() if each in times else sa.String()) for each in rows[0])
            op.bulk_insert(sa.table(name, *columns), rows)
    op.drop_table("settings")
