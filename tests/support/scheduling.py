"""Schedules for tests: rules, a place, and a bench of schedules in a database with a clock that is moved by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryState, new_id
from bot.outbox.queries import attempt_of, rows
from bot.recurrence.bank_holidays import BankHolidays
from bot.recurrence.rule import EVERY_DAY, RULE_ADAPTER, Days, Repeat, Rule
from bot.schedules import schedules
from bot.schedules.delivery_listener import ScheduleDeliveryListener
from bot.schedules.next_run import with_next_run
from bot.schedules.scheduler import Scheduler
from bot.schedules.schedules import Schedule, ScheduleRun
from bot.store.tables import deliveries, revisions
from bot.store.tables import schedules as table
from tests.support.newsroom import HandClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.database import Database

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HERE = ChannelRef("T1", "C1")
DAILY = Rule(Days(Repeat.WEEKLY, EVERY_DAY), time(9), "Europe/London")


INVALID_RULES = [{"tz": "Mars/Olympus"}, {"on_holiday": "dance"}, {"days": None}]
"""Changes that make a rule unreadable: its zone is gone, or another version wrote it."""


async def make_invalid(database: Database, schedule: Schedule, strange: dict[str, Any]) -> None:
    """Make the rule of a schedule one that cannot be read."""
    text = json.dumps(RULE_ADAPTER.dump_python(schedule.rule, mode="json") | strange)
    async with database.transaction() as connection:
        await connection.execute(update(table).where(table.c.id == schedule.id).values(rule=text))


@dataclass
class Timetable:
    """Schedules in a database, with a scheduler and a clock that is moved by hand."""

    database: Database
    clock: HandClock = field(default_factory=lambda: HandClock(MONDAY))
    woken: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing due."""
        self.holidays = BankHolidays()
        self.scheduler = self.new_scheduler()

    def new_scheduler(self) -> Scheduler:
        """Return the scheduler of another process."""
        return Scheduler(self.database, self.clock, lambda: self.holidays, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    async def add(self, rule: Rule = DAILY, place: ChannelRef = HERE, **more: Any) -> Schedule:  # noqa: ANN401 — any field
        """Add a schedule, planned from now on."""
        made = Schedule(
            new_id(),
            place,
            ("infrastructure",),
            is_digest=False,
            rule=rule,
            created_at=self.clock.now(),
            created_by="U1",
            next_on=None,
            next_at=None,
            last_activity_at=self.clock.now(),
        )
        async with self.database.transaction() as connection:
            ready = await with_next_run(connection, replace(made, **more), self.clock.now(), self.holidays)
            await schedules.add(connection, ready)
        return ready

    async def add_many(self, rule: Rule, count: int, *, due_at: datetime) -> None:
        """Add schedules in so many channels that are due at a moment, whatever their rule says."""
        model = await self.add(rule)
        due = replace(model, next_on=due_at.date(), next_at=due_at)
        async with self.database.transaction() as connection:
            await schedules.remove(connection, model.id)
            for number in range(count):
                here = ChannelRef("T1", f"C9{number}")
                await schedules.add(connection, replace(due, id=new_id(), place=here))

    async def publish(self, number: int) -> None:
        """Make a revision of this number; it holds and changes nothing."""
        async with self.database.transaction() as connection:
            row = {"number": number, "published_at": self.clock.now(), "content_hash": str(number), "content": "{}"}
            await connection.execute(insert(revisions).values(**row))

    async def get(self, schedule: Schedule) -> Schedule:
        """Return a schedule as it is now."""
        async with self.database.reading() as connection:
            found = await schedules.get(connection, schedule.id)
        assert found is not None
        return found

    async def runs(self, schedule: Schedule) -> Sequence[ScheduleRun]:
        """Return its days, oldest first."""
        async with self.database.reading() as connection:
            return (await schedules.runs(connection, [schedule.id], 1000))[schedule.id][::-1]

    async def run_states(self, schedule: Schedule) -> list[tuple[str, str]]:
        """Return its days with what became of them, oldest first."""
        return [(run.local_date.isoformat(), run.state.value) for run in await self.runs(schedule)]

    async def settle(self, delivery_id: str, ts: str = "1.1") -> None:
        """Let a delivery be posted."""
        columns, sent = deliveries.c, DeliveryState.SENT
        async with self.database.transaction() as connection:
            change = update(deliveries).where(columns.id == delivery_id).values(state=sent.value, ts=ts)
            await connection.execute(change)
            attempt = attempt_of((await connection.execute(rows().where(columns.id == delivery_id))).one())
            await ScheduleDeliveryListener(self.clock).on_settled(connection, attempt)

    async def deliveries(self, state: DeliveryState | None = DeliveryState.PENDING) -> Sequence[Any]:
        """Return the deliveries in this state, the first due first."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(deliveries).order_by(deliveries.c.due_at))).all()
        return [row for row in rows if state in (None, row.state)]

    def at(self, on: date, hour: int, minute: int = 0) -> datetime:
        """Return a moment."""
        return datetime(on.year, on.month, on.day, hour, minute, tzinfo=UTC)
