"""What people ask for schedules, on each kind of database: done whole, or not at all."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.actions import Action
from bot.alerts import subscriptions, watches
from bot.alerts.subscriptions import ALL
from bot.errors import BriefingBotError, DeliveryError
from bot.messages import ChannelRef, Outcome, Row
from bot.outbox.delivery import new_id
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.rule import MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule
from bot.schedules import schedules
from bot.subscriptions.channel_schedules import weekly
from bot.subscriptions.form.fields import FormField, FormInput
from bot.subscriptions.form.form import ScheduleForm
from bot.subscriptions.form.submission import FormError
from tests.support.scheduling import make_invalid
from tests.support.subscribing import ADA, HERE, Office

if TYPE_CHECKING:
    from bot.store.database import Database

NOT_THERE = DeliveryError("Slack refused it (not_in_channel).", code="not_in_channel")
NO_ANSWER = DeliveryError("Slack gave no answer.", is_unknown=True)
WEEKDAYS = FormInput(areas=("infrastructure",), days="weekdays")


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.opened(database)


async def test_a_schedule_and_its_alerts_are_made_together(office: Office) -> None:
    assert await office.subscriptions.subscribe(ADA, "infrastructure adoption weekdays 09:00 alerts") is None
    (schedule,) = await office.schedules()
    assert schedule.areas == ("adoption", "infrastructure")
    assert schedule.next_at == datetime(2026, 12, 4, 9, tzinfo=UTC)
    assert [each.area for each in await office.alerts()] == ["adoption", "infrastructure"]
    assert [each.outcome for each in office.people.confirmations] == [Outcome.SUBSCRIPTIONS]
    (line,) = await office.posted()
    assert line.markdown.startswith(
        "Ada subscribed this channel to Public and private sector adoption and Infrastructure every weekday at 09:00"
    )
    assert line.markdown.endswith("; and to Infrastructure and Public and private sector adoption alerts.")


@pytest.mark.parametrize("refusal", [NOT_THERE, NO_ANSWER])
async def test_where_the_asker_cannot_be_told_nothing_is_kept(office: Office, refusal: DeliveryError) -> None:
    await office.subscriptions.subscribe(ADA, "adoption corrections only")
    await office.subscriptions.subscribe(ADA, "adoption daily 9am")
    before = (await office.schedules(), await office.alerts(), await office.deliveries())
    office.people.refuses = refusal
    for words in ("infrastructure daily 9am", "adoption infrastructure alerts daily 10am", "adoption alerts"):
        with pytest.raises(BriefingBotError):
            await office.subscriptions.subscribe(ADA, words)
    with pytest.raises(BriefingBotError):
        await office.subscriptions.submit(ADA, WEEKDAYS, before[0][0].id)
    assert (await office.schedules(), await office.alerts(), await office.deliveries()) == before


async def test_many_who_ask_for_the_same_at_once_get_one(office: Office) -> None:
    await asyncio.gather(*(office.subscriptions.subscribe(ADA, "infrastructure daily 9am") for _ in range(8)))
    assert len(await office.schedules()) == 1
    assert len(await office.posted()) == 1, "one line tells the channel"


async def test_days_that_are_all_bank_holidays_are_refused(office: Office) -> None:
    every_day = {date(2026, 12, 3) + timedelta(days=number): "Strike" for number in range(500)}
    office.people.holidays = BankHolidays({Calendar.ENGLAND_AND_WALES: every_day})
    with pytest.raises(BriefingBotError, match="nothing would ever be posted"):
        await office.subscriptions.submit(ADA, WEEKDAYS)
    assert await office.schedules() == ()


async def test_the_form_is_given_for_what_is_not_clear_and_says_the_askers_zone(office: Office) -> None:
    office.people.zone = "Asia/Kolkata"
    form = await office.subscriptions.subscribe(ADA, "infrastructure")
    assert isinstance(form, ScheduleForm)
    assert (form.zone, form.filled.tz) == ("Asia/Kolkata", "Asia/Kolkata")
    office.people.zone = "Mars/Olympus"
    form = await office.subscriptions.form(ADA, "infrastructure")
    assert (form.zone, form.filled.days, form.filled.alerts) == ("Europe/London", "weekdays", False)
    assert office.people.confirmations == []


async def test_a_zone_that_takes_long_is_not_waited_for(database: Database) -> None:
    office = await Office.opened(database, look_up_s=0.01)
    office.people.zone, office.people.takes_s = "Asia/Kolkata", 30
    form = await office.subscriptions.subscribe(ADA, "infrastructure")
    assert isinstance(form, ScheduleForm)
    assert form.zone == "Europe/London"


async def test_an_edit_keeps_the_schedule_and_its_past(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    form = await office.subscriptions.edit(ADA, schedule.id)
    usual = replace(WEEKDAYS, calendar="england-and-wales", on_holiday="skip", when_unchanged="skip")
    assert (form.schedule, form.filled) == (schedule.id, usual)
    await office.subscriptions.submit(ADA, replace(form.filled, areas=("digest",), at="08:00"), schedule.id)
    (changed,) = await office.schedules()
    assert (changed.id, changed.is_digest, changed.areas, changed.rule.at) == (schedule.id, True, (ALL,), time(8))
    assert changed.next_at == datetime(2026, 12, 4, 8, tzinfo=UTC)
    with pytest.raises(FormError):
        await office.subscriptions.submit(ADA, replace(WEEKDAYS, days="weekly"), schedule.id)


async def test_an_edit_into_another_schedule_is_refused(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    office.clock.pass_by(seconds=1)
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 10:00")
    first, second = await office.schedules()
    form = await office.subscriptions.edit(ADA, second.id)
    with pytest.raises(BriefingBotError, match="already posts exactly that"):
        await office.subscriptions.submit(ADA, replace(form.filled, at="09:00"), second.id)
    assert await office.schedules() == (first, second)


async def test_a_paused_schedule_stays_paused_when_it_is_edited(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    await office.schedule_service.pause(ADA, schedule.id)
    form = await office.subscriptions.edit(ADA, schedule.id)
    await office.subscriptions.submit(ADA, replace(form.filled, at="10:00"), schedule.id)
    (paused,) = await office.schedules()
    assert (paused.next_at, paused.rule.at, bool(paused.paused_at)) == (None, time(10), True)
    again = await office.subscriptions.subscribe(ADA, "infrastructure weekdays 10:00")
    assert again is None
    assert office.people.confirmations[-1].markdown.startswith("**Nothing changed, but it is paused")
    await office.schedule_service.resume(ADA, schedule.id)
    (running,) = await office.schedules()
    assert running.next_at == datetime(2026, 12, 4, 10, tzinfo=UTC)


async def test_what_slack_refused_goes_on_once_the_bot_may_post_there_again(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    office.clock.pass_by(seconds=1)
    await office.subscriptions.subscribe(ADA, "adoption weekdays 09:00")
    refused, by_hand = await office.schedules()
    await office.schedule_service.pause(ADA, by_hand.id)
    office.clock.pass_by(seconds=1)
    async with office.database.transaction() as connection:
        await schedules.pause(connection, refused.id, "not_in_channel", office.clock.now())
    await office.subscriptions.subscribe(ADA, "all monday 09:00")
    assert [bool(each.paused_at) for each in await office.schedules()] == [False, True, False]


async def test_removing_can_be_undone_and_another_channels_button_does_nothing(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    elsewhere = replace(ADA, place=ChannelRef("T1", "C2"))
    for deed in (
        office.schedule_service.remove,
        office.schedule_service.pause,
        office.schedule_service.resume,
        office.schedule_service.post_now,
    ):
        with pytest.raises(BriefingBotError, match="no longer here"):
            await deed(elsewhere, schedule.id)
    removed = await office.schedule_service.remove(ADA, schedule.id)
    assert await office.schedules() == ()
    (undo,) = removed.choices
    await office.subscriptions.undo(ADA, undo.value)
    await office.subscriptions.undo(ADA, undo.value)
    assert await office.schedules() == (schedule,)


@pytest.mark.parametrize(
    "value", ["", "x", "[]", '{"schedules": 7}', '{"schedules": [["a"]]}', '{"schedules": [[1,2,3,4,5,6,7,8,9]]}']
)
async def test_a_button_that_nobody_made_is_refused(office: Office, value: str) -> None:
    with pytest.raises(BriefingBotError, match="too old"):
        await office.subscriptions.undo(ADA, value)


async def test_unsubscribing_ends_what_is_named_and_undo_brings_it_back(office: Office) -> None:
    for words in ("infrastructure alerts", "infrastructure daily 9am", "1 3 daily 9am", "digest monday 9am"):
        office.clock.pass_by(seconds=1)
        await office.subscriptions.subscribe(ADA, words)
    before = (await office.schedules(), [each.area for each in await office.alerts()])
    told = await office.subscriptions.unsubscribe(ADA, "infrastructure")
    assert [each.areas for each in await office.schedules()] == [("transformative-potential", "infrastructure"), (ALL,)]
    assert [each.text.partition(":")[0] for each in told.rows] == [
        "The transformative potential of AI and Infrastructure"
    ]
    await office.subscriptions.undo(ADA, told.choices[0].value)
    assert [each.id for each in await office.schedules()] == [each.id for each in before[0]]
    assert [each.area for each in await office.alerts()] == before[1]
    only = await office.subscriptions.unsubscribe(ADA, "infrastructure alerts")
    assert only.note.startswith("This channel no longer gets Infrastructure alerts.")
    assert len(await office.schedules()) == 3
    await office.subscriptions.unsubscribe(ADA, "digest")
    assert len(await office.schedules()) == 2
    await office.subscriptions.unsubscribe(ADA, "all")
    assert await office.schedules() == ()
    with pytest.raises(BriefingBotError, match="There is no subscription to Infrastructure here"):
        await office.subscriptions.unsubscribe(ADA, "infrastructure")


@pytest.mark.parametrize("words", ["all", "infrastructure", "infrastructure digest"])
async def test_what_no_undo_can_bring_back_is_ended_only_once_that_is_confirmed(office: Office, words: str) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure alerts")
    for minute in range(10):
        await office.subscriptions.subscribe(ADA, f"infrastructure daily 09:{minute:02}")
    said = len(await office.posted())
    for _ in range(2):
        told = await office.subscriptions.unsubscribe(ADA, words)
        assert told.note == (
            "This would end 10 schedules and the alerts in this channel. Undo could not bring them all back."
        )
        assert [each.label for each in told.choices] == ["End them", "Show them first"]
        assert (len(await office.schedules()), len(await office.alerts())) == (10, 1)
    assert len(await office.posted()) == said, "nothing happened, so nothing is told in public"
    ended = await office.subscriptions.unsubscribe(ADA, told.choices[0].value)
    assert ended.choices == ()
    assert "Schedules ended: " in ended.note
    assert (await office.schedules(), await office.alerts()) == ((), ())


async def test_more_alerts_than_a_button_can_bring_back_are_asked_about_too(office: Office) -> None:
    facts = list((await office.database.latest()).content.facts)[:120]
    async with office.database.transaction() as connection:
        for each in facts:
            wanted = subscriptions.Subscription(
                new_id(), HERE, f"fact:{each}", corrections_only=False, created_at=office.clock.now(), created_by="U1"
            )
            await subscriptions.put(connection, wanted)
    await office.subscriptions.subscribe(ADA, "infrastructure daily 9am")
    for _ in range(2):
        told = await office.subscriptions.unsubscribe(ADA, "all alerts")
        assert told.note == "This would end 120 alerts in this channel. Undo could not bring them all back."
    assert len(await office.alerts()) == 120
    await office.subscriptions.unsubscribe(ADA, told.choices[0].value)
    assert (len(await office.alerts()), len(await office.schedules())) == (0, 1)


async def test_a_schedule_that_cannot_be_read_is_asked_about_beside_one_that_can(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure daily 10am")
    await office.subscriptions.subscribe(ADA, "adoption daily 10am")
    await make_invalid(office.database, (await office.schedules())[0], {"tz": "Mars/Olympus"})
    told = await office.subscriptions.unsubscribe(ADA, "all")
    assert told.note == "This would end 2 schedules in this channel. Undo could not bring them all back."
    assert len(await office.schedules()) == 2
    await office.subscriptions.unsubscribe(ADA, told.choices[0].value)
    assert await office.schedules() == ()


@pytest.mark.parametrize("words", ["all now", "all NOW", "infrastructure now"])
async def test_now_ends_without_a_question(office: Office, words: str) -> None:
    for minute in range(10):
        await office.subscriptions.subscribe(ADA, f"infrastructure daily 09:{minute:02}")
    assert "and 5 more." in (await office.subscriptions.unsubscribe(ADA, words)).note
    assert await office.schedules() == ()


async def test_words_that_only_begin_like_now_confirm_nothing(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure alerts")
    for words in ("now", "", "all nowhere", "now all"):
        with suppress(BriefingBotError):
            await office.subscriptions.unsubscribe(ADA, words)
        assert len(await office.alerts()) == 1, words


async def test_stopping_asks_where_no_undo_can_bring_the_schedules_back(office: Office) -> None:
    for minute in range(10):
        await office.subscriptions.subscribe(ADA, f"infrastructure daily 09:{minute:02}")
    told = await office.channel_schedules.stop(ADA, "schedules")
    assert told.note.startswith("This would end 10 schedules in this channel.")
    assert len(await office.schedules()) == 10
    stopped = await office.channel_schedules.stop(ADA, told.choices[0].value)
    assert (stopped.note, stopped.choices) == ("Stopped: no schedule is left here. Alerts continue.", ())
    assert await office.schedules() == ()


async def test_post_now_is_one_post_and_leaves_the_day_alone(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    replies = await asyncio.gather(*(office.schedule_service.post_now(ADA, schedule.id) for _ in range(5)))
    assert sum("being posted" in each.note for each in replies) == 1
    (due,) = [each.request for each in await office.posted() if each.request]
    assert (due.schedule_id, due.areas, due.local_date.isoformat()) == (schedule.id, ("infrastructure",), "2026-12-03")
    office.clock.pass_by(minutes=2)
    assert "being posted" in (await office.schedule_service.post_now(ADA, schedule.id)).note
    async with office.database.reading() as connection:
        assert (await schedules.runs(connection, [schedule.id], 5))[schedule.id] == ()
    (after,) = await office.schedules()
    assert (after.next_on, after.next_at) == (schedule.next_on, schedule.next_at)


async def test_a_click_is_remembered_once_a_day(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    began = office.clock.now()
    office.clock.pass_by(hours=5)
    await office.channel_schedules.record_activity(HERE)
    assert [each.last_activity_at for each in await office.schedules()] == [began]
    office.clock.pass_by(hours=20)
    await office.channel_schedules.record_activity(HERE)
    assert [each.last_activity_at for each in await office.schedules()] == [office.clock.now()]


async def test_managers_alone_may_change_anything(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    office.people.allowed = False
    for deed in (
        office.schedule_service.remove,
        office.schedule_service.pause,
        office.schedule_service.resume,
        office.schedule_service.post_now,
    ):
        with pytest.raises(BriefingBotError, match="managers"):
            await deed(ADA, schedule.id)
    for doing in (
        office.subscriptions.subscribe(ADA, "infrastructure"),
        office.subscriptions.subscribe(ADA, "adoption daily 9am"),
        office.subscriptions.form(ADA, ""),
        office.subscriptions.edit(ADA, schedule.id),
        office.subscriptions.submit(ADA, WEEKDAYS),
        office.channel_schedules.make_weekly(ADA),
        office.channel_schedules.stop(ADA),
    ):
        with pytest.raises(BriefingBotError, match="managers"):
            await doing
    assert await office.schedules() == (schedule,)


async def test_no_member_is_an_error_of_its_own(office: Office) -> None:
    office.people.refuses = NOT_THERE
    with pytest.raises(BriefingBotError, match="Invite me with /invite"):
        await office.subscriptions.submit(ADA, WEEKDAYS)


async def test_the_list_tells_everything_a_page_at_a_time(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "all alerts")
    for minute in range(25):
        office.clock.pass_by(seconds=1)
        await office.subscriptions.subscribe(ADA, f"infrastructure daily 09:{minute:02}")
    first = await office.subscriptions.subscriptions(ADA)
    assert len(first.rows) == 20
    assert first.rows[0].text.startswith("Alerts on all areas: every change, since")
    more = next(each for each in first.choices if each.ask is Action.SCHEDULES)
    second = await office.subscriptions.subscriptions(ADA, more.value)
    assert len(second.rows) == 6
    assert "09:24" in second.rows[-1].text
    assert all(each.ask is not Action.SCHEDULES for each in second.choices)
    for value in ("from x", "from 9999999999", "from -1", "0" * 32):
        assert len((await office.subscriptions.subscriptions(ADA, value)).rows) in (0, 20)


async def test_several_facts_are_watched_and_forgotten_at_once(office: Office) -> None:
    told = await office.subscriptions.watch(ADA, "growth-zones-bids gone growth-zones-investment")
    assert "if one of these facts changes" in told.note
    (forget,) = told.choices
    assert forget.value == "growth-zones-bids growth-zones-investment"
    watched = [row for row in (await office.subscriptions.subscriptions(ADA)).rows if row.choices]
    assert {choice.value for row in watched for choice in row.choices} == set(forget.value.split())
    await office.subscriptions.unwatch(ADA, forget.value)
    assert (await office.subscriptions.subscriptions(ADA)).rows == ()
    for none in ("gone", ""):
        with pytest.raises(BriefingBotError, match="no longer hold"):
            await office.subscriptions.watch(ADA, none)


async def test_what_the_asker_watches_is_listed_behind_it_a_page_at_a_time(office: Office) -> None:
    facts = list((await office.database.latest()).content.facts.values())[:50]
    async with office.database.transaction() as connection:
        for fact in facts:
            await watches.watch(connection, HERE.team, ADA.user, fact, office.clock.now())
    told: list[Row] = []
    value = ""
    await office.subscriptions.subscribe(ADA, "infrastructure daily 9am")
    for size in (20, 20, 11):
        page = await office.subscriptions.subscriptions(ADA, value)
        assert page.note == "This channel gets:"
        assert len([row for row in page.rows if row.choices]) == size
        told += page.rows
        value = next((each.value for each in page.choices if each.ask is Action.SCHEDULES), "")
    assert value == "", "there is no more"
    forgotten = {choice.value for row in told for choice in row.choices if choice.ask is Action.UNWATCH}
    assert forgotten == {fact.id for fact in facts}
    assert told[0].text.startswith("Infrastructure")


async def test_a_digest_with_an_area_beside_it_opens_the_form(office: Office) -> None:
    form = await office.subscriptions.subscribe(ADA, "infrastructure weekly digest monday 09:00")
    assert isinstance(form, ScheduleForm)
    assert form.problems == {FormField.AREAS: "The digest covers all areas: choose it alone."}
    assert await office.schedules() == ()


async def test_alerts_are_not_made_twice_nor_unasked(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "all alerts")
    form = await office.subscriptions.subscribe(ADA, "")
    assert isinstance(form, ScheduleForm)
    assert not form.filled.alerts
    await office.subscriptions.submit(ADA, replace(WEEKDAYS, alerts=True))
    assert (
        "Already on: alerts on all areas, posted as soon as facts change." in office.people.confirmations[-1].markdown
    )
    assert [each.area for each in await office.alerts()] == [ALL]
    assert (await office.posted())[-1].markdown.startswith(
        "Ada subscribed this channel to Infrastructure every weekday"
    )
    assert "and to" not in (await office.posted())[-1].markdown


async def test_alerts_that_a_schedule_brings_are_told_publicly_though_it_stood_before(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    await office.subscriptions.submit(ADA, replace(WEEKDAYS, on_holiday="skip", alerts=True))
    told = "Added: Infrastructure alerts, posted as soon as facts change."
    assert told in office.people.confirmations[-1].markdown
    assert (await office.posted())[-1].markdown == "Ada subscribed this channel to Infrastructure alerts."


async def test_without_a_schedule_the_form_is_for_alerts(office: Office) -> None:
    await office.subscriptions.submit(ADA, FormInput(areas=("infrastructure",)))
    assert [each.area for each in await office.alerts()] == ["infrastructure"]


async def test_another_schedule_for_an_area_is_told_of(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    assert "Another schedule" not in office.people.confirmations[-1].markdown
    office.clock.pass_by(seconds=1)
    await office.subscriptions.subscribe(ADA, "adoption infrastructure monday 10:00")
    told = "Another schedule here posts some of the same areas: Infrastructure every weekday at 09:00"
    assert told in office.people.confirmations[-1].markdown
    await office.subscriptions.subscribe(ADA, "infrastructure friday 10:00")
    assert "2 other schedules here post some of the same areas" in office.people.confirmations[-1].markdown


async def test_what_is_undone_is_told_where_it_was_done(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "digest monday 09:00")
    (schedule,) = await office.schedules()
    removed = await office.schedule_service.remove(ADA, schedule.id)
    await office.subscriptions.undo(ADA, removed.choices[0].value)
    await office.subscriptions.subscribe(ADA, "all alerts")
    undo = next(each for each in office.people.confirmations[-1].choices if each.ask is Action.UNDO)
    await office.subscriptions.undo(ADA, undo.value)
    lines = {each.markdown for each in await office.posted()}
    assert "Ada resumed the schedule for Digest of all areas." in lines
    assert "Ada unsubscribed this channel from alerts on all areas." in lines


async def test_ending_everything_names_all_areas_in_words(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "all alerts")
    await office.subscriptions.subscribe(ADA, "technical alerts")
    ended = await office.subscriptions.unsubscribe(ADA, "all")
    assert ended.note == "This channel no longer gets alerts on all areas."
    with pytest.raises(BriefingBotError, match=r"There is no subscription here\."):
        await office.subscriptions.unsubscribe(ADA, "all")
    with pytest.raises(BriefingBotError, match=r"There is no subscription to the digest here\."):
        await office.subscriptions.unsubscribe(ADA, "digest")


async def test_a_fortnight_whose_day_is_over_begins_a_week_later(office: Office) -> None:
    assert office.clock.now() == datetime(2026, 12, 3, 12, tzinfo=UTC), "a Thursday"
    await office.subscriptions.subscribe(ADA, "infrastructure fortnightly thu 10:00")
    await office.subscriptions.submit(ADA, replace(WEEKDAYS, days="fortnightly", weekdays=("3",), at="11:00"))
    this_week = replace(WEEKDAYS, days="fortnightly", weekdays=("3",), begins="2026-12-03", at="11:30")
    await office.subscriptions.submit(ADA, this_week)
    assert {each.next_at for each in await office.schedules()} == {
        datetime(2026, 12, 10, 10, tzinfo=UTC),
        datetime(2026, 12, 10, 11, tzinfo=UTC),
        datetime(2026, 12, 17, 11, 30, tzinfo=UTC),
    }


def test_weekly_is_once_a_week_at_most() -> None:
    rule = on_days(Days(Repeat.WEEKLY, (1, 3)), OnHoliday.SKIP)
    assert weekly(rule).days == Days(Repeat.WEEKLY, (1,))
    assert weekly(on_days(Days(Repeat.FORTNIGHTLY, (0, 1)), OnHoliday.SKIP)).days == Days(Repeat.FORTNIGHTLY, (0,))
    for days in (Days(Repeat.WEEKLY, (4,)), Days(Repeat.FORTNIGHTLY, (0,)), Days(Repeat.MONTHLY_ON_DAY, day=3)):
        assert weekly(on_days(days, OnHoliday.SKIP)).days == days


@pytest.mark.parametrize(
    ("before", "after"), [(OnHoliday.SKIP, OnHoliday.NEXT_WORKING_DAY), (OnHoliday.POST, OnHoliday.POST)]
)
def test_weekly_leaves_what_somebody_chose_for_bank_holidays(before: OnHoliday, after: OnHoliday) -> None:
    assert weekly(on_days(Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), before)).on_holiday is after


def on_days(days: Days, on_holiday: OnHoliday) -> Rule:
    return Rule(days, time(9), "Europe/London", Calendar.ENGLAND_AND_WALES, on_holiday)


@pytest.mark.parametrize(
    "value",
    [
        '{"gone":[["nonsense",false]]}',
        '{"gone":[["infrastructure",false],["<!channel>",true]]}',
        '{"new":["nonsense"]}',
        '{"gone":[["infrastructure",false,"possible>nonsense"]]}',
    ],
)
async def test_a_forged_undo_stores_no_text_as_an_area(office: Office, value: str) -> None:
    with pytest.raises(BriefingBotError, match="too old"):
        await office.subscriptions.undo(ADA, value)
    assert not await office.alerts()


async def test_a_forged_undo_stores_no_schedule_of_unknown_areas(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure weekdays 09:00")
    (schedule,) = await office.schedules()
    (undo,) = (await office.schedule_service.remove(ADA, schedule.id)).choices
    with pytest.raises(BriefingBotError, match="too old"):
        await office.subscriptions.undo(ADA, undo.value.replace("infrastructure", "nonsense"))
    assert not await office.schedules()


async def test_a_new_subscription_begins_with_what_managers_set(office: Office) -> None:
    told = await office.subscriptions.defaults.put(ADA, "infrastructure Europe/London bank holidays in Scotland")
    begins = "New subscriptions in this workspace begin with: Infrastructure; Europe/London; bank holidays: Scotland."
    assert told.note.startswith(begins)
    await office.subscriptions.subscribe(ADA, "weekdays 9am")
    (schedule,) = await office.schedules()
    assert (schedule.areas, schedule.rule.calendar) == (("infrastructure",), Calendar.SCOTLAND)
    form = await office.subscriptions.subscribe(ADA, "")
    assert isinstance(form, ScheduleForm)
    assert (form.filled.areas, form.filled.tz) == (("infrastructure",), "Europe/London")
    office.clock.pass_by(seconds=1)  # schedules of one moment are listed in no order
    await office.subscriptions.subscribe(ADA, "adoption daily 9am not on bank holidays in Northern Ireland")
    assert (await office.schedules())[-1].rule.calendar is Calendar.NORTHERN_IRELAND
    assert "begin with: nothing." in (await office.subscriptions.defaults.put(ADA, "clear")).note


@pytest.mark.parametrize("words", ["adoption", "adoption weekdays", "adoption 9am", "adoption weekdays 9am", ""])
async def test_the_form_keeps_to_the_bank_holidays_of_the_workspace(office: Office, words: str) -> None:
    await office.subscriptions.defaults.put(ADA, "infrastructure Europe/London bank holidays in Scotland")
    form = await office.subscriptions.subscribe(ADA, words)
    if form:
        chosen = replace(form.filled, days="weekdays", calendar="", on_holiday="", when_unchanged="", only="")
        form = await office.subscriptions.asked_again(HERE, chosen, form.zone)
        assert (form.filled.calendar, form.filled.more) == ("scotland", False)
        await office.subscriptions.submit(ADA, replace(form.filled, calendar="", on_holiday=""))
    (schedule,) = await office.schedules()
    assert schedule.rule.calendar is Calendar.SCOTLAND
    assert not (await office.subscriptions.edit(ADA, schedule.id)).filled.more
    await office.subscriptions.defaults.put(ADA, "clear")
    edited = await office.subscriptions.edit(ADA, schedule.id)
    assert (edited.filled.more, edited.filled.calendar) == (True, "scotland"), "it differs from what is usual now"


async def test_a_schedules_confirmation_says_which_changes_are_alerted(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure corrections only weekdays 9am")
    told = "Added: Infrastructure alerts (corrections and withdrawals only), posted as soon as facts change."
    assert told in office.people.confirmations[-1].markdown


async def test_days_off_open_no_further_fields_of_the_form(office: Office) -> None:
    await office.subscriptions.pauses.days_off(ADA, "24 December to 2 January")
    await office.subscriptions.subscribe(ADA, "adoption daily 9am")
    (schedule,) = await office.schedules()
    assert not (await office.subscriptions.edit(ADA, schedule.id)).filled.more


@pytest.mark.parametrize(
    "words",
    [
        "bank holidays in France",
        "or the next working day",
        "infrastructure 5 january",
        "infrastructure bank holidays in Scotland and Wales fact x",
        "not on bank holidays",
    ],
)
async def test_a_default_that_is_not_understood_leaves_those_before(office: Office, words: str) -> None:
    await office.subscriptions.defaults.put(ADA, "infrastructure Europe/London bank holidays in Scotland")
    with pytest.raises(BriefingBotError):
        await office.subscriptions.defaults.put(ADA, words)
    told = await office.subscriptions.defaults.put(ADA, "")
    assert "begin with: Infrastructure; Europe/London; bank holidays: Scotland." in told.note


async def test_first_defaults_set_at_once_are_all_taken(office: Office) -> None:
    wishes = ("infrastructure", "adoption", "infrastructure Europe/London", "adoption Europe/London")
    told = await asyncio.gather(*(office.subscriptions.defaults.put(ADA, each) for each in wishes))
    assert all("begin with: " in each.note for each in told)


async def test_a_fact_beside_a_schedule_is_known_and_alerted_on_alone(office: Office) -> None:
    with pytest.raises(BriefingBotError, match="No fact is called “no-such-fact”"):
        await office.subscriptions.subscribe(ADA, "infrastructure fact no-such-fact weekdays 09:00")
    assert (await office.schedules(), await office.alerts()) == ((), ())
    fact = next(iter((await office.database.latest()).content.facts))
    await office.subscriptions.subscribe(ADA, f"infrastructure fact {fact} weekdays 09:00")
    assert [each.area for each in await office.alerts()] == [f"fact:{fact}"]
    assert [each.areas for each in await office.schedules()] == [("infrastructure",)]
    await office.subscriptions.subscribe(ADA, f"adoption fact {fact} alerts weekdays 09:00")
    assert {each.area for each in await office.alerts()} == {f"fact:{fact}", "adoption"}


async def test_a_schedule_can_be_added_from_a_facts_confirmation(office: Office) -> None:
    fact = next(iter((await office.database.latest()).content.facts.values()))
    await office.subscriptions.subscribe(ADA, f"fact {fact.id}")
    button = next(each for each in office.people.confirmations[-1].choices if each.label.startswith("Also"))
    form = await office.subscriptions.form(ADA, button.value)
    assert (form.filled.areas, form.filled.days, dict(form.problems)) == ((fact.area,), "weekdays", {})


@pytest.mark.parametrize("words", ["weekdays 9am", "infrastrukture", "all alerts", "digest", "<!channel>"])
async def test_what_is_no_default_changes_nothing(office: Office, words: str) -> None:
    with pytest.raises(BriefingBotError):
        await office.subscriptions.defaults.put(ADA, words)
    with pytest.raises(BriefingBotError, match="for the whole workspace"):
        await office.subscriptions.defaults.put(replace(ADA, place=ChannelRef("T1", "D1")), "infrastructure")
    office.people.allowed = False
    with pytest.raises(BriefingBotError, match="Only managers may"):
        await office.subscriptions.defaults.put(ADA, "infrastructure")
    assert "begin with: nothing." in (await office.subscriptions.defaults.put(ADA, "")).note


async def test_a_button_that_mutes_other_alerts_too_says_so(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure alerts")
    for label in ("Mute", "Mute all alerts"):
        why = await office.subscriptions.why(ADA, "alert infrastructure")
        assert [each.label for each in why.choices] == [label, "Change"]
        await office.subscriptions.subscribe(ADA, "adoption alerts")
