"""Finds what is held on a person, in every table, and replaces who they are in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, cast, false, or_, select, true

from bot.alerts.subscriptions import BY, UNNAMED
from bot.audit.audit import FORMER
from bot.feedback.votes import Voter
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.retention.columns import Holds, columns_of, holds, personal_columns, within_workspace
from bot.store.maintainer_tables import audit, feedback
from bot.store.tables import deliveries, posts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feedback.votes import Votes

FORMER_NAME: Final = "a former member"
USER: Final = re.compile(r"[UW][A-Z0-9]{1,30}|cli:\S{1,90}")
"""A Slack user id; or who ran a command, as the audit has them."""
_SOMEBODY: Final = min(UNNAMED - {"Muted by somebody in this channel."})
_ANOTHER: Final = "(another person)"
_POSTED_BY: Final = f"Posted by {FORMER_NAME}."
_NAMED: Final = {"name": "user", "approver_name": "approver"}
"""The column with the id of the person whose name a column has."""
_NAMING: Final = (DeliveryKind.NOTE.value, DeliveryKind.EDIT.value, DeliveryKind.POST.value)
_SETTLED: Final = (DeliveryState.SENT.value, DeliveryState.FAILED.value, DeliveryState.CANCELLED.value)
_DIRECT: Final = "D"
"""Begins the id of a direct message (Slack: "Conversations API")."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person: a Slack user id, in one workspace or (empty) in all; `names` are theirs, as others saw them."""

    user: str
    team: str = ""
    names: frozenset[str] = frozenset()

    @property
    def pattern(self) -> re.Pattern[str]:
        """Match their id, and no longer one that begins so."""
        return re.compile(rf"(?<![A-Za-z0-9]){re.escape(self.user)}(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that tells of a person. `is_direct`: it belongs to their direct message with the bot."""

    table: Table
    values: Mapping[str, Any]
    is_direct: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """Its primary key."""
        return tuple(self.values[column.name] for column in self.table.primary_key)


async def held_on(connection: AsyncConnection, person: Person, votes: Votes) -> tuple[HeldRow, ...]:
    """Return every row that tells of a person; `votes` recognises theirs. It reads whole tables, and locks nothing."""
    first = await _found(connection, person, set())
    direct = {(each.values["team"], channel) for each in first if (channel := _direct_channel(each, person))}
    again = await _found(connection, person, direct) if direct else first
    return (*again, *await _votes_of(connection, person, votes))


def names_in(rows: Collection[HeldRow], person: Person) -> frozenset[str]:
    """Return the names that rows give a person."""
    found = {
        row.values[name]
        for row in rows
        for name, of in _NAMED.items()
        if row.values.get(of) == person.user and row.values.get(name)
    }
    return frozenset(found - {FORMER_NAME})


def replaced(row: HeldRow, person: Person, former: str) -> dict[str, Any]:
    """Return the columns of a row that change when its person is no longer named in it."""
    after: dict[str, Any] = {}
    for column in row.table.columns:
        before = row.values[column.name]
        match holds(column):
            case Holds.PERSON | Holds.PLACE if before == person.user:
                after[column.name] = former
            case Holds.NAME if before in person.names or row.values.get(_NAMED.get(column.name, "")) == person.user:
                after[column.name] = FORMER_NAME
            case Holds.PEOPLE:
                after[column.name] = [[former, FORMER_NAME] if each[0] == person.user else each for each in before]
            case Holds.MENTIONS if column.name == "pause_reason" and before and BY.fullmatch(before):
                after[column.name] = _SOMEBODY if person.pattern.search(before) else before
            case Holds.MENTIONS:
                after[column.name] = _without(before, person, former)
            case _:
                pass
    after = {name: value for name, value in after.items() if value != row.values[name]}
    if row.table is posts and after and row.values["payload"].get("posted_by"):
        after["payload"] = {**after.get("payload", row.values["payload"]), "posted_by": _POSTED_BY}
    return after


async def published_naming(connection: AsyncConnection, person: Person) -> int:
    """Return in how many revisions the published content names a person: as an owner of facts."""
    count = 0
    for table, _ in personal_columns():
        for column in columns_of(table, Holds.PUBLISHED):
            texts = await connection.scalars(select(cast(column, Text)).where(_names(column, person.user)))
            count += sum(1 for text in texts if person.pattern.search(text))
    return count


async def on_their_way(connection: AsyncConnection, person: Person) -> int:
    """Return how many deliveries that name a person are not settled yet: they can be erased once they are."""
    columns = deliveries.c
    query = select(columns.payload).where(columns.kind.in_(_NAMING), columns.state.not_in(_SETTLED))
    if person.team:
        query = query.where(columns.team == person.team)
    return sum(1 for payload in await connection.scalars(query) if _says_name(payload, person))


async def _found(connection: AsyncConnection, person: Person, direct: set[tuple[str, str]]) -> tuple[HeldRow, ...]:
    """Return the rows that tell of a person; `direct` has their direct messages, each a workspace and a channel."""
    found: list[HeldRow] = []
    places = {person.user, *(channel for _, channel in direct)}
    for table, columns in personal_columns():
        where = or_(false(), *(_may_tell(column, person, places) for column in columns))
        here = within_workspace(table, person.team) if person.team else true()
        for row in (await connection.execute(select(table).where(where, here))).mappings():
            values = dict(row)
            channels = [values[each.name] for each in columns_of(table, Holds.PLACE)]
            is_direct = any(each == person.user or (values.get("team"), each) in direct for each in channels)
            held = HeldRow(table, values, is_direct=is_direct)
            if is_direct or replaced(held, person, FORMER) or quotes_name(held, person):
                found.append(held)
    return tuple(found)


def _may_tell(column: ColumnElement[Any], person: Person, places: Collection[str]) -> ColumnElement[bool]:
    """Return which rows a column may tell of a person; what is found is looked at more closely."""
    match holds(column):  # type: ignore[arg-type]
        case Holds.PERSON:
            return column == person.user
        case Holds.PLACE:
            return column.in_(places)
        case Holds.NAME:
            return column.in_(person.names)
        case Holds.MENTIONS | Holds.PEOPLE:
            names = person.names if column is deliveries.c.payload else ()
            return or_(_names(column, person.user), *(_names(column, json.dumps(each)[1:-1]) for each in names))
    return false()


def _names(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    return cast(column, Text).contains(text, autoescape=True)


def quotes_name(row: HeldRow, person: Person) -> bool:
    """Whether a delivery that is settled names the person: a card, an edit, or what they had posted."""
    if row.table is not deliveries or row.values["kind"] not in _NAMING or row.values["state"] not in _SETTLED:
        return False
    return _says_name(row.values["payload"], person)


def _says_name(payload: object, person: Person) -> bool:
    text = json.dumps(payload, ensure_ascii=False)
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in person.names)


def _without(value: Any, person: Person, former: str) -> Any:  # noqa: ANN401 — JSON
    """Return text or JSON with the person's id replaced in every text."""
    match value:
        case str():
            return person.pattern.sub(former, value)
        case list():
            return [_without(each, person, former) for each in value]
        case dict():
            return {key: _without(each, person, former) for key, each in value.items()}
    return value


def _direct_channel(row: HeldRow, person: Person) -> str:
    """Return the direct message of a person with the bot, where a row that is theirs is in one."""
    if row.table is audit:
        is_theirs, channel = row.values["who"] == person.user, row.values["subject"]
    else:
        who = [row.values[each.name] for each in columns_of(row.table, Holds.PERSON)]
        who += [row.values["payload"].get("asker")] if row.table is deliveries else []
        is_theirs, channel = person.user in who, row.values.get("channel", "")
    return str(channel) if is_theirs and str(channel).startswith(_DIRECT) else ""


async def _votes_of(connection: AsyncConnection, person: Person, votes: Votes) -> Sequence[HeldRow]:
    """Return a person's votes of the last weeks, as far as they can be told: older ones are nobody's."""
    query = select(feedback).where(feedback.c.voter.is_not(None))
    if person.team:
        query = query.where(feedback.c.team == person.team)
    rows = (await connection.execute(query)).mappings()
    theirs = [
        row
        for row in rows
        if row["voter"] == votes.hash_of(Voter(row["team"], person.user), row["fact_id"], row["words"])
    ]
    return [HeldRow(feedback, dict(row)) for row in theirs]


def without_others(row: HeldRow, person: Person) -> Mapping[str, Any]:
    """Return a row as its person may read it: without the ids and names of others."""
    values = dict(row.values)
    for column in row.table.columns:
        value = values[column.name]
        match holds(column):
            case Holds.PERSON if value and value != person.user:
                values[column.name] = _ANOTHER
            case Holds.NAME if value and row.values.get(_NAMED.get(column.name, "")) != person.user:
                values[column.name] = value if value in person.names else _ANOTHER
            case Holds.PEOPLE:
                values[column.name] = [each if each[0] == person.user else [_ANOTHER] * 2 for each in value]
            case _:
                pass
    return values
