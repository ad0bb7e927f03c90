"""Changes of schedules that stand, on each kind of database: no post is lost by one, and none is doubled."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from bot.errors import BriefingBotError
from bot.outbox.delivery import DeliveryKind
from bot.schedules import schedules
from bot.schedules.scheduler import Scheduler
from bot.store.errors import StoreError
from bot.store.tables import schedules as table
from bot.subscriptions.request import SubscriptionRequest
from tests.support.scheduling import INVALID_RULES, make_invalid
from tests.support.subscribing import ADA, Office

if TYPE_CHECKING:
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

WEEKDAYS = "infrastructure weekdays 09:00"
FRIDAY = datetime(2026, 12, 4, 9, tzinfo=UTC)


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.opened(database)


async def made(office: Office, words: str = WEEKDAYS) -> Schedule:
    """Subscribe by words, and return the newest schedule."""
    office.clock.pass_by(seconds=1)
    await office.subscriptions.subscribe(ADA, words)
    return (await office.schedules())[-1]


async def only(office: Office) -> Schedule:
    (schedule,) = await office.schedules()
    return schedule


async def edit(office: Office, schedule: Schedule, **fields: Any) -> None:  # noqa: ANN401 — a form's fields
    form = await office.subscriptions.edit(ADA, schedule.id)
    await office.subscriptions.submit(ADA, replace(form.filled, **fields), schedule.id)


async def posts(office: Office) -> int:
    """Let everything come due that is next, and return how many posts were made."""
    scheduler = Scheduler(office.database, office.clock, lambda: office.people.holidays, lambda: None)
    coming = [each.next_at for each in await office.schedules() if each.next_at]
    office.clock.at = max(min(coming), office.clock.at)
    await scheduler.run_due()
    return sum(row.kind == DeliveryKind.SCHEDULED for row in await office.deliveries())


async def told(office: Office, schedule: Schedule, revision: int = 1) -> None:
    """Let the channel have been told of a revision."""
    async with office.database.transaction() as connection:
        row = update(table).where(table.c.id == schedule.id)
        await connection.execute(row.values(last_posted_revision=revision))


# Posts that would be doubled.


async def test_what_was_removed_and_made_again_does_not_come_back_twice(office: Office) -> None:
    removed = await office.schedule_service.remove(ADA, (await made(office)).id)
    again = await made(office)
    await office.subscriptions.undo(ADA, removed.choices[0].value)
    assert await only(office) == again
    assert await posts(office) == 1


async def test_undo_and_a_new_wish_at_once_make_one(office: Office) -> None:
    removed = await office.schedule_service.remove(ADA, (await made(office)).id)
    wishes = [office.subscriptions.subscribe(ADA, WEEKDAYS) for _ in range(3)]
    await asyncio.gather(*wishes, *(office.subscriptions.undo(ADA, removed.choices[0].value) for _ in range(3)))
    await only(office)


async def test_what_weekly_makes_alike_is_one(office: Office) -> None:
    first = await made(office, "infrastructure mon,thu 09:00")
    await made(office, "infrastructure mon,fri 09:00")
    reply = await office.channel_schedules.make_weekly(ADA)
    assert (await only(office)).id == first.id
    assert len(reply.rows) == 1
    assert await posts(office) == 1


async def test_a_fortnight_that_is_asked_for_on_another_day_is_the_same(office: Office) -> None:
    office.clock.pass_by(days=4)
    first = await made(office, "infrastructure fortnightly mon,thu 09:00")
    office.clock.pass_by(days=1)
    assert await made(office, "infrastructure fortnightly mon,thu 09:00") == first
    await only(office)
    assert office.people.confirmations[-1].markdown.startswith("**Nothing changed")
    office.clock.pass_by(days=6)
    await made(office, "infrastructure fortnightly mon,thu 09:00")
    assert len(await office.schedules()) == 2, "those are the other weeks"


# Posts that would be lost.


@pytest.mark.parametrize(("at", "next_at"), [("09:00", FRIDAY), ("10:00", FRIDAY + timedelta(hours=1))])
async def test_an_edit_in_the_second_of_a_post_loses_none(office: Office, at: str, next_at: datetime) -> None:
    schedule = await made(office)
    office.clock.at = FRIDAY + timedelta(seconds=0.5)
    await edit(office, schedule, when_unchanged="short", at=at)
    assert (await only(office)).next_at == next_at
    assert await posts(office) == 1


@pytest.mark.parametrize("words", ["infrastructure fri 09:00", "infrastructure fri,sat 09:00"])
async def test_weekly_in_the_second_of_a_post_loses_none(office: Office, words: str) -> None:
    await made(office, words)
    office.clock.at = FRIDAY + timedelta(seconds=0.5)
    await office.channel_schedules.make_weekly(ADA)
    assert (await only(office)).next_at == FRIDAY
    assert await posts(office) == 1


async def test_other_areas_are_posted_whole_as_the_confirmation_says(office: Office) -> None:
    schedule = await made(office)
    await told(office, schedule)
    await edit(office, schedule, at="09:30")
    assert (await only(office)).last_posted_revision == 1
    await edit(office, schedule, areas=("adoption",))
    assert "The first post is the whole briefing" in office.people.confirmations[-1].markdown
    assert (await only(office)).last_posted_revision == 0
    assert await posts(office) == 1


async def test_a_line_to_the_channel_that_fails_does_not_make_it_look_undone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def enqueue(*_: Any) -> None:  # noqa: ANN401 — whatever it is given
        raise StoreError("The database is locked.")

    monkeypatch.setattr("bot.subscriptions.permissions.enqueue", enqueue)
    schedule = await made(office)
    await office.schedule_service.remove(ADA, schedule.id)
    assert await office.schedules() == ()


# Pauses.


async def test_what_slack_refused_is_told_as_it_is_once_it_goes_on(office: Office) -> None:
    schedule = await made(office)
    async with office.database.transaction() as connection:
        await schedules.pause(connection, schedule.id, "not_in_channel", office.clock.now())
    await made(office)
    reply = office.people.confirmations[-1]
    assert reply.markdown.startswith("**Nothing changed: this channel already gets Infrastructure")
    assert "Fri 4 Dec 09:00" in reply.markdown
    assert [each.label for each in reply.choices] == ["Post now", "Edit", "Pause", "Remove"]
    assert (await only(office)).next_at == FRIDAY


async def test_what_somebody_pauses_stays_paused_whatever_paused_it_before(office: Office) -> None:
    schedule = await made(office)
    async with office.database.transaction() as connection:
        await schedules.pause(connection, schedule.id, "not_in_channel", office.clock.now())
    await office.schedule_service.pause(ADA, schedule.id)
    await made(office, "adoption daily 9am")
    assert (await office.schedules())[0].pause_reason == "by U1"


async def test_a_paused_schedule_is_never_taken(office: Office) -> None:
    schedule = await made(office)
    async with office.database.transaction() as connection:
        row = update(table).where(table.c.id == schedule.id)
        await connection.execute(row.values(paused_at=office.clock.now(), pause_reason="is_archived"))
    assert (await only(office)).next_at == FRIDAY
    assert await posts(office) == 0


# Rules that cannot be read.


@pytest.mark.parametrize("strange", INVALID_RULES)
async def test_a_rule_that_cannot_be_read_is_listed_and_can_be_removed(office: Office, strange: dict[str, Any]) -> None:
    schedule, other = await made(office), await made(office, "adoption weekdays 09:00")
    await make_invalid(office.database, schedule, strange)
    listed = await office.subscriptions.subscriptions(ADA)
    assert listed.rows[0].text == "Infrastructure: its times cannot be read, so it posts nothing"
    assert [each.label for each in listed.rows[0].choices] == ["Remove"]
    for deed in (office.schedule_service.resume, office.schedule_service.post_now, office.subscriptions.edit):
        with pytest.raises(BriefingBotError, match="cannot be read"):
            await deed(ADA, schedule.id)
    assert await posts(office) == 1, "the other one's"
    assert (await office.schedules())[0].pause_reason == "its rule cannot be read"
    await made(office, "all daily 11:00")
    await office.channel_schedules.make_weekly(ADA)
    assert (await office.schedules())[0].paused_at is not None
    assert (await office.schedule_service.remove(ADA, schedule.id)).choices == (), "it cannot be put back"
    assert other.id in {each.id for each in await office.schedules()}


@pytest.mark.parametrize("strange", INVALID_RULES)
async def test_an_undo_button_with_such_a_rule_is_refused(office: Office, strange: dict[str, Any]) -> None:
    schedule = await made(office)
    removed = await office.schedule_service.remove(ADA, schedule.id)
    kept = json.loads(removed.choices[0].value)
    kept["schedules"][0]["rule"] |= strange
    with pytest.raises(BriefingBotError, match="too old"):
        await office.subscriptions.undo(ADA, json.dumps(kept))
    assert await office.schedules() == ()


async def test_a_digest_is_over_all_areas(office: Office) -> None:
    await made(office, "all digest monday 09:00")
    form = await office.subscriptions.edit(ADA, (await only(office)).id)
    assert form.filled.areas == ("digest",)
    with pytest.raises(BriefingBotError, match="The digest covers all areas"):
        await office.schedule_service.create(
            ADA, SubscriptionRequest(("infrastructure",), is_digest=True), (await only(office)).rule
        )
