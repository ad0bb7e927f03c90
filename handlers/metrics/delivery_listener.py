"""Counts what becomes of deliveries, and how long after their turn they are posted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.outbox.delivery import Attempt
    from handlers.metrics.metrics import Metrics


class CountingListener:
    """Counts what becomes of deliveries (DeliveryListener).

    It counts within the transaction that settles a delivery: where that is rolled back and made again, one is counted
    twice. What stands in the database is exact (stored.py).
    """

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        """`clock` gives the moment where Slack's answer has none."""
        self._metrics = metrics
        self._clock = clock

    async def on_settled(self, _connection: AsyncConnection, attempt: Attempt) -> None:
        """Count it."""
        lag_s = None
        if attempt.ts and attempt.due_at:
            lag_s = ((attempt.answered_at or self._clock.now()) - attempt.due_at).total_seconds()
        self._metrics.settled(attempt.kind, attempt.state, lag_s)
