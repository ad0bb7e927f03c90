"""The tables, the same on SQLite and PostgreSQL. migrations/ makes them; a test holds the two together.

Ids are 32 random hexadecimal digits where nothing else is said. Every time is aware UTC, in Python and in PostgreSQL;
SQLite keeps the same moment as text. JSON columns hold what `json` reads; `none_as_null` makes None the database's
NULL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class UtcTime(TypeDecorator[datetime]):
    """An aware moment. SQLite knows no time zones: it is stored there in UTC, and comes back as aware UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC. Raises ValueError for one without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without its zone cannot be stored.")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — the base class names it
        """Return the moment as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_JSON = JSON(none_as_null=True)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

revisions = Table(
    "revisions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("published_at", UtcTime, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column(
        "content", Text, nullable=False
    ),  # JSON by bot/store/serialization.py: Text keeps it in the order of the files
    Column("note", Text),
    Column("author", Text),
    Column("commit", String(64)),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("revision", Integer, ForeignKey("revisions.number"), nullable=False, index=True),
    Column("fact_id", String(200), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # added, updated, corrected, withdrawn, superseded, moved
    Column("areas", _JSON, nullable=False),
    Column("before", _JSON),
    Column("after", _JSON),
    Column("position", Integer, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("areas", _JSON, nullable=False),
    Column("areas_key", String(1000), nullable=False),  # the same areas in one order: what makes a repeat a repeat
    Column("corrections_only", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("paused_at", UtcTime),
    Column("paused_why", Text),
    UniqueConstraint("team", "channel", "areas_key"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("areas", _JSON, nullable=False),
    Column("is_digest", Boolean, nullable=False),
    Column("rule", Text, nullable=False),  # JSON; thousands of schedules have the same, and text is compared at once
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("next_on", Date),  # null, like next_at, while it is paused: a tick looks at next_at alone
    Column("next_at", UtcTime, index=True),
    Column("told_revision", Integer, nullable=False, server_default="0"),
    Column("paused_at", UtcTime),
    Column("paused_why", Text),
    Column("touched_at", UtcTime, nullable=False),
    Index("ix_schedules_team_channel", "team", "channel"),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("schedule", String(32), primary_key=True),
    Column("on", Date, primary_key=True),  # the local day: one that stands here is never posted again
    Column("at", UtcTime, nullable=False, index=True),
    Column("state", String(20), nullable=False),  # due, posted, skipped, missed, dead
    Column("why", Text),
    Column("delivery", String(32)),
    Column("ts", String(32)),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("kind", String(20), nullable=False),  # scheduled, correction, alert, edit, note, watch
    Column("priority", Integer, nullable=False),  # 0 correction, 1 alert, 2 schedule
    Column("body", _JSON, nullable=False),
    Column("state", String(20), nullable=False),  # pending, sending, sent, unknown, dead, dropped
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("attempt_at", UtcTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("owner", String(64)),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("ts", String(32)),
    Column("settled_at", UtcTime),  # when Slack last answered: what the pace in a channel counts from
    Column("error", Text),
    Column("revision", Integer),
    Column("subscription", String(32)),
    Column("depends_on", String(32)),
    Index("ix_deliveries_state_priority_created_at", "state", "priority", "created_at"),
    Index("ix_deliveries_team_channel_state", "team", "channel", "state"),
    Index("ix_deliveries_settled_at", "settled_at"),
)

posts = Table(
    "posts",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("shown", _JSON, nullable=False),  # fact id → digest of the wording
    Column("body", _JSON, nullable=False),
    Column("posted_at", UtcTime, nullable=False, index=True),
    Column("state", String(20), nullable=False),  # standing, edited, gone
)

watches = Table(
    "watches",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("user", String(32), primary_key=True),
    Column("fact_id", String(200), primary_key=True),
    Column("wording", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Index("ix_watches_fact_id", "fact_id"),
)

told = Table(
    "told",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("told_at", UtcTime, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", _JSON),
)
