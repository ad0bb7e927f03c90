"""The subscription services for tests: a database with content, a clock moved by hand, recorded confirmations."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.alerts import subscriptions
from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.outbox.delivery import OutboxMessage, message_from_json
from bot.recurrence.bank_holidays import BankHolidays
from bot.schedules import schedules
from bot.store.tables import deliveries
from bot.subscriptions.permissions import Actor, Permissions
from bot.subscriptions.service import SubscriptionService
from tests.support.newsroom import HandClock, Newsroom
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.alerts.subscriptions import Subscription
    from bot.messages import Reply
    from bot.schedules.schedules import Schedule
    from bot.store.database import Database
    from bot.subscriptions.channel_schedules import ChannelSchedules
    from bot.subscriptions.schedule_service import ScheduleService

HERE = ChannelRef("T1", "C1")
ADA = Actor(HERE, "U1")


@dataclass
class People:
    """Slack's answers about people, and bank holidays.

    While a confirmation is sent, `meanwhile` is awaited; then `refuses` is raised, if it is set.
    """

    confirmations: list[Reply] = field(default_factory=list)
    refuses: Exception | None = None
    meanwhile: Callable[[], Awaitable[object]] | None = None
    allowed: bool = True
    zone: str = "Europe/London"
    takes_s: float = 0.0
    holidays: BankHolidays = field(default_factory=BankHolidays)

    async def send(self, _asker: Actor, reply: Reply) -> None:
        """Record it."""
        if self.meanwhile:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        if self.refuses:
            raise self.refuses
        self.confirmations.append(reply)

    async def require_allowed(self, _actor: Actor) -> None:
        """Refuse, unless anybody may."""
        if not self.allowed:
            raise BriefingBotError("Only managers may.")

    async def name_of(self, _team: str, user: str) -> str:
        """Return a person's name."""
        return "ada" if user == "U1" else "grace"

    async def zone_of(self, _team: str, _user: str) -> str:
        """Return everybody's zone, after a while."""
        await asyncio.sleep(self.takes_s)
        return self.zone


@dataclass
class Office:
    """The services, with all that they work with."""

    database: Database
    clock: HandClock
    people: People
    subscriptions: SubscriptionService
    schedule_service: ScheduleService
    channel_schedules: ChannelSchedules

    @classmethod
    async def opened(cls, database: Database, *, look_up_s: float = PATIENCE_S) -> Office:
        """Publish the baseline and open."""
        newsroom = await Newsroom.opened(database)
        people = People()
        clock = newsroom.clock
        permissions = Permissions(
            database,
            clock,
            send_ephemeral=people.send,
            require_allowed=people.require_allowed,
            zone_of=people.zone_of,
            name_of=people.name_of,
            announces=True,
            look_up_s=look_up_s,
        )
        made = SubscriptionService(database, clock, permissions, lambda: people.holidays)
        return cls(database, clock, people, made, made.schedules, made.channel_schedules)

    async def schedules(self, place: ChannelRef = HERE) -> Sequence[Schedule]:
        """Return the schedules of a place."""
        async with self.database.reading() as connection:
            return await schedules.for_channel(connection, place)

    async def alerts(self, place: ChannelRef = HERE) -> Sequence[Subscription]:
        """Return the alerts of a place."""
        async with self.database.reading() as connection:
            return await subscriptions.for_channel(connection, place)

    async def deliveries(self) -> Sequence[Any]:
        """Return every delivery, oldest first."""
        async with self.database.reading() as connection:
            return (await connection.execute(select(deliveries).order_by(deliveries.c.created_at))).all()

    async def posted(self) -> list[OutboxMessage]:
        """Return what is to be posted for everybody, oldest first."""
        return [message_from_json(row.payload) for row in await self.deliveries()]
