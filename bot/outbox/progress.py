"""Waits for a delivery, for a person who is to be told what becomes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.outbox.delivery import DeliveryState
from bot.outbox.queries import progress_of

if TYPE_CHECKING:
    from bot.outbox.queries import Progress
    from bot.store.database import Database

_POLL_S: Final = 0.05


async def progress_within(wait_s: float, database: Database, delivery_id: str) -> Progress:
    """Return how far a delivery is once it is posted or refused, or after `wait_s`.

    It is looked for again and again, because any process may deliver it.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    while True:
        async with database.reading() as connection:
            progress = await progress_of(connection, delivery_id)
        is_open = progress.state in (DeliveryState.PENDING, DeliveryState.SENDING) and not progress.error
        if not is_open or asyncio.get_running_loop().time() >= deadline:
            return progress
        await asyncio.sleep(_POLL_S)
