"""Settling and publishing at once: on PostgreSQL both take their locks in one order, so that neither waits for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryKind, DeliveryState, ErrorClass, NotDeliveredError
from bot.outbox.outbox import Outbox
from tests.support.newsroom import POLICY, Newsroom
from tests.support.outbox import QUIET_S, NullTransport

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.alerts.corrections import Corrections
    from bot.outbox.delivery import Attempt
    from bot.publishing.publisher import Publication
    from bot.store.database import Database


class Slow:
    """The corrections' listener, which after its first note waits until somebody else waits for a lock."""

    def __init__(self, database: Database, corrections: Corrections) -> None:
        """Begin without a note."""
        self.noted = asyncio.Event()
        self._database = database
        self._corrections = corrections

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note, and wait."""
        await self._corrections.on_settled(connection, attempt)
        is_first = not self.noted.is_set()
        self.noted.set()
        while (  # noqa: ASYNC110 — PostgreSQL tells nobody who waits for a lock
            is_first and not self._database.is_sqlite and not await self._is_waited_for()
        ):
            await asyncio.sleep(0.01)

    async def _is_waited_for(self) -> bool:
        query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        async with self._database.reading() as connection:
            return bool(await connection.scalar(query))


async def test_a_post_that_is_gone_and_a_correction_of_it_do_not_wait_for_each_other(database: Database) -> None:
    newsroom = await Newsroom.opened(database)
    slow = Slow(database, newsroom.corrections)
    fact = newsroom.facts("infrastructure")[0].id
    await newsroom.subscribe("all")
    await newsroom.subscribe("all", place=ChannelRef("T1", "C2"))
    await newsroom.reword(fact, "Words of the first alert.")
    plain = Outbox(database, newsroom.clock, NullTransport(), quiet_s=QUIET_S, listeners=[newsroom.corrections])
    here, there = sorted(await plain.claim(8), key=lambda each: each.channel)
    await plain.sent(here, "1.1")
    newsroom.clock.pass_by(seconds=2)
    await newsroom.correct(fact, "Words of the correction.")
    edit = next(each for each in await plain.claim(8) if each.kind is DeliveryKind.EDIT)
    gone = NotDeliveredError("It is gone.", code="message_not_found", error_class=ErrorClass.NOT_FOUND)
    outbox = Outbox(database, newsroom.clock, NullTransport(), quiet_s=QUIET_S, listeners=[slow])

    async def correct_again() -> Publication:
        await slow.noted.wait()
        return await newsroom.correct(fact, "Words of another correction.")

    settled, published = await asyncio.gather(outbox.settle([(edit, gone), (there, "2.2")]), correct_again())
    assert settled == [True, True]
    assert published.changes
    assert edit.channel == POLICY.channel
    assert [row.channel for row in await newsroom.deliveries(DeliveryKind.ALERT, state=DeliveryState.SENT)] == [
        "C1",
        "C2",
    ]
