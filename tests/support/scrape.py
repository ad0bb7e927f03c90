"""A scrape in which every metric has a value; run as a program, it prints one for `promtool check metrics`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import generate_latest
from sqlalchemy import insert

from bot.clock import SystemClock
from bot.messages import Outcome
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.publishing.observer import Result
from bot.store.database import Database
from bot.store.tables import revisions
from handlers.metrics.metrics import Metrics
from handlers.metrics.stored import StoredMetrics
from tests.support.up_to_date import copy_up_to_date


async def scraped() -> Metrics:
    """Return metrics of which each has a value; those of the database are of one with a revision and nothing else."""
    metrics = Metrics()
    metrics.follow(lambda: 1, lambda: 0, lambda: 1e9, lambda: 1e9)
    metrics.acknowledged("/fact", "answer", 0.01)
    metrics.refused("signature")
    metrics.looked_up(Outcome.ANSWER)
    metrics.settled(DeliveryKind.ALERT, DeliveryState.SENT, 1.0)
    metrics.called("chat.postMessage", 0.1, "is_archived")
    metrics.reconnected()
    metrics.published(Result.UNCHANGED)
    metrics.note_health(())
    metrics.loop_was_late(0.0)
    with TemporaryDirectory() as folder:
        database, clock = Database(copy_up_to_date(Path(folder))), SystemClock()
        row = {"number": 1, "published_at": clock.now(), "content_hash": "", "content": "{}"}
        async with database.transaction() as connection:
            await connection.execute(insert(revisions).values(**row))
        stored = StoredMetrics(database, clock, ())
        await stored.refresh()
        metrics.registry.register(stored)
        await database.close()
    return metrics


if __name__ == "__main__":
    sys.stdout.write(generate_latest(asyncio.run(scraped()).registry).decode())
