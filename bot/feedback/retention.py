"""Retention: erases votes, reports and their messages after KEPT_FOR, who voted earlier, old gaps and audit entries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, update

from bot.audit.audit import delete_before
from bot.feedback import votes
from bot.feedback.reports import edit_id
from bot.gaps import awaited_answers, gaps
from bot.gaps.themes import forget_open
from bot.outbox.delivery import DeliveryState
from bot.store.maintainer_tables import feedback, reports
from bot.store.periodic import repeat
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.store.database import Database

    Forget = Callable[[AsyncConnection, datetime], Awaitable[None]]

KEPT_FOR: Final = timedelta(days=90)
SWEEP_EVERY_S: Final = 3600.0
_ERASED: Final = "its words are no longer kept"


class Retention:
    """Sweeps once an hour. Safe to run in several processes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        audit_keep_days: int = 0,
        gaps_keep_days: int = 0,
        audited: Sequence[Forget] = (),
    ) -> None:
        """With 0 days the audit is kept for ever, and no gap at all; `audited` erase what is kept as long as it."""
        self._audited = audited
        self._database = database
        self._clock = clock
        self._audit_keep_days = audit_keep_days
        self._gaps_keep_days = gaps_keep_days

    async def run(self) -> None:
        """Sweep regularly, until cancelled."""
        await repeat(self.sweep, SWEEP_EVERY_S, self._database, "retention")

    async def sweep(self) -> None:
        """Erase what is too old. Raises StoreError."""
        now = self._clock.now()
        old = reports.c.created_at < now - KEPT_FOR
        async with self._database.transaction() as connection:
            await votes.settle(connection, now.date())
            await connection.execute(delete(feedback).where(feedback.c.given_on < (now - KEPT_FOR).date()))
            swept = list(await connection.scalars(delete(reports).where(old).returning(reports.c.id)))
            words = deliveries.c.id.in_(
                [edit_id(each) for each in swept]
            )  # those of the others went when they were sent
            await connection.execute(update(deliveries).where(words).values(payload={}))
            if self._audit_keep_days:
                for forget in (delete_before, *self._audited):
                    await forget(connection, now - timedelta(days=self._audit_keep_days))
            kept_from = now.date() - timedelta(days=self._gaps_keep_days) if self._gaps_keep_days else None
            await gaps.forget_before(connection, kept_from)
            if kept_from is None:
                await forget_open(connection)
            await _forget_unsent(connection, now - timedelta(days=self._gaps_keep_days))
            await awaited_answers.forget_expired(connection, now if self._gaps_keep_days else None)


async def _forget_unsent(connection: AsyncConnection, before: datetime) -> None:
    """Erase the words of older posts that quote questions and were never posted: they cannot be tried again."""
    columns, unsent = deliveries.c, (DeliveryState.FAILED.value, DeliveryState.CANCELLED.value)
    quoting = columns.payload["quotes_questions"].as_boolean().is_(True)
    old = update(deliveries).where(columns.state.in_(unsent), columns.created_at <= before, quoting)
    await connection.execute(old.values(payload={}, state=DeliveryState.CANCELLED.value, error=_ERASED))
