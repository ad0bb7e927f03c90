"""Outbox worker: claims deliveries, has the transport send them, and settles unconfirmed ones.

Deliveries are claimed shortly before their channel is free: many at once, each on time. Outcomes go in batches.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from bot.outbox.delivery import PRIVATE, REPLIES, DeliveryKind, ErrorClass, NotDeliveredError
from bot.outbox.queries import PACE_S
from bot.store.periodic import outages_logged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.outbox.admin import Admin
    from bot.outbox.delivery import Attempt
    from bot.outbox.outbox import Outbox
    from bot.outbox.protocols import Transport

IN_FLIGHT: Final = 8
MOST_CLAIMED: Final = 64
"""Deliveries that a process has claimed at a time: those being sent, and those that wait for their channel."""
POLL_S: Final = 0.25
"""Seconds between polls for what other processes enqueue; this process wakes its worker at once."""
IDLE_POLLS: Final = 4
"""Times as long, at most, between polls that find nothing."""
LEAD_S: Final = 2 * POLL_S
"""Seconds before its channel is free in which a delivery may be claimed: twice a poll, so that one poll may be late."""
CHECK_S: Final = 60.0
SILENT_AFTER: Final = 5
"""Calls in a row without an answer after which one delivery is claimed in PROBE_S: others may reach Slack."""
PROBE_S: Final = 10.0

_Result = TypeVar("_Result")
_TRIED_AGAIN = frozenset({ErrorClass.WAIT, ErrorClass.AUTH, ErrorClass.UNCONFIRMED})
_BATCH_S = 0.02  # a claim waits so long for what is enqueued next
_DATABASE_WAIT_S = 1.0
_REAP_S = 2.0
_READ_AGAIN_S = 5.0
_LONGEST_CALL_S = 30.0

_log = structlog.stdlib.get_logger(__name__)


class Worker:
    """Sends deliveries until it is stopped. One a process; any number of processes may share a database."""

    def __init__(  # noqa: PLR0913 — its parts, once
        self,
        outbox: Outbox,
        transport: Transport,
        admin: Admin,
        clock: Clock,
        *,
        quiet_s: float,
        poll_s: float = POLL_S,
    ) -> None:
        """`quiet_s` as for the outbox: a call must end within half of it."""
        self._poll_s = poll_s
        self._outbox = outbox
        self._transport = transport
        self._admin = admin
        self._clock = clock
        self._call_s = min(_LONGEST_CALL_S, quiet_s / 2)
        self._quiet_s = quiet_s
        self._reap_every_s = min(_REAP_S, quiet_s / 4)
        self._lead_s = min(LEAD_S, quiet_s / 8)
        self._batch_s = self._lead_s / 5  # outcomes wait so long to be recorded together
        self._calls = asyncio.Semaphore(IN_FLIGHT)
        self._reads_at_once = IN_FLIGHT
        self._work = asyncio.Event()
        self._is_stopping = False
        self._is_more = False  # whether the last claim found all it asked for: there may be more
        self._busy_until = 0.0  # by the loop's clock: until then channels come free that may have something waiting
        self._waits: dict[tuple[str, str], tuple[datetime, NotDeliveredError]] = {}  # by workspace and method
        self._in_flight: set[asyncio.Task[None]] = set()
        self._outcomes: dict[str, tuple[Attempt, str | NotDeliveredError]] = {}
        self._settling = asyncio.Lock()
        self._unanswered, self._probed_at = 0, float("-inf")

    @property
    def is_idle(self) -> bool:
        """Whether no delivery is on its way from here."""
        return not self._in_flight

    def wake(self) -> None:
        """Claim now: something was enqueued."""
        self._work.set()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the calls in flight are settled."""
        self._is_stopping = True
        self.wake()

    async def run(self) -> None:
        """Run until `stop`. A database that cannot be used is waited for."""
        keeping = [asyncio.create_task(self._keep_reaping()), asyncio.create_task(self._keep_checking())]
        try:
            await self._keep_claiming()
            if self._in_flight:
                await asyncio.wait(self._in_flight)
        finally:
            for task in (*keeping, *self._in_flight):
                task.cancel()
            await asyncio.gather(*keeping, *self._in_flight, return_exceptions=True)

    async def _keep_claiming(self) -> None:
        is_likely, idle = True, 1
        while not self._is_stopping:
            self._work.clear()
            room = self._room()
            self._is_more = self._is_more or not room
            if room and (is_likely or await self._guarded(self._outbox.is_waiting())):
                claimed = await self._guarded(self._outbox.claim(room, lead_s=self._lead_s)) or ()
                self._is_more = len(claimed) == room
                for attempt in claimed:
                    self._probed_at = asyncio.get_running_loop().time()
                    task = asyncio.create_task(self._deliver(attempt), name=attempt.id)
                    self._in_flight.add(task)
                    task.add_done_callback(self._finish)
            if await self._woken(idle * self._poll_s):
                is_likely = True
                await asyncio.sleep(_BATCH_S)
            else:
                is_likely = asyncio.get_running_loop().time() < self._busy_until
            idle = 1 if is_likely or self._in_flight else min(IDLE_POLLS, idle + 1)

    def _room(self) -> int:
        """Return how many deliveries may be claimed."""
        if self._unanswered < SILENT_AFTER:
            return MOST_CLAIMED - len(self._in_flight)
        is_early = asyncio.get_running_loop().time() < self._probed_at + PROBE_S
        return 0 if is_early or self._in_flight else 1

    async def _woken(self, seconds: float) -> bool:
        """Wait for `wake`; False when it is time to poll."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._work.wait(), seconds)
        return self._work.is_set()

    def _finish(self, task: asyncio.Task[None]) -> None:
        """Claim more if there may be more; the channel is free in PACE_S."""
        self._in_flight.discard(task)
        self._busy_until = asyncio.get_running_loop().time() + PACE_S
        if self._is_more and len(self._in_flight) < MOST_CLAIMED / 2:
            self.wake()

    async def _deliver(self, attempt: Attempt) -> None:
        """Send it and record the outcome; after `quiet_s`, reading the channel settles it instead."""
        wait_s = (attempt.begins_at - self._clock.now()).total_seconds() if attempt.begins_at else 0.0
        await asyncio.sleep(min(max(wait_s, 0.0), self._lead_s))
        async with self._calls:
            try:
                outcome: str | NotDeliveredError = await self._call(attempt)
            except NotDeliveredError as error:
                outcome = error
        attempt = replace(attempt, answered_at=self._clock.now())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._quiet_s):
                await self._settle(attempt, outcome)
        self._outcomes.pop(attempt.id, None)
        if attempt.kind in REPLIES:
            self.wake()  # what the reader sees next waits for no pace

    async def _settle(self, attempt: Attempt, outcome: str | NotDeliveredError) -> None:
        """Record an outcome once the database can be used, together with those that arrive meanwhile."""
        self._outcomes[attempt.id] = (attempt, outcome)
        while True:
            async with self._settling:
                if attempt.id in self._outcomes:
                    await asyncio.sleep(self._batch_s)
                together = list(self._outcomes.values())
                if attempt.id in self._outcomes and not await self._settled(together):
                    for each in together:
                        await self._settled([each])
            if attempt.id not in self._outcomes:
                return
            await asyncio.sleep(_DATABASE_WAIT_S)

    async def _settled(self, outcomes: Sequence[tuple[Attempt, str | NotDeliveredError]]) -> bool:
        """Record these outcomes, all or none."""
        if await self._guarded(self._outbox.settle(outcomes)) is None:
            return False
        for attempt, _ in outcomes:
            self._outcomes.pop(attempt.id, None)
        return True

    async def _call(self, attempt: Attempt) -> str:
        """Send it and return its ts. Raises NotDeliveredError for any failure; what another may have claimed waits."""
        if self._clock.now() - attempt.claimed_at > timedelta(seconds=self._lead_s + self._call_s / 2):
            raise NotDeliveredError("It was claimed too long ago.", code="overtaken", error_class=ErrorClass.WAIT)
        method = (attempt.team, self._transport.api_method(attempt.kind))
        self._raise_if_waiting(method)
        try:
            async with asyncio.timeout(self._call_s):
                ts = await self._transport.send(attempt)
        except NotDeliveredError as error:
            self._unanswered = self._unanswered + 1 if error.error_class is ErrorClass.UNCONFIRMED else 0
            if error.error_class is ErrorClass.WAIT:
                self._waits[method] = (self._clock.now() + timedelta(seconds=error.retry_after_s), error)
            raise
        except TimeoutError:
            self._unanswered += 1
            raise _unconfirmed("Slack did not answer.", "timeout") from None
        except Exception as fault:
            _log.exception("delivery.send_failed", delivery=attempt.id)
            raise _unconfirmed(str(fault), type(fault).__name__) from fault
        self._unanswered = 0
        return ts

    def _raise_if_waiting(self, method: tuple[str, str]) -> None:
        """Raise what Slack said, as long as it asked to wait: up to MOST_CLAIMED that wait here would hear the same."""
        until, error = self._waits.pop(method, (self._clock.now(), None))
        wait_s = (until - self._clock.now()).total_seconds()
        if error is not None and 0 < wait_s <= error.retry_after_s:  # longer: the clock was set back
            self._waits[method] = (until, error)
            raise NotDeliveredError(error.message, code=error.code, error_class=ErrorClass.WAIT, retry_after_s=wait_s)

    async def _keep_reaping(self) -> None:
        while True:
            if await self._guarded(self._outbox.reap({task.get_name() for task in self._in_flight})):
                await self._guarded(self._settle_unconfirmed(await self._guarded(self._outbox.unconfirmed()) or ()))
            await asyncio.sleep(self._reap_every_s)

    async def _settle_unconfirmed(self, attempts: Sequence[Attempt]) -> None:
        """Send edits again, give up what is in no history, and read each channel once for the rest."""
        channels: dict[tuple[str, str, str], list[Attempt]] = {}
        for attempt in attempts:
            if attempt.kind in PRIVATE:
                await self._guarded(self._outbox.refused(attempt, _unconfirmed("Slack did not answer.", "no answer")))
            elif attempt.kind is DeliveryKind.EDIT:
                await self._guarded(self._outbox.mark_not_sent(attempt))
            else:
                channels.setdefault((attempt.team, attempt.channel, attempt.thread), []).append(attempt)
        batches = list(channels.values())[: self._reads_at_once]
        held = await asyncio.gather(*(self._find_sent(batch) for batch in batches))
        if batches:  # after “wait” one channel is tried alone, then two: eight more would only be refused again
            self._reads_at_once = 1 if any(held) else min(IN_FLIGHT, 2 * self._reads_at_once)
        if attempts:
            self.wake()

    async def _find_sent(self, attempts: Sequence[Attempt]) -> bool:
        """Read the channel that these were sent to, once; return whether Slack asked to wait."""
        try:
            async with asyncio.timeout(_LONGEST_CALL_S):
                sent = await self._transport.find_sent(attempts)
        except (NotDeliveredError, TimeoutError) as error:
            await self._guarded(self._cannot_verify(attempts, error))
            return isinstance(error, NotDeliveredError) and error.error_class is ErrorClass.WAIT
        except Exception:  # noqa: BLE001 — an answer that cannot be parsed, a proxy's perhaps, is treated as none
            _log.exception("channel.read_failed", channel=attempts[0].channel)
            await self._guarded(self._cannot_verify(attempts, TimeoutError()))
            return False
        for attempt in attempts:
            ts = sent.get(attempt.id)
            _log.info("delivery.confirmed", delivery=attempt.id, channel=attempt.channel, found=ts is not None)
            await self._guarded(self._outbox.sent(attempt, ts) if ts else self._outbox.mark_not_sent(attempt))
        return False

    async def _cannot_verify(self, attempts: Sequence[Attempt], error: NotDeliveredError | TimeoutError) -> bool:
        """Read the channel again later; where that is not allowed, fail them, so that they are not sent twice."""
        verdict = error.error_class if isinstance(error, NotDeliveredError) else ErrorClass.UNCONFIRMED
        if isinstance(error, NotDeliveredError) and verdict not in _TRIED_AGAIN:
            words = f"Slack’s answer was lost. It may have been posted; the channel cannot be read: {error.message}"
            lost = NotDeliveredError(words, code=f"unconfirmed: {error.code}", error_class=verdict)
            for attempt in attempts:
                await self._outbox.refused(attempt, lost)
            return True
        wait_s = error.retry_after_s if isinstance(error, NotDeliveredError) and error.retry_after_s else 0.0
        await self._outbox.postpone_reading(attempts[0].team, wait_s or min(_READ_AGAIN_S, self._quiet_s / 4))
        return True

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            await self._guarded(self._admin.check())

    async def _guarded(self, work: Awaitable[_Result]) -> _Result | None:
        """Return the result of some work, None when it fails; a database error is logged once a minute."""
        try:
            with outages_logged(self._outbox.outages, "deliveries"):
                return await work
        except Exception:  # noqa: BLE001 — one fault must not end the worker
            _log.exception("deliveries.step_failed")
        return None


def _unconfirmed(message: str, code: str) -> NotDeliveredError:
    return NotDeliveredError(message, code=code, error_class=ErrorClass.UNCONFIRMED)
