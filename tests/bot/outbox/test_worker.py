"""The worker with a real database: lost answers, channels that cannot be read, a database that is away, a stop.

QUIET_S is longer than any step of a test takes, on any machine. It passes when the test moves the clock.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.outbox import queries
from bot.outbox import worker as outbox_worker
from bot.outbox.admin import Admin
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, ErrorClass, NotDeliveredError, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.outbox.outbox import Outbox
from bot.outbox.worker import IN_FLIGHT, POLL_S, SILENT_AFTER, Worker
from bot.store.errors import StoreError
from bot.store.tables import deliveries
from tests.support.clocks import MovedClock
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt
    from bot.outbox.protocols import DeliveryListener
    from bot.store.database import Database

QUIET_S = 5 * PATIENCE_S


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what is unconfirmed many times a second, post in a channel and try the database again as often."""
    for module in (outbox_worker, queries):
        monkeypatch.setattr(module, "PACE_S", 0.05)
    for name in ("_REAP_S", "_READ_AGAIN_S", "_DATABASE_WAIT_S"):
        monkeypatch.setattr(outbox_worker, name, 0.05)


class Channels:
    """A transport whose channels are lists; `faults` say what happens to each call in turn."""

    def __init__(self) -> None:
        """Begin empty."""
        self.clock = MovedClock()
        self.posted: list[tuple[str, str]] = []
        self.ids: dict[str, str] = {}
        self.faults: list[Callable[[Attempt], Any]] = []
        self.blind: Exception | None = None
        self.looked: list[list[str]] = []
        self.rounds: list[int] = []
        self.looking = 0

    async def send(self, attempt: Attempt) -> str:
        """Post it, or do what the next fault says."""
        if self.faults:
            outcome = self.faults.pop(0)(attempt)
            if asyncio.iscoroutine(outcome):
                await outcome
        return self.store(attempt)

    def store(self, attempt: Attempt) -> str:
        """Let it stand in its channel."""
        ts = f"{len(self.posted) + 1}.0"
        self.posted.append((attempt.channel, attempt.message.markdown))
        self.ids[attempt.id] = ts
        return ts

    async def find_sent(self, attempts: Sequence[Attempt]) -> Mapping[str, str]:
        """Look; `rounds` counts the looks that are made at once."""
        self.looked.append([attempt.message.markdown for attempt in attempts])
        if not self.looking:
            self.rounds.append(0)
        self.rounds[-1] += 1
        self.looking += 1
        await asyncio.sleep(0)
        self.looking -= 1
        if self.blind:
            raise self.blind
        return {attempt.id: self.ids[attempt.id] for attempt in attempts if attempt.id in self.ids}

    async def was_looked_at_twice(self) -> bool:
        """Whether two looks were made."""
        return len(self.looked) > 1

    def message_count(self, message: OutboxMessage) -> int:
        """Return one."""
        return 1 if message else 0

    def api_method(self, kind: DeliveryKind) -> str:
        """Return a name."""
        return kind.value


def cut(_attempt: Attempt) -> None:
    """Lose the request."""
    raise NotDeliveredError("cut", code="cut", error_class=ErrorClass.UNCONFIRMED)


@asynccontextmanager
async def delivering(
    database: Database,
    channels: Channels,
    *listeners: DeliveryListener,
    poll_s: float = POLL_S,
) -> AsyncIterator[Worker]:
    clock = channels.clock
    outbox = Outbox(database, clock, channels, quiet_s=QUIET_S, listeners=listeners)
    worker = Worker(outbox, channels, Admin(database, clock), clock, quiet_s=QUIET_S, poll_s=poll_s)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(running, PATIENCE_S)


async def add(database: Database, *texts: str, channel: str = "C1", kind: DeliveryKind = DeliveryKind.ALERT) -> None:
    async with database.transaction() as connection:
        wanted = [Delivery("T1", channel, kind, OutboxMessage(text)) for text in texts]
        await enqueue(connection, wanted, SystemClock().now())


async def settled(database: Database, *expected: str) -> None:
    """Wait until the deliveries are in these states."""

    async def are_so() -> bool:
        async with database.reading() as connection:
            found = await connection.scalars(select(deliveries.c.state).order_by(deliveries.c.created_at))
            return list(found) == list(expected)

    await until(are_so)


async def quiet(database: Database, channels: Channels, *expected: str) -> None:
    """Wait until the deliveries are in these states; then QUIET_S passes."""
    await settled(database, *expected)
    channels.clock.pass_by(seconds=QUIET_S)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 — a database tells nobody
            await asyncio.sleep(0.02)


async def test_a_lost_answer_is_looked_for_and_not_posted_again(database: Database) -> None:
    channels = Channels()

    def lost(attempt: Attempt) -> None:
        channels.store(attempt)
        cut(attempt)

    channels.faults = [lost]
    await add(database, "one", "two")
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed", "pending")
        await settled(database, "sent", "sent")
    assert channels.posted == [("C1", "one"), ("C1", "two")]
    assert any("one" in look for look in channels.looked)


