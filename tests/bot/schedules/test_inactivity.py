"""Channels where nobody clicks are asked once, on each kind of database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.actions import Action
from bot.messages import ChannelRef
from bot.recurrence.rule import Days, Repeat
from bot.schedules.inactivity import InactivityCheck
from bot.subscriptions.schedule_messages import announced
from tests.support.scheduling import INVALID_RULES, make_invalid
from tests.support.subscribing import ADA, HERE, Office
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from bot.content.models import Content
    from bot.outbox.delivery import OutboxMessage
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

ELSEWHERE = replace(ADA, place=ChannelRef("T1", "C2"))


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.opened(database)


def inactivity_check(office: Office) -> InactivityCheck:
    return InactivityCheck(office.database, office.clock, 8, announced)


async def asked(office: Office) -> list[OutboxMessage]:
    return [each for each in await office.posted() if each.buttons and each.buttons[0].action == Action.KEEP]


async def test_a_channel_is_asked_once_after_eight_weeks_without_a_click(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    office.clock.pass_by(weeks=8, hours=-1)
    assert await inactivity_check(office).check() == 0
    office.clock.pass_by(hours=1)
    assert await inactivity_check(office).check() == 1
    (message,) = await asked(office)
    assert "Nobody here has clicked on my posts for 8 weeks" in message.markdown
    assert "- Infrastructure every weekday at 09:00" in message.markdown
    assert [each.label for each in message.buttons] == ["Keep", "Weekly", "Stop"]
    office.clock.pass_by(weeks=20)
    assert await inactivity_check(office).check() == 0, "it did not answer: it is left alone"


async def test_a_click_counts_from_anew(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    office.clock.pass_by(weeks=8)
    assert await inactivity_check(office).check() == 1
    office.clock.pass_by(days=1)
    assert "Kept" in (await office.channel_schedules.keep(ADA)).note
    office.clock.pass_by(weeks=7)
    assert await inactivity_check(office).check() == 0
    office.clock.pass_by(weeks=1)
    assert await inactivity_check(office).check() == 1


async def test_who_clicks_or_is_paused_or_has_no_schedule_is_not_asked(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    await office.subscriptions.subscribe(ELSEWHERE, "infrastructure alerts")
    office.clock.pass_by(weeks=7)
    await office.channel_schedules.record_activity(HERE)
    office.clock.pass_by(weeks=7)
    assert await inactivity_check(office).check() == 0
    (schedule,) = await office.schedules()
    await office.schedule_service.pause(ADA, schedule.id)
    office.clock.pass_by(weeks=20)
    assert await inactivity_check(office).check() == 0


@pytest.mark.parametrize("strange", INVALID_RULES)
async def test_a_rule_that_cannot_be_read_keeps_nobody_from_being_asked(
    office: Office, strange: dict[str, Any]
) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    await make_invalid(office.database, schedule, strange)
    office.clock.pass_by(weeks=9)
    assert await inactivity_check(office).check() == 1
    assert "- Infrastructure at times that cannot be read" in (await asked(office))[0].markdown


async def test_a_check_that_fails_is_not_the_last(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    office.clock.pass_by(weeks=9)
    checks, checked_twice = [], asyncio.Event()

    def describe(_content: Content, _schedule: Schedule) -> str:
        checks.append(1)
        if len(checks) > 1:
            checked_twice.set()
        raise KeyError("strange")

    check = InactivityCheck(office.database, office.clock, 8, describe, check_every_s=0.0)
    running = asyncio.create_task(check.run())
    await asyncio.wait_for(checked_twice.wait(), PATIENCE_S)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)  # or it still holds a connection while the database closes


async def test_processes_that_look_at_once_ask_once(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    office.clock.pass_by(weeks=9)
    await asyncio.gather(*(inactivity_check(office).check() for _ in range(4)))
    assert len(await asked(office)) == 1


async def test_weekly_and_stop(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure tue,thu 09:00")
    office.clock.pass_by(seconds=1)
    await office.subscriptions.subscribe(ADA, "adoption fortnightly tue 09:00")
    told = await office.channel_schedules.make_weekly(ADA)
    assert len(told.rows) == 2
    weekly, fortnightly = await office.schedules()
    assert weekly.rule.days == Days(Repeat.WEEKLY, (1,))
    assert weekly.next_on is not None
    assert weekly.next_on.weekday() == 1
    assert fortnightly.rule.days.repeat is Repeat.FORTNIGHTLY
    stopped = await office.channel_schedules.stop(ADA)
    assert await office.schedules() == ()
    await office.subscriptions.undo(ADA, stopped.choices[0].value)
    assert len(await office.schedules()) == 2
    await office.channel_schedules.stop(ADA)
    assert (await office.channel_schedules.stop(ADA)).note == "No schedule is left here."
