"""Deliveries to the app, their outcome, and Slack's retries."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from workspace.wire.faults import DELIVERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workspace.clock import Clock
    from workspace.wire.faults import Faults

EnvelopeKind = Literal["events_api", "slash_commands", "interactive"]

ACK_WITHIN_S = 3.0
_RETRY_AFTER_S = (0.0, 60.0, 300.0)
_ANSWERED = frozenset({"view_submission", "block_suggestion"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload for the app. `url` is its address for HTTP delivery; empty in Socket Mode."""

    kind: EnvelopeKind
    payload: Mapping[str, Any]
    url: str = ""

    @property
    def accepts_response_payload(self) -> bool:
        """Whether the ack may contain the reply: for slash commands, submitted modals and searches."""
        return self.kind == "slash_commands" or self.payload.get("type") in _ANSWERED


@dataclass(frozen=True, slots=True)
class Retry:
    """The number of an attempt, 0 for the first, and the reason why the one before failed."""

    number: int = 0
    reason: str = ""


class DeliveryFailedError(Exception):
    """The app did not acknowledge a delivery.

    `reason` is Slack's word: http_timeout, http_error, connection_failed, ssl_error, too_many_redirects, unknown_error,
    timeout (Socket Mode), or not_connected when there is no Socket Mode connection; or `dropped`, by a fault switch.
    `final` rules out a retry.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final

    @property
    def timed_out(self) -> bool:
        """Whether the app was reached, but did not ack."""
        return self.reason in {"timeout", "http_timeout"}


class Transport(Protocol):
    """Delivers envelopes to the app."""

    @property
    def is_connected(self) -> bool:
        """Whether the app can be reached, as far as is known."""
        ...

    async def deliver(self, envelope: Envelope, retry: Retry) -> object:
        """Deliver and return the content of the ack (JSON, text or None). Raises DeliveryFailedError."""
        ...


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One attempt: `failure` is empty when the app acked, `ack` is the content of the ack.

    `began_s` is when it was sent, by time.perf_counter; `ms` how long the ack took.
    """

    envelope: Envelope
    retry: Retry
    ack: object
    failure: str
    timed_out: bool
    ms: float
    began_s: float


class Dispatcher:
    """Sends envelopes and records every attempt in `dispatches`, oldest first."""

    def __init__(self, transport: Transport, clock: Clock, faults: Faults, on_dispatch: Callable[[], None]) -> None:
        """`clock` times the retries; `on_dispatch` is called after each attempt."""
        self._transport = transport
        self._clock = clock
        self._faults = faults
        self._on_dispatch = on_dispatch
        self._tasks: set[asyncio.Task[Any]] = set()
        self.dispatches: list[Dispatch] = []

    async def send_once(self, envelope: Envelope) -> Dispatch:
        """Send a slash command or an interaction, which Slack never retries."""
        dispatch, _ = await self._attempt(envelope, Retry())
        return dispatch

    async def send_event(self, envelope: Envelope) -> Dispatch:
        """Send an event and return the first attempt; retries follow at once, after 1 minute and after 5 minutes."""
        dispatch, may_retry = await self._attempt(envelope, Retry())
        if may_retry:
            self._start(self._retry(envelope, dispatch.failure))
        return dispatch

    def send_event_later(self, envelope: Envelope) -> None:
        """Send an event in the background."""
        self._start(self.send_event(envelope))

    async def close(self) -> None:
        """Cancel everything that is still to be sent."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Any) -> None:  # noqa: ANN401 — a coroutine of any result
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _retry(self, envelope: Envelope, reason: str) -> None:
        for number, delay_s in enumerate(_RETRY_AFTER_S, start=1):
            await self._clock.sleep(delay_s)
            dispatch, may_retry = await self._attempt(envelope, Retry(number, reason))
            if not may_retry:
                return
            reason = dispatch.failure

    async def _attempt(self, envelope: Envelope, retry: Retry) -> tuple[Dispatch, bool]:
        """Return the attempt, and whether it may be retried."""
        started = time.perf_counter()
        try:
            ack, failure = await self._deliver(envelope, retry), None
        except DeliveryFailedError as error:
            ack, failure = None, error
        ms = (time.perf_counter() - started) * 1000
        reason = failure.reason if failure else ""
        dispatch = Dispatch(envelope, retry, ack, reason, failure is not None and failure.timed_out, ms, started)
        self.dispatches.append(dispatch)
        self._on_dispatch()
        return dispatch, failure is not None and not failure.final

    async def _deliver(self, envelope: Envelope, retry: Retry) -> object:
        """Deliver once; twice or not at all with a fault switched on."""
        fault = self._faults.next_for(DELIVERIES)
        if fault is not None and fault.kind == "drop":
            raise DeliveryFailedError("dropped", final=True)
        ack = await self._transport.deliver(envelope, retry)
        if fault is not None:
            await self._transport.deliver(envelope, retry)
        return ack
