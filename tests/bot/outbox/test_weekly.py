"""A weekly post is made once per week, on the first working day, in any number of processes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.config.maintainers import ONE_WORKSPACE
from bot.outbox.delivery import OutboxMessage
from bot.outbox.operators import remember_team
from bot.outbox.weekly import WeeklyPost, WeeklyPosts, last_week
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.rule import Calendar
from bot.store.tables import deliveries
from tests.support.newsroom import HandClock
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from bot.store.database import Database

MONDAY = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)


@dataclass
class Office:
    """A weekly post of two channels, and what was enqueued of it."""

    database: Database
    clock: HandClock = field(default_factory=lambda: HandClock(MONDAY - timedelta(days=4)))
    places: tuple[str, ...] = ("C0MAINTAIN", "U0ADA")
    runs: list[datetime | None] = field(default_factory=list)

    async def compose(self, team: str, since: datetime | None) -> list[tuple[str, OutboxMessage]]:
        """Say something to each place."""
        assert team == "T1"
        self.runs.append(since)
        return [(place, OutboxMessage("Something.")) for place in self.places]

    def process(self, name: str = "themes") -> WeeklyPosts:
        """Return the weekly posts of a process that has just started."""
        return WeeklyPosts(
            self.database,
            self.clock,
            lambda: None,
            [WeeklyPost(name, self.compose)],
            maintainers=ONE_WORKSPACE,
            check_every_s=0,
        )

    async def posted(self) -> list[str]:
        """Return the places of what was enqueued."""
        async with self.database.reading() as connection:
            return list(await connection.scalars(select(deliveries.c.channel).order_by(deliveries.c.created_at)))


@pytest.fixture
async def office(database: Database) -> Office:
    async with database.transaction() as connection:
        await remember_team(connection, "T1")
    office = Office(database)
    await office.process().check()
    assert not await office.posted(), "it was just installed: the Monday before is none of its business"
    return office


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (MONDAY - timedelta(seconds=1), "2026-W49"),
        (MONDAY, "2026-W50"),
        (datetime(2026, 12, 28, 12, tzinfo=UTC), "2026-W52"),  # the substitute day of Boxing Day
        (datetime(2026, 12, 29, 9, 30, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 3, 30, 8, 29, tzinfo=UTC), "2027-W12"),  # Easter Monday was the 29th; summer time
        (datetime(2027, 3, 30, 8, 30, tzinfo=UTC), "2027-W13"),
    ],
)
def test_it_is_due_on_monday_at_half_past_nine_in_london_or_the_next_working_day(now: datetime, week: str) -> None:
    assert last_week(now, BankHolidays()) == week


def test_a_bank_holiday_of_memorandum_yaml_counts() -> None:
    off = BankHolidays({Calendar.ENGLAND_AND_WALES: {date(2026, 12, 7): "A coronation"}})
    assert last_week(MONDAY, off) == "2026-W49"
    assert last_week(MONDAY + timedelta(days=1), off) == "2026-W50"


async def test_it_is_enqueued_once_whatever_number_of_processes_look_at_once(office: Office) -> None:
    office.clock.at = MONDAY - timedelta(seconds=1)
    await office.process().check()
    assert not await office.posted()
    office.clock.at = MONDAY
    processes = [office.process() for _ in range(5)]
    await asyncio.gather(*(each.check() for each in processes))
    office.clock.pass_by(days=3)
    await asyncio.gather(*(each.check() for each in (*processes, office.process())))
    assert await office.posted() == ["C0MAINTAIN", "U0ADA"]
    office.clock.at = MONDAY + timedelta(weeks=1)
    await processes[0].check()
    assert await office.posted() == ["C0MAINTAIN", "U0ADA"] * 2
    assert office.runs[-1] == MONDAY, "the moment of the run before"


async def test_what_was_missed_is_made_up_for_within_its_week_only(office: Office) -> None:
    office.clock.at = MONDAY + timedelta(days=6, hours=14)
    await office.process().check()
    assert len(await office.posted()) == 2, "Sunday"
    office.clock.at = MONDAY + timedelta(weeks=3, hours=-1)
    await office.process().check()
    assert len(await office.posted()) == 2, "the week before is over"
    office.clock.pass_by(hours=26)
    await office.process().check()
    assert len(await office.posted()) == 4
    assert office.runs[-1] == MONDAY + timedelta(days=6, hours=14), "since what was posted last"


async def test_a_week_with_nothing_to_say_stays_silent(office: Office) -> None:
    office.clock.at, office.places = MONDAY, ()
    await office.process().check()
    office.places = ("C0MAINTAIN",)
    office.clock.pass_by(days=1)
    await office.process().check()
    assert not await office.posted()


async def test_one_that_cannot_be_composed_is_tried_again_and_keeps_no_other(office: Office) -> None:
    async def broken(team: str, since: datetime | None) -> list[tuple[str, OutboxMessage]]:
        raise RuntimeError(team, since)

    async def first(team: str, since: datetime | None) -> list[tuple[str, OutboxMessage]]:
        return await (broken if office.clock.at == MONDAY else office.compose)(team, since)

    posts = [WeeklyPost("broken", first), WeeklyPost("themes", office.compose)]
    weekly = WeeklyPosts(office.database, office.clock, lambda: None, posts, maintainers=ONE_WORKSPACE)
    await weekly.check()
    office.clock.at = MONDAY
    with capture_logs() as logs:
        await weekly.check()
        await weekly.check()
    assert [each["event"] for each in logs] == ["weekly.failed"], "once a minute"
    assert len(await office.posted()) == 2
    office.clock.pass_by(seconds=1)
    await weekly.check()
    assert len(await office.posted()) == 4


async def test_it_runs_until_it_is_cancelled_and_waits_for_a_workspace(database: Database) -> None:
    office = Office(database, HandClock(MONDAY - timedelta(hours=1)))
    running = asyncio.create_task(office.process().run())
    await office.process().check()  # nobody's workspace yet: nothing to post to
    async with database.transaction() as connection:
        await remember_team(connection, "T1")
    await office.process().check()  # before it is due: the first run posts nothing
    office.clock.at = MONDAY
    async with asyncio.timeout(PATIENCE_S):
        while not await office.posted():  # noqa: ASYNC110 — the post wakes nobody
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(await office.posted()) == 2
