"""What comes due, on both databases: once a day, in time or not at all, and whatever the clocks and processes do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, Priority, ScheduledPostRequest, message_from_json
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.rule import Calendar, OnHoliday, WhenUnchanged
from bot.schedules import schedules
from bot.schedules.catch_up import POSTS_PER_MINUTE
from bot.schedules.dispatch import BATCH
from bot.schedules.scheduler import expected_post_times
from bot.schedules.schedules import RunState
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.serialization import fact_to_json
from bot.store.tables import changes
from bot.store.tables import schedules as table
from tests.support.newsroom import shipped
from tests.support.scheduling import DAILY, MONDAY, Wall
from tests.support.waiting import PATIENCE_S

TODAY, TOMORROW = MONDAY.date(), MONDAY.date() + timedelta(days=1)


@pytest.fixture
async def wall(database: Database) -> Wall:
    wall = Wall(database)
    await wall.publish(1)
    return wall


async def change(wall: Wall, *areas: str) -> None:
    """Publish revision 2, in which a fact of these areas is another."""
    await wall.publish(2)
    async with wall.database.transaction() as connection:
        kept = fact_to_json(next(iter(shipped().facts.values())))
        fact = {"fact_id": "a", "kind": "updated", "areas": list(areas), "position": 0, "before": kept, "after": kept}
        await connection.execute(insert(changes).values(revision=2, **fact))


def due_of(row: Any) -> ScheduledPostRequest:  # noqa: ANN401 — a row
    due = message_from_json(row.payload).request
    assert due is not None
    return due


async def test_nothing_happens_before_its_time(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(hours=23, minutes=59, seconds=59)
    assert await wall.dues.run_due() == 0
    assert (await wall.days(made), await wall.ledger(), wall.woken) == ([], [], 0)
    assert wall.dues.next_due == made.next_at


async def test_a_paused_schedule_is_not_the_next_to_come_due(wall: Wall) -> None:
    made = await wall.add()
    async with wall.database.transaction() as connection:
        await connection.execute(update(table).where(table.c.id == made.id).values(paused_at=MONDAY))
    await wall.dues.run_due()
    assert wall.dues.next_due is None


async def test_on_time_the_post_the_day_and_the_next_time_are_written(wall: Wall) -> None:
    made = await wall.add(areas=("infrastructure", "adoption"))
    wall.clock.pass_by(days=1)
    assert await wall.dues.run_due() == 1
    (row,) = await wall.ledger()
    assert (row.team, row.channel, row.kind, row.priority) == ("T1", "C1", "scheduled", Priority.SCHEDULE)
    assert due_of(row) == ScheduledPostRequest(made.id, TOMORROW, ("infrastructure", "adoption"))
    assert row.due_at == made.next_at
    (run,) = await wall.runs(made)
    assert (run.local_date, run.scheduled_for, run.state, run.delivery_id) == (
        TOMORROW,
        made.next_at,
        RunState.DUE,
        row.id,
    )
    assert (await wall.get(made)).next_at == MONDAY + timedelta(days=2)
    assert wall.woken == 1
    assert wall.dues.last_summary == "Tue 24 Nov 09:00: 1 to post"
    assert await wall.dues.run_due() == 0


async def test_a_digest_asks_for_changes_over_all_areas(wall: Wall) -> None:
    made = await wall.add(areas=("all",), is_digest=True, last_posted_revision=1)
    await change(wall, "adoption")
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    (row,) = await wall.ledger()
    assert due_of(row) == ScheduledPostRequest(made.id, TOMORROW, ("all",), is_digest=True, since=1)


@pytest.mark.parametrize(
    ("wish", "posts", "only_line"),
    [(WhenUnchanged.SKIP, 0, False), (WhenUnchanged.SHORT, 1, True), (WhenUnchanged.FULL, 1, False)],
)
async def test_when_nothing_changed_the_rule_decides(
    wall: Wall, wish: WhenUnchanged, posts: int, *, only_line: bool
) -> None:
    made = await wall.add(replace(DAILY, when_unchanged=wish), last_posted_revision=1)
    await change(wall, "another-area")
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    rows = await wall.ledger()
    assert (len(rows), [due_of(row).only_line for row in rows]) == (posts, [only_line] * posts)
    (run,) = await wall.runs(made)
    assert wall.dues.last_summary == f"Tue 24 Nov 09:00: {'1 to post' if posts else '1 skipped (nothing new)'}"
    assert (run.state, run.reason) == ((RunState.DUE, "") if posts else (RunState.SKIPPED, "nothing new"))


async def test_what_changed_since_the_last_post_is_posted(wall: Wall) -> None:
    made = await wall.add(last_posted_revision=1)
    await change(wall, "adoption", "infrastructure")
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    assert [due_of(row).since for row in await wall.ledger()] == [1]
    assert await wall.days(made) == [("2026-11-24", "due")]


async def test_after_a_downtime_the_newest_is_made_up_for_and_says_so(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=3, minutes=59)
    assert await wall.dues.run_due() == 1
    assert await wall.days(made) == [("2026-11-24", "missed"), ("2026-11-25", "missed"), ("2026-11-26", "due")]
    (row,) = await wall.ledger()
    assert due_of(row).is_late
    assert row.due_at == wall.clock.now()
    assert (await wall.get(made)).next_on == date(2026, 11, 27)


async def test_what_is_too_old_is_noted_as_missed(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=2, hours=1, seconds=1)
    await wall.dues.run_due()
    assert [(run.state, run.reason) for run in await wall.runs(made)] == [
        (RunState.MISSED, "the time had passed by more than an hour")
    ] * 2
    assert wall.dues.last_summary == "Wed 25 Nov 10:00: 2 missed"
    assert await wall.ledger() == []


async def test_a_rule_that_makes_up_for_nothing_still_allows_for_a_slow_minute(wall: Wall) -> None:
    made = await wall.add(replace(DAILY, catch_up_s=0))
    wall.clock.pass_by(days=1, seconds=90)
    await wall.dues.run_due()
    wall.clock.pass_by(days=1, seconds=60)
    await wall.dues.run_due()
    assert await wall.days(made) == [("2026-11-24", "due"), ("2026-11-25", "missed")]
    assert not due_of((await wall.ledger())[0]).is_late


async def test_a_year_of_downtime_is_noted_for_two_months(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=365)
    await wall.dues.run_due()
    runs = await wall.runs(made)
    assert (len(runs), runs[0].local_date, runs[1].local_date) == (63, TOMORROW, date(2027, 9, 23))
    assert (await wall.get(made)).next_on == date(2027, 11, 24)


async def test_a_newer_post_takes_the_place_of_one_that_still_waits(wall: Wall) -> None:
    made = await wall.add()
    for _ in range(2):
        wall.clock.pass_by(days=1)
        await wall.dues.run_due()
    assert [row.state for row in await wall.ledger(None)] == [DeliveryState.CANCELLED, DeliveryState.PENDING]
    assert await wall.days(made) == [("2026-11-24", "skipped"), ("2026-11-25", "due")]


async def test_a_day_is_posted_once_though_its_time_comes_again(wall: Wall) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1)
    await wall.dues.run_due()
    async with wall.database.transaction() as connection:
        again = {"next_on": TOMORROW, "next_at": MONDAY + timedelta(days=1, minutes=30)}
        await connection.execute(update(table).values(**again))
    wall.clock.pass_by(hours=1)
    assert await wall.dues.run_due() == 1
    assert (len(await wall.ledger(None)), await wall.days(made)) == (1, [("2026-11-24", "due")])


async def test_processes_that_tick_at_once_double_nothing(wall: Wall) -> None:
    made = [await wall.add(place=ChannelRef("T1", f"C{number}")) for number in range(40)]
    wall.clock.pass_by(days=1)
    other = Database(wall.database.url)
    try:
        second = Wall(other, wall.clock)
        counts = await asyncio.gather(wall.dues.run_due(), wall.another().run_due(), second.dues.run_due())
    finally:
        await other.close()
    assert sum(counts) == len(made)
    assert sorted(due_of(row).schedule_id for row in await wall.ledger()) == sorted(each.id for each in made)


async def test_who_dies_in_the_middle_has_done_nothing(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await wall.add()
    wall.clock.pass_by(days=1)

    async def die(*_: object) -> None:
        raise StoreError("The database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr("bot.schedules.dispatch._advance", die)
        with pytest.raises(StoreError):
            await wall.dues.run_due()
    assert (await wall.days(made), await wall.ledger(), await wall.get(made)) == ([], [], made)
    assert await wall.dues.run_due() == 1


async def test_more_than_a_batch_come_due_in_one_tick(wall: Wall) -> None:
    made = await wall.add()
    async with wall.database.transaction() as connection:
        for number in range(BATCH):
            await schedules.add(connection, replace(made, id=f"{number}", place=ChannelRef("T1", f"C9{number}")))
    wall.clock.pass_by(days=1)
    assert await wall.dues.run_due() == BATCH + 1
    rows = await wall.ledger()
    assert len(rows) == len({row.channel for row in rows}) == BATCH + 1
    assert rows[-1].due_at - rows[0].due_at <= timedelta(minutes=(BATCH + 1) / POSTS_PER_MINUTE)
    for begin in range(0, BATCH, 50):  # no minute's share goes in a burst
        assert rows[begin + 50].due_at - rows[begin].due_at > timedelta(seconds=4)


async def test_the_order_is_stable_but_begins_elsewhere_each_day_and_can_be_told(wall: Wall) -> None:
    made = [await wall.add(place=ChannelRef("T1", f"C{number}")) for number in range(30)]
    orders = []
    for _ in range(2):
        async with wall.database.reading() as connection:
            now = await expected_post_times(connection, [await wall.get(each) for each in made])
            told = {each.id: at for each, at in zip(made, now, strict=True)}
        wall.clock.pass_by(days=1)
        await wall.dues.run_due()
        rows = await wall.ledger()
        assert {due_of(row).schedule_id: row.due_at for row in rows} == told
        orders.append([row.channel for row in rows])
    assert orders[0] != orders[1]
    begin = orders[1].index(orders[0][0])
    assert orders[1][begin:] + orders[1][:begin] == orders[0]


async def test_one_alone_goes_on_the_dot_and_another_workspace_is_no_crowd(wall: Wall) -> None:
    alone = await wall.add()
    for number in range(5):
        await wall.add(place=ChannelRef("T2", f"C{number}"))
    async with wall.database.reading() as connection:
        paused = replace(alone, next_at=None, next_on=None)
        assert await expected_post_times(connection, [alone, paused]) == (alone.next_at, None)


async def test_a_rule_that_cannot_be_understood_pauses_and_holds_nobody_up(
    wall: Wall, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, sound = await wall.add(), await wall.add(place=ChannelRef("T1", "C2"))
    gone, newer = await wall.add(place=ChannelRef("T1", "C3")), {"days": {"repeat": "at full moon"}}
    async with wall.database.transaction() as connection:
        for schedule, rule in ((broken, newer), (gone, replace(DAILY, tz="Mars/Olympus").to_json())):
            await connection.execute(update(table).where(table.c.id == schedule.id).values(rule=json.dumps(rule)))
    wall.clock.pass_by(days=1)
    assert await wall.dues.run_due() == 3
    assert [row.channel for row in await wall.ledger()] == [sound.place.channel]
    assert (await wall.get(gone)).pause_reason == "its rule cannot be understood"
    assert await wall.dues.run_due() == 0
    assert capsys.readouterr().out.count("cannot be understood") == 2


async def test_a_rule_without_another_day_rests(wall: Wall) -> None:
    moved = replace(DAILY, calendar=Calendar.ENGLAND_AND_WALES, on_holiday=OnHoliday.SKIP)
    made = await wall.add(moved)
    wall.clock.pass_by(days=1)
    wall.holidays = BankHolidays({Calendar.ENGLAND_AND_WALES: {TODAY + timedelta(days=n): "x" for n in range(2, 450)}})
    await wall.dues.run_due()
    assert (await wall.get(made)).next_at is None
    wall.clock.pass_by(days=2)
    assert await wall.dues.run_due() == 0


async def test_holidays_of_a_newer_revision_move_next_times(wall: Wall) -> None:
    made = await wall.add(replace(DAILY, calendar=Calendar.SCOTLAND))
    await wall.dues.run_due()
    wall.holidays = BankHolidays({Calendar.SCOTLAND: {TOMORROW: "A day of joy"}})
    wall.clock.pass_by(seconds=1)
    await wall.dues.run_due()
    assert (await wall.get(made)).next_on == TOMORROW + timedelta(days=1)


async def test_time_zones_that_changed_are_seen_at_the_start_and_no_day_comes_twice(wall: Wall) -> None:
    early, posted = await wall.add(), await wall.add(replace(DAILY, at=time(23)), place=ChannelRef("T1", "C2"))
    async with wall.database.transaction() as connection:  # as another version of the tz database would have had it
        wrong = update(table).where(table.c.id == early.id)
        await connection.execute(wrong.values(next_at=MONDAY + timedelta(days=1, hours=1)))
    wall.clock.pass_by(hours=14)
    await wall.another().run_due()
    async with wall.database.transaction() as connection:
        again = {"next_on": TODAY, "next_at": MONDAY + timedelta(hours=13)}
        await connection.execute(update(table).where(table.c.id == posted.id).values(**again))
    assert (await wall.get(early)).next_at == MONDAY + timedelta(days=1)
    wall.clock.pass_by(seconds=1)
    assert await wall.another().run_due() == 1
    assert len(await wall.days(posted)) == 1
    assert (await wall.get(posted)).next_on == TOMORROW


async def test_it_ticks_until_it_is_stopped_and_waits_for_the_database(
    wall: Wall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await wall.add()
    wall.clock.pass_by(days=1)
    real, failures = wall.dues.run_due, [StoreError("The database cannot be reached."), LookupError("a fault")]
    done = asyncio.Event()

    async def tick() -> int:
        if failures:
            raise failures.pop(0)
        count = await real()
        done.set()
        return count

    monkeypatch.setattr(wall.dues, "run_due", tick)
    running = asyncio.create_task(wall.dues.run())
    wall.dues.wake()
    await asyncio.wait_for(done.wait(), PATIENCE_S)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert wall.woken == 1
    logged = capsys.readouterr().out
    assert "db.unavailable" in logged
    assert "schedules.tick_failed" in logged
