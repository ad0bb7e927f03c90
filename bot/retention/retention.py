"""Retention: an hourly sweep deletes and erases what RULES say, in small transactions. Safe in several processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, and_, case, delete, literal_column, select, tuple_, update

from bot.retention.erasure import rows_of_workspace
from bot.retention.removed_workspaces import erase_removed, is_over, removed_and_over
from bot.retention.rules import RULES, Keep
from bot.store.installation_tables import installed_workspaces as installed
from bot.store.periodic import repeat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Label, Row, Table

    from bot.clock import Clock
    from bot.config import Settings
    from bot.retention.rules import RetentionRule
    from bot.store.database import Database

SWEEP_EVERY_S: Final = 3600.0
AT_ONCE: Final = 500
"""Rows of one transaction: some milliseconds, in which nobody else writes to SQLite."""
_PAUSE_S: Final = 0.02
"""Between two transactions of a long sweep: others have their turn."""


class Retention:
    """Sweeps once an hour."""

    def __init__(self, database: Database, clock: Clock, days: Mapping[Keep, int]) -> None:
        """`days` has the number of days of each setting."""
        self._database = database
        self._clock = clock
        self._days = days

    @classmethod
    def of(cls, settings: Settings, database: Database, clock: Clock) -> Retention:
        """Return the sweep with the days of the settings."""
        return cls(database, clock, {each: getattr(settings, each.value) for each in Keep})

    async def run(self) -> None:
        """Sweep regularly, until cancelled."""
        await repeat(self.sweep, SWEEP_EVERY_S, self._database, "retention")

    async def sweep(self) -> None:
        """Delete and erase what is too old, and all of workspaces whose time is over. Raises StoreError."""
        now = self._clock.now()
        for rule in RULES:
            due = rule.due(self._days, now)
            if due is not None:
                await self._go_through(rule.table, due, rule)
        for team in await removed_and_over(self._database, now):
            for table, here in rows_of_workspace(team):
                if table is not installed:  # its own row is the last: what is cut off is begun again
                    await self._go_through(table, and_(here, is_over(team, now).exists()))
        await erase_removed(self._database, self._clock)
        await self._database.empty_log()

    async def _go_through(self, table: Table, due: ColumnElement[bool], rule: RetentionRule | None = None) -> None:
        """Delete rows, or do with them as the rule says, some at a time."""
        count = AT_ONCE
        while count == AT_ONCE:
            count = await self._some(table, due, rule)
            await asyncio.sleep(_PAUSE_S if count else 0)

    async def _some(self, table: Table, due: ColumnElement[bool], rule: RetentionRule | None) -> int:
        """Delete or erase some rows; return how many. They are looked for without a lock, which may take seconds.

        What another process has locked is left to it, or to the next sweep.
        """
        key = self._key(table)
        async with self._database.reading() as connection:
            found = (await connection.execute(select(*key).select_from(table).where(due).limit(AT_ONCE))).all()
        if not found:
            return 0
        async with self._database.transaction() as connection:
            still_due = case((due, 1), else_=0) == 1  # as no index has it: the rows are looked up by their keys
            query = select(*key, *table.primary_key).where(_are(key, found), still_due)
            gone = (await connection.execute(query.with_for_update(skip_locked=True, of=table))).all()
            if not gone:
                return 0
            erased = rule.erased if rule else None
            statement = delete(table) if erased is None else update(table).values(erased)
            await connection.execute(statement.where(_are(key, gone)))
            if rule and rule.then:
                await rule.then(connection, gone)
        return len(gone)

    def _key(self, table: Table) -> tuple[Label[Any], ...]:
        """Return what names a row: SQLite looks up no key of several columns, but has a number for each row."""
        if self._database.is_sqlite:
            return (literal_column(f"{table.name}.rowid", Integer()).label("row_number"),)
        return tuple(column.label(f"key_{column.name}") for column in table.primary_key)


def _are(key: Sequence[Label[Any]], rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    """Select the rows whose columns begin with these keys."""
    if len(key) == 1:
        return key[0].element.in_([row[0] for row in rows])
    return tuple_(*(each.element for each in key)).in_([tuple(row[: len(key)]) for row in rows])
