"""The ledger of deliveries: what is to be posted, what was, and who is at it. Decisions are its, calls are not.

The protocol. An attempt is committed before its call (`claim`), so that a call which was made is always known of. Each
claim raises the delivery's fence, and every later change names the fence that it saw: who was overtaken changes none.
What Slack answered settles it; what nobody knows is `unknown` until somebody has looked (bot/deliverer.py).
A channel has at most one delivery on its way, and PACE_S between an answer and the next call, across processes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from sqlalchemy import and_, func, insert, or_, select, update

from bot.claims import EVERY_METHOD, READING, attempt_of, change, hold, holds, ready, rows
from bot.delivery import Delivery, Kind, Message, NotDeliveredError, State, Verdict, new_id
from bot.store.tables import deliveries, subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.delivery import Attempt, Courier
    from bot.store.database import Database

HOLD_S: Final = 60.0
"""Seconds before an installation that Slack refuses is tried again."""
TOLD_AGAIN_AFTER: Final = timedelta(hours=24)

_CLAIM_LOCK = 0x6272_6965  # any number: whoever claims on PostgreSQL takes this advisory lock, so that claims queue
_APART = timedelta(microseconds=100)

_log = structlog.stdlib.get_logger(__name__)


class Witness(Protocol):
    """Told of a delivery that was posted or died, within the transaction that says so."""

    async def settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Take note: `attempt.state` is sent (with its `ts`) or dead (with its `error`)."""
        ...


async def enqueue(connection: AsyncConnection, wanted: Iterable[Delivery], now: datetime) -> None:
    """Add deliveries, in this transaction. In a channel they go out by priority, then in this order."""
    added = [
        {
            "id": each.id,
            "team": each.team,
            "channel": each.channel,
            "kind": each.kind.value,
            "priority": int(each.priority),
            "body": each.message.to_json(),
            "state": State.PENDING.value,
            "created_at": now + number * _APART,
            "due_at": each.due_at or now,
            "expires_at": (each.due_at or now) + timedelta(seconds=each.expires_after_s),
            "revision": each.revision,
            "subscription": each.subscription,
            "depends_on": each.depends_on,
        }
        for number, each in enumerate(wanted)
    ]
    if added:
        await connection.execute(insert(deliveries), added)


