"""What scheduled posts say in Slack, from the first to the one that a correction follows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from bot.alerts.subscriptions import ALL
from bot.content.models import DatedReason
from bot.messages import ChannelRef
from bot.recurrence.bank_holidays import bank_holidays_of
from bot.recurrence.rule import MONDAY_TO_FRIDAY, Days, Repeat, Rule, WhenUnchanged
from bot.schedules import schedules
from bot.schedules.next_run import with_next_run
from bot.schedules.runs import RunState
from bot.schedules.schedules import Schedule
from tests.scenarios.scene import GRACE, POLICY, Scene, labels
from tests.support.waiting import PATIENCE_S
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from bot.content.models import Fact

ZONES = "growth-zones-investment"
EARLY = datetime(2026, 11, 27, 8, tzinfo=UTC)  # a Friday; winter: London’s clocks show UTC


async def schedule(scene: Scene, *areas: str, when_unchanged: WhenUnchanged = WhenUnchanged.SKIP) -> None:
    """Put the clock to early on a Friday, and have #policy get these areas on each weekday at nine; ALL is a digest."""
    scene.workspace.clock.jump_to(EARLY)
    rule = Rule(Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), time(9), "Europe/London", when_unchanged=when_unchanged)
    wish = Schedule("s1", ChannelRef(TEAM_ID, POLICY), areas, areas == (ALL,), rule, EARLY, GRACE, None, None, EARLY)
    async with scene.database.transaction() as connection:
        holidays = bank_holidays_of(scene.content.memorandum.bank_holidays)
        await schedules.add(connection, await with_next_run(connection, wish, EARLY, holidays))


async def post_of(scene: Scene, on: date) -> dict[str, Any]:
    """Let it become nine o'clock on a day, and return what is posted then, once that is recorded."""
    scene.workspace.clock.jump_to(datetime.combine(on, time(9, 0, 1), UTC))
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with scene.database.reading() as connection:
                (run, *_) = (await schedules.runs(connection, ["s1"], 1))["s1"] or (None,)
            if run and (run.local_date, run.state) == (on, RunState.POSTED):
                return next(each for each in scene.workspace.seen_by(GRACE, POLICY) if each["ts"] == run.ts)
            await asyncio.sleep(0.02)


async def skipped_on(scene: Scene, on: date, schedule_id: str, reason: str) -> None:
    """Let it become nine o'clock on a day, unless it is, and wait until a schedule has left it out for this reason."""
    nine = datetime.combine(on, time(9, 0, 1), UTC)
    if scene.workspace.clock.now() < nine:
        scene.workspace.clock.jump_to(nine)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with scene.database.reading() as connection:
                (run, *_) = (await schedules.runs(connection, [schedule_id], 1))[schedule_id] or (None,)
            if run and run.local_date == on and run.state is RunState.SKIPPED:
                assert run.reason == reason
                return
            await asyncio.sleep(0.02)


async def publish(scene: Scene, statement: str, reason: DatedReason | None = None) -> Fact:
    """Publish another statement of a fact that the briefing prints."""
    content = (await scene.database.latest()).content
    fact = replace(content.facts[ZONES], statement=statement, short=None, corrected=reason)
    await scene.publisher.publish(replace(content, facts={**content.facts, ZONES: fact}))
    return fact


async def test_a_schedule_tells_what_changed_and_a_correction_follows_its_post(scene: Scene) -> None:
    await schedule(scene, "infrastructure")
    first = await post_of(scene, date(2026, 11, 27))
    assert first["text"].startswith("From the next post on, the top lists what changed since the one before")
    assert "\nInfrastructure\n\nPosition at 21 July 2025" in first["text"]
    assert labels(first) == ["Details", "Why am I seeing this?"]

    await publish(scene, "OpenAI could look at three zones.")
    second = await post_of(scene, date(2026, 11, 30))
    assert second["text"].startswith("Infrastructure: changed since Fri 27 November\n• Updated 27 November 2026: Was: ")
    assert second["text"].count("OpenAI could look at three zones.") == 2, "once as changed, once in the briefing"
    assert second["pings"] == []
    more = await scene.presses(second, "Details", user=GRACE, channel=POLICY)
    assert more["is_ephemeral"]
    assert "Not stated in our sources" in more["text"]
    why = await scene.presses(second, "Why am I seeing this?", user=GRACE, channel=POLICY)
    assert why["is_ephemeral"]
    line = "Infrastructure: every weekday at 09:00 (Europe/London)\nAsked for by <@U0GRACE> on 27 November 2026."
    assert why["text"] == f"This channel gets this because of:\n\n{line}"
    assert labels(why) == ["Mute", "Change"]

    reason = DatedReason(on=date(2026, 11, 30), why="The source says two.")
    await publish(scene, "OpenAI could look at two zones.", reason)

    def now() -> dict[str, Any]:
        return next(each for each in scene.workspace.seen_by(GRACE, POLICY) if each["ts"] == second["ts"])

    await scene.until(lambda: now().get("edited"))
    banner, _, below = now()["text"].partition("Infrastructure: changed since")
    assert "was “OpenAI could look at three zones.”, now “OpenAI could look at two zones.”" in banner
    assert "three zones" not in below
    assert "• Corrected: see above." in below
    assert "• OpenAI could look at two zones." in below
    assert labels(now()) == ["Details", "Why am I seeing this?"]


