"""The tables of what maintainers work on: votes, reports, questions, and the audit. As bot/store/tables.py."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, String, Table, Text

from bot.store.tables import UtcTime, metadata

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("voter", String(64), unique=True),  # a keyed hash of who and what on; null once that is forgotten
    Column("team", String(32), nullable=False),
    Column("given_on", Date, nullable=False, index=True),
    Column("is_right", Boolean, nullable=False),
    Column("outcome", String(20), nullable=False),  # an Outcome
    Column("fact_id", String(200), nullable=False),  # empty where nothing is held
    Column("reason", Text, nullable=False),
    Column("words", Text, nullable=False),  # as typed, from those who sent them with a reason
)

reports = Table(
    "reports",
    metadata,
    Column("id", String(32), primary_key=True),  # that of the delivery to MAINTAINERS_CHANNEL too
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),  # who is told when it is dealt with; empty from then on
    Column("about", String(200), nullable=False),  # the message that it was sent from
    Column("created_at", UtcTime, nullable=False, index=True),
    Column("is_question", Boolean, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("fact_id", String(200), nullable=False),
    Column("words", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("permalink", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("dealt_at", UtcTime),
)

weekly_posts = Table(
    "weekly_posts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("team", String(32), primary_key=True),
    Column("week", String(8), primary_key=True),  # 2026-W49: dealt with, whether there was something to post or not
    Column("run_at", UtcTime, nullable=False),
)

audit = Table(  # append-only: a trigger refuses UPDATE
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),  # in the order in which they were recorded
    Column("at", UtcTime, nullable=False, index=True),
    Column("team", String(32), nullable=False),
    Column("who", String(100), nullable=False, index=True),  # a Slack user id, `cli:` and a login name, or `bot`
    Column("action", String(60), nullable=False),  # dotted: proposal.approved
    Column("subject", String(200), nullable=False, index=True),  # the id of what was changed
    Column("before", Text, nullable=False),  # as a person reads it; empty where there was nothing
    Column("after", Text, nullable=False),
    sqlite_autoincrement=True,  # the number of an entry that was deleted by age is not given again
)
