"""The audit has every change of what a channel gets: in words, with who made it, in the transaction that makes it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.alerts import settings_audit, subscriptions
from bot.alerts.delivery_listener import AlertDeliveryListener
from bot.audit.audit import BOT, AuditEntry
from bot.outbox.admin import Admin
from bot.outbox.delivery import Delivery, DeliveryKind, ErrorClass, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.outbox import Outbox
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.scheduler import Scheduler
from bot.store.errors import StoreError
from bot.subscriptions.channel_events import ARCHIVED, ChannelEvents
from tests.support.audited import audited, require_audited
from tests.support.outbox import QUIET_S, NullTransport, refusal
from tests.support.scheduling import make_invalid
from tests.support.subscribing import ADA, HERE, Office
from tests.support.tree import ROOT

if TYPE_CHECKING:
    from bot.store.database import Database

ALERTS = "alerts on infrastructure: every change, corrections first"
HOLIDAYS = "not on bank holidays in England and Wales"
DAILY = f"adoption: Every day at 09:00 (Europe/London), {HOLIDAYS}, if anything changed"


@pytest.fixture
async def office(database: Database) -> Office:
    office = await Office.opened(database)
    await office.subscriptions.subscribe(ADA, "infrastructure alerts")
    await office.subscriptions.subscribe(ADA, "adoption daily 9am")
    return office


def by(who: str, action: str, before: str = "", after: str = "") -> AuditEntry:
    return AuditEntry("T1", who, action, "C1", before, after)


async def newest(office: Office, count: int) -> list[AuditEntry]:
    await require_audited(office.database)
    return (await audited(office.database))[-count:]


async def test_what_members_change_is_recorded_in_words(office: Office) -> None:
    assert await newest(office, 2) == [by("U1", "alerts.added", "", ALERTS), by("U1", "schedule.added", "", DAILY)]
    await office.subscriptions.subscribe(ADA, "infrastructure corrections only")
    only = "alerts on infrastructure: corrections and withdrawals only"
    assert await newest(office, 1) == [by("U1", "alerts.changed", ALERTS, only)]
    await office.subscriptions.mute(ADA)
    assert await newest(office, 1) == [by("U1", "alerts.paused", only, f"{only}; paused by U1")]
    await office.subscriptions.unmute(ADA)
    assert await newest(office, 1) == [by("U1", "alerts.resumed", f"{only}; paused by U1", only)]
    (schedule,) = await office.schedules()
    await office.schedule_service.pause(ADA, schedule.id)
    assert await newest(office, 1) == [by("U1", "schedule.paused", DAILY, f"{DAILY}; paused by U1")]
    await office.schedule_service.resume(ADA, schedule.id)
    await office.schedule_service.post_now(ADA, schedule.id)
    await office.schedule_service.post_now(ADA, schedule.id)  # it is on its way: nothing happens
    assert (await newest(office, 2)) == [
        by("U1", "schedule.resumed", f"{DAILY}; paused by U1", DAILY),
        by("U1", "schedule.posted_now", "", DAILY),
    ]
    removed = await office.schedule_service.remove(ADA, schedule.id)
    await office.subscriptions.undo(ADA, removed.choices[0].value)
    assert await newest(office, 2) == [
        by("U1", "schedule.removed", DAILY),
        by("U1", "schedule.added", "", f"{DAILY} (Undo)"),
    ]
    await office.subscriptions.unsubscribe(ADA, "all now")
    assert {each.action for each in await newest(office, 2)} == {"alerts.removed", "schedule.removed"}


async def test_pauses_days_off_and_defaults_are_recorded(office: Office) -> None:
    pauses, until = office.subscriptions.pauses, "until 2027-01-04 00:00Z"
    await pauses.pause(ADA, "until 4 January")
    assert await newest(office, 2) == [
        by("U1", "alerts.paused", ALERTS, f"{ALERTS}; paused by U1 {until}"),
        by("U1", "schedule.paused", DAILY, f"{DAILY}; paused by U1 {until}"),
    ]
    office.clock.pass_by(days=366)
    await pauses.end_due()
    assert await newest(office, 1) == [
        by(BOT, "schedule.resumed", f"{DAILY}; paused by U1 {until}", f"{DAILY} (the pause is over)")
    ]
    await pauses.pause(ADA, "")
    await pauses.resume(ADA)
    assert [each.action for each in await newest(office, 4)] == [
        *("alerts.paused", "schedule.paused"),
        *("alerts.resumed", "schedule.resumed"),
    ]
    at = office.clock.now().date() + timedelta(days=9)
    await pauses.days_off(ADA, at.isoformat())
    await pauses.days_off(ADA, "clear")
    added, removed = await newest(office, 2)
    assert (added.action, removed.action) == ("days_off.added", "days_off.removed")
    assert added.after == removed.before == f"days off: {at.day} {at:%B %Y}"
    defaults = office.subscriptions.defaults
    await defaults.put(ADA, "infrastructure Europe/Paris")
    await defaults.put(ADA, "clear")
    set_to = "Infrastructure; Europe/Paris"
    assert [(each.who, each.subject, each.before, each.after) for each in await newest(office, 2)] == [
        ("U1", "T1", "nothing", set_to),
        ("U1", "T1", set_to, "nothing"),
    ]


async def test_what_the_bot_does_by_itself_is_recorded_and_an_operator_by_name(office: Office) -> None:
    database, clock = office.database, office.clock
    events = ChannelEvents(database, clock, lambda: None, erase_after_days=30)
    await events.pause(HERE, ARCHIVED)
    await events.pause(HERE, ARCHIVED)  # it is paused: nothing changes
    await events.unarchived(HERE)
    assert [(each.who, each.action, each.after) for each in await newest(office, 4)] == [
        (BOT, "alerts.paused", f"{ALERTS}; paused (is_archived)"),
        (BOT, "schedule.paused", f"{DAILY}; paused (is_archived)"),
        (BOT, "alerts.resumed", ALERTS),
        (BOT, "schedule.resumed", DAILY),
    ]
    listeners = AlertDeliveryListener(clock, "cli:ada"), ScheduleDeliveryListener(clock, "cli:ada")
    outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, listeners=listeners)
    async with database.transaction() as connection:
        await enqueue(connection, [Delivery("T1", "C1", DeliveryKind.ALERT, OutboxMessage("x"))], clock.now())
    for attempt in await outbox.claim(8):
        await outbox.refused(attempt, refusal(ErrorClass.CHANNEL, "restricted_action"))
    assert [(each.who, each.action) for each in await newest(office, 2)] == [
        (BOT, "alerts.paused"),
        (BOT, "schedule.paused"),
    ]
    await Admin(database, clock, listeners).retry(attempt.id)
    await Admin(database, clock, listeners).cancel(attempt.id)
    who, what = "cli:ada", f"{attempt.kind} to C1"
    assert await newest(office, 4) == [
        AuditEntry("T1", who, "delivery.retried", attempt.id, f"{what}: restricted_action", f"{what}: pending"),
        by(who, "alerts.resumed", f"{ALERTS}; paused (restricted_action)", ALERTS),
        by(who, "schedule.resumed", f"{DAILY}; paused (restricted_action)", DAILY),
        AuditEntry("T1", who, "delivery.cancelled", attempt.id, what, f"{what}: cancelled"),
    ]


async def test_answers_after_inactivity_are_recorded(office: Office) -> None:
    await office.subscriptions.subscribe(ADA, "infrastructure Mondays and Fridays 9am")
    await office.channel_schedules.keep(ADA)
    await office.channel_schedules.make_weekly(ADA)
    await office.channel_schedules.stop(ADA)
    found = [(each.action, each.after.rpartition("(")[2]) for each in await newest(office, 5)]
    asked = "asked after inactivity)"
    assert [found[0], *found[-3:]] == [
        ("schedule.kept", asked),
        ("schedule.changed", asked),
        ("schedule.removed", asked),
        ("schedule.removed", asked),
    ]


async def test_a_schedule_whose_times_cannot_be_read_is_recorded_once(office: Office) -> None:
    (schedule,) = await office.schedules()
    await make_invalid(office.database, schedule, {"tz": "Nowhere/Land"})
    office.clock.pass_by(days=1)
    scheduler = Scheduler(office.database, office.clock, lambda: office.people.holidays, lambda: None)
    await scheduler.run_due()
    await scheduler.run_due()
    found = [each for each in await audited(office.database, "schedule") if each.who == BOT]
    assert found == [by(BOT, "schedule.paused", "adoption", "paused (its rule cannot be read)")]


async def test_a_change_that_is_rolled_back_is_not_recorded(office: Office) -> None:
    before = await audited(office.database)

    async def fail() -> None:
        now = office.clock.now()
        async with (
            office.database.transaction() as connection,
            settings_audit.recorded(connection, HERE, BOT, now),
        ):
            await subscriptions.pause(connection, HERE, "x", now)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await audited(office.database) == before


async def test_nothing_changes_without_its_entry(office: Office) -> None:
    async with office.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    with pytest.raises(StoreError):
        await office.subscriptions.mute(ADA)
    assert [each.paused_at for each in await office.alerts()] == [None]


async def test_changes_at_once_are_each_recorded_once_by_whoever_made_them(office: Office) -> None:
    words = ("adoption alerts", "technical-exchange alerts", "transformative-potential alerts", "agreement alerts")
    actors = [replace(ADA, user=f"U{number}") for number in range(len(words))]
    await asyncio.gather(*map(office.subscriptions.subscribe, actors, words))
    found = [each.who for each in await newest(office, len(words))]
    assert sorted(found) == sorted(actor.user for actor in actors)


WRITERS = {
    "bot/alerts/days_off.py",
    "bot/alerts/subscriptions.py",
    "bot/schedules/defaults.py",
    "bot/schedules/delivery_listener.py",  # the revision last posted
    "bot/schedules/dispatch.py",
    "bot/schedules/due.py",  # the next run
    "bot/schedules/inactivity.py",  # that a channel was asked
    "bot/schedules/next_run.py",
    "bot/schedules/reconcile.py",  # the next run
    "bot/schedules/runs.py",  # the next run
    "bot/schedules/schedules.py",
    "bot/subscriptions/pauses.py",
}
"""Modules with statements that write subscriptions, schedules, days off or defaults."""


def test_no_other_module_writes_what_a_channel_gets() -> None:
    names = r"(subscriptions|schedules|days_off|workspace_defaults)"
    reads = re.compile(rf"from bot\.store\.tables import [^\n]*\b{names}\b|\btables\.{names}\b")
    writes = re.compile(r"(?<![\w.])(insert|update|delete|insert_into)\(")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("bot", "handlers", "cli")
        for path in (ROOT / folder).rglob("*.py")
        if reads.search(code := path.read_text(encoding="utf-8")) and writes.search(code)
    }
    assert found == WRITERS, "a new writer calls `recorded` (bot/alerts/settings_audit.py), and is named here"
