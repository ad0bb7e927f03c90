"""What stands in the database, as numbers: expected and posted, what is late, and how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.config import Settings
from bot.content.faults import ContentError
from bot.publishing.factory import publisher_for
from bot.publishing.observer import Result
from bot.schedules.runs import RunState
from bot.store.tables import deliveries, schedule_runs
from handlers.metrics import stored
from handlers.metrics.stored import StoredMetrics
from tests.support.scheduling import DAILY, Timetable
from tests.support.small_content import write_small_content
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.database import Database


class Numbers:
    """Reads the numbers of a timetable's database."""

    def __init__(self, timetable: Timetable) -> None:
        """With one code of Slack's that refuses a channel."""
        self._state = StoredMetrics(timetable.database, timetable.clock, ("is_archived",))

    async def read(self, *names: str) -> tuple[float, ...]:
        """Return the numbers of these names, as they are now."""
        await self._state.refresh()
        values = {each.name.removeprefix("briefing_bot_"): each.samples[0].value for each in self._state.collect()}
        assert values["database_up"] == 1, self._state.fault
        return tuple(values[name] for name in names)


@pytest.fixture
def numbers(database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[Timetable, Numbers]:
    """Return a timetable, and what reads its numbers as often as it is asked."""
    monkeypatch.setattr(stored, "READ_EVERY_S", 0.0)
    monkeypatch.setattr(stored, "WAIT_S", PATIENCE_S)
    timetable = Timetable(database)
    return timetable, Numbers(timetable)


SETTINGS = Settings.model_construct()
POSTS = ("scheduled_posts_expected", "scheduled_posts_posted")


async def test_expected_less_posted_is_what_was_not_posted_in_time(numbers: tuple[Timetable, Numbers]) -> None:
    timetable, told = numbers
    await timetable.add_many(DAILY, 4, due_at=timetable.clock.now())
    assert await told.read(*POSTS, "schedule_lag_seconds") == (0, 0, 0)
    timetable.clock.pass_by(minutes=3)
    assert await told.read(*POSTS, "schedule_lag_seconds") == (4, 0, 180), "nobody has dispatched them"
    assert await timetable.scheduler.run_due() == 4
    assert await told.read(*POSTS, "schedule_lag_seconds") == (0, 0, 0), "their deliveries have two minutes"
    rows = await timetable.deliveries()
    await timetable.settle(rows[0].id)
    timetable.clock.pass_by(minutes=10)
    names = (*POSTS, "late_deliveries", "open_deliveries")
    assert await told.read(*names) == (4, 1, 3, 3)
    assert (await told.read("queue_age_seconds"))[0] >= 500
    await fail(timetable, rows[1].id, "is_archived")
    await fail(timetable, rows[2].id, "expired")
    assert await told.read(*names, "failed_deliveries") == (3, 1, 1, 1, 2), "a channel that takes none expects none"
    timetable.clock.pass_by(hours=26)
    assert (await told.read(*POSTS))[1] == 0, "of the last 24 hours"


async def test_the_newest_revision_and_its_time_are_told(numbers: tuple[Timetable, Numbers]) -> None:
    timetable, told = numbers
    await timetable.publish(1)
    timetable.clock.pass_by(hours=1)
    await timetable.publish(2)
    at = timetable.clock.now().timestamp()
    assert await told.read("newest_revision", "revision_published_timestamp_seconds") == (2, at)


async def test_faults_are_told_until_any_process_publishes_without(
    numbers: tuple[Timetable, Numbers], tmp_path: Path
) -> None:
    timetable, told = numbers
    running, by_hand = (publisher_for(SETTINGS, timetable.database, timetable.clock) for _ in range(2))
    folder = write_small_content(tmp_path / "content")
    await running.publish_folder(folder)
    assert await told.read("content_faulty") == (0,)
    title = (folder / "memorandum.yaml").read_text()
    (folder / "memorandum.yaml").write_text("title: [")
    with pytest.raises(ContentError):
        await running.publish_folder(folder)
    assert await told.read("content_faulty") == (1,)
    (folder / "memorandum.yaml").write_text(title)
    assert (await by_hand.publish_folder(folder)).result is Result.UNCHANGED
    assert await told.read("content_faulty") == (0,)


async def fail(timetable: Timetable, delivery: str, code: str) -> None:
    """Let a delivery and its run fail."""
    async with timetable.database.transaction() as connection:
        failed = {"state": "failed", "error": code, "finished_at": timetable.clock.now()}
        await connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(**failed))
        run = update(schedule_runs).where(schedule_runs.c.delivery_id == delivery)
        await connection.execute(run.values(state=RunState.FAILED.value, reason=code))
