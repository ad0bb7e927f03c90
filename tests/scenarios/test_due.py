"""Scheduled posts over the wire: the clock is put forward, and the channel has its briefing, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.messages import ChannelRef
from bot.schedules import schedules
from bot.schedules.runs import RunState
from tests.scenarios.private_replies import says
from tests.scenarios.scene import ADA, GENERAL, Scene
from tests.scenarios.test_alerts import publishes, until_posted
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from bot.schedules.schedules import Schedule, ScheduleRun

FRIDAY = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)


async def subscribed(scene: Scene) -> Schedule:
    """Subscribe #general on a Friday, and return its schedule."""
    scene.workspace.clock.jump_to(FRIDAY)
    await says(scene, "/briefing subscribe infrastructure weekdays 09:00")
    async with scene.database.reading() as connection:
        (schedule,) = await schedules.for_channel(connection, ChannelRef(TEAM_ID, GENERAL))
    assert schedule.next_at == MONDAY_NINE
    return schedule


def posts(scene: Scene) -> list[dict[str, Any]]:
    """Return the bot's posts in the channel that everybody sees, without the public line of the subscription."""
    seen = scene.workspace.seen_by(ADA, GENERAL)
    return [each for each in seen if not each["is_ephemeral"] and "Growth Zones" in each["text"]]


async def runs(scene: Scene, schedule: Schedule) -> tuple[ScheduleRun, ...]:
    """Return the schedule's days, newest first."""
    async with scene.database.reading() as connection:
        return (await schedules.runs(connection, [schedule.id], 10))[schedule.id]


async def until_run(scene: Scene, schedule: Schedule, state: RunState) -> ScheduleRun:
    """Wait until the newest day has come to this, and return it."""
    while not (found := await runs(scene, schedule)) or found[0].state is not state:
        await scene.workspace.clock.sleep(0.05)
    return found[0]


async def test_monday_nine_o_clock_brings_the_briefing_once(scene: Scene) -> None:
    schedule = await subscribed(scene)
    scene.workspace.clock.jump_to(MONDAY_NINE - timedelta(seconds=1))
    await scene.until(lambda: posts(scene))
    (post,) = posts(scene)
    run = await until_run(scene, schedule, RunState.POSTED)
    assert (run.local_date, run.ts) == (MONDAY_NINE.date(), post["ts"])
    assert float(post["ts"]) >= MONDAY_NINE.timestamp()
    scene.workspace.clock.jump_to(MONDAY_NINE + timedelta(minutes=5))
    scene.workspace.clock.jump_to(MONDAY_NINE + timedelta(days=1))
    skipped = await until_run(scene, schedule, RunState.SKIPPED)
    assert (skipped.local_date, skipped.reason) == (MONDAY_NINE.date() + timedelta(days=1), "nothing new")
    assert posts(scene) == [post]


async def test_what_changed_since_the_last_post_comes_first(scene: Scene) -> None:
    schedule = await subscribed(scene)
    scene.workspace.clock.jump_to(MONDAY_NINE)
    await until_run(scene, schedule, RunState.POSTED)
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    scene.workspace.clock.jump_to(MONDAY_NINE + timedelta(days=1))
    second = await until_posted(scene, "There were about 200 bids for AI Growth Zones.")
    assert "changed since Mon 30 November" in second["text"].splitlines()[0]
    run = await until_run(scene, schedule, RunState.POSTED)
    assert run.ts == second["ts"]
    async with scene.database.reading() as connection:
        told = await schedules.get(connection, schedule.id)
    assert told is not None
    assert told.last_posted_revision == 2


async def test_a_weekend_away_brings_one_late_post_and_says_what_was_missed(scene: Scene) -> None:
    schedule = await subscribed(scene)
    scene.workspace.clock.jump_to(MONDAY_NINE + timedelta(days=2, minutes=30))
    await scene.until(lambda: posts(scene))
    await until_run(scene, schedule, RunState.POSTED)
    found = [(run.local_date.day, run.state) for run in await runs(scene, schedule)]
    assert found == [(2, RunState.POSTED), (1, RunState.MISSED), (30, RunState.MISSED)]
    (post,) = posts(scene)
    assert post["text"].startswith("Late: due Wed 2 Dec 09:00.")
