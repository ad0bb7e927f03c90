"""Deliveries of a workspace that has removed the app, on each kind of database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.installations import workspaces
from bot.outbox.admin import Admin
from bot.outbox.delivery import Delivery, DeliveryKind, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.outbox import Outbox
from bot.outbox.removed_workspaces import WAS_REMOVED, resume_deliveries
from bot.store.tables import deliveries
from tests.support.outbox import QUIET_S, NullTransport

if TYPE_CHECKING:
    from bot.store.database import Database

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class MovedClock:
    """A clock that stands where it is put."""

    at = NOW

    def now(self) -> datetime:
        """Return this moment."""
        return self.at


async def states(database: Database) -> dict[str, Any]:
    async with database.reading() as connection:
        return {
            f"{row.team} {row.kind} {row.id}": (row.state, row.error)
            for row in await connection.execute(select(deliveries))
        }


async def test_they_wait_without_being_tried_late_or_expired_and_what_is_still_right_goes_on(
    database: Database,
) -> None:
    clock = MovedClock()
    outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S)
    wanted = {
        "edit": Delivery("T1", "C1", DeliveryKind.EDIT, OutboxMessage("New", edits="1.1"), id="edit"),
        "note": Delivery("T1", "C2", DeliveryKind.NOTE, OutboxMessage("See above", answers=("a",)), id="note"),
        "weekly": Delivery("T1", "C3", DeliveryKind.NOTE, OutboxMessage("This week"), id="weekly"),
        "alert": Delivery("T1", "C4", DeliveryKind.ALERT, OutboxMessage("Changed"), id="alert"),
        "reply": Delivery("T1", "C5", DeliveryKind.REPLY, OutboxMessage("Words", asker="U1"), id="reply"),
        "watch": Delivery("T1", "U1", DeliveryKind.WATCH, OutboxMessage("Old news"), revision=1, id="watch"),
    }
    async with database.transaction() as connection:
        await workspaces.install(connection, "T1", NOW)
        await workspaces.remove(connection, "T1", NOW, NOW, 30)
        await enqueue(connection, wanted.values(), NOW)
        await enqueue(connection, [Delivery("T2", "C1", DeliveryKind.ALERT, OutboxMessage("x"), id="other")], NOW)
    assert [each.team for each in await outbox.claim(10)] == ["T2"]
    clock.at += timedelta(hours=26)
    await outbox.reap()
    assert {state for name, (state, _) in (await states(database)).items() if name.startswith("T1")} == {"pending"}
    assert ((await Admin(database, clock).counts()).late, await outbox.is_waiting()) == (1, False), "the other's"
    async with database.transaction() as connection:
        await workspaces.install(connection, "T1", clock.at)
        over = await resume_deliveries(connection, "T1", clock.at)
    assert set(over) == {"weekly", "alert", "reply", "watch"}
    assert {each.id for each in await outbox.claim(10)} == {"edit", "note"}
    found = await states(database)
    assert {error for _, error in found.values()} == {None, WAS_REMOVED}
    async with database.reading() as connection:
        assert await connection.scalar(select(deliveries.c.payload).where(deliveries.c.id == "reply")) == {}


async def test_what_is_in_time_when_the_app_is_back_is_posted(database: Database) -> None:
    clock = MovedClock()
    outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S)
    async with database.transaction() as connection:
        await workspaces.remove(connection, "T1", NOW, NOW, 30)
        await enqueue(connection, [Delivery("T1", "C4", DeliveryKind.ALERT, OutboxMessage("Changed"), id="alert")], NOW)
    assert await outbox.claim(1) == ()
    async with database.transaction() as connection:
        await workspaces.install(connection, "T1", NOW)
        assert await resume_deliveries(connection, "T1", NOW) == []
    assert [each.id for each in await outbox.claim(1)] == ["alert"]
