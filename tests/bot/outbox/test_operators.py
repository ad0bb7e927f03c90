"""Notices to operators stay small, whatever is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.outbox.operators import MOST_KNOWN, Operators, remember_team
from bot.store.tables import deliveries, operator_notices

if TYPE_CHECKING:
    from bot.store.database import Database


async def test_a_hundred_thousand_faults_are_one_small_notice(database: Database) -> None:
    operators, lines = Operators("C0MAINTAIN", SystemClock()), [f"a.yaml:{number}:1 error" for number in range(100_000)]
    with capture_logs() as logs:
        async with database.transaction() as connection:
            await remember_team(connection, "T1")
            assert await operators.notify(connection, "Faults", lines)
            assert not await operators.notify(connection, "Faults", lines), "they are known"
            assert await connection.scalar(select(func.count()).select_from(operator_notices)) == MOST_KNOWN + 1
            (payload,) = await connection.scalars(select(deliveries.c.payload))
    (line,) = logs
    assert line["lines"][-1] == "99900 more: briefing-bot check lists them all."
    assert len(payload["markdown"]) < 1000
