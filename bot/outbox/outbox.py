"""The ledger of deliveries: what is to be posted, what was, and who is at it. Decisions are its, calls are not.

The protocol. An attempt is committed before its call (`claim`), so that a call which was made is always known of. Each
claim raises the delivery's fence, and every later change names the fence that it saw: who was overtaken changes none.
What Slack answered settles it; what nobody knows is `unknown` until somebody has looked (bot/outbox/worker.py). A
channel has at most one delivery on its way, and PACE_S between an answer and the next call, across processes.
Scheduled deliveries are written when they are claimed, so that they say what holds then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from bot.errors import BriefingBotError
from bot.outbox.delivery import DeliveryKind, DeliveryState, ErrorClass, NotDeliveredError, message_to_json, new_id
from bot.outbox.failures import failure_notices
from bot.outbox.queries import (
    EVERY_METHOD,
    IN_DOUBT,
    READING,
    SKEW,
    active_limits,
    change,
    free_at,
    postpone,
    rate_limit,
    readable,
    ready,
    rows,
    unlocked,
)
from bot.store.errors import StoreError
from bot.store.revisions import hold_off_publishing
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.messages import ChannelRef
    from bot.outbox.delivery import Attempt, Delivery, DeliveryListener, Renderer, Transport
    from bot.store.database import Database

HOLD_S: Final = 60.0
"""Seconds before an installation that Slack refuses is tried again."""

_CLAIM_LOCK = 0x6272_6965  # any number: whoever claims on PostgreSQL takes this advisory lock, so that claims queue
_APART = timedelta(microseconds=100)

_log = structlog.stdlib.get_logger(__name__)


async def enqueue(connection: AsyncConnection, wanted: Iterable[Delivery], now: datetime) -> None:
    """Add deliveries, in this transaction. In a channel they go out by priority, then in this order."""
    added = [_row(each, now + number * _APART, now) for number, each in enumerate(wanted)]
    if added:
        await connection.execute(insert(deliveries), added)


async def enqueue_once(connection: AsyncConnection, delivery: Delivery, now: datetime) -> None:
    """Add a delivery whose id says what it is, in this transaction; one that has failed is tried again."""
    added = _row(delivery, now, now)
    is_postgresql = connection.dialect.name == "postgresql"
    statement = (postgresql.insert if is_postgresql else sqlite.insert)(deliveries).values(added)
    again = {name: statement.excluded[name] for name in ("payload", "state", "due_at", "expires_at", "revision")}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[deliveries.c.id],
            set_={**again, "error": None, "fencing_token": deliveries.c.fencing_token + 1},
            where=deliveries.c.state.in_((DeliveryState.FAILED, DeliveryState.CANCELLED)),
        )
    )


async def cancel_replies(connection: AsyncConnection, place: ChannelRef, ts: str) -> None:
    """Cancel what waits to be posted in the thread of a post that is removed."""
    columns = deliveries.c
    posted = select(columns.id).where(columns.team == place.team, columns.channel == place.channel, columns.ts == ts)
    waiting = and_(columns.parent_id.in_(posted), columns.state == DeliveryState.PENDING)
    values = {"state": DeliveryState.CANCELLED.value, "error": "the post was removed"}
    await connection.execute(update(deliveries).where(waiting).values(**values))


def _row(delivery: Delivery, created_at: datetime, now: datetime) -> dict[str, Any]:
    due_at = delivery.due_at or now
    return {
        "id": delivery.id,
        "team": delivery.team,
        "channel": delivery.channel,
        "kind": delivery.kind.value,
        "priority": int(delivery.priority),
        "payload": message_to_json(delivery.message),
        "state": DeliveryState.PENDING.value,
        "created_at": created_at,
        "due_at": due_at,
        "expires_at": due_at + timedelta(seconds=delivery.expires_after_s),
        "revision": delivery.revision,
        "schedule_id": delivery.schedule_id,
        "parent_id": delivery.parent_id,
    }


class Outbox:
    """The deliveries of a database, as one process works on them."""

    def __init__(  # noqa: PLR0913 — the parts it is made of, once
        self,
        database: Database,
        clock: Clock,
        transport: Transport,
        *,
        quiet_s: float,
        maintainers_channel: str = "",
        listeners: Sequence[DeliveryListener] = (),
        renderer: Renderer | None = None,
    ) -> None:
        """`quiet_s`: seconds after which no call of an attempt can arrive any more (DELIVERY_QUIET_S).

        Without a `composer`, scheduled deliveries go as they were enqueued.
        """
        self._database = database
        self._clock = clock
        self._courier = transport
        self._quiet = timedelta(seconds=quiet_s)
        self._maintainers_channel = maintainers_channel
        self._witnesses = listeners
        self._composer = renderer
        self._worker_id = new_id()

    async def claim(self, limit: int, *, lead_s: float = 0.0) -> tuple[Attempt, ...]:
        """Take up to `most` deliveries that may go within `lead_s`, at most one a channel: they are `sending` now.

        Each is to be called at its `begins_at`.
        """
        async with self._database.transaction() as connection:
            if not self._database.is_sqlite:
                await connection.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
            now = self._clock.now()
            heads: dict[tuple[str, str], str] = {}
            for row in await ready(connection, now, self._courier.api_method, lead_s=lead_s):
                heads.setdefault((row.team, row.channel), row.id)
            chosen = await unlocked(connection, list(heads.values())[:limit])
            if not chosen:
                return ()
            claimed = update(deliveries).where(deliveries.c.id.in_(chosen), deliveries.c.state == DeliveryState.PENDING)
            counted = {"attempts": deliveries.c.attempts + 1, "fencing_token": deliveries.c.fencing_token + 1}
            await connection.execute(
                claimed.values(state=DeliveryState.SENDING.value, claimed_at=now, claimed_by=self._worker_id, **counted)
            )
            mine = (
                deliveries.c.id.in_(chosen),
                deliveries.c.claimed_by == self._worker_id,
                deliveries.c.claimed_at == now,
            )
            found, odd = readable(await connection.execute(rows().where(*mine)))
            await postpone(connection, odd, now + timedelta(seconds=HOLD_S))
            times = await free_at(connection, found, now) if lead_s else {}
            written = [await self._render(connection, each) for each in found]
        begin = [replace(each, begins_at=times.get((each.team, each.channel), now)) for each in written if each]
        return tuple(sorted(begin, key=lambda each: (each.begins_at, chosen.index(each.id))))

    async def is_waiting(self) -> bool:
        """Whether something might be claimed: a look that locks nothing."""
        async with self._database.reading() as connection:
            return bool(await ready(connection, self._clock.now(), self._courier.api_method, limit=1))

    async def sent(self, attempt: Attempt, ts: str) -> bool:
        """Record that it stands in its channel. Return False when somebody else has decided meanwhile."""
        return (await self.settle([(attempt, ts)]))[0]

    async def refused(self, attempt: Attempt, error: NotDeliveredError) -> bool:
        """Record what Slack said instead. Return False when somebody else has decided meanwhile."""
        return (await self.settle([(attempt, error)]))[0]

    async def settle(self, outcomes: Sequence[tuple[Attempt, str | NotDeliveredError]]) -> list[bool]:
        """Record what came of attempts, each its ts or its error, in one transaction, and do what follows.

        The pace counts from an attempt's `answered_at`. False for each that somebody else has decided meanwhile.
        """
        now = self._clock.now()
        async with self._database.transaction() as connection:
            # Before any row is locked: a witness may need it, and who publishes locks it first, too.
            await hold_off_publishing(connection)
            return [
                await self._refused(connection, attempt, outcome, attempt.answered_at or now)
                if isinstance(outcome, NotDeliveredError)
                else await self._sent(connection, attempt, outcome, attempt.answered_at or now)
                for attempt, outcome in outcomes
            ]

    async def mark_not_sent(self, attempt: Attempt) -> bool:
        """Record that it did not arrive: it goes again. Return False when somebody else has decided meanwhile."""
        async with self._database.transaction() as connection:
            return await change(connection, attempt, state=DeliveryState.PENDING.value)

    async def unconfirmed(self) -> tuple[Attempt, ...]:
        """Return those of unknown outcome whose call cannot arrive any more."""
        now = self._clock.now()
        silent = and_(deliveries.c.state == DeliveryState.UNCONFIRMED, deliveries.c.claimed_at <= now - self._quiet)
        async with self._database.reading() as connection:
            held = {team for team, method in await active_limits(connection, now) if method in (EVERY_METHOD, READING)}
            found = (await connection.execute(rows().where(silent).order_by(deliveries.c.claimed_at))).all()
        return tuple(readable(row for row in found if row.team not in held)[0])

    async def postpone_reading(self, team: str, seconds: float) -> None:
        """Look into no channel of this workspace for so long."""
        async with self._database.transaction() as connection:
            await rate_limit(connection, team, READING, self._clock.now(), seconds)

    async def reap(self, in_flight: Collection[str] = ()) -> None:
        """Fail what has expired, cancel what depends on a failed post, and mark stale attempts unconfirmed.

        Attempts of this process that are `in_flight` (ids) are not stale, whatever the clock says.
        """
        now = self._clock.now()
        columns, parent = deliveries.c, deliveries.alias("lost")
        pending = columns.state == DeliveryState.PENDING
        lost = select(parent.c.id).where(parent.c.state.in_((DeliveryState.FAILED, DeliveryState.CANCELLED)))
        sending = and_(columns.state == DeliveryState.SENDING, columns.id.not_in(in_flight))
        stale = and_(sending, columns.claimed_at <= now - self._quiet)
        ahead = and_(columns.state.in_(IN_DOUBT), columns.claimed_at > now + SKEW)
        orphan = and_(pending, columns.parent_id.in_(lost))
        expired = and_(pending, columns.expires_at <= now)
        async with self._database.reading() as connection:
            wrong = select(columns.id).where(or_(stale, ahead, orphan, expired))
            if not await connection.scalar(select(wrong.exists())):
                return
        async with self._database.transaction() as connection:
            await hold_off_publishing(connection)  # as in `settle`
            await connection.execute(update(deliveries).where(ahead).values(claimed_at=now))
            await connection.execute(update(deliveries).where(stale).values(state=DeliveryState.UNCONFIRMED.value))
            why = "the post that it belongs to was never posted"
            await connection.execute(
                update(deliveries).where(orphan).values(state=DeliveryState.CANCELLED.value, error=why)
            )
            late = NotDeliveredError("it could not be posted in time", code="expired", error_class=ErrorClass.MESSAGE)
            found, odd = readable(await connection.execute(rows().where(expired)))
            unread = {"state": DeliveryState.FAILED.value, "error": "unreadable"}
            await connection.execute(update(deliveries).where(columns.id.in_(odd)).values(**unread))
            for attempt in found:
                if await change(
                    connection, attempt, state=DeliveryState.FAILED.value, finished_at=now, error=late.code
                ):
                    await self._fail(connection, attempt, late)

    async def _render(self, connection: AsyncConnection, attempt: Attempt) -> Attempt | None:
        """Write a scheduled delivery, and keep what it says with it; one that cannot be written is dead."""
        due = attempt.message.request
        if due is None or self._composer is None:
            return attempt
        try:
            async with connection.begin_nested():
                composed = await self._composer.render(connection, due, team=attempt.team, channel=attempt.channel)
        except (DBAPIError, StoreError):
            raise
        except ValueError:  # the newest revision is of another version’s form
            await postpone(connection, [attempt.id], self._clock.now() + timedelta(seconds=HOLD_S))
            return None
        except Exception as fault:  # noqa: BLE001 — one fault must not keep all the rest from being claimed
            _log.error("a scheduled post could not be written", delivery=attempt.id, exc_info=fault)
            why = fault.message if isinstance(fault, BriefingBotError) else "It could not be written: see the log."
            error = NotDeliveredError(why, code="unwritten", error_class=ErrorClass.MESSAGE)
            await self._refused(connection, attempt, error, attempt.claimed_at)
            return None
        message = replace(composed.message, request=due)
        values = {"payload": message_to_json(message), "revision": composed.revision}
        await connection.execute(update(deliveries).where(deliveries.c.id == attempt.id).values(**values))
        return replace(attempt, message=message, revision=composed.revision)

    async def _sent(self, connection: AsyncConnection, attempt: Attempt, ts: str, now: datetime) -> bool:
        """Record that it stands; a text too long for one message goes on in its thread."""
        if not await change(connection, attempt, state=DeliveryState.SENT.value, ts=ts, finished_at=now, error=None):
            return False
        if attempt.message.part == 0 and attempt.kind is not DeliveryKind.EDIT:
            await self._enqueue_rest(connection, replace(attempt, ts=ts))
        await self._notify_listeners(connection, replace(attempt, state=DeliveryState.SENT, ts=ts))
        return True

    async def _refused(
        self, connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, now: datetime
    ) -> bool:
        state = DeliveryState.FAILED
        if error.error_class is ErrorClass.UNCONFIRMED:
            state = DeliveryState.UNCONFIRMED
        elif error.error_class in (ErrorClass.WAIT, ErrorClass.AUTH):
            state = DeliveryState.PENDING
            is_wait = error.error_class is ErrorClass.WAIT
            method = self._courier.api_method(attempt.kind) if is_wait else EVERY_METHOD
            wait_s = error.retry_after_s if is_wait else HOLD_S
            await rate_limit(connection, attempt.team, method, now, wait_s)
        if not await change(connection, attempt, state=state.value, finished_at=now, error=error.code):
            return False
        if state is DeliveryState.FAILED:
            await self._fail(connection, attempt, error)
        return True

    async def _enqueue_rest(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Enqueue the later messages of a long text, right behind the first."""
        parts = self._courier.message_count(attempt.message)
        if parts == 1:
            return
        first = (await connection.execute(select(deliveries).where(deliveries.c.id == attempt.id))).mappings().one()
        fresh = dict.fromkeys(("claimed_at", "claimed_by", "ts", "finished_at", "error")) | {
            "attempts": 0,
            "fencing_token": 0,
        }
        message = replace(attempt.message, fact_digests={}, rendered_changes={}, request=None, follows=attempt.ts)
        rest = [
            {
                **first,
                **fresh,
                "attempts": 0,
                "fencing_token": 0,
                "id": new_id(),
                "payload": message_to_json(replace(message, part=part)),
                "state": DeliveryState.PENDING.value,
                "created_at": first["created_at"] + timedelta(microseconds=part),
                "parent_id": first["parent_id"] or (None if attempt.thread else first["id"]),
            }
            for part in range(1, parts)
        ]
        await connection.execute(insert(deliveries), rest)

    async def _fail(self, connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError) -> None:
        """Notify operators and listeners of a delivery that failed."""
        now = self._clock.now()
        await enqueue(
            connection, await failure_notices(connection, attempt, error, self._maintainers_channel, now), now
        )
        # Who asked for a post is told; it pauses nothing in its channel.
        cause = None if attempt.kind is DeliveryKind.POST else error.error_class
        await self._notify_listeners(
            connection, replace(attempt, state=DeliveryState.FAILED, error=error.code, error_class=cause)
        )

    async def _notify_listeners(self, connection: AsyncConnection, attempt: Attempt) -> None:
        for witness in self._witnesses:
            await witness.on_settled(connection, attempt)
