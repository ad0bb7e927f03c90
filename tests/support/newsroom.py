"""A small newsroom for tests: content that can be edited and published, and a look at what that would post."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from bot.alerts import subscriptions
from bot.alerts.alerts import Alerts
from bot.alerts.corrections import Corrections
from bot.config import BRIEFINGS
from bot.config.maintainers import Maintainers
from bot.content.load import load
from bot.content.models import DatedReason
from bot.messages import ChannelRef
from bot.outbox.delivery import DeliveryKind, DeliveryState
from bot.outbox.operators import Operators
from bot.outbox.queries import attempt_of, rows
from bot.publishing.publisher import Origin, Publisher
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from bot.content.models import Content, Fact
    from bot.publishing.publisher import Publication
    from bot.recurrence.quiet_hours import QuietHours
    from bot.store.database import Database

POLICY = ChannelRef("T1", "C1")
TODAY = date(2026, 12, 3)
WRONG = DatedReason(on=TODAY, why="The source says otherwise.")


@cache
def shipped() -> Content:
    """Return the shipped content, loaded once."""
    return load(BRIEFINGS)


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    at: datetime = datetime(2026, 12, 3, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return where it stands."""
        return self.at

    def pass_by(self, **amount: float) -> None:
        """Move it on."""
        self.at += timedelta(**amount)


@dataclass
class Newsroom:
    """Content as it stands, its publisher with alerts and corrections, and the outbox that it writes to."""

    database: Database
    clock: HandClock
    publisher: Publisher
    corrections: Corrections
    content: Content
    reasons: int = field(default=0)

    @classmethod
    async def opened(cls, database: Database, quiet: QuietHours | None = None) -> Newsroom:
        """Publish the baseline."""
        clock = HandClock()
        corrections = Corrections(clock)
        publisher = Publisher(database, clock, Operators(Maintainers(), clock), [Alerts(clock, quiet), corrections])
        await publisher.publish(shipped())
        return cls(database, clock, publisher, corrections, shipped())

    def facts(self, area: str) -> list[Fact]:
        """Return the facts of an area."""
        return list(self.content.current_facts(area))

    async def edit(self, *facts: Fact, note: str | None = None) -> Publication:
        """Publish these facts in the place of those of the same id."""
        changed = {**self.content.facts, **{fact.id: fact for fact in facts}}
        self.content = replace(self.content, facts=changed)
        return await self.publisher.publish(self.content, Origin(note=note))

    async def reword(self, fact_id: str, statement: str, **more: Any) -> Publication:  # noqa: ANN401 — any field
        """Publish a fact with another statement."""
        fact = replace(self.content.facts[fact_id], statement=statement, short=None, **more)
        return await self.edit(fact)

    async def correct(self, fact_id: str, statement: str) -> Publication:
        """Publish a fact as corrected, each time for a reason of its own."""
        self.reasons += 1
        reason = DatedReason(on=TODAY, why=f"Reason {self.reasons}.")
        return await self.reword(fact_id, statement, corrected=reason)

    async def subscribe(
        self, *areas: str, place: ChannelRef = POLICY, corrections_only: bool = False, certainty: str = ""
    ) -> None:
        """Subscribe a place."""
        async with self.database.transaction() as connection:
            now = self.clock.now()
            filters = corrections_only, certainty
            wanted = subscriptions.wanted(place, areas, *filters, by="U1", at=now)
            await subscriptions.subscribe(connection, place, wanted)

    async def deliveries(self, *kinds: DeliveryKind, state: DeliveryState | None = DeliveryState.PENDING) -> list[Any]:
        """Return the deliveries of these kinds (all without one) in this state, oldest first."""
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(deliveries).order_by(deliveries.c.created_at))).all()
        wanted = [kind.value for kind in kinds or DeliveryKind]
        return [row for row in rows if row.kind in wanted and state in (None, row.state)]

    async def post_all(self) -> None:
        """Let everything pending that is due be posted, as the outbox would."""
        for row in await self.deliveries():
            if row.due_at <= self.clock.now():
                await self.settle(row, DeliveryState.SENT, ts=f"{row.id[:8]}.1")

    async def settle(self, row: Any, state: DeliveryState, *, ts: str = "", error: str = "") -> None:  # noqa: ANN401 — a row
        """Let a delivery be posted or die, and tell the witness."""
        async with self.database.transaction() as connection:
            change = update(deliveries).where(deliveries.c.id == row.id).values(state=state.value, ts=ts or None)
            await connection.execute(change)
            attempt = attempt_of((await connection.execute(rows().where(deliveries.c.id == row.id))).one())
            await self.corrections.on_settled(connection, replace(attempt, state=state, ts=ts, error=error))