async def test_a_lost_request_goes_again_after_a_look(database: Database) -> None:
    channels = Channels()
    channels.faults = [cut]
    await add(database, "one", "two")
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed", "pending")
        await settled(database, "sent", "sent")
    assert channels.posted == [("C1", "one"), ("C1", "two")]


async def test_a_call_that_hangs_is_given_up_before_it_is_looked_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_worker, "_LONGEST_CALL_S", 0.05)
    channels = Channels()
    channels.faults = [lambda _: asyncio.Event().wait()]
    await add(database, "one")
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed")
        await settled(database, "sent")
    assert channels.posted == [("C1", "one")]
    assert channels.looked[0] == ["one"]


async def test_an_edit_goes_again_without_a_look(database: Database) -> None:
    channels = Channels()
    channels.faults = [cut]
    await add(database, "one", kind=DeliveryKind.EDIT)
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed")
        await settled(database, "sent")
    assert channels.looked == []


async def test_where_nobody_may_look_a_post_goes_at_most_once(database: Database) -> None:
    channels = Channels()
    channels.faults = [cut]
    channels.blind = NotDeliveredError("no scope", code="missing_scope", error_class=ErrorClass.CANNOT_VERIFY)
    await add(database, "one", "two")
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed", "pending")
        await settled(database, "failed", "sent")
    assert channels.posted == [("C1", "two")]
    (dead, *_) = await Admin(database, SystemClock()).list(limit=9, channel="C1", states=[DeliveryState.FAILED])
    assert dead.reason == "unconfirmed: missing_scope"


async def test_a_look_that_fails_is_repeated(database: Database) -> None:
    channels = Channels()
    channels.faults = [cut]
    channels.blind = NotDeliveredError("busy", code="ratelimited", error_class=ErrorClass.WAIT, retry_after_s=0.2)
    await add(database, "one")
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed")
        await until(channels.was_looked_at_twice)
        channels.blind = None
        await settled(database, "sent")
    assert channels.posted == [("C1", "one")]


async def test_a_look_whose_answer_is_none_is_repeated(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    channels = Channels()
    channels.faults = [cut]
    channels.blind = AttributeError("'str' object has no attribute 'get'")
    await add(database, "one")
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed")
        await until(channels.was_looked_at_twice)
        channels.blind = None
        await settled(database, "sent")
    assert "channel.read_failed" in capsys.readouterr().out


async def test_a_fault_of_our_own_never_ends_the_delivering(database: Database) -> None:
    channels = Channels()
    channels.faults = [lambda _: 1 / 0]
    await add(database, "one")
    async with delivering(database, channels):
        await quiet(database, channels, "unconfirmed")
        await settled(database, "sent")


async def test_a_database_that_comes_back_loses_and_doubles_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = Channels()
    await add(database, *(f"{number}" for number in range(3)))
    refusals = 0
    real = database.transaction

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Any]:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StoreError("The database cannot be reached.")
        async with real() as connection:
            yield connection

    monkeypatch.setattr(database, "transaction", transaction)

    async def gone(_attempt: Attempt) -> None:
        nonlocal refusals
        refusals = 5

    channels.faults = [gone]
    async with delivering(database, channels):
        await settled(database, "sent", "sent", "sent")
    assert [text for _, text in channels.posted] == ["0", "1", "2"]
    told = capsys.readouterr().out
    assert told.count("db.unavailable") == 1


async def test_stopping_waits_for_what_is_on_its_way(database: Database) -> None:
    channels = Channels()
    on_its_way, stopped = asyncio.Event(), asyncio.Event()

    async def slow(_attempt: Attempt) -> None:
        on_its_way.set()
        await stopped.wait()

    channels.faults = [slow]
    await add(database, "one", "two")
    async with delivering(database, channels):
        await on_its_way.wait()
        asyncio.get_running_loop().call_soon(stopped.set)  # runs once the block has told the worker to stop
    await settled(database, "sent", "pending")


async def test_an_enqueued_delivery_is_posted_at_once(database: Database) -> None:
    """Only the wake can have led to it: the next poll would come in an hour."""
    channels = Channels()
    await add(database, "what the start finds")
    async with delivering(database, channels, poll_s=3600.0) as worker:
        await settled(database, "sent")
        await add(database, "one", channel="C2")
        worker.wake()
        await settled(database, "sent", "sent")


async def test_polls_that_find_nothing_grow_rare_until_something_is_enqueued(database: Database) -> None:
    class Counted(Worker):
        waits: ClassVar[list[float]] = []

        async def _woken(self, seconds: float) -> bool:
            self.waits.append(seconds)
            if len(self.waits) == 8:
                self.stop()
            await asyncio.sleep(0)
            return len(self.waits) == 6  # as if something had been enqueued then

    clock = SystemClock()
    outbox = Outbox(database, clock, Channels(), quiet_s=QUIET_S)
    await Counted(outbox, Channels(), Admin(database, clock), clock, quiet_s=QUIET_S, poll_s=1.0).run()
    assert Counted.waits == [1.0, 2.0, 3.0, 4.0, 4.0, 4.0, 1.0, 2.0]


