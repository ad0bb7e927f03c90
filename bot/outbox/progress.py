"""How far a delivery got, for a person who is to be told what becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from bot.outbox.delivery import DeliveryState
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.database import Database

_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a delivery got: its state, and the code of the last error, if Slack refused it."""

    state: DeliveryState
    error: str


async def progress_of(connection: AsyncConnection, delivery_id: str) -> Progress:
    """Return the progress of a delivery; one that was erased meanwhile is cancelled."""
    query = select(deliveries.c.state, deliveries.c.error).where(deliveries.c.id == delivery_id)
    row = (await connection.execute(query)).one_or_none()
    return Progress(DeliveryState(row.state), row.error or "") if row else Progress(DeliveryState.CANCELLED, "erased")


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
