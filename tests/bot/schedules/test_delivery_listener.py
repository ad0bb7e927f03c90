"""What becomes of scheduled posts is noted with their runs, and a refused channel's schedules pause."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.errors import BriefingBotError
from bot.outbox.admin import Admin
from bot.outbox.delivery import DeliveryState, ErrorClass, message_from_json
from bot.outbox.outbox import Outbox
from bot.schedules import schedules
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.runs import RunState
from bot.store.tables import deliveries, schedule_runs
from tests.support.outbox import QUIET_S, NullTransport, StubRenderer, refusal
from tests.support.scheduling import HERE, MONDAY, Timetable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

TODAY = MONDAY.date()


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


async def two_at_once(database: Database, second: tuple[str, ...]) -> tuple[Timetable, Schedule, Schedule]:
    """Return two schedules of a channel and time; the first has claimed the area that both have."""
    timetable = Timetable(database)
    await timetable.publish(1)
    first = await timetable.add(areas=("adoption", "growth", "infrastructure"))
    other = await timetable.add(areas=second)
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    timetable.clock.pass_by(seconds=1)  # their posts are a moment apart
    return timetable, first, other


async def posted(timetable: Timetable) -> list[tuple[str, ...]]:
    """Dispatch what is due again, twice; return the areas of all posts that wait or were sent."""
    for _ in range(2):
        timetable.clock.pass_by(seconds=1)
        await timetable.new_scheduler().run_due()
    states = DeliveryState.PENDING, DeliveryState.SENT
    found = [message_from_json(row.payload).request for row in await timetable.deliveries(None) if row.state in states]
    return sorted(each.areas for each in found if each)


@pytest.mark.parametrize("second", [("infrastructure",), ("infrastructure", "safety")])
@pytest.mark.parametrize("end", [schedules.remove, None])
async def test_what_a_schedule_that_ends_had_claimed_is_posted_once_by_the_other(
    database: Database, second: tuple[str, ...], end: Callable[..., Awaitable[object]] | None
) -> None:
    timetable, first, other = await two_at_once(database, second)
    async with database.transaction() as connection:
        if end:
            await end(connection, first.id)
        else:
            await schedules.pause(connection, first.id, "by U1", timetable.clock.now())
    assert await posted(timetable) == [second]
    assert [run.state for run in await timetable.runs(other)] == [RunState.DUE]
    assert (await timetable.get(other)).next_on == TODAY + timedelta(days=2)


async def test_all_that_ends_together_posts_nothing(database: Database) -> None:
    timetable, first, other = await two_at_once(database, ("infrastructure", "safety"))
    async with database.transaction() as connection:
        for each in (first, other):
            await schedules.remove(connection, each.id)
    assert await posted(timetable) == []


async def test_a_channel_that_is_paused_posts_nothing(database: Database) -> None:
    timetable, *_ = await two_at_once(database, ("infrastructure",))
    async with database.transaction() as connection:
        await schedules.pause_channel(connection, HERE, "by U1", timetable.clock.now())
    assert await posted(timetable) == []


async def test_what_was_posted_already_is_not_posted_again_with_what_is_handed_back(database: Database) -> None:
    timetable, first, _ = await two_at_once(database, ("infrastructure", "safety"))
    listeners = [ScheduleDeliveryListener(timetable.clock)]
    outbox = Outbox(database, timetable.clock, NullTransport(), quiet_s=QUIET_S, listeners=listeners)
    async with database.transaction() as connection:  # the second one's goes first
        later = {"due_at": timetable.clock.now() + timedelta(minutes=5)}
        mine = select(schedule_runs.c.delivery_id).where(schedule_runs.c.schedule_id == first.id)
        await connection.execute(update(deliveries).where(deliveries.c.id.in_(mine)).values(**later))
    (attempt,) = await outbox.claim(8)
    await outbox.sent(attempt, "1.1")
    async with database.transaction() as connection:
        await schedules.remove(connection, first.id)
    assert await posted(timetable) == [("infrastructure",), ("safety",)]


async def test_what_slack_refuses_is_posted_by_the_other_and_not_again_by_a_retry(database: Database) -> None:
    timetable, first, _ = await two_at_once(database, ("infrastructure",))
    listeners = [ScheduleDeliveryListener(timetable.clock)]
    outbox = Outbox(database, timetable.clock, NullTransport(), quiet_s=QUIET_S, listeners=listeners)
    (attempt,) = await outbox.claim(8)
    await outbox.refused(attempt, refusal(ErrorClass.MESSAGE, "invalid_blocks"))
    assert [run.state for run in await timetable.runs(first)] == [RunState.FAILED]
    assert await posted(timetable) == [("infrastructure",)]
    await Admin(database, timetable.clock, listeners).retry(attempt.id)
    assert await posted(timetable) == [("adoption", "growth"), ("infrastructure",)]


async def test_a_refused_post_that_another_has_taken_over_is_not_retried(database: Database) -> None:
    timetable, _, _ = await two_at_once(database, ("adoption", "growth", "infrastructure"))
    listeners = [ScheduleDeliveryListener(timetable.clock)]
    outbox = Outbox(database, timetable.clock, NullTransport(), quiet_s=QUIET_S, listeners=listeners)
    (attempt,) = await outbox.claim(8)
    await outbox.refused(attempt, refusal(ErrorClass.MESSAGE, "invalid_blocks"))
    with pytest.raises(BriefingBotError, match="Another schedule"):
        await Admin(database, timetable.clock, listeners).retry(attempt.id)
    assert await posted(timetable) == [("adoption", "growth", "infrastructure")]


async def test_what_an_operator_cancels_is_posted_by_the_other(
    database: Database,
) -> None:
    timetable, first, _ = await two_at_once(database, ("infrastructure",))
    listeners = [ScheduleDeliveryListener(timetable.clock)]
    (run,) = await timetable.runs(first)
    await Admin(database, timetable.clock, listeners).cancel(run.delivery_id)
    assert await posted(timetable) == [("infrastructure",)]