class Ledger:
    """The deliveries of a database, as one process works on them."""

    def __init__(  # noqa: PLR0913 — the parts it is made of, once
        self,
        database: Database,
        clock: Clock,
        courier: Courier,
        *,
        quiet_s: float,
        maintainers_channel: str = "",
        witnesses: Sequence[Witness] = (),
    ) -> None:
        """`quiet_s`: seconds after which no call of an attempt can arrive any more (DELIVERY_QUIET_S)."""
        self._database = database
        self._clock = clock
        self._courier = courier
        self._quiet = timedelta(seconds=quiet_s)
        self._maintainers_channel = maintainers_channel
        self._witnesses = witnesses
        self._owner = new_id()

    async def claim(self, most: int) -> tuple[Attempt, ...]:
        """Take up to `most` deliveries that may go now, at most one a channel; they are `sending` from here on."""
        async with self._database.transaction() as connection:
            if not self._database.is_sqlite:
                await connection.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
            now = self._clock.now()
            heads: dict[tuple[str, str], str] = {}
            for row in await ready(connection, now, await self._held(connection, now)):
                heads.setdefault((row.team, row.channel), row.id)
            chosen = list(heads.values())[:most]
            if not chosen:
                return ()
            claimed = update(deliveries).where(deliveries.c.id.in_(chosen), deliveries.c.state == State.PENDING)
            counted = {"attempts": deliveries.c.attempts + 1, "fence": deliveries.c.fence + 1}
            await connection.execute(
                claimed.values(state=State.SENDING.value, attempt_at=now, owner=self._owner, **counted)
            )
            mine = (deliveries.c.id.in_(chosen), deliveries.c.owner == self._owner, deliveries.c.attempt_at == now)
            found = (await connection.execute(rows().where(*mine))).all()
        return tuple(attempt_of(row) for row in sorted(found, key=lambda row: chosen.index(row.id)))

    async def is_waiting(self) -> bool:
        """Whether something might be claimed: a look that locks nothing."""
        async with self._database.reading() as connection:
            return bool(await ready(connection, self._clock.now(), most=1))

    async def sent(self, attempt: Attempt, ts: str) -> bool:
        """Record that it stands in its channel. Return False when somebody else has decided meanwhile."""
        return (await self.settle([(attempt, ts)]))[0]

    async def refused(self, attempt: Attempt, error: NotDeliveredError) -> bool:
        """Record what Slack said instead. Return False when somebody else has decided meanwhile."""
        return (await self.settle([(attempt, error)]))[0]

    async def settle(self, outcomes: Sequence[tuple[Attempt, str | NotDeliveredError]]) -> list[bool]:
        """Record what came of attempts, each its ts or its error, in one transaction, and do what follows.

        False for each that somebody else has decided meanwhile.
        """
        now = self._clock.now()
        async with self._database.transaction() as connection:
            return [
                await self._refused(connection, attempt, outcome, now)
                if isinstance(outcome, NotDeliveredError)
                else await self._sent(connection, attempt, outcome, now)
                for attempt, outcome in outcomes
            ]

    async def absent(self, attempt: Attempt) -> bool:
        """Record that it did not arrive: it goes again. Return False when somebody else has decided meanwhile."""
        async with self._database.transaction() as connection:
            return await change(connection, attempt, state=State.PENDING.value)

    async def unknown(self) -> tuple[Attempt, ...]:
        """Return those of unknown outcome whose call cannot arrive any more."""
        now = self._clock.now()
        silent = and_(deliveries.c.state == State.UNKNOWN, deliveries.c.attempt_at <= now - self._quiet)
        async with self._database.reading() as connection:
            held = {team for team, method in await holds(connection, now) if method in (EVERY_METHOD, READING)}
            found = (await connection.execute(rows().where(silent).order_by(deliveries.c.attempt_at))).all()
        return tuple(attempt_of(row) for row in found if row.team not in held)

    async def hold_reading(self, team: str, seconds: float) -> None:
        """Look into no channel of this workspace for so long."""
        async with self._database.transaction() as connection:
            await hold(connection, team, READING, self._clock.now() + timedelta(seconds=seconds))

    async def tidy(self) -> None:
        """Give up what is too old, drop what belongs to a dead post, and doubt what has been on its way too long."""
        now = self._clock.now()
        columns, parent = deliveries.c, deliveries.alias("lost")
        pending = columns.state == State.PENDING
        lost = select(parent.c.id).where(parent.c.state.in_((State.DEAD, State.DROPPED)))
        stale = and_(columns.state == State.SENDING, columns.attempt_at <= now - self._quiet)
        orphan = and_(pending, columns.depends_on.in_(lost))
        expired = and_(pending, columns.expires_at <= now)
        async with self._database.reading() as connection:
            if not await connection.scalar(select(select(columns.id).where(or_(stale, orphan, expired)).exists())):
                return
        async with self._database.transaction() as connection:
            await connection.execute(update(deliveries).where(stale).values(state=State.UNKNOWN.value))
            why = "the post that it belongs to was never posted"
            await connection.execute(update(deliveries).where(orphan).values(state=State.DROPPED.value, error=why))
            late = NotDeliveredError("it could not be posted in time", code="expired", verdict=Verdict.MESSAGE)
            for row in (await connection.execute(rows().where(expired))).all():
                attempt = attempt_of(row)
                if await change(connection, attempt, state=State.DEAD.value, settled_at=now, error=late.code):
                    await self._bury(connection, attempt, late)

    async def _sent(self, connection: AsyncConnection, attempt: Attempt, ts: str, now: datetime) -> bool:
        """Record that it stands; a text too long for one message goes on in its thread."""
        if not await change(connection, attempt, state=State.SENT.value, ts=ts, settled_at=now, error=None):
            return False
        if attempt.message.part == 0 and attempt.kind is not Kind.EDIT:
            await self._enqueue_rest(connection, attempt)
        await self._bear_witness(connection, replace(attempt, state=State.SENT, ts=ts))
        return True

    async def _refused(
        self, connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, now: datetime
    ) -> bool:
        state = State.DEAD
        if error.verdict is Verdict.UNKNOWN:
            state = State.UNKNOWN
        elif error.verdict in (Verdict.WAIT, Verdict.HOLD):
            state = State.PENDING
            is_wait = error.verdict is Verdict.WAIT
            method = self._courier.method(attempt.kind) if is_wait else EVERY_METHOD
            wait_s = error.retry_after_s if is_wait else HOLD_S
            await hold(connection, attempt.team, method, now + timedelta(seconds=wait_s))
        if not await change(connection, attempt, state=state.value, settled_at=now, error=error.code):
            return False
        if state is State.DEAD:
            await self._bury(connection, attempt, error)
        return True

    async def _held(self, connection: AsyncConnection, now: datetime) -> list[ColumnElement[bool]]:
        """Return what Slack asked to hold back until later: for each workspace and method, which deliveries."""
        held = []
        for team, method in await holds(connection, now):
            kinds = [kind.value for kind in Kind if method in (EVERY_METHOD, self._courier.method(kind))]
            held.append(and_(deliveries.c.team == team, deliveries.c.kind.in_(kinds)))
        return held

    async def _enqueue_rest(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Enqueue the later messages of a long text, right behind the first."""
        parts = self._courier.parts(attempt.message)
        if parts == 1:
            return
        first = (await connection.execute(select(deliveries).where(deliveries.c.id == attempt.id))).mappings().one()
        fresh = dict.fromkeys(("attempt_at", "owner", "ts", "settled_at", "error")) | {"attempts": 0, "fence": 0}
        rest = [
            {
                **first,
                **fresh,
                "id": new_id(),
                "body": replace(attempt.message, part=part, shown={}).to_json(),
                "state": State.PENDING.value,
                "created_at": first["created_at"] + timedelta(microseconds=part),
                "depends_on": first["depends_on"] or (None if attempt.thread else first["id"]),
            }
            for part in range(1, parts)
        ]
        await connection.execute(insert(deliveries), rest)

    async def _bury(self, connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError) -> None:
        """Do what the death of a delivery asks for: pause, tell, bear witness."""
        if error.verdict is Verdict.CHANNEL:
            here = and_(subscriptions.c.team == attempt.team, subscriptions.c.channel == attempt.channel)
            paused = {"paused_at": self._clock.now(), "paused_why": error.code}
            await connection.execute(
                update(subscriptions).where(here, subscriptions.c.paused_at.is_(None)).values(**paused)
            )
        if error.verdict is not Verdict.GONE:
            await self._tell(connection, attempt, error)
        await self._bear_witness(connection, replace(attempt, state=State.DEAD, error=error.code))

    async def _tell(self, connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError) -> None:
        """Tell those who can act, once a day for a channel and reason; the log is told each time."""
        about = {"delivery": attempt.id, "team": attempt.team, "channel": attempt.channel, "reason": error.code}
        _log.error("delivery is dead", **about)
        if not self._maintainers_channel or attempt.channel == self._maintainers_channel:
            return
        now = self._clock.now()
        alike = select(deliveries.c.id).where(
            deliveries.c.team == attempt.team,
            deliveries.c.channel == attempt.channel,
            deliveries.c.state == State.DEAD,
            deliveries.c.error == error.code,
            deliveries.c.settled_at > now - TOLD_AGAIN_AFTER,
            deliveries.c.id != attempt.id,
        )
        if (await connection.execute(alike.limit(1))).first() is None:
            told = Message(obituary(attempt, error))
            await enqueue(connection, [Delivery(attempt.team, self._maintainers_channel, Kind.NOTE, told)], now)

    async def _bear_witness(self, connection: AsyncConnection, attempt: Attempt) -> None:
        for witness in self._witnesses:
            await witness.settled(connection, attempt)


def obituary(attempt: Attempt, error: NotDeliveredError) -> str:
    """Return what a person is told of a dead delivery, in Markdown: what happened, why, and what to do."""
    paused = " The channel’s subscriptions are paused until then." if error.verdict is Verdict.CHANNEL else ""
    return (
        f"**A post did not reach its channel.** {attempt.kind.capitalize()} {attempt.id} for {attempt.channel}: "
        f"{error.message} ({error.code}). Once that is put right: "
        f"**briefing-bot deliveries retry {attempt.id}**.{paused}"
    )
