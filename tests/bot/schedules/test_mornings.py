"""No channel gets the same words twice in a morning: schedules, alerts and corrections together, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.alerts.subscriptions import ALL
from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.recurrence.quiet_hours import QuietHours
from bot.recurrence.rule import WhenUnchanged
from bot.schedules.posted_areas import claim
from bot.schedules.runs import RunState
from bot.store.database import Database
from bot.store.engine import database_url
from tests.support.mornings import Mornings
from tests.support.newsroom import shipped
from tests.support.scheduling import DAILY, HERE, Timetable

if TYPE_CHECKING:
    from pathlib import Path

    from bot.outbox.delivery import Attempt
    from bot.recurrence.rule import Rule
    from bot.schedules.schedules import Schedule

BIDS = "growth-zones-bids"
EVERY = tuple(area.key for area in shipped().areas)
SHORT, FULL = replace(DAILY, when_unchanged=WhenUnchanged.SHORT), replace(DAILY, when_unchanged=WhenUnchanged.FULL)
NEW = "There were 201 bids for AI Growth Zones."


@pytest.fixture
async def mornings(database: Database) -> Mornings:
    return await Mornings.opened(database)


async def states(mornings: Mornings, schedule: Schedule) -> list[tuple[RunState, str]]:
    return [(run.state, run.reason) for run in await mornings.timetable.runs(schedule)]


def briefings(posts: list[Attempt]) -> list[str]:
    """Return the titles of the briefings that these posts have, in order."""
    titles = {f"# {area.title}" for area in shipped().areas}
    return [line for post in posts for line in post.message.markdown.split("\n") if line in titles]


# What was put back.


async def test_what_was_put_back_between_two_posts_is_no_change(mornings: Mornings) -> None:
    daily = await mornings.timetable.add()
    assert len(await mornings.until(days=1)) == 1
    before = mornings.newsroom.content.facts[BIDS]
    await mornings.newsroom.reword(BIDS, NEW)
    await mornings.newsroom.edit(before)
    assert await mornings.until(days=1) == []
    assert (await states(mornings, daily))[-1] == (RunState.SKIPPED, "nothing new")
    await mornings.newsroom.reword(BIDS, NEW)
    (post,) = await mornings.until(days=1)
    assert NEW in post.message.markdown


async def test_what_is_put_back_while_its_post_waits_is_not_posted(mornings: Mornings) -> None:
    daily = await mornings.timetable.add()
    await mornings.until(days=1)
    before = mornings.newsroom.content.facts[BIDS]
    await mornings.newsroom.reword(BIDS, NEW)
    mornings.timetable.clock.pass_by(days=1)
    await mornings.timetable.scheduler.run_due()
    await mornings.newsroom.edit(before)
    assert await mornings.post_all() == []
    assert (await states(mornings, daily))[-1] == (RunState.SKIPPED, "nothing new")
    (row,) = await mornings.timetable.deliveries(DeliveryState.CANCELLED)
    assert row.error == "nothing new"


async def test_a_fact_moved_out_of_a_briefing_and_back_is_no_change(mornings: Mornings) -> None:
    """A list of what happened in an area may hold the first step alone."""
    await mornings.timetable.add()
    await mornings.until(days=1)
    before = mornings.newsroom.content.facts[BIDS]
    await mornings.newsroom.edit(replace(before, area="adoption", statement=NEW, short=None))
    await mornings.newsroom.edit(before)
    assert await mornings.until(days=1) == []


# Schedules that overlap.


@pytest.mark.parametrize("rule", [DAILY, FULL, SHORT])
async def test_an_area_is_posted_once_for_a_time_however_many_schedules_name_it(mornings: Mornings, rule: Rule) -> None:
    own = await mornings.timetable.add(rule)
    whole = await mornings.timetable.add(rule, areas=EVERY)
    posts = await mornings.until(days=1)
    assert sorted(briefings(posts)) == sorted(f"# {area.title}" for area in shipped().areas)
    assert len(posts) == 1, "the schedule with the most areas posts them"
    assert await states(mornings, own) == [(RunState.SKIPPED, "another schedule posts it then")]
    assert await states(mornings, whole) == [(RunState.POSTED, "")]


async def test_what_overlaps_in_part_is_shared_out(mornings: Mornings) -> None:
    await mornings.timetable.add(areas=("infrastructure", "adoption"))
    await mornings.timetable.add(areas=("adoption", EVERY[-1]))
    posts = await mornings.until(days=1)
    assert (len(posts), len(briefings(posts)), len(set(briefings(posts)))) == (2, 3, 3)


async def test_a_line_that_nothing_is_new_stands_in_the_way_of_no_briefing(mornings: Mornings) -> None:
    await mornings.timetable.add(SHORT, areas=EVERY)
    await mornings.timetable.add(FULL)
    await mornings.until(days=1)
    line, whole = sorted(await mornings.until(days=1), key=lambda each: len(each.message.markdown))
    assert briefings([whole, line]) == ["# Infrastructure"]
    assert "nothing new" in line.message.markdown
    assert "Infrastructure" not in line.message.markdown


async def test_what_another_schedule_has_just_posted_is_not_posted_again(mornings: Mornings) -> None:
    later = replace(DAILY, at=time(9, 5))
    await mornings.timetable.add(areas=("infrastructure",))
    every = await mornings.timetable.add(later, areas=("infrastructure", "adoption"))
    await mornings.until(days=1)
    await mornings.until(minutes=5)
    await mornings.newsroom.reword(BIDS, NEW)
    await mornings.until(hours=23, minutes=55)
    assert await mornings.until(minutes=5) == []
    assert (await states(mornings, every))[-1] == (RunState.SKIPPED, "nothing new")
    await mornings.newsroom.reword(BIDS, "There were 202 bids.")
    await mornings.newsroom.reword("govuk-chat-model", "GOV.UK Chat runs.")
    first = await mornings.until(hours=23, minutes=55)
    second = await mornings.until(minutes=5)
    assert briefings(first) == ["# Infrastructure"]
    assert briefings(second) == ["# Public and private sector adoption"], "the other has stood there for five minutes"
    assert "202 bids" not in second[0].message.markdown


async def test_after_a_downtime_a_channel_gets_one_post_and_not_five(mornings: Mornings) -> None:
    made = [await mornings.timetable.add(replace(FULL, at=time(9, minute))) for minute in (0, 10, 20, 30, 40)]
    posts = await mornings.until(days=1, minutes=50)
    assert (len(posts), briefings(posts)) == (1, ["# Infrastructure"])
    assert "Late: due Tue 24 Nov 09:40" in posts[0].message.markdown
    assert [(await states(mornings, each))[-1][0] for each in made] == [RunState.SKIPPED] * 4 + [RunState.POSTED]


async def test_two_processes_share_the_areas_of_a_channel_out(mornings: Mornings) -> None:
    places = [ChannelRef("T1", f"C{number}") for number in range(20)]
    for place in places:
        for areas in (("infrastructure",), ("infrastructure", "adoption"), ("adoption",)):
            await mornings.timetable.add(FULL, place, areas=areas)
    mornings.timetable.clock.pass_by(days=1)
    other = Database(mornings.timetable.database.url)
    try:
        second = Timetable(other, mornings.timetable.clock)
        await asyncio.gather(*(each.scheduler.run_due() for each in (mornings.timetable, second)))
    finally:
        await other.close()
    posts = await mornings.until(minutes=1)
    for place in places:
        assert len(briefings([each for each in posts if each.channel == place.channel])) == 2


async def test_a_time_is_claimed_once_and_one_of_a_clock_that_was_ahead_does_not_count(database: Database) -> None:
    nine, now = datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, 1, tzinfo=UTC)
    key = (HERE.team, HERE.channel, "infrastructure")
    async with database.transaction() as connection:
        assert await claim(connection, {key: nine}, now) == {key}
        assert await claim(connection, {key: nine}, now) == set()
        assert await claim(connection, {key: nine.replace(hour=8)}, now) == set()
        assert await claim(connection, {key: nine.replace(hour=11)}, now) == {key}
        assert await claim(connection, {key: nine}, now) == {key}
        assert await claim(connection, {}, now) == set()


# Digests.


async def test_a_first_digest_has_content_or_is_none(mornings: Mornings) -> None:
    digest = await mornings.timetable.add(areas=(ALL,), is_digest=True)
    assert await mornings.until(days=1) == []
    assert await states(mornings, digest) == [(RunState.SKIPPED, "nothing new")]
    await mornings.newsroom.reword(BIDS, NEW)
    (post,) = await mornings.until(days=1)
    assert post.message.markdown.startswith("# What changed since Mon 23 November\n")
    assert NEW in post.message.markdown.replace("**", "")


async def test_a_digest_that_says_so_when_nothing_is_new_says_since_when(mornings: Mornings) -> None:
    await mornings.timetable.add(SHORT, areas=(ALL,), is_digest=True)
    (post,) = await mornings.until(days=1)
    assert post.message.markdown == "All areas: nothing new since Mon 23 November.\n"


async def test_a_digest_does_not_repeat_what_a_briefing_has_just_told(mornings: Mornings) -> None:
    digest = await mornings.timetable.add(replace(DAILY, at=time(9, 1)), areas=(ALL,), is_digest=True)
    await mornings.timetable.add(areas=EVERY)
    await mornings.until(days=1)
    await mornings.until(minutes=1)
    await mornings.newsroom.reword(BIDS, NEW)
    (post,) = await mornings.until(hours=23, minutes=59)
    assert post.message.markdown.replace("**", "").count(f"Now: {NEW}") == 1
    assert await mornings.until(minutes=1) == []
    assert (await states(mornings, digest))[-1] == (RunState.SKIPPED, "nothing new")


# Alerts.


async def test_an_alert_and_a_scheduled_post_in_one_minute_tell_a_change_once(mornings: Mornings) -> None:
    await mornings.newsroom.subscribe(ALL)
    await mornings.timetable.add()
    await mornings.until(days=1)
    mornings.timetable.clock.pass_by(hours=23, minutes=59, seconds=40)
    await mornings.newsroom.reword(BIDS, NEW)
    alert, post = await mornings.until(seconds=25)
    assert (alert.kind, post.kind) == (DeliveryKind.ALERT, DeliveryKind.SCHEDULED)
    assert NEW in alert.message.markdown.replace("**", "")
    above = post.message.markdown.partition("\n# ")[0]
    assert above.strip() == "_Infrastructure: what changed since Tue 24 November was told above already._"
    assert briefings([post]) == ["# Infrastructure"]
    await mornings.newsroom.reword(BIDS, "There were 202 bids.")
    await mornings.post_all()
    (post,) = await mornings.until(days=1)
    assert "changed since" in post.message.markdown, "what an alert told a day ago belongs to the next briefing"


async def test_an_alert_that_waits_for_the_morning_is_not_posted_after_the_briefing_that_told_it(
    database: Database,
) -> None:
    mornings = await Mornings.opened(database, QuietHours(time(18), time(9, 30), ZoneInfo("Europe/London")))
    await mornings.newsroom.subscribe(ALL)
    await mornings.timetable.add()
    await mornings.until(days=1)
    mornings.timetable.clock.pass_by(hours=12)
    await mornings.newsroom.reword(BIDS, NEW)
    (post,) = await mornings.until(hours=12)
    assert (post.kind, NEW in post.message.markdown.replace("**", "")) == (DeliveryKind.SCHEDULED, True)
    assert await mornings.until(hours=1) == []
    (row,) = await mornings.newsroom.deliveries(DeliveryKind.ALERT, state=DeliveryState.CANCELLED)
    assert row.error == "a scheduled post has told it"


async def test_a_correction_that_edits_a_post_is_no_alert_beside_it(mornings: Mornings) -> None:
    await mornings.newsroom.subscribe(ALL)
    await mornings.timetable.add()
    await mornings.until(days=1)
    await mornings.newsroom.correct(BIDS, NEW)
    kinds = [post.kind for post in await mornings.post_all()]
    assert kinds == [DeliveryKind.EDIT, DeliveryKind.NOTE]


# Any schedules, and any edits.

_AREAS = st.lists(st.sampled_from(EVERY), min_size=1, max_size=3, unique=True).map(tuple)
_SCHEDULES = st.lists(
    st.tuples(_AREAS | st.just((ALL,)), st.sampled_from([0, 1, 30]), st.sampled_from(WhenUnchanged)),
    min_size=1,
    max_size=4,
)
_EDITS = st.lists(st.sampled_from(["", "edit", "edit and put back", "correct"]), min_size=2, max_size=2)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=_SCHEDULES, days=_EDITS)
def test_no_time_posts_an_area_twice_and_no_post_is_empty(
    tmp_path: Path, wishes: list[tuple[tuple[str, ...], int, WhenUnchanged]], days: list[str]
) -> None:
    asyncio.run(_days_of(tmp_path, wishes, days))


async def _days_of(folder: Path, wishes: list[tuple[tuple[str, ...], int, WhenUnchanged]], days: list[str]) -> None:
    (folder / "briefing-bot.db").unlink(missing_ok=True)
    database = Database(database_url("", folder))
    await database.migrate()
    try:
        mornings = await Mornings.opened(database)
        for areas, minute, when_unchanged in wishes:
            rule = replace(DAILY, at=time(9, minute), when_unchanged=when_unchanged)
            await mornings.timetable.add(rule, areas=areas, is_digest=areas == (ALL,))
        mornings.timetable.clock.pass_by(hours=-1)
        for number, what in enumerate(days):
            before = mornings.newsroom.content.facts[BIDS]
            if what == "correct":
                await mornings.newsroom.correct(BIDS, f"There were {300 + number} bids.")
            elif what:
                await mornings.newsroom.reword(BIDS, f"There were {200 + number} bids.")
            if what == "edit and put back":
                await mornings.newsroom.edit(before)
            await mornings.post_all()
            mornings.timetable.clock.at = mornings.timetable.at(mornings.timetable.clock.now().date(), 9)
            told: list[str] = []
            for minutes in (0, 1, 29):
                made = await mornings.until(minutes=minutes)
                posts = [post for post in made if post.kind is DeliveryKind.SCHEDULED]
                assert len(briefings(posts)) == len(set(briefings(posts)))
                assert all(post.message.markdown.strip() for post in posts)
                told += [each for post in posts for each in post.message.rendered_changes.values()]
            assert len(told) == len(set(told)), "no change is told twice in a morning"
            mornings.timetable.clock.pass_by(days=1, hours=-2)
    finally:
        await database.close()
