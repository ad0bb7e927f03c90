"""How often each fact answered a look-up: a number for each day and fact, with no word of who asked or how.

Counted in memory and written within seconds, or when the bot stops: nothing waits for it, and nothing fails with it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from bot.store.engine import insert_into
from bot.store.maintainer_tables import fact_asks as table
from bot.store.periodic import repeat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.store.database import Database

FLUSH_EVERY_S: Final = 5.0


class AskCounts:
    """Counts and writes. A row for each day and fact that was asked for is all there is."""

    def __init__(
        self, database: Database, clock: Clock, keep_days: int, *, flush_every_s: float = FLUSH_EVERY_S
    ) -> None:
        """With 0 `keep_days` nothing is counted."""
        self._database = database
        self._clock = clock
        self._keep_days = keep_days
        self._flush_every_s = flush_every_s
        self._counted: Counter[tuple[date, str]] = Counter()

    def answered(self, fact_id: str) -> None:
        """Count that a look-up showed a fact, which must be one that is held."""
        if self._keep_days:
            self._counted[self._clock.now().date(), fact_id] += 1

    async def run(self) -> None:
        """Write what was counted every few seconds, until cancelled; then once more."""
        await repeat(self.flush, self._flush_every_s, self._database, "counts of what is asked", ends_with_it=True)

    async def flush(self) -> None:
        """Write what was counted. Raises StoreError; then it is counted still."""
        if not self._counted:
            return
        counted, self._counted = self._counted, Counter()
        try:
            async with self._database.transaction() as connection:
                await _add(connection, counted)
        except BaseException:
            self._counted.update(counted)
            raise


async def asks_of(connection: AsyncConnection) -> Mapping[str, int]:
    """Return how often each fact was asked for in the days that are kept, by its id."""
    rows = await connection.execute(select(table.c.fact_id, func.sum(table.c.count)).group_by(table.c.fact_id))
    return {fact_id: int(count) for fact_id, count in rows}


async def _add(connection: AsyncConnection, counted: Mapping[tuple[date, str], int]) -> None:
    """Add counts to those kept, in one order, so that two processes never wait for each other."""
    rows = [{"day": day, "fact_id": fact_id, "count": count} for (day, fact_id), count in sorted(counted.items())]
    if rows:
        statement = insert_into(connection, table)
        added = {"count": table.c.count + statement.excluded.count}
        await connection.execute(statement.on_conflict_do_update(index_elements=["day", "fact_id"], set_=added), rows)
