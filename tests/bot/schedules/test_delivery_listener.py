"""What becomes of scheduled posts is noted with their runs, and a refused channel's schedules pause."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.outbox.admin import Admin
from bot.outbox.delivery import ErrorClass
from bot.outbox.outbox import Outbox
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.schedules import RunState
from tests.support.outbox import QUIET_S, NullTransport, StubRenderer, refusal
from tests.support.scheduling import Timetable

if TYPE_CHECKING:
    from bot.store.database import Database


async def test_a_dead_channel_pauses_its_schedules_and_a_retry_resumes_them(database: Database) -> None:
    timetable = Timetable(database)
    listeners = [ScheduleDeliveryListener(timetable.clock)]
    await timetable.publish(1)
    made = await timetable.add()
    outbox = Outbox(
        database, timetable.clock, NullTransport(), quiet_s=QUIET_S, listeners=listeners, renderer=StubRenderer()
    )
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    (attempt,) = await outbox.claim(8)
    await outbox.refused(attempt, refusal(ErrorClass.CHANNEL, "is_archived"))
    assert (await timetable.get(made)).pause_reason == "is_archived"
    assert [(run.state, run.reason) for run in await timetable.runs(made)] == [(RunState.FAILED, "is_archived")]
    timetable.clock.pass_by(seconds=2)
    await Admin(database, timetable.clock, listeners).retry(attempt.id)
    assert (await timetable.get(made)).next_on == attempt.claimed_at.date() + timedelta(days=1)
    assert [run.state for run in await timetable.runs(made)] == [RunState.DUE]
    (again,) = await outbox.claim(8)
    await outbox.sent(again, "1.1")
    (run,) = await timetable.runs(made)
    assert (run.state, run.ts, (await timetable.get(made)).last_posted_revision) == (RunState.POSTED, "1.1", 42)


async def test_dropping_a_scheduled_post_by_hand_is_noted_with_its_day(database: Database) -> None:
    timetable = Timetable(database)
    listeners = [ScheduleDeliveryListener(timetable.clock)]
    await timetable.publish(1)
    made = await timetable.add()
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    (row,) = await timetable.deliveries()
    await Admin(database, timetable.clock, listeners).cancel(row.id)
    assert [(run.state, run.reason) for run in await timetable.runs(made)] == [
        (RunState.SKIPPED, "cancelled by an operator")
    ]
