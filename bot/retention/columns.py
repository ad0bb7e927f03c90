"""What each column of text holds: a person, a workspace, words that may name somebody, or nothing of the kind.

What is exported of a person and what is erased follow from this one table (personal_data.py, erasure.py), and
docs/data-protection.md names its columns. A test fails for a column of text that is not here.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from sqlalchemy import JSON, String, or_, select, true

from bot.store import installation_tables, maintainer_tables, tables
from bot.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from sqlalchemy import Column, ColumnElement, Table

MODULES: Final = (tables, maintainer_tables, installation_tables)
"""Those that name the tables: with them imported, `metadata` has every table."""


class Holds(Enum):
    """What a column holds of people and workspaces."""

    TEAM = auto()
    """The id of a workspace."""
    PERSON = auto()
    """A Slack user id; where a command did it, `cli:` and a login name."""
    PEOPLE = auto()
    """JSON pairs of a user id and a name."""
    NAME = auto()
    """The name of a person, as others see it."""
    VOTER = auto()
    """A keyed hash of who voted."""
    PLACE = auto()
    """The id of a channel; of a direct message, or of the user whom it is with."""
    MENTIONS = auto()
    """Text or JSON in which a user id or a name may stand, and words that a person wrote."""
    PUBLISHED = auto()
    """What maintainers published: an owner of facts may be named in it."""


PARTS: Final[Mapping[Table, tuple[Column[Any], Table]]] = {
    maintainer_tables.theme_questions: (maintainer_tables.theme_questions.c.theme_id, maintainer_tables.themes),
    tables.schedule_runs: (tables.schedule_runs.c.schedule_id, tables.schedules),
}
"""Tables without a column for the workspace: they belong to the row of another table, by its id."""
PERSONAL: Final = frozenset(Holds) - {Holds.TEAM}
"""What can tell of a person."""

_KINDS: Final = {
    "team": Holds.TEAM,
    "team_id": Holds.TEAM,
    "channel": Holds.PLACE,
    "user": Holds.PERSON,
    "created_by": Holds.PERSON,
    "pause_reason": Holds.MENTIONS,
    "payload": Holds.MENTIONS,
}
"""By name: the same in every table."""

_COLUMNS: Final[Mapping[str, Mapping[str, Holds]]] = {
    "audit": {
        "who": Holds.PERSON,
        "subject": Holds.MENTIONS,
        "before": Holds.MENTIONS,
        "after": Holds.MENTIONS,
    },
    "awaited_answers": {"words": Holds.MENTIONS},
    "changes": {"before": Holds.PUBLISHED, "after": Holds.PUBLISHED},
    "deliveries": {"error": Holds.MENTIONS},
    "feedback": {"voter": Holds.VOTER, "reason": Holds.MENTIONS, "words": Holds.MENTIONS},
    "gaps": {"words": Holds.MENTIONS},
    "installed_workspaces": {"workspace": Holds.TEAM},
    "proposals": {
        "name": Holds.NAME,
        "suggestion": Holds.MENTIONS,
        "base": Holds.PUBLISHED,
        "preview": Holds.MENTIONS,
        "editors": Holds.PEOPLE,
        "approver": Holds.PERSON,
        "approver_name": Holds.NAME,
        "note": Holds.MENTIONS,
    },
    "reports": {"about": Holds.MENTIONS, "words": Holds.MENTIONS, "said": Holds.MENTIONS, "name": Holds.NAME},
    "revisions": {"content": Holds.PUBLISHED, "note": Holds.PUBLISHED, "author": Holds.NAME},
    "schedule_runs": {"reason": Holds.MENTIONS},
    "slack_installations": {"user_id": Holds.PERSON},
    "themes": {"name": Holds.MENTIONS, "reason": Holds.MENTIONS, "changed_by": Holds.NAME},
    "theme_questions": {"words": Holds.MENTIONS},
}

_INSTALLATION: Final = (
    "client_id app_id enterprise_id enterprise_name team_name bot_token bot_id bot_user_id bot_scopes"
)
_NOTHING: Final[Mapping[str, str]] = {
    "answers": "asked_ts thread ts facts",
    "audit": "action",
    "awaited_answers": "question",
    "changes": "fact_id kind areas",
    "compatibility": "oldest",
    "deliveries": "id kind state claimed_by ts schedule_id parent_id",
    "fact_asks": "fact_id",
    "feedback": "id outcome fact_id",
    "gaps": "id",
    "gaps_dropped": "reason",
    "installed_workspaces": "enterprise name",
    "operator_notices": "digest",
    "posted_areas": "area",
    "posts": "ts kind fact_digests state",
    "proposals": "id state fact_id base_digest proposed_digest link",
    "rate_limits": "method",
    "reports": "id outcome fact_id permalink",
    "revisions": "content_hash commit",
    "schedule_runs": "schedule_id state delivery_id ts",
    "schedules": "id areas rule",
    "slack_bots": f"{_INSTALLATION} bot_refresh_token",
    "slack_installations": (
        f"{_INSTALLATION} bot_refresh_token enterprise_url user_token user_scopes user_refresh_token token_type "
        "incoming_webhook_url incoming_webhook_channel incoming_webhook_channel_id incoming_webhook_configuration_url"
    ),
    "subscriptions": "id area certainty",
    "themes": "id state fact_id",
    "theme_questions": "id theme_id",
    "used_oauth_states": "digest",
    "watches": "fact_id",
    "weekly_posts": "name week",
    "workspace_defaults": "areas tz calendar",
}
"""Columns of text that hold neither people nor workspaces."""


def holds(column: Column[Any]) -> Holds | None:
    """Return what a column holds; None for nothing of a person or a workspace."""
    own = _COLUMNS.get(column.table.name, {})
    return own.get(column.name) or (None if is_nothing(column) else _KINDS.get(column.name))


def is_nothing(column: Column[Any]) -> bool:
    """Whether it is on record that a column of text holds neither people nor workspaces."""
    return column.name in _NOTHING.get(column.table.name, "").split()


def unclassified() -> list[str]:
    """Return the columns of text of which nothing is on record, and what is on record of columns that are not there."""
    columns = [column for table in metadata.tables.values() for column in table.columns]
    texts = [each for each in columns if isinstance(each.type, String | JSON)]
    missing = [str(each) for each in texts if holds(each) is None and not is_nothing(each)]
    known = {f"{name}.{each}" for name, own in _COLUMNS.items() for each in own}
    known |= {f"{name}.{each}" for name, own in _NOTHING.items() for each in own.split()}
    return missing + sorted(known.difference(map(str, texts)))


def columns_of(table: Table, *kinds: Holds) -> tuple[Column[Any], ...]:
    """Return the columns of a table that hold one of these."""
    return tuple(column for column in table.columns if holds(column) in kinds)


def within_workspace(table: Table, team: str) -> ColumnElement[bool]:
    """Return which rows of a table are a workspace's; all, where it has neither workspace nor parent."""
    if table in PARTS:
        column, whole = PARTS[table]
        return column.in_(select(whole.c.id).where(whole.c.team == team))
    teams = columns_of(table, Holds.TEAM)
    return or_(*(column == team for column in teams)) if teams else true()


def personal_columns() -> Iterator[tuple[Table, tuple[Column[Any], ...]]]:
    """Yield each table that can tell of a person, with those of its columns."""
    for table in metadata.sorted_tables:
        if columns := columns_of(table, *PERSONAL):
            yield table, columns
