"""Clocks that are put back: what was noted of times that lie ahead again is undone, and no day is posted twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState
from bot.recurrence.bank_holidays import BankHoliday
from bot.recurrence.rule import Calendar
from bot.schedules import schedules
from bot.schedules.reconcile import BATCH, NewestHolidays
from tests.support.newsroom import Newsroom
from tests.support.scheduling import DAILY, MONDAY, STRANGE, Wall, spoil

if TYPE_CHECKING:
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

TOMORROW = MONDAY.date() + timedelta(days=1)


@pytest.fixture
async def wall(database: Database) -> Wall:
    wall = Wall(database)
    await wall.publish(1)
    return wall


async def post(wall: Wall, schedule: Schedule) -> None:
    """Let the newest day's post reach its channel."""
    newest = (await wall.runs(schedule))[-1]
    await wall.settle(newest.delivery)


async def test_days_that_were_missed_by_a_wrong_clock_are_posted_after_all(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=40)
    await wall.dues.run_due()
    assert len(await wall.days(made)) == 40
    wall.clock.pass_by(days=-39)
    assert await wall.dues.run_due() == 1
    assert await wall.days(made) == [("2026-11-24", "due")]
    assert [row.due_at for row in await wall.ledger()] == [MONDAY + timedelta(days=1)]
    assert (await wall.get(made)).next_at == MONDAY + timedelta(days=2)


async def test_a_day_that_was_posted_too_early_is_not_posted_again(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    await post(wall, made)
    wall.clock.pass_by(hours=-2)
    assert await wall.dues.run_due() == 0
    assert (await wall.get(made)).next_at == MONDAY + timedelta(days=2)
    wall.clock.pass_by(hours=2)
    assert await wall.dues.run_due() == 0
    assert await wall.days(made) == [("2026-11-24", "posted")]


async def test_a_post_that_waits_is_taken_back_and_made_at_its_time(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    wall.clock.pass_by(minutes=-30)
    assert await wall.dues.run_due() == 0
    assert (await wall.days(made), (await wall.get(made)).next_at) == ([], made.next_at)
    wall.clock.pass_by(minutes=30)
    assert await wall.dues.run_due() == 1
    assert [row.state for row in await wall.ledger(None)] == [DeliveryState.DROPPED, DeliveryState.PENDING]


async def test_what_was_skipped_too_early_is_looked_at_again_in_time(wall: Wall) -> None:
    made = await wall.add(told_revision=1)
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    assert await wall.days(made) == [("2026-11-24", "skipped")]
    wall.clock.pass_by(hours=-1)
    await wall.dues.run_due()
    assert (await wall.days(made), (await wall.get(made)).next_at) == ([], made.next_at)


async def test_a_clock_that_ran_ahead_for_two_hours_loses_no_post(wall: Wall) -> None:
    """It was found to be missed at a false 11:00; at the right 09:20 it is made up for."""
    made = await wall.add()
    wall.clock.pass_by(days=1, hours=2)
    await wall.dues.run_due()
    assert await wall.days(made) == [("2026-11-24", "missed")]
    wall.clock.pass_by(minutes=-100)
    assert await wall.dues.run_due() == 1
    assert await wall.days(made) == [("2026-11-24", "due")]


async def test_a_late_post_of_a_wrong_clock_goes_when_its_own_time_has_come(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1, minutes=50)
    await wall.dues.run_due()
    wall.clock.pass_by(minutes=-45)
    await wall.dues.run_due()
    (row,) = await wall.ledger()
    assert (row.due_at, row.created_at) == (wall.clock.now(), wall.clock.now())
    assert await wall.days(made) == [("2026-11-24", "due")]


async def test_a_step_of_some_seconds_changes_nothing(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    before = await wall.ledger()
    wall.clock.pass_by(seconds=-3)
    await wall.dues.run_due()
    assert (await wall.ledger(), await wall.days(made)) == (before, [("2026-11-24", "due")])


async def test_a_start_takes_nothing_back_that_the_clock_does_not_disprove(wall: Wall) -> None:
    made = await wall.add(told_revision=1)
    wall.clock.pass_by(days=2, hours=2)
    await wall.dues.run_due()
    wall.clock.pass_by(seconds=1)
    await wall.another().run_due()
    assert await wall.days(made) == [("2026-11-24", "missed"), ("2026-11-25", "missed")]


async def test_a_paused_schedule_stays_as_it_is(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    async with wall.database.transaction() as connection:
        await schedules.pause(connection, made.id, "asked for", wall.clock.now())
    wall.clock.pass_by(hours=-5)
    await wall.dues.run_due()
    assert (await wall.get(made)).next_at is None
    assert await wall.days(made) == [("2026-11-24", "skipped")]


async def test_more_than_a_batch_are_taken_back(wall: Wall) -> None:
    made = [await wall.add(place=ChannelRef("T1", f"C{number // 100}")) for number in range(BATCH + 5)]
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    wall.clock.pass_by(hours=-1)
    await wall.dues.run_due()
    async with wall.database.reading() as connection:
        assert set(await schedules.all_schedules(connection)) == set(made)


async def test_a_time_that_has_come_at_a_start_is_the_ticks(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1, hours=2)
    await wall.dues.run_due()
    assert await wall.days(made) == [("2026-11-24", "missed")]
    wall.clock.pass_by(hours=22, minutes=5)
    assert await wall.another().run_due() == 1
    assert await wall.days(made) == [("2026-11-24", "missed"), ("2026-11-25", "due")]


async def test_a_missed_day_is_made_up_for_together_with_one_that_has_come(wall: Wall) -> None:
    made = await wall.add(replace(DAILY, catch_up_s=90_000))
    wall.clock.pass_by(days=1, hours=26)
    await wall.dues.run_due()
    wall.clock.pass_by(hours=-2)
    await wall.another().run_due()
    assert await wall.days(made) == [("2026-11-24", "missed"), ("2026-11-25", "due")]


@pytest.mark.parametrize("strange", STRANGE)
async def test_a_rule_that_cannot_be_read_holds_up_no_other(wall: Wall, strange: dict[str, Any]) -> None:
    bad, good = await wall.add(), await wall.add(place=ChannelRef("T1", "C2"))
    wall.clock.pass_by(days=1, hours=2)
    await wall.dues.run_due()
    await spoil(wall.database, bad, strange)
    started = wall.another()
    wall.clock.pass_by(hours=20)
    assert await started.run_due() == 0
    wall.clock.pass_by(hours=2)
    assert await started.run_due() == 2
    assert await wall.days(good) == [("2026-11-24", "missed"), ("2026-11-25", "due")]
    assert (await wall.get(bad)).paused_why == "its rule cannot be understood"


async def test_the_newest_revision_tells_the_holidays(database: Database) -> None:
    holidays = NewestHolidays(database)
    before = holidays()
    newsroom = await Newsroom.opened(database)
    assert holidays() is before
    joy = BankHoliday(on=TOMORROW, calendar=Calendar.SCOTLAND, name="A day of joy")
    memorandum = newsroom.content.memorandum
    newsroom.content = replace(newsroom.content, memorandum=replace(memorandum, bank_holidays=(joy,)))
    await newsroom.publisher.publish(newsroom.content)
    after = holidays()
    assert after.name(Calendar.SCOTLAND, TOMORROW) == "A day of joy"
    assert holidays() is after
