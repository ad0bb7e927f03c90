"""Operators' view of the outbox: counts, a list of deliveries, and retrying or cancelling one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import and_, case, func, select, update

from bot.errors import BriefingBotError
from bot.outbox.delivery import EXPIRES_AFTER_S, REPLIES, DeliveryKind, DeliveryState
from bot.outbox.queries import attempt_of, rows
from bot.outbox.removed_workspaces import has_app
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.outbox.protocols import OperatorListener
    from bot.store.database import Database

LATE_AFTER: Final = timedelta(minutes=2)
SHORTEST_ID: Final = 6
"""Characters of an id that are enough to name a delivery, if no other begins so."""

_OPEN = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED)
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """Numbers of deliveries by state. `late`: due two minutes ago and still open, where the app is."""

    expected: int
    posted: int
    pending: int
    unconfirmed: int
    failed: int
    late: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as an operator sees it. Times are aware UTC; `reason` is empty without an error."""

    id: str
    team: str
    channel: str
    kind: DeliveryKind
    state: DeliveryState
    due_at: datetime
    attempts: int
    ts: str
    reason: str
    revision: int | None


class Admin:
    """Reads the outbox of a database, and retries or cancels deliveries."""

    def __init__(self, database: Database, clock: Clock, listeners: Sequence[OperatorListener] = ()) -> None:
        """Take the listeners that are called when a delivery is retried or cancelled."""
        self._database = database
        self._clock = clock
        self._listeners = listeners

    async def counts(self, channel: str = "") -> DeliveryCounts:
        """Count the deliveries, of one channel if it is named. What was cancelled is not expected."""
        columns = deliveries.c
        late = and_(columns.state.in_(_OPEN), columns.due_at < self._clock.now() - LATE_AFTER, has_app(columns.team))
        counts = {
            "expected": columns.state != DeliveryState.CANCELLED,
            "posted": columns.state == DeliveryState.SENT,
            "pending": columns.state.in_((DeliveryState.PENDING, DeliveryState.SENDING)),
            "unconfirmed": columns.state == DeliveryState.UNCONFIRMED,
            "failed": columns.state == DeliveryState.FAILED,
            "late": late,
        }
        query = select(*(func.coalesce(func.sum(case((rule, 1), else_=0)), 0) for rule in counts.values()))
        if channel:
            query = query.where(columns.channel == channel)
        async with self._database.reading() as connection:
            return DeliveryCounts(*(int(number) for number in (await connection.execute(query)).one()))

    async def check(self) -> DeliveryCounts:
        """Count, and log what should have been posted two minutes ago and was not."""
        counts = await self.counts()
        if counts.late:
            _log.error(
                "deliveries.late",
                late=counts.late,
                expected=counts.expected,
                posted=counts.posted,
                unconfirmed=counts.unconfirmed,
                failed=counts.failed,
            )
        return counts

    async def list(
        self, states: Collection[DeliveryState] = (), channel: str = "", limit: int = 100
    ) -> tuple[DeliveryRow, ...]:
        """Return the newest deliveries, of these states (none named: all) and this channel."""
        columns = deliveries.c
        query = select(deliveries).order_by(columns.created_at.desc()).limit(limit)
        if states:
            query = query.where(columns.state.in_(states))
        if channel:
            query = query.where(columns.channel == channel)
        async with self._database.reading() as connection:
            return tuple(_as_row(row) for row in await connection.execute(query))

    async def retry(self, delivery_id: str) -> DeliveryRow:
        """Send a failed delivery again, for a day; what its failure had paused in its channel is resumed.

        Raises BriefingBotError.
        """
        found = await self._find(delivery_id)
        if found.state is not DeliveryState.FAILED:
            raise BriefingBotError(f"Delivery {found.id} is {found.state}: only a failed one can be tried again.")
        if found.kind in REPLIES:
            raise BriefingBotError(f"Delivery {found.id} is a reply: who asked was told, and its words are not kept.")
        now = self._clock.now()
        fresh = {"due_at": now, "expires_at": now + timedelta(seconds=EXPIRES_AFTER_S), "error": None}
        await self._change(found, DeliveryState.PENDING, found.reason, fresh)
        return await self._find(found.id)

    async def cancel(self, delivery_id: str) -> DeliveryRow:
        """Cancel a delivery that was not posted. Raises BriefingBotError."""
        found = await self._find(delivery_id)
        why = "cancelled by an operator"
        if found.state not in (DeliveryState.PENDING, DeliveryState.UNCONFIRMED, DeliveryState.FAILED):
            raise BriefingBotError(f"Delivery {found.id} is {found.state}: it cannot be cancelled.")
        erased: dict[str, Any] = {"payload": {}} if found.kind in REPLIES else {}
        await self._change(found, DeliveryState.CANCELLED, why, {"error": why, **erased})
        return await self._find(found.id)

    async def _change(self, found: DeliveryRow, state: DeliveryState, why: str, values: Mapping[str, Any]) -> None:
        """Change a delivery's state unless it has changed meanwhile; a worker that had claimed it updates nothing."""
        columns = deliveries.c
        async with self._database.transaction() as connection:
            changed = await connection.execute(
                update(deliveries)
                .where(columns.id == found.id, columns.state == found.state)
                .values(state=state.value, fencing_token=columns.fencing_token + 1, **values)
            )
            if changed.rowcount != 1:
                raise BriefingBotError(f"Delivery {found.id} has just changed.", "Look at it again.")
            attempt = attempt_of((await connection.execute(rows().where(columns.id == found.id))).one())
            for listener in self._listeners:
                await listener.on_operator_change(connection, replace(attempt, error=why))

    async def _find(self, delivery_id: str) -> DeliveryRow:
        """Return the one delivery whose id begins so."""
        begun = delivery_id.strip().lower()
        if len(begun) < SHORTEST_ID or not begun.isalnum():
            raise BriefingBotError(f"A delivery’s id has at least {SHORTEST_ID} letters and digits.")
        async with self._database.reading() as connection:
            query = select(deliveries).where(deliveries.c.id.startswith(begun)).limit(2)
            found = [_as_row(row) for row in await connection.execute(query)]
        if len(found) != 1:
            hint = "Give more of its id." if found else "briefing-bot deliveries lists them."
            raise BriefingBotError(f"{'More than one' if found else 'No'} delivery begins with {begun}.", hint)
        return found[0]


def _as_row(row: Any) -> DeliveryRow:  # noqa: ANN401 — a row of the table
    return DeliveryRow(
        id=row.id,
        team=row.team,
        channel=row.channel,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        ts=row.ts or "",
        reason=row.error or "",
        revision=row.revision,
    )
