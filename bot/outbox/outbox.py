"""Transactional outbox: owns delivery state, never calls Slack.

`claim` commits a delivery as `sending` before it is sent, so that every call is on record. A claim raises the fencing
token, and later updates name the token that they saw: a worker with a stale token updates nothing. Slack's answer
settles a delivery; without one it is `unconfirmed` until the channel was read (bot/outbox/worker.py). In a channel one
delivery is sent at a time, PACE_S after the last answer, across processes. Scheduled posts are rendered when claimed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import and_, func, select, update
from sqlalchemy.exc import DBAPIError

from bot.config.maintainers import ONE_WORKSPACE
from bot.errors import BriefingBotError
from bot.outbox.delivery import (
    NOTHING_NEW,
    PRIVATE,
    REPLIES,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    NotDeliveredError,
    message_to_json,
    new_id,
)
from bot.outbox.enqueuing import enqueue_new, enqueue_rest
from bot.outbox.failures import erased, failure_notices
from bot.outbox.queries import (
    EVERY_METHOD,
    IN_DOUBT,
    READING,
    active_limits,
    change,
    decode,
    free_at,
    is_any,
    mark_sent,
    postpone,
    rate_limit,
    ready,
    rows,
    take,
)
from bot.outbox.reaping import is_any_overdue, overdue_at, reap
from bot.outbox.removed_workspaces import has_app
from bot.store.errors import StoreError
from bot.store.revisions import hold_off_publishing
from bot.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.clock import Clock
    from bot.config.maintainers import Maintainers
    from bot.outbox.delivery import Attempt
    from bot.outbox.protocols import DeliveryListener, DeliveryRenderer, Transport
    from bot.store.database import Database

AUTH_RETRY_S: Final = 60.0
"""Seconds until deliveries are sent again after Slack refused the installation."""

_CLAIM_LOCK = 0x6272_6965  # any number: the advisory lock that lets claims on PostgreSQL queue

_log = structlog.stdlib.get_logger(__name__)


class Outbox:
    """The outbox of a database, for one worker."""

    def __init__(  # noqa: PLR0913 — the parts it is made of, once
        self,
        database: Database,
        clock: Clock,
        transport: Transport,
        *,
        quiet_s: float,
        maintainers: Maintainers = ONE_WORKSPACE,
        listeners: Sequence[DeliveryListener] = (),
        renderer: DeliveryRenderer | None = None,
        shared: Clock | None = None,
    ) -> None:
        """`quiet_s` is DELIVERY_QUIET_S. Without a `renderer`, scheduled posts are sent as they were enqueued.

        `shared` says when something was claimed, which other processes compare; `clock` without one.
        """
        self._database = database
        self.outages = database.outages
        self._clock, self._shared = clock, shared or clock
        self._transport = transport
        self._quiet = timedelta(seconds=quiet_s)
        self._maintainers = maintainers
        self._listeners = listeners
        self._renderer = renderer
        self._worker_id = new_id()

    async def claim(self, limit: int, *, lead_s: float = 0.0) -> tuple[Attempt, ...]:
        """Claim up to `limit` deliveries that can be sent within `lead_s` seconds, at most one post a channel.

        Of what one person alone sees there, at most one for each. Each is to be sent at its `begins_at`.
        """
        async with self._database.transaction() as connection:
            if not self._database.is_sqlite:
                await connection.execute(select(func.pg_advisory_xact_lock(_CLAIM_LOCK)))
            now, at = self._clock.now(), self._shared.now()
            heads: dict[tuple[str, str, bool, str], str] = {}
            for row in await ready(connection, now, self._transport.api_method, lead_s=lead_s):
                heads.setdefault((row.team, row.channel, row.is_private, row.reader), row.id)
            chosen = list(heads.values())[:limit]
            if not chosen:
                return ()
            found, undecodable = decode(await take(connection, chosen, self._worker_id, at))
            await postpone(connection, undecodable, now + timedelta(seconds=AUTH_RETRY_S))
            times = await free_at(connection, found, now) if lead_s else {}
            written = [await self._render(connection, each) for each in found]
        begin = [
            each if each.kind in PRIVATE else replace(each, begins_at=times.get((each.team, each.channel), now))
            for each in (replace(one, begins_at=now, claimed_at=now) for one in written if one)
        ]
        return tuple(sorted(begin, key=lambda each: (each.begins_at, chosen.index(each.id))))

    async def is_waiting(self) -> bool:
        """Whether something could be claimed; locks nothing."""
        async with self._database.reading() as connection:
            return bool(await ready(connection, self._clock.now(), self._transport.api_method, limit=1))

    async def sent(self, attempt: Attempt, ts: str) -> bool:
        """Record that it was posted. False when its fencing token is stale."""
        return (await self.settle([(attempt, ts)]))[0]

    async def refused(self, attempt: Attempt, error: NotDeliveredError) -> bool:
        """Record an error. False when its fencing token is stale."""
        return (await self.settle([(attempt, error)]))[0]

    async def settle(self, outcomes: Sequence[tuple[Attempt, str | NotDeliveredError]]) -> list[bool]:
        """Record outcomes, each a ts or an error, in one transaction. False for each with a stale fencing token.

        The pace of a channel counts from `answered_at`.
        """
        now = self._clock.now()
        async with self._database.transaction() as connection:
            # Before any row is locked: publishing takes this lock first, too, and listeners may need it.
            await hold_off_publishing(connection)
            sent = [(each, ts, each.answered_at or now) for each, ts in outcomes if isinstance(ts, str)]
            marked = await mark_sent(connection, (each for each in sent if not erased(each[0], is_sent=True)))
            return [
                await self._refused(connection, attempt, outcome, attempt.answered_at or now)
                if isinstance(outcome, NotDeliveredError)
                else await self._sent(connection, attempt, outcome, attempt.answered_at or now, marked)
                for attempt, outcome in outcomes
            ]

    async def mark_not_sent(self, attempt: Attempt) -> bool:
        """Return it to pending: it is not in its channel. False when its fencing token is stale."""
        async with self._database.transaction() as connection:
            return await change(connection, attempt, state=DeliveryState.PENDING.value)

    async def unconfirmed(self) -> tuple[Attempt, ...]:
        """Return the unconfirmed deliveries whose call can no longer reach Slack."""
        now = self._clock.now()
        columns, since = deliveries.c, self._shared.now() - self._quiet
        silent = and_(columns.state == DeliveryState.UNCONFIRMED, columns.claimed_at <= since, has_app(columns.team))
        async with self._database.reading() as connection:
            limits = await active_limits(connection, now)
            found = (await connection.execute(rows().where(silent).order_by(deliveries.c.claimed_at))).all()
        limited = {team for team, method in limits if method in (EVERY_METHOD, READING)}
        return tuple(decode(row for row in found if row.team not in limited)[0])

    async def postpone_reading(self, team: str, seconds: float) -> None:
        """Read no channel of this workspace for so long."""
        async with self._database.transaction() as connection:
            await rate_limit(connection, team, READING, self._clock.now(), seconds)

    async def reap(self, in_flight: Collection[str] = ()) -> bool:
        """Fail what has expired, cancel what depends on a failed post, and mark stale attempts unconfirmed.

        Return whether any delivery may be unconfirmed.
        Attempts of this process that are `in_flight` (ids) are not stale, whatever the clock says.
        """
        now, shared_now = self._clock.now(), self._shared.now()
        overdue = overdue_at(now, shared_now, self._quiet, in_flight)
        async with self._database.reading() as connection:
            is_open = await is_any(connection, DeliveryState.PENDING, *IN_DOUBT)
            if not is_open or not await is_any_overdue(connection, overdue):
                return is_open
        async with self._database.transaction() as connection:
            await hold_off_publishing(connection)  # as in `settle`
            late = NotDeliveredError("it could not be posted in time", code="expired", error_class=ErrorClass.MESSAGE)
            for attempt in await reap(connection, overdue, now, shared_now):
                done = {"state": DeliveryState.FAILED.value, "finished_at": now, "error": late.code}
                if await change(connection, attempt, **done, **erased(attempt)):
                    await self._fail(connection, attempt, late)
        return True

    async def _render(self, connection: AsyncConnection, attempt: Attempt) -> Attempt | None:
        """Render a scheduled post and store its message; one that cannot be rendered fails."""
        request = attempt.message.request
        if request is None or self._renderer is None:
            return attempt
        try:
            async with connection.begin_nested():
                rendered = await self._renderer.render(connection, request, team=attempt.team, channel=attempt.channel)
        except (DBAPIError, StoreError):
            raise
        except ValueError:  # the newest revision is of another version’s form
            await postpone(connection, [attempt.id], self._clock.now() + timedelta(seconds=AUTH_RETRY_S))
            return None
        except Exception as fault:  # noqa: BLE001 — one fault must not keep all the rest from being claimed
            _log.error("delivery.render_failed", delivery=attempt.id, exc_info=fault)
            why = fault.message if isinstance(fault, BriefingBotError) else "It could not be rendered: see the log."
            error = NotDeliveredError(why, code="render_failed", error_class=ErrorClass.MESSAGE)
            await self._refused(connection, attempt, error, attempt.claimed_at)
            return None
        if rendered is None:
            await change(connection, attempt, state=DeliveryState.CANCELLED.value, error=NOTHING_NEW)
            await self._notify_listeners(connection, replace(attempt, state=DeliveryState.CANCELLED, error=NOTHING_NEW))
            return None
        message = replace(rendered.message, request=request)
        values = {"payload": message_to_json(message), "revision": rendered.revision}
        await connection.execute(update(deliveries).where(deliveries.c.id == attempt.id).values(**values))
        return replace(attempt, message=message, revision=rendered.revision)

    async def _sent(
        self, connection: AsyncConnection, attempt: Attempt, ts: str, now: datetime, marked: Collection[str]
    ) -> bool:
        """Mark sent, unless it is `marked`; a text too long for one message continues in its thread."""
        done = {"state": DeliveryState.SENT.value, "ts": ts, "finished_at": now, "error": None}
        whole = {**done, **erased(attempt, is_sent=True)}
        if attempt.id not in marked and not await change(connection, attempt, **whole):
            return False
        if attempt.message.part == 0 and attempt.kind is not DeliveryKind.EDIT:
            parts = self._transport.message_count(attempt.message)
            await enqueue_rest(connection, replace(attempt, ts=ts), parts)
        await self._notify_listeners(connection, replace(attempt, state=DeliveryState.SENT, ts=ts))
        return True

    async def _refused(
        self, connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError, now: datetime
    ) -> bool:
        state = DeliveryState.FAILED
        if error.error_class is ErrorClass.UNCONFIRMED and attempt.kind in PRIVATE:
            code = f"unconfirmed: {error.code}"
            error = NotDeliveredError(error.message, code=code, error_class=ErrorClass.CANNOT_VERIFY)
        elif error.error_class is ErrorClass.UNCONFIRMED:
            state = DeliveryState.UNCONFIRMED
        elif error.error_class in (ErrorClass.WAIT, ErrorClass.AUTH):
            state = DeliveryState.PENDING
            is_wait = error.error_class is ErrorClass.WAIT
            method = self._transport.api_method(attempt.kind) if is_wait else EVERY_METHOD
            wait_s = error.retry_after_s if is_wait else AUTH_RETRY_S
            await rate_limit(connection, attempt.team, method, now, wait_s)
        done = {"state": state.value, "finished_at": now, "error": error.code}
        if not await change(connection, attempt, **done, **(erased(attempt) if state is DeliveryState.FAILED else {})):
            return False
        if state is DeliveryState.FAILED:
            await self._fail(connection, attempt, error)
        return True

    async def _fail(self, connection: AsyncConnection, attempt: Attempt, error: NotDeliveredError) -> None:
        """Notify operators, or who asked for it, and listeners of a delivery that failed."""
        now = self._clock.now()
        for notice in await failure_notices(connection, attempt, error, self._maintainers, now):
            await enqueue_new(connection, notice, now)
        # The person who asked for the post or reply is told; nothing is paused.
        cause = None if attempt.kind in {DeliveryKind.POST, *REPLIES} else error.error_class
        await self._notify_listeners(
            connection, replace(attempt, state=DeliveryState.FAILED, error=error.code, error_class=cause)
        )

    async def _notify_listeners(self, connection: AsyncConnection, attempt: Attempt) -> None:
        for listener in self._listeners:
            await listener.on_settled(connection, attempt)
