"""A database of the version before, upgraded on each kind of database: it reads as before, and what waits is sent."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Date, column, insert, select, table

from bot.actions import Button
from bot.alerts import posts, subscriptions, watches
from bot.alerts.corrections import Corrections
from bot.alerts.delivery_listener import AlertDeliveryListener
from bot.config.maintainers import Maintainers
from bot.messages import ChannelRef
from bot.outbox.admin import Admin
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.outbox.operators import Operators
from bot.outbox.outbox import Outbox
from bot.publishing.publisher import Publisher
from bot.recurrence.rule import WhenUnchanged
from bot.schedules import schedules
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.inactivity import InactivityCheck
from bot.schedules.render import ScheduledPostRenderer
from bot.schedules.runs import RunState
from bot.store.database import Database
from bot.store.maintainer_tables import reports
from bot.store.migrate import migrate
from bot.store.tables import UtcTime, deliveries
from tests.bot.store.old_rows import DIGEST, NOW, ROWS, TEAM, TOLD
from tests.support.newsroom import HandClock, shipped
from tests.support.outbox import QUIET_S, NullTransport
from tests.support.scheduling import DAILY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

FAILED, LOST = f"{4:032x}", f"{6:032x}"


def as_old_column(name: str, value: Any) -> Any:  # noqa: ANN401 — a column of any type
    """Return a column as the version before had it, by a value in it."""
    if isinstance(value, datetime):
        return column(name, UtcTime())
    if isinstance(value, date):
        return column(name, Date())
    return column(name, JSON()) if isinstance(value, dict | list) or name == "value" else column(name)


async def insert_old(connection: AsyncConnection, name: str, row: Mapping[str, Any]) -> None:
    known = {key: value for key, value in row.items() if value is not None}
    old = table(name, *(as_old_column(key, value) for key, value in known.items()))
    await connection.execute(insert(old).values(**known))


@pytest.fixture
async def database(new_database_url: URL) -> AsyncIterator[Database]:
    database = Database(new_database_url)
    async with database.transaction() as connection:
        await connection.run_sync(migrate, "0002")
        for name, rows in ROWS.items():
            for row in rows:
                digest = {"digest": hashlib.sha256(TOLD.encode()).hexdigest()} if name == "told" else {}
                await insert_old(connection, name, row | digest)
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


async def test_the_tables_are_those_of_this_version(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[object] = compare_metadata(context, reports.metadata)
        return found

    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []


async def test_subscriptions_schedules_and_watches_read_as_before(database: Database) -> None:
    async with database.reading() as connection:
        first, second = await subscriptions.all_subscriptions(connection, paused=True)
        daily, _, refused = sorted(await schedules.all_schedules(connection), key=lambda each: each.id)
        runs = await schedules.runs(connection, ["daily", "refused"], 9)
        (watch,) = await watches.of_user(connection, TEAM, "U1", NOW)
        recorded = await database.history("growth-zones-investment")
    assert [(each.area, each.pause_reason) for each in (first, second)] == [("all", ""), ("growth", "is_archived")]
    assert daily.rule == replace(DAILY, at=daily.rule.at, when_unchanged=WhenUnchanged.FULL)
    assert (daily.rule.at.hour, daily.next_at, daily.last_posted_revision) == (13, NOW + timedelta(hours=1), 1)
    assert (refused.pause_reason, refused.last_activity_at) == ("is_archived", NOW - timedelta(days=90))
    assert [(run.state, run.local_date, run.scheduled_for) for run in runs["daily"]] == [
        (RunState.DUE, NOW.date(), NOW)
    ]
    assert [(run.state, run.reason, run.delivery_id) for run in runs["refused"]] == [
        (RunState.FAILED, "is_archived", FAILED)
    ]
    assert (watch.fact_id, watch.until) == ("a", NOW + timedelta(days=30))
    assert [each.change.fact.statement for each in recorded] == ["The sum was £1 billion."]


async def test_posts_read_as_before(database: Database) -> None:
    async with database.reading() as connection:
        first, second = await posts.showing(connection, ["growth-zones-investment"], NOW - timedelta(days=9))
    assert (first.place, first.ts, first.fact_digests) == (
        ChannelRef(TEAM, "C5"),
        "5.5",
        {"growth-zones-investment": DIGEST},
    )
    assert (first.markdown, first.buttons, first.answers) == ("An answer.", (Button("remove", "Remove", "x"),), ("a",))
    assert (first.banners, first.rendered_changes, first.parts) == (("Wrong.",), {}, ())
    assert (second.rendered_changes, second.parts) == ({"a": "- A."}, ("6.7",))


async def test_settings_are_still_known(database: Database, clock: HandClock) -> None:
    operators = Operators(Maintainers("C0MAINT"), clock)
    async with database.transaction() as connection:
        assert not await operators.notify(connection, "Faults", [TOLD])
        assert await operators.notify(connection, "Faults", ["Another."])
        rows = await connection.execute(select(deliveries).where(deliveries.c.channel == "C0MAINT"))
        assert [row.team for row in rows] == [TEAM]
    await Publisher(database, clock, operators).publish(shipped())
    check = InactivityCheck(database, clock, 8, lambda _content, schedule: schedule.id)
    assert await check.check() == 1, "C8 was asked before, and did not answer"


async def test_what_waits_is_sent_once_and_what_failed_can_be_retried(database: Database, clock: HandClock) -> None:
    await Publisher(database, clock, Operators(Maintainers(), clock)).publish(shipped())
    listeners = AlertDeliveryListener(clock), ScheduleDeliveryListener(clock)
    outbox = Outbox(
        database,
        clock,
        NullTransport(),
        quiet_s=QUIET_S,
        listeners=[*listeners, Corrections(clock)],
        renderer=ScheduledPostRenderer(database, clock),
    )
    admin = Admin(database, clock, listeners)
    counts = await admin.counts()
    assert (counts.posted, counts.pending, counts.unconfirmed, counts.failed) == (1, 4, 1, 2)
    assert [each.reason for each in await admin.list([DeliveryState.CANCELLED])] == ["dropped by hand"]
    assert "unconfirmed: missing_scope" in [each.reason for each in await admin.list([DeliveryState.FAILED])]
    (lost,) = await outbox.unconfirmed()
    assert (lost.id, lost.message.markdown, lost.fencing_token) == (LOST, "lost", 1)
    assert await outbox.mark_not_sent(lost)
    await admin.retry(FAILED)
    sent = []
    for number in range(60):
        for attempt in await outbox.claim(8):
            sent.append(attempt)
            assert await outbox.sent(attempt, f"{number}.{attempt.channel}")
        clock.pass_by(seconds=1.1)
    kinds = [(each.channel, each.kind) for each in sent]
    assert sorted(kinds) == [
        ("C1", DeliveryKind.ALERT),
        ("C1", DeliveryKind.NOTE),
        ("C3", DeliveryKind.SCHEDULED),
        ("C4", DeliveryKind.SCHEDULED),
        ("C5", DeliveryKind.EDIT),
        ("C6", DeliveryKind.ALERT),
    ]
    assert kinds.index(("C5", DeliveryKind.EDIT)) > 3, "edits are rate limited for 30 seconds"
    alert, note, edit = (
        next(each for each in sent if each.kind is kind)
        for kind in (DeliveryKind.ALERT, DeliveryKind.NOTE, DeliveryKind.EDIT)
    )
    assert (alert.message.buttons[0].action, alert.message.since) == ("why", 1)
    assert alert.message.rendered_changes == {"growth-zones-investment": "- A line."}
    assert note.thread == "0.C1"
    assert (edit.message.edits, edit.message.parts) == ("5.5", ("5.6",))
    scheduled = next(each for each in sent if each.channel == "C3")
    assert "Infrastructure" in scheduled.message.markdown
    async with database.reading() as connection:
        runs = await schedules.runs(connection, ["daily"], 1)
        resumed = await schedules.get(connection, "refused")
        alerts = await subscriptions.all_subscriptions(connection)
    assert [run.state for run in runs["daily"]] == [RunState.POSTED]
    assert resumed is not None
    assert (resumed.pause_reason, resumed.next_at) == ("", NOW + timedelta(days=1, hours=1)), "today has a run"
    assert {each.area for each in alerts} == {"all", "growth"}
