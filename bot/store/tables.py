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


def in_utc(value: datetime) -> datetime:
    """Return a moment in UTC. Raises ValueError for one without a time zone."""
    if value.tzinfo is None:
        raise ValueError("A time without its zone cannot be stored.")
    return value.astimezone(UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware moment. SQLite knows no time zones: it is stored there in UTC, and comes back as aware UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC. Raises ValueError for one without a time zone."""
        if value is None:
            return None
        moment = in_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

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
    Column("area", String(1000), nullable=False),  # a key, `all`, or `fact:` and a fact's id
    Column("corrections_only", Boolean, nullable=False),
    Column("certainty", String(60)),  # which changes of it: bot/alerts/filters.py
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("paused_at", UtcTime),
    Column("pause_reason", Text),
    Column("paused_until", UtcTime, index=True),  # when it is resumed by itself
    UniqueConstraint("team", "channel", "area"),
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
    Column("last_posted_revision", Integer, nullable=False, server_default="0"),
    Column("paused_at", UtcTime),
    Column("pause_reason", Text),
    Column("paused_until", UtcTime, index=True),  # when it is resumed by itself
    Column("last_activity_at", UtcTime, nullable=False),
    Index("ix_schedules_team_channel", "team", "channel"),
)

schedule_runs = Table(
    "schedule_runs",
    metadata,
    Column("schedule_id", String(32), primary_key=True),
    Column("local_date", Date, primary_key=True),  # a day that has a run is never posted again
    Column("scheduled_for", UtcTime, nullable=False, index=True),
    Column("state", String(20), nullable=False),  # due, posted, skipped, missed, failed
    Column("reason", Text),
    Column("delivery_id", String(32)),
    Column("ts", String(32)),
)

posted_areas = Table(
    "posted_areas",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("area", String(1000), primary_key=True),  # a key, or `digest`
    Column("scheduled_for", UtcTime, nullable=False),  # the latest time for which it was posted
)

workspace_defaults = Table(
    "workspace_defaults",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("areas", _JSON, nullable=False),
    Column("tz", String(64), nullable=False),
    Column("calendar", String(30)),
)

days_off = Table(
    "days_off",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("first", Date, primary_key=True),
    Column("last", Date, primary_key=True),  # included
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("kind", String(20), nullable=False),  # a DeliveryKind
    Column("priority", Integer, nullable=False),  # a Priority
    Column("payload", _JSON, nullable=False),  # an OutboxMessage; empty for a reply that is settled
    Column("state", String(20), nullable=False),  # pending, sending, sent, unconfirmed, failed, cancelled
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(64)),  # the process
    Column("fencing_token", Integer, nullable=False, server_default="0"),
    Column("ts", String(32)),
    Column("finished_at", UtcTime),  # when Slack last answered: what the pace in a channel counts from
    Column("error", Text),
    Column("revision", Integer),
    Column("schedule_id", String(32)),  # of a post that somebody asked for by hand
    Column("parent_id", String(32)),
    Index("ix_deliveries_state_priority_created_at", "state", "priority", "created_at"),
    Index("ix_deliveries_team_channel_state", "team", "channel", "state"),
    Index("ix_deliveries_finished_at", "finished_at"),
)

posts = Table(
    "posts",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("fact_digests", _JSON, nullable=False),  # fact id → digest of the wording
    Column("payload", _JSON, nullable=False),  # the rest of a PublicPost
    Column("posted_at", UtcTime, nullable=False, index=True),
    Column("state", String(20), nullable=False),  # standing, edited, gone
)

answers = Table(  # what a follow-up is about
    "answers",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("asked_ts", String(32), primary_key=True),  # the question's message, or the answer's to a press
    Column("thread", String(32), nullable=False),  # empty in a direct message without one
    Column("ts", String(32), nullable=False),  # the answer's message
    Column("user", String(32), nullable=False),  # who alone sees it; empty when everybody does
    Column("facts", _JSON, nullable=False),  # fact id → digest of the wording; empty after another reply
    Column("answered_at", UtcTime, nullable=False, index=True),
)

watches = Table(
    "watches",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("user", String(32), primary_key=True),
    Column("fact_id", String(200), primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Index("ix_watches_fact_id", "fact_id"),
)

operator_notices = Table(
    "operator_notices",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("notified_at", UtcTime, nullable=False),
)

compatibility = Table("compatibility", metadata, Column("oldest", String(32), primary_key=True))
"""One row: the oldest migration whose version can work on the tables as they are (bot/store/migrate.py)."""

workspaces = Table("workspaces", metadata, Column("team", String(32), primary_key=True))

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("method", String(64), primary_key=True),  # Slack's name, or `*` for all
    Column("begins_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
)

inactivity_prompts = Table(
    "inactivity_prompts",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("asked_at", UtcTime, nullable=False),
)
