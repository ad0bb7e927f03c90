"""The tables of what maintainers work on: votes, reports, gaps, proposals, the audit. As bot/store/tables.py."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, String, Table, Text

from bot.store.tables import UtcTime, metadata

_JSON = JSON(none_as_null=True)

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

proposals = Table(
    "proposals",
    metadata,
    Column("id", String(32), primary_key=True),  # that of the delivery of its card too
    Column("team", String(32), nullable=False),
    Column("user", String(100), nullable=False),  # who proposes: a Slack user id, or cli: and a login
    Column("name", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False, index=True),
    Column("state", String(20), nullable=False, index=True),  # a ProposalState
    Column("version", Integer, nullable=False),  # rises with each edit, and when its fact has changed
    Column("fact_id", String(200), nullable=False, index=True),  # of a new fact: the id that it gets
    Column("suggestion", _JSON, nullable=False),
    Column("base", _JSON, nullable=False),  # the fact's fields at that version
    Column("base_digest", String(32), nullable=False),
    Column("proposed_digest", String(32), nullable=False),
    Column("is_stale", Boolean, nullable=False),  # the fact has changed since
    Column("preview", Text, nullable=False),  # Markdown: the check's result, and what changes with it
    Column("editors", _JSON, nullable=False),  # pairs of a user id and a name, the last editor last
    Column("approver", String(100), nullable=False),
    Column("approver_name", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),  # when it is applied, or tried again
    Column("attempts", Integer, nullable=False),
    Column("note", Text, nullable=False),  # why it was declined, or what failed
    Column("link", Text, nullable=False),  # where it was applied
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", String(32), primary_key=True),  # made from the workspace and the question's normal form
    Column("team", String(32), nullable=False, index=True),
    Column("words", Text, nullable=False),  # as they were first asked, without what stands around a question
    Column("count", Integer, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False, index=True),
)

gaps_dropped = Table(
    "gaps_dropped",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reason", String(20), primary_key=True),  # a Dropped
    Column("count", Integer, nullable=False),
)

fact_asks = Table(  # how often a fact answered a look-up on a day (UTC)
    "fact_asks",
    metadata,
    Column("day", Date, primary_key=True),
    Column("fact_id", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
)

themes = Table(
    "themes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("team", String(32), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("state", String(20), nullable=False),  # a ThemeState
    Column("fact_id", String(200), nullable=False),  # the fact that holds it, or answered it; else empty
    Column("reason", Text, nullable=False),  # why it is not for us; else empty
    Column("changed_by", Text, nullable=False),  # the name that others see
    Column("changed_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),  # a decision on an older one counts for nothing
)

theme_questions = Table(
    "theme_questions",
    metadata,
    Column("id", String(32), primary_key=True),  # that of the gap; no question is in two themes
    Column("theme_id", String(32), ForeignKey("themes.id"), nullable=False, index=True),
    Column("words", Text, nullable=False),  # they stay as the theme's examples when the gap is erased
)

awaited_answers = Table(
    "awaited_answers",
    metadata,
    Column("team", String(32), primary_key=True),
    Column("user", String(32), primary_key=True),
    Column("question", String(32), primary_key=True),  # as the id of a gap
    Column("words", Text, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False, index=True),
    Column("looked_up", Integer, nullable=False, index=True),  # the newest revision that does not answer them
)
