"""What comes due, on both databases: once a day, in time or not at all, and whatever the clocks and processes do."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, Priority, ScheduledPostRequest, message_from_json
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.rule import RULE_ADAPTER, Calendar, OnHoliday, WhenUnchanged
from bot.schedules import schedules
from bot.schedules.catch_up import POSTS_PER_MINUTE
from bot.schedules.dispatch import BATCH, DueBatch
from bot.schedules.runs import RunState
from bot.schedules.scheduler import Scheduler, expected_post_times
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.serialization import fact_to_json
from bot.store.tables import changes
from bot.store.tables import schedules as table
from tests.support.newsroom import shipped
from tests.support.scheduling import DAILY, MONDAY, Timetable
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

TODAY, TOMORROW = MONDAY.date(), MONDAY.date() + timedelta(days=1)


@pytest.fixture
async def timetable(database: Database) -> Timetable:
    timetable = Timetable(database)
    await timetable.publish(1)
    return timetable


async def change(timetable: Timetable, *areas: str) -> None:
    """Publish revision 2, in which a fact of these areas is another."""
    await timetable.publish(2)
    async with timetable.database.transaction() as connection:
        kept = fact_to_json(next(iter(shipped().facts.values())))
        fact = {"fact_id": "a", "kind": "updated", "areas": list(areas), "position": 0, "before": kept, "after": kept}
        await connection.execute(insert(changes).values(revision=2, **fact))


def due_of(row: Any) -> ScheduledPostRequest:  # noqa: ANN401 — a row
    due = message_from_json(row.payload).request
    assert due is not None
    return due


async def test_nothing_happens_before_its_time(timetable: Timetable) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(hours=23, minutes=59, seconds=59)
    assert await timetable.scheduler.run_due() == 0
    assert (await timetable.run_states(made), await timetable.deliveries(), timetable.woken) == ([], [], 0)
    assert timetable.scheduler.next_due == made.next_at


async def test_a_paused_schedule_is_not_the_next_to_come_due(timetable: Timetable) -> None:
    made = await timetable.add()
    async with timetable.database.transaction() as connection:
        await connection.execute(update(table).where(table.c.id == made.id).values(paused_at=MONDAY))
    await timetable.scheduler.run_due()
    assert timetable.scheduler.next_due is None


async def test_on_time_the_post_the_day_and_the_next_time_are_written(timetable: Timetable) -> None:
    made = await timetable.add(areas=("infrastructure", "adoption"))
    timetable.clock.pass_by(days=1)
    assert await timetable.scheduler.run_due() == 1
    (row,) = await timetable.deliveries()
    assert (row.team, row.channel, row.kind, row.priority) == ("T1", "C1", "scheduled", Priority.SCHEDULE)
    assert due_of(row) == ScheduledPostRequest(made.id, TOMORROW, ("infrastructure", "adoption"), if_changed=True)
    assert row.due_at == made.next_at
    (run,) = await timetable.runs(made)
    assert (run.local_date, run.scheduled_for, run.state, run.delivery_id) == (
        TOMORROW,
        made.next_at,
        RunState.DUE,
        row.id,
    )
    assert (await timetable.get(made)).next_at == MONDAY + timedelta(days=2)
    assert timetable.woken == 1
    assert timetable.scheduler.last_summary == "Tue 24 Nov 09:00: 1 to post"
    assert await timetable.scheduler.run_due() == 0


async def test_a_digest_asks_for_changes_over_all_areas(timetable: Timetable) -> None:
    made = await timetable.add(areas=("all",), is_digest=True, last_posted_revision=1)
    await change(timetable, "adoption")
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    (row,) = await timetable.deliveries()
    assert due_of(row) == ScheduledPostRequest(made.id, TOMORROW, ("all",), is_digest=True, since=1, if_changed=True)


@pytest.mark.parametrize(
    ("wish", "posts", "only_line"),
    [(WhenUnchanged.SKIP, 0, False), (WhenUnchanged.SHORT, 1, True), (WhenUnchanged.FULL, 1, False)],
)
async def test_when_nothing_changed_the_rule_decides(
    timetable: Timetable, wish: WhenUnchanged, posts: int, *, only_line: bool
) -> None:
    made = await timetable.add(replace(DAILY, when_unchanged=wish), last_posted_revision=1)
    await change(timetable, "another-area")
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    rows = await timetable.deliveries()
    assert (len(rows), [due_of(row).only_line for row in rows]) == (posts, [only_line] * posts)
    (run,) = await timetable.runs(made)
    assert (
        timetable.scheduler.last_summary == f"Tue 24 Nov 09:00: {'1 to post' if posts else '1 skipped (nothing new)'}"
    )
    assert (run.state, run.reason) == ((RunState.DUE, "") if posts else (RunState.SKIPPED, "nothing new"))


async def test_what_changed_since_the_last_post_is_posted(timetable: Timetable) -> None:
    made = await timetable.add(last_posted_revision=1)
    await change(timetable, "adoption", "infrastructure")
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    assert [due_of(row).since for row in await timetable.deliveries()] == [1]
    assert await timetable.run_states(made) == [("2026-11-24", "due")]


async def test_after_a_downtime_the_newest_is_made_up_for_and_says_so(timetable: Timetable) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(days=3, minutes=59)
    assert await timetable.scheduler.run_due() == 1
    assert await timetable.run_states(made) == [
        ("2026-11-24", "missed"),
        ("2026-11-25", "missed"),
        ("2026-11-26", "due"),
    ]
    (row,) = await timetable.deliveries()
    assert due_of(row).is_late
    assert row.due_at == timetable.clock.now()
    assert (await timetable.get(made)).next_on == date(2026, 11, 27)


async def test_what_is_too_old_is_noted_as_missed(timetable: Timetable) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(days=2, hours=1, seconds=1)
    await timetable.scheduler.run_due()
    assert [(run.state, run.reason) for run in await timetable.runs(made)] == [
        (RunState.MISSED, "more than an hour late")
    ] * 2
    assert timetable.scheduler.last_summary == "Wed 25 Nov 10:00: 2 missed"
    assert await timetable.deliveries() == []


async def test_a_rule_that_makes_up_for_nothing_still_allows_for_a_slow_minute(timetable: Timetable) -> None:
    made = await timetable.add(replace(DAILY, catch_up_s=0))
    timetable.clock.pass_by(days=1, seconds=90)
    await timetable.scheduler.run_due()
    timetable.clock.pass_by(days=1, seconds=60)
    await timetable.scheduler.run_due()
    assert await timetable.run_states(made) == [("2026-11-24", "due"), ("2026-11-25", "missed")]
    assert not due_of((await timetable.deliveries())[0]).is_late


async def test_a_year_of_downtime_is_noted_for_two_months(timetable: Timetable) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(days=365)
    await timetable.scheduler.run_due()
    runs = await timetable.runs(made)
    assert (len(runs), runs[0].local_date, runs[1].local_date) == (63, TOMORROW, date(2027, 9, 23))
    assert (await timetable.get(made)).next_on == date(2027, 11, 24)


async def test_a_newer_post_takes_the_place_of_one_that_still_waits(timetable: Timetable) -> None:
    made = await timetable.add()
    for _ in range(2):
        timetable.clock.pass_by(days=1)
        await timetable.scheduler.run_due()
    assert [row.state for row in await timetable.deliveries(None)] == [DeliveryState.CANCELLED, DeliveryState.PENDING]
    assert await timetable.run_states(made) == [("2026-11-24", "skipped"), ("2026-11-25", "due")]


async def test_a_day_is_posted_once_though_its_time_comes_again(timetable: Timetable) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(days=1)
    await timetable.scheduler.run_due()
    async with timetable.database.transaction() as connection:
        again = {"next_on": TOMORROW, "next_at": MONDAY + timedelta(days=1, minutes=30)}
        await connection.execute(update(table).values(**again))
    timetable.clock.pass_by(hours=1)
    assert await timetable.scheduler.run_due() == 1
    assert (len(await timetable.deliveries(None)), await timetable.run_states(made)) == (1, [("2026-11-24", "due")])


async def test_processes_that_tick_at_once_double_nothing(timetable: Timetable) -> None:
    made = [await timetable.add(place=ChannelRef("T1", f"C{number}")) for number in range(40)]
    timetable.clock.pass_by(days=1)
    other = Database(timetable.database.url)
    try:
        second = Timetable(other, timetable.clock)
        counts = await asyncio.gather(
            timetable.scheduler.run_due(), timetable.new_scheduler().run_due(), second.scheduler.run_due()
        )
    finally:
        await other.close()
    assert sum(counts) == len(made)
    assert sorted(due_of(row).schedule_id for row in await timetable.deliveries()) == sorted(each.id for each in made)


async def test_a_batch_that_fails_has_done_nothing(timetable: Timetable) -> None:
    made = await timetable.add()
    timetable.clock.pass_by(days=1)

    async def dispatch_and_fail() -> None:
        async with timetable.database.transaction() as connection:
            assert await DueBatch(timetable.clock.now(), timetable.holidays).dispatch(connection, BATCH) == 1
            raise StoreError("The database cannot be reached.")

    with pytest.raises(StoreError):
        await dispatch_and_fail()
    assert (await timetable.run_states(made), await timetable.deliveries(), await timetable.get(made)) == ([], [], made)
    assert await timetable.scheduler.run_due() == 1


async def test_after_a_batch_that_fails_among_others_all_have_their_post_once(
    timetable: Timetable, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await timetable.add(place=ChannelRef("T1", f"C{number:02}")) for number in range(20)]
    timetable.clock.pass_by(days=1)
    whole, numbers = DueBatch.dispatch, itertools.count(1)

    async def failing(due: DueBatch, connection: AsyncConnection, limit: int) -> int:
        number = next(numbers)
        count = await whole(due, connection, limit)
        if number == 3:
            raise ValueError("the third fails")
        return count

    monkeypatch.setattr(DueBatch, "dispatch", failing)
    scheduler = Scheduler(timetable.database, timetable.clock, lambda: timetable.holidays, lambda: None, batch=4)
    with pytest.raises(ValueError, match="the third fails"):
        await scheduler.run_due()
    await scheduler.run_due()  # on PostgreSQL another batch may have taken them already
    assert sorted(due_of(row).schedule_id for row in await timetable.deliveries()) == sorted(each.id for each in made)
    assert {(await timetable.get(each)).next_on for each in made} == {TOMORROW + timedelta(days=1)}


async def test_more_than_a_batch_come_due_in_one_tick(timetable: Timetable) -> None:
    made = await timetable.add()
    async with timetable.database.transaction() as connection:
        for number in range(BATCH):
            await schedules.add(connection, replace(made, id=f"{number}", place=ChannelRef("T1", f"C9{number}")))
    timetable.clock.pass_by(days=1)
    assert await timetable.scheduler.run_due() == BATCH + 1
    rows = await timetable.deliveries()
    assert len(rows) == len({row.channel for row in rows}) == BATCH + 1
    assert rows[-1].due_at - rows[0].due_at <= timedelta(minutes=(BATCH + 1) / POSTS_PER_MINUTE)
    for begin in range(0, BATCH, 50):  # no minute's share goes in a burst
        assert rows[begin + 50].due_at - rows[begin].due_at > timedelta(seconds=4)


async def test_the_order_is_stable_but_begins_elsewhere_each_day_and_can_be_told(timetable: Timetable) -> None:
    made = [await timetable.add(place=ChannelRef("T1", f"C{number}")) for number in range(30)]
    orders = []
    for _ in range(2):
        async with timetable.database.reading() as connection:
            now = await expected_post_times(connection, [await timetable.get(each) for each in made])
            told = {each.id: at for each, at in zip(made, now, strict=True)}
        timetable.clock.pass_by(days=1)
        await timetable.scheduler.run_due()
        rows = await timetable.deliveries()
        assert {due_of(row).schedule_id: row.due_at for row in rows} == told
        orders.append([row.channel for row in rows])
    assert orders[0] != orders[1]
    begin = orders[1].index(orders[0][0])
    assert orders[1][begin:] + orders[1][:begin] == orders[0]


async def test_one_alone_goes_on_the_dot_and_another_workspace_is_no_crowd(timetable: Timetable) -> None:
    alone = await timetable.add()
    for number in range(5):
        await timetable.add(place=ChannelRef("T2", f"C{number}"))
    async with timetable.database.reading() as connection:
        paused = replace(alone, next_at=None, next_on=None)
        assert await expected_post_times(connection, [alone, paused]) == (alone.next_at, None)


async def test_a_rule_that_cannot_be_understood_pauses_and_holds_nobody_up(
    timetable: Timetable, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, sound = await timetable.add(), await timetable.add(place=ChannelRef("T1", "C2"))
    gone, newer = await timetable.add(place=ChannelRef("T1", "C3")), {"days": {"repeat": "at full moon"}}
    async with timetable.database.transaction() as connection:
        mars = RULE_ADAPTER.dump_python(replace(DAILY, tz="Mars/Olympus"), mode="json")
        for schedule, rule in ((broken, newer), (gone, mars)):
            await connection.execute(update(table).where(table.c.id == schedule.id).values(rule=json.dumps(rule)))
    timetable.clock.pass_by(days=1)
    assert await timetable.scheduler.run_due() == 3
    assert [row.channel for row in await timetable.deliveries()] == [sound.place.channel]
    assert (await timetable.get(gone)).pause_reason == "its rule cannot be read"
    assert await timetable.scheduler.run_due() == 0
    assert capsys.readouterr().out.count("schedule.rule_unreadable") == 2


async def test_a_rule_without_another_day_rests(timetable: Timetable) -> None:
    moved = replace(DAILY, calendar=Calendar.ENGLAND_AND_WALES, on_holiday=OnHoliday.SKIP)
    made = await timetable.add(moved)
    timetable.clock.pass_by(days=1)
    timetable.holidays = BankHolidays(
        {Calendar.ENGLAND_AND_WALES: {TODAY + timedelta(days=n): "x" for n in range(2, 450)}}
    )
    await timetable.scheduler.run_due()
    assert (await timetable.get(made)).next_at is None
    timetable.clock.pass_by(days=2)
    assert await timetable.scheduler.run_due() == 0


async def test_holidays_of_a_newer_revision_move_next_times(timetable: Timetable) -> None:
    made = await timetable.add(replace(DAILY, calendar=Calendar.SCOTLAND))
    await timetable.scheduler.run_due()
    timetable.holidays = BankHolidays({Calendar.SCOTLAND: {TOMORROW: "A day of joy"}})
    timetable.clock.pass_by(seconds=1)
    await timetable.scheduler.run_due()
    assert (await timetable.get(made)).next_on == TOMORROW + timedelta(days=1)


async def test_time_zones_that_changed_are_seen_at_the_start_and_no_day_comes_twice(timetable: Timetable) -> None:
    early, posted = (
        await timetable.add(),
        await timetable.add(replace(DAILY, at=time(23)), place=ChannelRef("T1", "C2")),
    )
    async with (
        timetable.database.transaction() as connection
    ):  # as another version of the tz database would have had it
        wrong = update(table).where(table.c.id == early.id)
        await connection.execute(wrong.values(next_at=MONDAY + timedelta(days=1, hours=1)))
    timetable.clock.pass_by(hours=14)
    await timetable.new_scheduler().run_due()
    async with timetable.database.transaction() as connection:
        again = {"next_on": TODAY, "next_at": MONDAY + timedelta(hours=13)}
        await connection.execute(update(table).where(table.c.id == posted.id).values(**again))
    assert (await timetable.get(early)).next_at == MONDAY + timedelta(days=1)
    timetable.clock.pass_by(seconds=1)
    assert await timetable.new_scheduler().run_due() == 1
    assert len(await timetable.run_states(posted)) == 1
    assert (await timetable.get(posted)).next_on == TOMORROW


async def test_it_goes_on_after_errors(timetable: Timetable, capsys: pytest.CaptureFixture[str]) -> None:
    await timetable.add()
    timetable.clock.pass_by(days=1)
    failures, enqueued = [StoreError("The database cannot be reached."), LookupError("a fault")], asyncio.Event()

    def holidays() -> BankHolidays:
        if failures:
            raise failures.pop(0)
        return timetable.holidays

    scheduler = Scheduler(timetable.database, timetable.clock, holidays, enqueued.set)
    running = asyncio.create_task(scheduler.run())
    scheduler.wake()
    await asyncio.wait_for(enqueued.wait(), PATIENCE_S)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    logged = capsys.readouterr().out
    assert "db.unavailable" in logged
    assert "schedules.tick_failed" in logged
