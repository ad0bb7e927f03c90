"""Pausing a channel until a day, on both databases: it ends by itself, once, and says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.alerts.alerts import Alerts
from bot.alerts.corrections import Corrections
from bot.config.maintainers import Maintainers
from bot.errors import BriefingBotError
from bot.outbox.delivery import DeliveryKind, message_from_json
from bot.outbox.operators import Operators
from bot.publishing.publisher import Publisher
from bot.recurrence.quiet_hours import QuietHours
from bot.schedules.next_run import reschedule
from bot.store import tables
from bot.store.tables import deliveries
from bot.subscriptions.pauses import paused_by
from bot.subscriptions.permissions import Actor
from bot.subscriptions.typed_days import read_until
from tests.support.newsroom import Newsroom, shipped
from tests.support.scheduling import make_invalid
from tests.support.subscribing import ADA, HERE, Office

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.recurrence.bank_holidays import BankHolidays
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database

TODAY = date(2026, 12, 3)


@pytest.fixture
async def office(database: Database) -> Office:
    office = await Office.opened(database)
    await office.subscriptions.subscribe(ADA, "infrastructure alerts")
    await office.subscriptions.subscribe(ADA, "adoption daily 9am")
    return office


async def lines(office: Office) -> list[tuple[str, datetime]]:
    """Return the public lines about a pause that is over."""
    async with office.database.reading() as connection:
        rows = (await connection.execute(select(deliveries))).all()
    told = [(message_from_json(row.payload).markdown, row.due_at) for row in rows]
    return [(text, at) for text, at in told if text.startswith("The pause")]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("until 5 January", date(2027, 1, 5)),
        ("until January 5", date(2027, 1, 5)),
        ("till 4 dec", date(2026, 12, 4)),
        ("to 5th of January", date(2027, 1, 5)),
        ("until 2027-01-05", date(2027, 1, 5)),
        ("until 5/1/2027", date(2027, 1, 5)),
        ("3 December", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_people_write_it(words: str, day: date | None) -> None:
    if words.startswith("3 "):  # today: the next one is a year away
        assert read_until(words, TODAY) == date(2027, 12, 3)
    else:
        assert read_until(words, TODAY) == day


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("until tomorrow", "“tomorrow” is not a date"),
        ("until 31 April", "is not a date"),
        ("until 2026-12-03", "3 December 2026 is not in the future"),
        ("until 2027-12-31", "a year long at most"),
        ("until <!channel> " + "9" * 2000, "is not a date"),
        ("until \u0665 January", "is not a date"),
        ("until", "“until” is not a date"),
    ],
)
def test_what_is_no_day_is_told(words: str, told: str) -> None:
    with pytest.raises(BriefingBotError, match=told):
        read_until(words, TODAY)


async def test_a_pause_until_a_day_ends_by_itself_and_says_so_once(office: Office) -> None:
    told = await office.subscriptions.pauses.pause(ADA, "until 5 January")
    assert told.note.startswith("Paused until 5 January 2027: nothing is posted here meanwhile.")
    (alert,), (schedule,) = await office.alerts(), await office.schedules()
    midnight = datetime(2027, 1, 5, tzinfo=UTC)
    assert alert.paused_until == schedule.paused_until == midnight
    assert schedule.next_at is None
    listed = await office.subscriptions.subscriptions(ADA)
    ends = [row.below.after for row in listed.rows if row.below]
    assert ends == [" on 3 December 2026, until 5 January 2027."] * 2
    office.clock.at = midnight - timedelta(seconds=1)
    assert await office.subscriptions.pauses.end_due() == 0
    office.clock.at = midnight
    await asyncio.gather(*(office.subscriptions.pauses.end_due() for _ in range(3)))
    (alert,), (schedule,) = await office.alerts(), await office.schedules()
    assert (alert.paused_at, alert.paused_until, schedule.paused_at, schedule.paused_until) == (None, None, None, None)
    assert schedule.next_at == midnight + timedelta(hours=9)
    ((text, at),) = await lines(office)
    assert text.startswith("The pause since 3 December 2026 is over: alerts and scheduled posts run again.")
    assert "/briefing changes since 2026-12-03" in text
    assert at == midnight + timedelta(hours=8), "nobody is told at midnight"


async def test_a_pause_without_a_day_waits_for_somebody(office: Office) -> None:
    await office.subscriptions.pauses.pause(ADA, "")
    office.clock.pass_by(days=900)
    assert await office.subscriptions.pauses.end_due() == 0
    assert (await office.subscriptions.pauses.resume(ADA)).note.startswith("Resumed")
    (alert,), (schedule,) = await office.alerts(), await office.schedules()
    assert (alert.paused_at, schedule.paused_at) == (None, None)
    with pytest.raises(BriefingBotError, match="Nothing is paused here"):
        await office.subscriptions.pauses.resume(ADA)


async def test_a_later_pause_takes_the_place_of_the_day_and_a_resumed_schedule_stays_so(office: Office) -> None:
    await office.subscriptions.pauses.pause(ADA, "until 5 January")
    await office.subscriptions.pauses.pause(ADA, "until 6 January")
    (schedule,) = await office.schedules()
    assert schedule.paused_until == datetime(2027, 1, 6, tzinfo=UTC)
    await office.schedule_service.resume(ADA, schedule.id)
    await office.schedule_service.pause(ADA, schedule.id)
    (schedule,) = await office.schedules()
    assert (schedule.pause_reason, schedule.paused_until) == (paused_by(ADA.user), None), "this pause has no end"


async def test_what_waits_for_somebody_gets_no_end_and_anybody_changes_one(office: Office) -> None:
    (schedule,) = await office.schedules()
    await office.schedule_service.pause(ADA, schedule.id)
    await office.subscriptions.pauses.pause(ADA, "until 5 January")
    await office.subscriptions.pauses.pause(Actor(HERE, "U2"), "until 6 January")
    (alert,), (schedule,) = await office.alerts(), await office.schedules()
    assert (alert.paused_until, alert.pause_reason) == (datetime(2027, 1, 6, tzinfo=UTC), paused_by("U2"))
    assert (bool(schedule.paused_at), schedule.paused_until) == (True, None)


async def test_what_is_subscribed_or_undone_during_a_pause_is_paused_too_and_says_so(office: Office) -> None:
    until = datetime(2027, 1, 5, tzinfo=UTC)
    await office.subscriptions.pauses.pause(ADA, "until 5 January")
    await office.subscriptions.subscribe(ADA, "adoption alerts")
    assert "But the alerts are paused here until 5 January 2027." in office.people.confirmations[-1].note
    await office.subscriptions.subscribe(ADA, "security corrections only daily 9am")
    assert ", but paused: /briefing resume." in office.people.confirmations[-1].markdown
    assert [each.paused_until for each in await office.alerts()] == [until] * 3
    for words in ("adoption alerts", "all alerts"):
        ended = await office.subscriptions.unsubscribe(ADA, words)
        await office.subscriptions.undo(ADA, ended.choices[0].value)
        assert [each.paused_until for each in await office.alerts()] == [until] * 3
    await office.subscriptions.pauses.resume(ADA)
    await office.subscriptions.undo(ADA, '{"gone":[["agreement",false,"","2027-01-05T00:00:00+00:00"]]}')
    assert [each.paused_at for each in await office.alerts()] == [None] * 4, "Undo pauses nothing that runs"
    with pytest.raises(BriefingBotError, match="too old"):
        await office.subscriptions.undo(ADA, '{"gone":[["agreement",false,"","2027-01-05"]]}')


async def test_a_rule_that_cannot_be_read_stays_paused_and_is_not_told_of(office: Office) -> None:
    await office.subscriptions.unsubscribe(ADA, "infrastructure alerts")
    await office.subscriptions.pauses.pause(ADA, "until 5 January")
    (schedule,) = await office.schedules()
    await make_invalid(office.database, schedule, {"tz": "Mars/Olympus"})
    office.clock.at = datetime(2027, 1, 5, tzinfo=UTC)
    assert await office.subscriptions.pauses.end_due() == 1
    assert await office.subscriptions.pauses.end_due() == 0
    assert await lines(office) == []


async def test_who_may_change_nothing_pauses_nothing(office: Office) -> None:
    office.people.allowed = False
    for refused in (office.subscriptions.pauses.pause(ADA, ""), office.subscriptions.pauses.resume(ADA)):
        with pytest.raises(BriefingBotError, match="Only managers may"):
            await refused
    office.people.allowed = True
    await office.subscriptions.unsubscribe(ADA, "all now")
    with pytest.raises(BriefingBotError, match="Nothing runs here"):
        await office.subscriptions.pauses.pause(ADA, "until 5 January")
    assert ADA.place == HERE


async def test_days_off_move_posts_as_bank_holidays_do_and_hold_alerts_back(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "security fridays 9am")
    told = await office.subscriptions.pauses.days_off(ADA, "4 December to 6 December")
    listed = (await office.subscriptions.subscriptions(ADA)).note
    assert listed == "Days off here: 4 December 2026 to 6 December 2026. This channel gets:"
    assert told.note.startswith("Days off here: 4 December 2026 to 6 December 2026. Alerts wait then; a correct")
    daily, weekly = await office.schedules()
    assert (daily.next_on, weekly.next_on) == (date(2026, 12, 7), date(2026, 12, 7)), "on the next working day"
    await office.subscriptions.subscribe(ADA, "agreement daily 9am")
    assert "not on Fri 4 Dec, a day off here" in office.people.confirmations[-1].markdown
    newsroom = Newsroom(office.database, office.clock, *_publishing(office), shipped())
    office.clock.at = datetime(2026, 12, 5, 12, tzinfo=UTC)
    await newsroom.reword("growth-zones-bids", "There were 201 bids.")
    (alert,) = await newsroom.deliveries(DeliveryKind.ALERT)
    assert alert.due_at == datetime(2026, 12, 7, 8, tzinfo=UTC), "nobody is told at midnight"
    await newsroom.correct("no-zone-for-openai", "No zone is named.")
    (correction,) = await newsroom.deliveries(DeliveryKind.CORRECTION)
    assert correction.due_at <= office.clock.now() + timedelta(seconds=1)
    assert (await office.subscriptions.pauses.days_off(ADA, "clear")).note.startswith("No days off.")
    assert (await office.schedules())[0].rule.days_off == ()


async def test_an_alert_that_waits_keeps_to_days_off_that_come_or_end_later(office: Office) -> None:
    newsroom = Newsroom(office.database, office.clock, *_publishing(office, "18:00-09:00 Europe/London"), shipped())
    office.clock.at = datetime(2026, 12, 3, 20, tzinfo=UTC)
    days_off = office.subscriptions.pauses.days_off

    async def due() -> list[datetime]:
        return [each.due_at for each in await newsroom.deliveries(DeliveryKind.ALERT)]

    await newsroom.reword("growth-zones-bids", "There were 201 bids.")
    assert await due() == [datetime(2026, 12, 4, 9, tzinfo=UTC)]
    await days_off(ADA, "4 December to 6 December")
    assert await due() == [datetime(2026, 12, 7, 9, tzinfo=UTC)]
    await newsroom.reword("growth-zones-bids", "There were 202 bids.")
    assert await due() == [datetime(2026, 12, 7, 9, tzinfo=UTC)], "quiet hours end after a day off, not on one"
    office.clock.at = datetime(2026, 12, 4, 20, tzinfo=UTC)
    await days_off(ADA, "clear")
    assert await due() == [datetime(2026, 12, 5, 9, tzinfo=UTC)]


async def test_a_pause_that_follows_at_once_takes_back_what_was_to_be_said(office: Office) -> None:
    await office.subscriptions.pauses.pause(ADA, "until 5 January")
    office.clock.at = datetime(2027, 1, 5, 0, 1, tzinfo=UTC)
    await office.subscriptions.pauses.end_due()
    await office.subscriptions.pauses.pause(ADA, "")
    states = {row.state for row in await office.deliveries() if (row.payload["markdown"]).startswith("The pause")}
    assert states == {"cancelled"}


async def test_days_off_lock_what_they_change(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    if office.database.is_sqlite:  # it has one writer
        return
    table, real = tables.schedules, reschedule
    free: list[str] = []

    async def watched(
        connection: AsyncConnection, schedule: Schedule, now: datetime, holidays: BankHolidays
    ) -> Schedule:
        async with office.database.transaction() as other:
            free.extend((await other.scalars(select(table.c.id).with_for_update(skip_locked=True))).all())
        return await real(connection, schedule, now, holidays)

    monkeypatch.setattr("bot.subscriptions.pauses.reschedule", watched)
    await office.subscriptions.pauses.days_off(ADA, "24 December")
    ((off, _),) = (await office.schedules())[0].rule.days_off
    assert (free, off) == ([], date(2026, 12, 24))


async def test_undo_keeps_to_the_days_off_of_now(office: Office) -> None:
    (schedule,) = await office.schedules()
    for words, off in (
        ("4 December to 6 December", ((date(2026, 12, 4), date(2026, 12, 6)),)),
        ("clear", ()),
    ):
        removed = await office.schedule_service.remove(ADA, schedule.id)
        await office.subscriptions.pauses.days_off(ADA, words)
        await office.subscriptions.undo(ADA, removed.choices[0].value)
        (schedule,) = await office.schedules()
        assert (schedule.rule.days_off, schedule.next_on) == (off, date(2026, 12, 7 if off else 4))


async def test_days_that_are_over_are_not_listed_and_today_can_be_one(office: Office) -> None:
    assert "3 December 2026" in (await office.subscriptions.pauses.days_off(ADA, "3 December")).note
    office.clock.pass_by(days=1)
    assert (await office.subscriptions.pauses.days_off(ADA, "")).note.startswith("No days off.")
    for words in ("24 Decembr to 2 January", "24 to 27 December", "2028-01-01", "2026-12-01"):
        with pytest.raises(BriefingBotError) as refused:
            await office.subscriptions.pauses.days_off(ADA, words)
        assert "/briefing days off 24 December" in refused.value.hint


def _publishing(office: Office, quiet: str = "") -> tuple[Publisher, Corrections]:
    corrections = Corrections(office.clock)
    alerts = Alerts(office.clock, QuietHours.parse(quiet) if quiet else None)
    publisher = Publisher(office.database, office.clock, Operators(Maintainers(), office.clock), [alerts, corrections])
    return publisher, corrections


@pytest.mark.parametrize(
    "words",
    ["tomorrow", "24 December to 2 May", "24 December to", "5 January to 4 January", "x" * 5000, "<!here> to 1 May"],
)
async def test_what_is_no_range_of_days_changes_nothing(office: Office, words: str) -> None:
    with pytest.raises(BriefingBotError):
        await office.subscriptions.pauses.days_off(ADA, words)
    assert (await office.subscriptions.pauses.days_off(ADA, "")).note.startswith("No days off.")
