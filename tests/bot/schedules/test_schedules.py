"""Schedules as they are kept, on both databases: what stands, what pauses, and days that never come twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.schedules import schedules
from bot.schedules.catch_up import delivery_of, request_of
from bot.schedules.next_run import resume, with_next_run
from bot.schedules.runs import RunState
from bot.schedules.schedules import MAX_PER_CHANNEL, TooManySchedulesError
from tests.support.scheduling import DAILY, HERE, MONDAY, Timetable

if TYPE_CHECKING:
    from bot.store.database import Database

TODAY, TOMORROW = MONDAY.date(), MONDAY.date() + timedelta(days=1)
THERE = ChannelRef("T1", "C2")


@pytest.fixture
def timetable(database: Database) -> Timetable:
    return Timetable(database)


async def test_a_schedule_is_kept_as_it_was_given(timetable: Timetable) -> None:
    made = await timetable.add()
    assert await timetable.get(made) == made
    assert (made.next_on, made.next_at) == (TOMORROW, MONDAY + timedelta(days=1))
    async with timetable.database.reading() as connection:
        assert await schedules.get(connection, "another") is None


async def test_they_are_listed_by_place_oldest_first(timetable: Timetable) -> None:
    first = await timetable.add()
    timetable.clock.pass_by(minutes=1)
    there, second = await timetable.add(place=THERE), await timetable.add()
    async with timetable.database.reading() as connection:
        assert await schedules.for_channel(connection, HERE) == (first, second)
        assert await schedules.for_channels(connection, [THERE, THERE]) == (there,)
        assert await schedules.for_channels(connection, []) == ()
        assert await schedules.all_schedules(connection) == (first, second, there)


async def test_a_place_has_two_hundred_at_most(timetable: Timetable) -> None:
    made = await timetable.add()
    async with timetable.database.transaction() as connection:
        for number in range(MAX_PER_CHANNEL - 1):
            await schedules.add(connection, replace(made, id=str(number)))
    with pytest.raises(TooManySchedulesError, match="already has 200 schedules"):
        await timetable.add()
    await timetable.add(place=THERE)


async def test_a_change_keeps_whose_it_is(timetable: Timetable) -> None:
    made = await timetable.add(last_posted_revision=3)
    changed = replace(
        made, areas=("adoption",), rule=replace(DAILY, at=time(11)), last_posted_revision=0, created_by="U9"
    )
    async with timetable.database.transaction() as connection:
        await schedules.change(connection, changed)
        await schedules.change(connection, replace(made, id="gone"))
    assert await timetable.get(made) == replace(changed, created_by="U1")


async def test_a_paused_schedule_has_no_next_time_and_resumes_with_the_next(timetable: Timetable) -> None:
    made = await timetable.add()
    async with timetable.database.transaction() as connection:
        assert await schedules.pause(connection, made.id, "asked for", timetable.clock.now())
        assert not await schedules.pause(connection, made.id, "again", timetable.clock.now())
    paused = await timetable.get(made)
    assert (paused.next_at, paused.paused_at, paused.pause_reason) == (None, MONDAY, "again")
    timetable.clock.pass_by(days=3)
    assert await timetable.scheduler.run_due() == 0
    async with timetable.database.transaction() as connection:
        resumed = await resume(connection, made.id, timetable.clock.now(), timetable.holidays)
    assert resumed == await timetable.get(made)
    assert resumed == replace(made, next_on=TODAY + timedelta(days=4), next_at=MONDAY + timedelta(days=4))
    assert await timetable.run_states(made) == []


async def test_pausing_and_removing_take_back_what_waits(timetable: Timetable) -> None:
    await timetable.publish(1)
    paused, removed = await timetable.add(), await timetable.add(place=THERE)
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    async with timetable.database.transaction() as connection:
        await schedules.pause(connection, paused.id, "asked for", timetable.clock.now())
        assert await schedules.remove(connection, removed.id) is not None
        assert await schedules.remove(connection, removed.id) is None
    assert [row.state for row in await timetable.deliveries(None)] == [DeliveryState.CANCELLED, DeliveryState.CANCELLED]
    assert [(await timetable.runs(each))[0].reason for each in (paused, removed)] == [
        "the schedule was paused",
        "the schedule was removed",
    ]


async def test_a_place_that_slack_refuses_pauses_whole(timetable: Timetable) -> None:
    here, there = await timetable.add(), await timetable.add(place=THERE)
    async with timetable.database.transaction() as connection:
        assert await schedules.pause_channel(connection, HERE, "is_archived", timetable.clock.now()) == 1
    assert (await timetable.get(here)).pause_reason == "is_archived"
    assert (await timetable.get(there)).paused_at is None


async def test_a_click_is_remembered(timetable: Timetable) -> None:
    made = await timetable.add()
    async with timetable.database.transaction() as connection:
        await schedules.record_activity(connection, made.id, MONDAY + timedelta(weeks=3))
    assert (await timetable.get(made)).last_activity_at == MONDAY + timedelta(weeks=3)


async def test_a_day_that_was_posted_is_planned_no_more_whatever_the_rule_becomes(timetable: Timetable) -> None:
    await timetable.publish(1)
    made = await timetable.add()
    timetable.clock.pass_by(days=1, seconds=1)
    assert await timetable.scheduler.run_due() == 1
    later = replace(await timetable.get(made), rule=replace(DAILY, at=time(11)))
    async with timetable.database.reading() as connection:
        found = await with_next_run(connection, later, timetable.clock.now(), timetable.holidays)
    assert (found.next_on, found.next_at) == (TODAY + timedelta(days=2), MONDAY + timedelta(days=2, hours=2))


async def test_runs_are_newest_first_and_no_more_than_asked_for(timetable: Timetable) -> None:
    await timetable.publish(1)
    made, other = await timetable.add(), await timetable.add(place=THERE)
    for _ in range(3):
        timetable.clock.pass_by(days=1)
        await timetable.scheduler.run_due()
    async with timetable.database.reading() as connection:
        found = await schedules.runs(connection, [made.id, other.id, "none"], 2)
    assert [run.local_date for run in found[made.id]] == [TODAY + timedelta(days=3), TODAY + timedelta(days=2)]
    assert (len(found[other.id]), found["none"]) == (2, ())


async def test_a_post_marks_the_day_of_its_own_post_only(timetable: Timetable) -> None:
    await timetable.publish(1)
    made = await timetable.add()
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    (run,) = await timetable.runs(made)
    by_hand = delivery_of(made, request_of(made, run.local_date))
    assert by_hand.message == OutboxMessage(request=by_hand.message.request)
    async with timetable.database.transaction() as connection:
        await enqueue(connection, [by_hand], timetable.clock.now())
    await timetable.settle(by_hand.id)
    assert await timetable.runs(made) == (run,)
    await timetable.settle(run.delivery_id, "2.2")
    assert await timetable.runs(made) == (replace(run, state=RunState.POSTED, ts="2.2"),)
