"""The sweep, run once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.retention.retention import Retention
from bot.retention.rules import Keep

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.store.database import Database


async def swept(database: Database, clock: Clock, *, records: int = 180, audit: int = 2555, gaps: int = 90) -> None:
    """Sweep, with so many days in the settings."""
    await Retention(database, clock, {Keep.RECORDS: records, Keep.AUDIT: audit, Keep.GAPS: gaps}).sweep()
