"""A clock that jumps: the next run follows the rule again, and no day is posted twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.recurrence.bank_holidays import BankHoliday
from bot.recurrence.rule import Calendar
from bot.schedules.next_run import newest_holidays
from tests.support.newsroom import HandClock, Newsroom
from tests.support.scheduling import MONDAY, Timetable

if TYPE_CHECKING:
    from bot.store.database import Database

TOMORROW = MONDAY.date() + timedelta(days=1)


@pytest.fixture
async def timetable(database: Database) -> Timetable:
    timetable = Timetable(database)
    await timetable.publish(1)
    return timetable


async def test_days_that_a_clock_ahead_has_missed_are_posted_in_time(timetable: Timetable) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(days=40)
    await timetable.scheduler.run_due()
    assert len(await timetable.run_states(made)) == 40
    timetable.clock.pass_by(days=-39)
    await timetable.scheduler.run_due()
    assert (await timetable.get(made)).next_at == MONDAY + timedelta(days=2)
    timetable.clock.pass_by(days=1)
    assert await timetable.scheduler.run_due() == 1
    assert (await timetable.run_states(made))[:3] == [
        ("2026-11-24", "missed"),
        ("2026-11-25", "due"),
        ("2026-11-26", "missed"),
    ]


@pytest.mark.parametrize("back", [timedelta(seconds=3), timedelta(hours=2)])
async def test_a_clock_set_back_posts_no_day_again(timetable: Timetable, back: timedelta) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    before = await timetable.deliveries()
    timetable.clock.at -= back
    assert await timetable.scheduler.run_due() == 0
    assert (await timetable.get(made)).next_at == MONDAY + timedelta(days=2)
    timetable.clock.at += back
    assert await timetable.scheduler.run_due() == 0
    assert (await timetable.deliveries(), await timetable.run_states(made)) == (before, [("2026-11-24", "due")])


@pytest.mark.parametrize("off", [timedelta(minutes=10), -timedelta(minutes=10)])
async def test_a_process_whose_clock_is_ten_minutes_off_loses_and_doubles_nothing(
    timetable: Timetable, off: timedelta
) -> None:
    """Beside one whose clock is right, and once it is put right, with a restart or without."""
    made = await timetable.add()
    wrong = Timetable(timetable.database, HandClock(timetable.clock.at + off))
    for clock in (timetable.clock, wrong.clock):
        clock.pass_by(days=1, minutes=-10)
    counts = []
    for _ in range(3):
        counts += [await each.scheduler.run_due() for each in (wrong, timetable)]
        timetable.clock.pass_by(minutes=10)
        wrong.clock.pass_by(minutes=10)
    wrong.clock.at = timetable.clock.at
    for each in (wrong.scheduler, wrong.new_scheduler(), timetable.scheduler):
        counts.append(await each.run_due())
    assert (sum(counts), len(await timetable.deliveries())) == (1, 1)
    assert await timetable.run_states(made) == [("2026-11-24", "due")]
    assert (await timetable.get(made)).next_at == MONDAY + timedelta(days=2)


async def test_the_newest_revision_tells_the_holidays(database: Database) -> None:
    before = newest_holidays(database)
    newsroom = await Newsroom.opened(database)
    assert newest_holidays(database) is before
    joy = BankHoliday(on=TOMORROW, calendar=Calendar.SCOTLAND, name="A day of joy")
    memorandum = newsroom.content.memorandum
    newsroom.content = replace(newsroom.content, memorandum=replace(memorandum, bank_holidays=(joy,)))
    await newsroom.publisher.publish(newsroom.content)
    after = newest_holidays(database)
    assert after.name(Calendar.SCOTLAND, TOMORROW) == "A day of joy"
    assert newest_holidays(database) is after