async def test_a_witness_that_fails_ends_nothing(database: Database) -> None:
    class FailingListener:
        def __init__(self) -> None:
            self.failures = 2

        async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
            assert connection.in_transaction()
            if attempt.channel == "C1" and self.failures:
                self.failures -= 1
                raise LookupError(attempt.id)

    channels = Channels()
    await add(database, "one")
    await add(database, "two", channel="C2")
    async with delivering(database, channels, FailingListener()):
        await settled(database, "sent", "sent")
    assert sorted(channels.posted) == [("C1", "one"), ("C2", "two")]


async def test_what_was_claimed_already_is_not_called_while_slack_asks_to_wait(database: Database) -> None:
    """Up to 64 are claimed at a time: each used to be refused, one after the other."""
    channels, count = Channels(), 5 * IN_FLIGHT
    refused: list[str] = []

    def busy(attempt: Attempt) -> None:
        refused.append(attempt.id)
        raise NotDeliveredError("busy", code="ratelimited", error_class=ErrorClass.WAIT, retry_after_s=QUIET_S)

    async def all_wait() -> bool:
        async with database.reading() as connection:
            waiting = select(func.count()).where(deliveries.c.error == "ratelimited")
            return await connection.scalar(waiting) == count

    channels.faults = [busy] * count
    for number in range(count):
        await add(database, "one", channel=f"C{number}")
    async with delivering(database, channels):
        await until(all_wait)
        channels.faults.clear()
        channels.clock.pass_by(seconds=QUIET_S)
        await settled(database, *["sent"] * count)
    assert len(refused) == 1
    assert sorted(channels.posted) == sorted((f"C{number}", "one") for number in range(count))


async def test_what_waited_too_long_for_its_turn_was_not_sent_and_goes_again(database: Database) -> None:
    """Eight calls at a time took so long that another process might have claimed the rest, which nobody may look for.

    They used to fail, as if they might have been posted.
    """
    channels, answered = Channels(), asyncio.Event()
    channels.faults = [lambda _: answered.wait()] * IN_FLIGHT
    channels.blind = NotDeliveredError("no scope", code="missing_scope", error_class=ErrorClass.CANNOT_VERIFY)

    async def all_on_their_way() -> bool:
        return not channels.faults

    for number in range(IN_FLIGHT + 1):
        await add(database, "one", channel=f"C{number}")
    await add(database, "one", channel="C9", kind=DeliveryKind.EPHEMERAL)
    async with delivering(database, channels):
        await until(all_on_their_way)
        channels.clock.pass_by(seconds=QUIET_S)
        answered.set()
        await settled(database, *["sent"] * (IN_FLIGHT + 2))
    assert sorted(channels.posted) == [(f"C{number}", "one") for number in range(IN_FLIGHT + 2)]
    assert channels.looked == []


async def test_channels_are_read_one_by_one_once_slack_asks_to_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack's pace for reading: after a refusal the next round is one call, and doubles while it is answered."""
    monkeypatch.setattr(outbox_worker, "PROBE_S", 0.0)

    class Busy(Channels):
        async def find_sent(self, attempts: Sequence[Attempt]) -> Mapping[str, str]:
            found = await super().find_sent(attempts)
            if len(self.looked) > IN_FLIGHT + 1:
                return found
            raise NotDeliveredError("wait", code="ratelimited", error_class=ErrorClass.WAIT, retry_after_s=0.1)

    channels = Busy()
    channels.faults = [cut] * 12
    for number in range(12):
        await add(database, f"text {number}", channel=f"C{number}")
    async with delivering(database, channels):
        await quiet(database, channels, *["unconfirmed"] * 12)
        await settled(database, *["sent"] * 12)
    assert channels.rounds == [IN_FLIGHT, 1, 1, 2, 4, 5]


async def test_a_process_that_slack_does_not_answer_leaves_deliveries_to_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_worker, "PROBE_S", QUIET_S)
    channels = Channels()
    channels.faults = [cut] * (SILENT_AFTER + 1)
    async with delivering(database, channels, poll_s=0.01) as worker:
        for number in range(SILENT_AFTER):
            await add(database, f"lost {number}", channel=f"C{number}")
        async with asyncio.timeout(PATIENCE_S):
            while len(channels.faults) > 1 or not worker.is_idle:  # noqa: ASYNC110 — it tells nobody
                await asyncio.sleep(0.01)
        await add(database, *[f"kept {number}" for number in range(3)], channel="C9")
        for _ in range(20):
            worker.wake()
            await asyncio.sleep(0.01)
        assert len(channels.faults) == 1, "it claimed more"
        monkeypatch.setattr(outbox_worker, "PROBE_S", 0.0)
        await quiet(database, channels, *["unconfirmed"] * (SILENT_AFTER + 1), "pending", "pending")
        await settled(database, *["sent"] * (SILENT_AFTER + 3))
    assert [text for channel, text in channels.posted if channel == "C9"] == ["kept 0", "kept 1", "kept 2"]
