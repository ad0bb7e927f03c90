"""A change is confirmed first and written then: what happens in between is neither lost nor doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.actions import Action
from bot.errors import BriefingBotError, DeliveryError
from bot.outbox.delivery import DeliveryKind
from bot.schedules.scheduler import Scheduler
from tests.support.subscribing import ADA, Office

if TYPE_CHECKING:
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

WEEKDAYS = "infrastructure weekdays 09:00"
FRIDAY = datetime(2026, 12, 4, 9, tzinfo=UTC)
REFUSED = DeliveryError("Slack refused it (user_not_in_channel).", code="user_not_in_channel")
GRACE = replace(ADA, user="U2")


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.opened(database)


async def scheduled(office: Office) -> Schedule:
    await office.subscriptions.subscribe(ADA, WEEKDAYS)
    return await only(office)


async def only(office: Office) -> Schedule:
    (schedule,) = await office.schedules()
    return schedule


async def edit(office: Office, schedule: Schedule, **fields: Any) -> None:  # noqa: ANN401 — a form's fields
    form = await office.subscriptions.edit(ADA, schedule.id)
    await office.subscriptions.submit(ADA, replace(form.filled, **fields), schedule.id)


async def post_on_friday(office: Office) -> None:
    office.clock.at = FRIDAY + timedelta(minutes=1)
    await Scheduler(office.database, office.clock, lambda: office.people.holidays, lambda: None).run_due()


@pytest.mark.parametrize("error", [REFUSED, KeyError("ts")])
async def test_nothing_is_written_that_could_not_be_confirmed(office: Office, error: Exception) -> None:
    before = await scheduled(office)
    office.people.refuses = error
    for doing in (
        edit(office, before, at="10:00", areas=("adoption",)),
        office.subscriptions.subscribe(ADA, "adoption daily 9am alerts"),
        office.subscriptions.subscribe(ADA, "adoption alerts"),
    ):
        with pytest.raises(type(error)):
            await doing
    assert await only(office) == before
    assert await office.alerts() == ()


async def test_a_schedule_paused_meanwhile_stays_paused(office: Office) -> None:
    schedule = await scheduled(office)
    office.people.meanwhile = lambda: office.schedule_service.pause(ADA, schedule.id)
    await edit(office, schedule, at="10:00")
    paused = await only(office)
    assert (paused.rule.at, paused.next_at) == (time(10), None)
    assert paused.pause_reason == "by U1"


async def test_a_post_that_came_due_meanwhile_is_not_repeated(office: Office) -> None:
    schedule = await scheduled(office)
    office.people.meanwhile = lambda: post_on_friday(office)
    await edit(office, schedule, at="10:00")
    assert (await only(office)).next_at == FRIDAY + timedelta(days=3, hours=1)
    assert sum(row.kind == DeliveryKind.SCHEDULED for row in await office.deliveries()) == 1


async def test_a_schedule_removed_meanwhile_stays_removed_and_the_actor_is_told(office: Office) -> None:
    schedule = await scheduled(office)
    office.people.meanwhile = lambda: office.schedule_service.remove(ADA, schedule.id)
    with pytest.raises(BriefingBotError, match="no longer here"):
        await edit(office, schedule, at="10:00")
    assert await office.schedules() == ()


async def test_an_edit_that_became_a_double_meanwhile_is_refused(office: Office) -> None:
    schedule = await scheduled(office)
    office.people.meanwhile = lambda: office.subscriptions.subscribe(GRACE, "infrastructure weekdays 10:00")
    with pytest.raises(BriefingBotError, match="already posts exactly that"):
        await edit(office, schedule, at="10:00")
    assert {each.rule.at for each in await office.schedules()} == {time(9), time(10)}


async def test_a_schedule_created_by_somebody_else_meanwhile_is_the_one_confirmed(office: Office) -> None:
    office.people.meanwhile = lambda: office.subscriptions.subscribe(GRACE, WEEKDAYS)
    await office.subscriptions.subscribe(ADA, WEEKDAYS)
    schedule = await only(office)
    assert schedule.created_by == GRACE.user
    last = office.people.confirmations[-1]
    assert last.markdown.startswith("**Nothing changed: this channel already gets")
    assert {each.value for each in last.choices if each.ask is Action.EDIT} == {schedule.id}
    assert len(await office.posted()) == 1, "one audit line"


async def test_alerts_subscribed_by_somebody_else_meanwhile_are_not_doubled(office: Office) -> None:
    office.people.meanwhile = lambda: office.subscriptions.subscribe(GRACE, "infrastructure alerts")
    await office.subscriptions.subscribe(ADA, "infrastructure alerts")
    (subscription,) = await office.alerts()
    assert subscription.created_by == GRACE.user
    assert len(await office.posted()) == 1, "one audit line"


async def test_alerts_ended_meanwhile_are_subscribed_again(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure corrections only")
    office.people.meanwhile = lambda: office.subscriptions.unsubscribe(GRACE, "all")
    await office.subscriptions.subscribe(ADA, "infrastructure alerts")
    (subscription,) = await office.alerts()
    assert not subscription.corrections_only
