"""The operator's look at the ledger: what is expected, what was posted, what is not, and why; and a hand on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import and_, case, func, select, update

from bot.errors import BriefingBotError
from bot.messages import ChannelRef
from bot.outbox.delivery import EXPIRES_AFTER_S, DeliveryKind, DeliveryState, OutboxMessage
from bot.recurrence.bank_holidays import BankHolidays, bank_holidays_of
from bot.schedules import schedules
from bot.schedules.next_run import resume
from bot.schedules.schedules import RunState
from bot.store.revisions import newest_number, read_revision
from bot.store.tables import deliveries, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.store.database import Database

LATE_AFTER: Final = timedelta(minutes=2)
SHORTEST_ID: Final = 6
"""Characters of an id that are enough to name a delivery, if no other begins so."""

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries there are, by what became of them. `late`: due two minutes ago and still open."""

    expected: int
    posted: int
    pending: int
    unknown: int
    dead: int
    late: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as an operator sees it. Times are aware UTC; `why` is empty while nothing is wrong."""

    id: str
    team: str
    channel: str
    kind: DeliveryKind
    state: DeliveryState
    due_at: datetime
    attempts: int
    ts: str
    why: str
    revision: int | None


class Admin:
    """Reads and mends the ledger of a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Take the database, and the clock that says what is late."""
        self._database = database
        self._clock = clock

    async def counts(self, channel: str = "") -> Counts:
        """Count the deliveries, of one channel if it is named. What was dropped is expected no more."""
        columns = deliveries.c
        late = and_(columns.state.in_(_OPEN), columns.due_at < self._clock.now() - LATE_AFTER)
        counts = {
            "expected": columns.state != DeliveryState.DROPPED,
            "posted": columns.state == DeliveryState.SENT,
            "pending": columns.state.in_((DeliveryState.PENDING, DeliveryState.SENDING)),
            "unknown": columns.state == DeliveryState.UNKNOWN,
            "dead": columns.state == DeliveryState.DEAD,
            "late": late,
        }
        query = select(*(func.coalesce(func.sum(case((rule, 1), else_=0)), 0) for rule in counts.values()))
        if channel:
            query = query.where(columns.channel == channel)
        async with self._database.reading() as connection:
            return Counts(*(int(number) for number in (await connection.execute(query)).one()))

    async def check(self) -> Counts:
        """Count, and log what should have been posted two minutes ago and was not."""
        tally = await self.counts()
        if tally.late:
            _log.error(
                "deliveries are late",
                late=tally.late,
                expected=tally.expected,
                posted=tally.posted,
                unknown=tally.unknown,
                dead=tally.dead,
            )
        return tally

    async def list(
        self, states: Collection[DeliveryState] = (), channel: str = "", most: int = 100
    ) -> tuple[DeliveryRow, ...]:
        """Return the newest deliveries, of these states (none named: all) and this channel."""
        columns = deliveries.c
        query = select(deliveries).order_by(columns.created_at.desc()).limit(most)
        if states:
            query = query.where(columns.state.in_(states))
        if channel:
            query = query.where(columns.channel == channel)
        async with self._database.reading() as connection:
            return tuple(_entry(row) for row in await connection.execute(query))

    async def retry(self, delivery_id: str) -> DeliveryRow:
        """Let a dead delivery go again, for a day, and its channel's subscriptions and schedules with it.

        Raises BriefingBotError.
        """
        entry = await self._find(delivery_id)
        if entry.state is not DeliveryState.DEAD:
            raise BriefingBotError(f"Delivery {entry.id} is {entry.state}: only a dead one can be tried again.")
        now = self._clock.now()
        fresh = {"due_at": now, "expires_at": now + timedelta(seconds=EXPIRES_AFTER_S), "error": None}
        await self._change(entry, DeliveryState.PENDING, **fresh)
        async with self._database.transaction() as connection:
            here = and_(subscriptions.c.team == entry.team, subscriptions.c.channel == entry.channel)
            await connection.execute(
                update(subscriptions)
                .where(here, subscriptions.c.paused_why == entry.why)
                .values(paused_at=None, paused_why=None)
            )
            kept = await schedules.for_channel(connection, ChannelRef(entry.team, entry.channel))
            for schedule in [each for each in kept if each.paused_why == entry.why]:
                await resume(connection, schedule.id, now, await _holidays(connection))
        return await self._find(entry.id)

    async def drop(self, delivery_id: str) -> DeliveryRow:
        """Take a delivery that was not posted away. Raises BriefingBotError."""
        entry = await self._find(delivery_id)
        if entry.state not in (DeliveryState.PENDING, DeliveryState.UNKNOWN, DeliveryState.DEAD):
            raise BriefingBotError(f"Delivery {entry.id} is {entry.state}: it cannot be dropped.")
        await self._change(entry, DeliveryState.DROPPED, error="dropped by hand")
        return await self._find(entry.id)

    async def _change(self, entry: DeliveryRow, state: DeliveryState, **values: Any) -> None:  # noqa: ANN401 — any column's value
        """Change its state, unless it has changed meanwhile; the fence rises, so that nobody else decides any more."""
        run_state = RunState.DUE if state is DeliveryState.PENDING else RunState.SKIPPED
        async with self._database.transaction() as connection:
            changed = await connection.execute(
                update(deliveries)
                .where(deliveries.c.id == entry.id, deliveries.c.state == entry.state)
                .values(state=state.value, fence=deliveries.c.fence + 1, **values)
            )
            body = await connection.scalar(select(deliveries.c.body).where(deliveries.c.id == entry.id))
            if (due := OutboxMessage.from_json(body or {}).due) is not None:
                await schedules.mark(connection, due, entry.id, run_state, why=values["error"] or "")
        if changed.rowcount != 1:
            raise BriefingBotError(f"Delivery {entry.id} has just changed.", "Look at it again.")

    async def _find(self, delivery_id: str) -> DeliveryRow:
        """Return the one delivery whose id begins so."""
        begun = delivery_id.strip().lower()
        if len(begun) < SHORTEST_ID or not begun.isalnum():
            raise BriefingBotError(f"A delivery’s id has at least {SHORTEST_ID} letters and digits.")
        async with self._database.reading() as connection:
            query = select(deliveries).where(deliveries.c.id.startswith(begun)).limit(2)
            found = [_entry(row) for row in await connection.execute(query)]
        if len(found) != 1:
            hint = "Give more of its id." if found else "briefing-bot deliveries lists them."
            raise BriefingBotError(f"{'More than one' if found else 'No'} delivery begins with {begun}.", hint)
        return found[0]


def _entry(row: Any) -> DeliveryRow:  # noqa: ANN401 — a row of the table
    return DeliveryRow(
        id=row.id,
        team=row.team,
        channel=row.channel,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        ts=row.ts or "",
        why=row.error or "",
        revision=row.revision,
    )


async def _holidays(connection: AsyncConnection) -> BankHolidays:
    """Return the bank holidays of the newest revision; of one that another version wrote, those that all have."""
    try:
        revision = await read_revision(connection, await newest_number(connection))
    except ValueError:
        revision = None
    return bank_holidays_of(revision.content.memorandum.bank_holidays) if revision else BankHolidays()
