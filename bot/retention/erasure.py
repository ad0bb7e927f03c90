"""Erasure: forgets a person, or a workspace, wherever they are in the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, func, select, update

from bot.audit.audit import FORMER, AuditEntry, record
from bot.feedback.reports import edit_id
from bot.installations import workspaces
from bot.outbox.delivery import DeliveryState
from bot.retention.columns import PARTS, Holds, columns_of, within_workspace
from bot.retention.personal_data import held_on, names_in, quotes_name, replaced
from bot.retention.rules import ERASED
from bot.store.installation_tables import slack_bots, slack_installations
from bot.store.maintainer_tables import awaited_answers, feedback, reports
from bot.store.tables import answers, deliveries, metadata, watches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.feedback.votes import Votes
    from bot.retention.personal_data import HeldRow, Person
    from bot.store.database import Database

_THEIRS: Final = frozenset({watches, awaited_answers, answers, reports, feedback})
"""Rows of these that name a person are about that person alone: they are deleted, the others only no longer say who."""
_SENT: Final = DeliveryState.SENT.value
_MOST_ROUNDS: Final = 5
"""Searches, because others write meanwhile: two are enough where nobody does."""


async def found_on(database: Database, person: Person, votes: Votes) -> tuple[Person, tuple[HeldRow, ...]]:
    """Return the person with the names that what is held gives them, and what is held. Raises StoreError."""
    async with database.reading() as connection:
        rows = await held_on(connection, person, votes)
        named = replace(person, names=person.names | names_in(rows, person))
        return named, rows if named == person else await held_on(connection, named, votes)


async def forget_person(database: Database, clock: Clock, person: Person, votes: Votes, who: str) -> Mapping[str, int]:
    """Erase a person; `who` does it, for the audit. Return the numbers of rows by table: none where nothing is held.

    Each search's rows go in one transaction; after a kill, begin again. Raises StoreError.
    """
    former, counts = f"{FORMER}{token_hex(4)}", Counter[str]()
    by = former if who == person.user else who
    for _ in range(_MOST_ROUNDS):
        person, rows = await found_on(database, person, votes)
        if not rows:
            break
        found = Counter(row.table.name for row in rows)
        said = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
        async with database.transaction() as connection:
            for row in rows:
                await _forget(connection, row, person, former)
            entry = AuditEntry(person.team, by, "person.forgotten", former, after=said)
            await record(connection, entry, clock.now())
        counts += found
    return counts


async def forget_workspace(connection: AsyncConnection, team: str) -> Mapping[str, int]:
    """Delete every row of a workspace, in the caller's transaction; return the numbers of rows by table.

    Of an organisation, also those of the workspaces that have the app by it.
    """
    counts = Counter[str]()
    for each in (*await workspaces.covered(connection, team), team):
        for table, here in rows_of_workspace(each):
            counts[table.name] += (await connection.execute(delete(table).where(here))).rowcount
    return {name: count for name, count in counts.items() if count}


async def counts_of(connection: AsyncConnection, team: str) -> Mapping[str, int]:
    """Return how many rows `forget_workspace` would delete, by table."""
    counts = Counter[str]()
    for each in (*await workspaces.covered(connection, team), team):
        for table, here in rows_of_workspace(each):
            counts[table.name] += await connection.scalar(select(func.count()).select_from(table).where(here)) or 0
    return {name: count for name, count in counts.items() if count}


def rows_of_workspace(team: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield each table that has rows of a workspace, and which; what refers to a row comes before it."""
    for table in PARTS:
        yield table, within_workspace(table, team)
    for table in reversed(metadata.sorted_tables):
        if table in {slack_bots, slack_installations}:
            yield table, workspaces.is_token_of(table, team)
        elif table not in PARTS and columns_of(table, Holds.TEAM):
            yield table, within_workspace(table, team)


async def _forget(connection: AsyncConnection, row: HeldRow, person: Person, former: str) -> None:
    here = and_(*(column == row.values[column.name] for column in row.table.primary_key))
    if row.is_direct or row.table in _THEIRS:
        await connection.execute(delete(row.table).where(here))
        if row.table is reports:
            words = deliveries.c.id.in_((row.values["id"], edit_id(row.values["id"])))
            await connection.execute(update(deliveries).where(words).values(payload={}))
        return
    values = replaced(row, person, former)
    if row.table is deliveries and ("payload" in values or quotes_name(row, person)):
        values |= {"payload": {}} if row.values["state"] == _SENT else ERASED
        values["fencing_token"] = row.values["fencing_token"] + 1  # who has claimed it updates nothing
    await connection.execute(update(row.table).where(here).values(values))