async def test_a_correction_reaches_every_message_of_a_long_post(scene: Scene) -> None:
    await schedule(scene, *(area.key for area in scene.content.areas))
    post = await post_of(scene, date(2026, 11, 27))
    assert labels(post)[0] == "Details: The agreement as a whole"
    fact = scene.content.facts[ZONES]
    wrong = fact.short or fact.statement

    def messages() -> list[dict[str, Any]]:
        return scene.workspace.seen_by(GRACE, POLICY, post["ts"])

    await scene.until(lambda: len(messages()) == 3)
    assert any(wrong in each["text"] for each in messages()[1:])
    before = [each["text"].rsplit("\n", 1)[-1].replace(wrong, "OpenAI could look at two zones.") for each in messages()]
    reason = DatedReason(on=date(2026, 11, 30), why="The source says two.")
    await publish(scene, "OpenAI could look at two zones.", reason)
    await scene.until(lambda: all(each.get("edited") for each in messages()[:3]))
    after = [each["text"].rsplit("\n", 1)[-1] for each in messages()[:3]]
    assert after == before, "each message ends where it ended, and nothing is left out"
    assert not any(wrong in each["text"] for each in messages()[1:3])
    assert any("• OpenAI could look at two zones." in each["text"] for each in messages()[1:3])
    assert labels(messages()[0]) == labels(post)


async def test_one_line_says_that_nothing_changed(scene: Scene) -> None:
    await schedule(scene, "infrastructure", when_unchanged=WhenUnchanged.SHORT)
    await post_of(scene, date(2026, 11, 27))
    line = await post_of(scene, date(2026, 11, 30))
    assert line["text"] == "Infrastructure: nothing new since Fri 27 November."
    assert labels(line) == ["Why am I seeing this?"]


async def test_a_digest_tells_what_changed_in_every_area(scene: Scene) -> None:
    await schedule(scene, ALL)
    await skipped_on(scene, date(2026, 11, 27), "s1", "nothing new")
    await publish(scene, "OpenAI could look at three zones.")
    told = await post_of(scene, date(2026, 11, 30))
    assert told["text"].startswith("What changed since Fri 27 November\n\nInfrastructure\n• Updated 27 November 2026: ")
    assert labels(told) == ["Why am I seeing this?"]


async def test_a_post_that_could_not_be_made_in_time_says_when_it_was_due(scene: Scene) -> None:
    await schedule(scene, "infrastructure")
    scene.workspace.clock.jump_to(datetime(2026, 11, 27, 9, 40, tzinfo=UTC))
    await scene.until(lambda: scene.sees(GRACE, POLICY))
    assert scene.last(GRACE, POLICY)["text"].startswith("Late: due Fri 27 Nov 09:00.")


async def test_facts_that_were_edited_and_put_back_bring_no_post(scene: Scene) -> None:
    await schedule(scene, "infrastructure")
    await post_of(scene, date(2026, 11, 27))
    before = scene.workspace.seen_by(GRACE, POLICY)
    await publish(scene, "OpenAI could look at three zones.")
    await scene.publisher.publish(scene.content)
    await skipped_on(scene, date(2026, 11, 30), "s1", "nothing new")
    assert scene.workspace.seen_by(GRACE, POLICY) == before


async def test_schedules_that_overlap_post_an_area_once(scene: Scene) -> None:
    await schedule(scene, *(area.key for area in scene.content.areas))
    async with scene.database.transaction() as connection:
        (whole,) = await schedules.for_channel(connection, ChannelRef(TEAM_ID, POLICY))
        await schedules.add(connection, replace(whole, id="s2", areas=("infrastructure",)))
    await post_of(scene, date(2026, 11, 27))
    await skipped_on(scene, date(2026, 11, 27), "s2", "another schedule posts it then")
    posts = [each for each in scene.workspace.seen_by(GRACE, POLICY) if "Position at" in each["text"]]
    assert len(posts) == 1
    why = await scene.presses(posts[0], "Why am I seeing this?", user=GRACE, channel=POLICY)
    listed = await scene.presses(why, "Change", user=GRACE, channel=POLICY)
    assert "Last: skipped Fri 27 Nov, another schedule posts it then." in listed["text"]
