"""Work on the database that is repeated as long as the bot runs, and waits while the database is away."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.store.errors import OUTAGE, StoreError
from bot.store.revision import NothingPublishedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.logging import Repeats
    from bot.store.database import Database

_STOP_S: Final = 3.0
"""Each task that ends in order has so long: all of them together have `STOP_S` of cli/operators/process.py."""

_log = structlog.stdlib.get_logger(__name__)


@contextmanager
def outages_logged(outages: Repeats, task: str) -> Iterator[None]:
    """Go on behind the block when the database cannot be used: `db.unavailable` is logged once a minute for all."""
    try:
        yield
    except NothingPublishedError:
        pass
    except (StoreError, SQLAlchemyError, OSError) as error:
        if outages.due(OUTAGE):
            _log.error("db.unavailable", task=task, reason=str(error).partition("\n")[0][:200])


async def repeat(
    step: Callable[[], Awaitable[object]], every_s: float, database: Database, task: str, *, ends_with_it: bool = False
) -> None:
    """Await a step, wait, and begin again, until cancelled.

    With `ends_with_it` the step under way is then finished and one more run: _STOP_S for both, unless cancelled again.
    `task` is what the log calls it when the database is away.
    """
    under_way: set[asyncio.Future[object]] = set()
    try:
        while True:
            with outages_logged(database.outages, task):
                if ends_with_it:  # cut in its commit, a step would not know what it has written
                    under_way = {asyncio.ensure_future(step())}
                    await asyncio.wait(under_way)
                    await asyncio.gather(*under_way)
                else:
                    await step()
            await asyncio.sleep(every_s)
    finally:
        if ends_with_it:
            with suppress(TimeoutError), outages_logged(database.outages, task):
                async with asyncio.timeout(_STOP_S):
                    await asyncio.gather(*under_way, return_exceptions=True)
                    await step()
