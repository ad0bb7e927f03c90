"""Retention: an hourly sweep deletes and erases what RULES say, in small transactions. Safe in several processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, tuple_, update

from bot.retention.rules import RULES, Keep
from bot.store.periodic import repeat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

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
        """Delete and erase what is too old. Raises StoreError."""
        now = self._clock.now()
        for rule in RULES:
            due = rule.due(self._days, now)
            if due is not None:
                await self._go_through(rule, due)

    async def _go_through(self, rule: RetentionRule, due: ColumnElement[bool]) -> None:
        """Delete or erase the rows of a rule, some at a time."""
        count = AT_ONCE
        while count == AT_ONCE:
            count = await self._some(rule, due)
            await asyncio.sleep(_PAUSE_S if count else 0)

    async def _some(self, rule: RetentionRule, due: ColumnElement[bool]) -> int:
        """Delete or erase some rows; return how many. They are looked for without a lock, which may take seconds.

        What another process has locked is left to it, or to the next sweep.
        """
        columns = tuple(rule.table.primary_key)
        async with self._database.reading() as connection:
            found = (await connection.execute(select(*columns).where(due).limit(AT_ONCE))).all()
        if not found:
            return 0
        key = tuple_(*columns)
        async with self._database.transaction() as connection:
            still_due = select(*columns).where(key.in_([tuple(each) for each in found]), due)
            gone = (await connection.execute(still_due.with_for_update(skip_locked=True, of=rule.table))).all()
            if not gone:
                return 0
            here = key.in_([tuple(each) for each in gone])
            statement = delete(rule.table) if rule.erased is None else update(rule.table).values(rule.erased)
            await connection.execute(statement.where(here))
            if rule.then:
                await rule.then(connection, gone)
        return len(gone)
