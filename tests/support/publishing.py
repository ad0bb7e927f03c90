"""A store with content in it, for tests of what reads it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.clock import SystemClock
from bot.config.maintainers import Maintainers
from bot.outbox.operators import Operators
from bot.publishing.publisher import Publisher
from bot.store.database import Database
from tests.support.up_to_date import copy_up_to_date

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.content.models import Content


@asynccontextmanager
async def published(content: Content, folder: Path) -> AsyncIterator[tuple[Database, Publisher]]:
    """Open a SQLite store in a folder with `content` as revision 1, and what publishes into it."""
    database = Database(copy_up_to_date(folder))
    publisher = Publisher(database, SystemClock(), Operators(Maintainers(), SystemClock()))
    try:
        await publisher.publish(content)
        yield database, publisher
    finally:
        await database.close()
