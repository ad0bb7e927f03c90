"""Two processes whose clocks are ten minutes apart: neither takes what the other is just sending for abandoned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.clock import ClockSkew, SharedClock
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.outbox import Outbox
from tests.support.newsroom import HandClock
from tests.support.outbox import QUIET_S, NullTransport

if TYPE_CHECKING:
    from bot.store.database import Database

OFF = timedelta(minutes=10)


def process(database: Database, right: HandClock, off: timedelta) -> tuple[HandClock, Outbox]:
    """Return the clock and the outbox of a process, which Slack has told the time."""
    clock = HandClock(right.at + off)
    skew = ClockSkew(clock)
    skew.measure(right.at)
    return clock, Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, shared=SharedClock(clock, skew))


@pytest.mark.parametrize("off", [OFF, -OFF])
@pytest.mark.parametrize("is_off_first", [False, True])
async def test_what_one_is_sending_the_other_leaves_alone_until_it_is_quiet(
    database: Database, off: timedelta, *, is_off_first: bool
) -> None:
    right = HandClock()
    found = [process(database, right, timedelta()), process(database, right, off)]
    (clock, sends), (others, looks) = reversed(found) if is_off_first else found
    async with database.transaction() as connection:
        await enqueue(connection, [Delivery("T1", "C1", DeliveryKind.ALERT, OutboxMessage("x"))], clock.now())
    (attempt,) = await sends.claim(1)
    assert attempt.claimed_at == clock.now(), "the process itself goes by its own clock"
    for seconds, is_abandoned in ((0, False), (QUIET_S - 1, False), (2, True)):
        for each in (clock, others):
            each.pass_by(seconds=seconds)
        await looks.reap()
        assert bool(await looks.unconfirmed()) is is_abandoned
