"""What App Home shows: nothing of places that its viewer is not in, and no more than fits."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

import pytest

from bot.alerts import subscriptions, watches
from bot.alerts.subscriptions import ALL
from bot.answers.home import MOST_LINES, MOST_PLACES, MOST_WATCHES, Home, Viewer, home_for
from bot.messages import ChannelRef, PersonLine, Row
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.rule import MONDAY_TO_FRIDAY, Calendar, Days, Repeat, Rule
from bot.schedules import schedules
from bot.schedules.next_run import with_next_run
from bot.schedules.schedules import Schedule
from tests.support.newsroom import POLICY, Newsroom, shipped
from tests.support.snapshots import snapshot_of

if TYPE_CHECKING:
    from bot.store.database import Database

ADA = Viewer("T1", "U1", "D1", frozenset({"C1", "C2"}))


@pytest.fixture
async def newsroom(database: Database) -> Newsroom:
    return await Newsroom.opened(database)


async def look(newsroom: Newsroom, viewer: Viewer = ADA) -> Home:
    return await home_for(snapshot_of(), newsroom.database, viewer, newsroom.clock.now())


async def test_it_says_what_it_is_and_how_to_ask(newsroom: Newsroom) -> None:
    home = await look(newsroom)
    assert "revision 7" in home.intro
    assert "3 November 2026" in home.intro
    assert "Position at 21 July 2025. No fact has changed here yet; revision 7, published" in home.intro
    assert [each.label for each in home.areas] == [area.title for area in shipped().areas]
    assert "/fact" in home.help
    assert home.places == ()


async def test_it_lists_the_viewers_channels_and_no_other(newsroom: Newsroom) -> None:
    await newsroom.subscribe("adoption", "infrastructure")
    await newsroom.subscribe(ALL, place=ChannelRef("T1", "C9"))
    await newsroom.subscribe("adoption", place=ChannelRef("T2", "C2"))
    await newsroom.subscribe("adoption", place=ChannelRef("T1", "D1"), corrections_only=True)
    home = await look(newsroom)
    assert [each.place.channel for each in home.places] == ["D1", "C1"]
    assert home.places[0].lines == (Row("Corrections only: Public and private sector adoption"),)
    assert home.places[1].lines == (Row("Alerts: Public and private sector adoption, Infrastructure"),)


async def test_it_lists_schedules_with_their_next_run(newsroom: Newsroom) -> None:
    rule = Rule(Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), time(9), "Europe/London", Calendar.ENGLAND_AND_WALES)
    now = newsroom.clock.now()
    async with newsroom.database.transaction() as connection:
        for number in range(MOST_LINES + 2):
            made = Schedule(f"s{number}", POLICY, ("adoption",), False, rule, now, "U1", None, None, now)  # noqa: FBT003 — is_digest
            await schedules.add(connection, await with_next_run(connection, made, now, BankHolidays()))
    (place,) = (await look(newsroom)).places
    assert len(place.lines) == MOST_LINES + 1
    assert place.lines[0].text.startswith("Public and private sector adoption: every weekday at 09:00 (Europe/London)")
    assert place.lines[0].text.endswith("in England and Wales. Next: Fri 4 Dec 09:00.")
    assert place.lines[-1] == Row("2 more")


async def test_without_a_look_at_channels_only_the_direct_message_is_listed(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    await newsroom.subscribe("adoption", place=ChannelRef("T1", "D1"))
    home = await look(newsroom, Viewer("T1", "U1", "D1", None))
    assert not home.sees_channels
    assert [each.place.channel for each in home.places] == ["D1"]


async def test_what_is_paused_says_why(newsroom: Newsroom) -> None:
    await newsroom.subscribe(ALL)
    async with newsroom.database.transaction() as connection:
        await subscriptions.pause(connection, POLICY, "is_archived", newsroom.clock.now())
    (place,) = (await look(newsroom)).places
    assert place.lines == (
        Row("Alerts: All areas"),
        Row("", below=PersonLine("Alerts paused since 3 December 2026. The channel was archived.")),
    )


async def test_it_lists_the_viewers_own_watches(newsroom: Newsroom) -> None:
    facts = newsroom.facts("infrastructure")[:3]
    async with newsroom.database.transaction() as connection:
        await watches.watch(connection, "T1", "U1", facts[0], newsroom.clock.now())
        await watches.watch(connection, "T1", "U2", facts[1], newsroom.clock.now())
        await watches.watch(connection, "T2", "U1", facts[2], newsroom.clock.now())
    (watched,) = (await look(newsroom)).watched
    assert watched.fact_id == facts[0].id
    assert watched.until == "2 January 2027"
    newsroom.clock.pass_by(days=31)
    assert (await look(newsroom)).watched == ()


async def test_a_watched_fact_that_is_gone_is_named_by_its_id(newsroom: Newsroom) -> None:
    fact = newsroom.facts("infrastructure")[0]
    async with newsroom.database.transaction() as connection:
        await watches.watch(connection, "T1", "U1", fact, newsroom.clock.now())
    snapshot = snapshot_of()
    content = snapshot.content
    object.__setattr__(content, "facts", {key: each for key, each in content.facts.items() if key != fact.id})
    (watched,) = (await home_for(snapshot, newsroom.database, ADA, newsroom.clock.now())).watched
    assert watched.words == fact.id


async def test_more_than_fits_is_counted(newsroom: Newsroom) -> None:
    channels = frozenset(f"C{number}" for number in range(400))
    for channel in sorted(channels)[: MOST_PLACES + 3]:
        await newsroom.subscribe(ALL, place=ChannelRef("T1", channel))
    facts = list(shipped().current_facts())[: MOST_WATCHES + 2]
    async with newsroom.database.transaction() as connection:
        for fact in facts:
            await watches.watch(connection, "T1", "U1", fact, newsroom.clock.now())
    home = await look(newsroom, Viewer("T1", "U1", "D1", channels))
    assert (len(home.places), home.places_left_out) == (MOST_PLACES, 3)
    assert (len(home.watched), home.watches_left_out) == (MOST_WATCHES, 2)
