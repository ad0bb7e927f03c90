"""The outbox on each kind of database: claims, order, pace, outcomes and fencing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update

from bot.config.maintainers import Maintainers
from bot.messages import ChannelRef
from bot.outbox.admin import Admin
from bot.outbox.delivery import (
    EXPIRES_AFTER_S,
    Delivery,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    OutboxMessage,
    Priority,
    ScheduledPostRequest,
    message_from_json,
    message_to_json,
)
from bot.outbox.enqueuing import enqueue, enqueue_new, retry_edits
from bot.outbox.outbox import AUTH_RETRY_S, Outbox
from bot.outbox.progress import Progress, progress_of
from bot.outbox.protocols import RenderedMessage
from bot.store.errors import StoreError
from bot.store.tables import deliveries
from tests.support.outbox import MAINTAINERS, QUIET_S, NullTransport, StubRenderer, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt
    from bot.store.database import Database


class JumpingClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        """Begin on a Monday morning."""
        self._now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def now(self) -> datetime:
        """Return this moment."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)


class RecordingListener:
    """Keeps what it was told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.seen: list[Attempt] = []

    async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
        """Keep it; the connection is the settling transaction's."""
        assert connection.in_transaction()
        self.seen.append(attempt)


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def listener() -> RecordingListener:
    return RecordingListener()


@pytest.fixture
def outbox(database: Database, clock: JumpingClock, listener: RecordingListener) -> Outbox:
    return new_outbox(database, clock, listener)


def new_outbox(database: Database, clock: JumpingClock, *listeners: RecordingListener) -> Outbox:
    return Outbox(
        database, clock, NullTransport(), quiet_s=QUIET_S, maintainers=Maintainers(MAINTAINERS), listeners=listeners
    )


def post(
    channel: str = "C1", text: str = "x", *, team: str = "T1", kind: DeliveryKind = DeliveryKind.ALERT
) -> Delivery:
    return Delivery(team, channel, kind, OutboxMessage(text, edits="1.0" if kind is DeliveryKind.EDIT else ""))


async def add(database: Database, clock: JumpingClock, *wanted: Delivery) -> None:
    async with database.transaction() as connection:
        await enqueue(connection, wanted, clock.now())


async def states(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        query = select(deliveries.c.channel, deliveries.c.state).order_by(deliveries.c.created_at)
        return [(row.channel, row.state) for row in await connection.execute(query)]


async def test_a_channel_has_one_on_its_way_and_a_second_between_posts(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    await add(database, clock, post("C1", "first"), post("C1", "second"), post("C2", "other"))
    claimed = await outbox.claim(8)
    assert [(each.channel, each.message.markdown) for each in claimed] == [("C1", "first"), ("C2", "other")]
    assert await outbox.claim(8) == ()
    clock.jump(0.3)
    assert await outbox.sent(claimed[0], "1.1")
    clock.jump(0.99)
    assert await outbox.claim(8) == ()
    clock.jump(0.02)
    assert [each.message.markdown for each in await outbox.claim(8)] == ["second"]


async def test_corrections_go_before_alerts_before_schedules_and_equals_in_order(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    ranks = [Priority.SCHEDULE, Priority.ALERT, Priority.ALERT, Priority.CORRECTION]
    await add(database, clock, *(replace(post("C1", str(place)), priority=rank) for place, rank in enumerate(ranks)))
    order = []
    for _ in ranks:
        (attempt,) = await outbox.claim(8)
        order.append(attempt.message.markdown)
        await outbox.sent(attempt, "1.1")
        clock.jump(1.1)
    assert order == ["3", "1", "2", "0"]


async def test_processes_that_claim_at_once_share_nothing(database: Database, clock: JumpingClock) -> None:
    await add(database, clock, *(post(f"C{number % 20}", str(number)) for number in range(60)))
    outboxes = [new_outbox(database, clock) for _ in range(6)]
    claimed = [each for some in await asyncio.gather(*(outbox.claim(8) for outbox in outboxes)) for each in some]
    assert len({each.id for each in claimed}) == len(claimed) == 20
    assert len({each.channel for each in claimed}) == 20


async def test_who_was_overtaken_changes_nothing(database: Database, clock: JumpingClock, outbox: Outbox) -> None:
    await add(database, clock, post())
    (slow,) = await outbox.claim(1)
    clock.jump(QUIET_S + 1)
    other = new_outbox(database, clock)
    await other.reap()
    (unknown,) = await other.unconfirmed()
    assert await other.mark_not_sent(unknown)
    assert not await outbox.sent(slow, "1.1")
    (again,) = await other.claim(1)
    assert again.fencing_token == slow.fencing_token + 1
    assert not await outbox.sent(slow, "1.1")
    assert not await outbox.refused(slow, refusal(ErrorClass.CHANNEL))
    assert not await other.mark_not_sent(unknown)
    assert await other.sent(again, "2.2")
    assert await states(database) == [("C1", "sent")]


async def test_of_outcomes_recorded_together_each_counts_by_itself(
    database: Database, clock: JumpingClock, outbox: Outbox, listener: RecordingListener
) -> None:
    channels = [f"C{number}" for number in range(4)]
    await add(database, clock, *(post(each) for each in channels))
    sent, overtaken, refused, reply = sorted(await outbox.claim(8), key=lambda each: each.channel)
    reply = replace(reply, kind=DeliveryKind.REPLY)  # its words are erased
    stale = replace(overtaken, fencing_token=overtaken.fencing_token - 1)
    failed = refused, refusal(ErrorClass.MESSAGE)
    outcomes: list[tuple[Attempt, Any]] = [(sent, "1.1"), (stale, "2.2"), failed, (reply, "4.4")]
    assert await outbox.settle(outcomes) == [True, False, True, True]
    assert await outbox.settle(outcomes[:1]) == [False], "it is settled"
    found = dict(await states(database))
    assert [found[each] for each in channels] == ["sent", "sending", "failed", "sent"]
    assert [(each.channel, each.ts) for each in listener.seen if each.ts] == [("C0", "1.1"), ("C3", "4.4")]
    async with database.reading() as connection:
        found_rows = await connection.execute(select(deliveries.c.ts, deliveries.c.payload))
        kept = {row.ts: row.payload for row in found_rows}
    assert (kept["1.1"], kept["4.4"]) == ({"markdown": "x"}, {})


async def test_an_unknown_outcome_blocks_its_channel_until_it_is_settled(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    await add(database, clock, post("C1", "first"), post("C1", "second"))
    (attempt,) = await outbox.claim(8)
    await outbox.refused(attempt, refusal(ErrorClass.UNCONFIRMED))
    clock.jump(QUIET_S - 1)
    assert (await outbox.claim(8), await outbox.unconfirmed()) == ((), ())
    clock.jump(2)
    (unknown,) = await outbox.unconfirmed()
    assert await outbox.sent(unknown, "1.1")
    clock.jump(1.1)
    assert [each.message.markdown for each in await outbox.claim(8)] == ["second"]


async def test_a_refusal_for_now_holds_the_method_in_that_workspace_only(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    wanted = [post("C1"), post("C2"), post("C3", kind=DeliveryKind.EDIT), post("C4", team="T2")]
    await add(database, clock, wanted[0])
    (attempt,) = await outbox.claim(8)
    await outbox.refused(attempt, refusal(ErrorClass.WAIT, "ratelimited", retry_after_s=30))
    await add(database, clock, *wanted[1:])
    assert {each.channel for each in await new_outbox(database, clock).claim(8)} == {"C3", "C4"}
    clock.jump(30.1)
    assert {each.channel for each in await outbox.claim(8)} == {"C1", "C2"}


async def test_an_installation_that_slack_refuses_waits_whole_and_loses_nothing(
    database: Database, clock: JumpingClock, outbox: Outbox, listener: RecordingListener
) -> None:
    await add(database, clock, post("C1"), post("C2", kind=DeliveryKind.EDIT))
    first, _ = await outbox.claim(8)
    await outbox.refused(first, refusal(ErrorClass.AUTH, "token_revoked"))
    await add(database, clock, post("C3"))
    assert await outbox.claim(8) == ()
    clock.jump(AUTH_RETRY_S + 1)
    assert {each.channel for each in await outbox.claim(8)} == {"C1", "C3"}
    assert listener.seen == []


async def test_a_dead_channel_is_told_once(
    database: Database, clock: JumpingClock, outbox: Outbox, listener: RecordingListener
) -> None:
    await add(database, clock, post("C1", "first"), post("C1", "second"))
    for _ in range(2):
        attempt = next(each for each in await outbox.claim(8) if each.channel == "C1")
        assert await outbox.refused(attempt, refusal(ErrorClass.CHANNEL, "is_archived"))
        clock.jump(1.1)
    assert sorted(await states(database)) == [("C0MAINT", "sending"), ("C1", "failed"), ("C1", "failed")]
    seen = (DeliveryState.FAILED, "is_archived", ErrorClass.CHANNEL)
    assert [(each.state, each.error, each.error_class) for each in listener.seen] == [seen] * 2


async def test_a_post_that_is_gone_bothers_nobody(
    database: Database, clock: JumpingClock, outbox: Outbox, listener: RecordingListener
) -> None:
    await add(database, clock, post(kind=DeliveryKind.EDIT))
    (attempt,) = await outbox.claim(1)
    await outbox.refused(attempt, refusal(ErrorClass.NOT_FOUND, "message_not_found"))
    assert await states(database) == [("C1", "failed")]
    assert [each.error for each in listener.seen] == ["message_not_found"]


async def test_a_thread_waits_for_its_post_and_dies_with_it(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    parents = [post("C1"), post("C2")]
    replies = [replace(post(each.channel, "reply"), parent_id=each.id) for each in parents]
    await add(database, clock, *parents, *replies)
    living, doomed = await outbox.claim(8)
    await outbox.sent(living, "7.7")
    await outbox.refused(doomed, refusal(ErrorClass.MESSAGE))
    clock.jump(1.1)
    await outbox.reap()
    claimed = [each for each in await outbox.claim(8) if each.channel != MAINTAINERS]
    assert [(each.message.markdown, each.thread) for each in claimed] == [("reply", "7.7")]
    assert ("C2", "cancelled") in await states(database)


async def test_a_text_too_long_for_one_message_goes_on_in_its_thread(
    database: Database, clock: JumpingClock, outbox: Outbox, listener: RecordingListener
) -> None:
    await add(database, clock, post("C1", "one\ftwo\fthree"), post("C1", "next"))
    seen = []
    for ts in ("1.1", "2.2", "3.3", "4.4"):
        (attempt,) = await outbox.claim(8)
        seen.append((attempt.message.part, attempt.thread, attempt.message.markdown[-4:]))
        assert await outbox.sent(attempt, ts)
        assert not await outbox.sent(attempt, ts)
        clock.jump(1.1)
    assert [(part, thread) for part, thread, _ in seen] == [(0, ""), (1, "1.1"), (2, "1.1"), (0, "")]
    assert seen[-1][2] == "next"
    assert len(listener.seen) == 4


async def test_old_news_is_given_up_and_told(database: Database, clock: JumpingClock, outbox: Outbox) -> None:
    await add(database, clock, post("C1"))
    clock.jump(24 * 60 * 60 + 1)
    assert await outbox.claim(8) == ()
    await outbox.reap()
    assert await states(database) == [("C1", "failed"), ("C0MAINT", "pending")]


async def test_what_came_too_late_in_many_channels_is_told_once(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    await add(database, clock, *(post(f"C{number}") for number in range(5)))
    clock.jump(24 * 60 * 60 + 1)
    await outbox.reap()
    assert [state for channel, state in await states(database) if channel == MAINTAINERS] == ["pending"]


async def test_what_waits_since_the_clock_was_ahead_waits_no_longer_than_it_was_to(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    clock.jump(2 * 60 * 60)
    later = replace(post("C1", "held back"), due_at=clock.now() + timedelta(seconds=10))
    await add(database, clock, later, post("C1", "next"))
    clock.jump(-2 * 60 * 60)
    await outbox.reap()
    (attempt,) = await outbox.claim(8)
    assert attempt.message.markdown == "next"
    await outbox.sent(attempt, "1.1")
    assert await outbox.claim(8) == ()
    clock.jump(11)
    assert [each.message.markdown for each in await outbox.claim(8)] == ["held back"]


async def test_nothing_goes_before_it_is_due_and_holds_nobody_up(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    later = replace(post("C1", "later"), due_at=clock.now() + timedelta(minutes=10))
    await add(database, clock, later, post("C1", "now"))
    assert [each.message.markdown for each in await outbox.claim(8)] == ["now"]


async def test_what_goes_wrong_in_a_witness_undoes_the_settling(database: Database, clock: JumpingClock) -> None:
    class FailingListener(RecordingListener):
        async def on_settled(self, connection: AsyncConnection, attempt: Attempt) -> None:
            await super().on_settled(connection, attempt)
            raise RuntimeError

    outbox = new_outbox(database, clock, FailingListener())
    await add(database, clock, post())
    (attempt,) = await outbox.claim(1)
    with pytest.raises(RuntimeError):
        await outbox.sent(attempt, "1.1")
    assert await states(database) == [("C1", "sending")]


async def test_the_operator_sees_counts_retries_and_drops(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    admin = Admin(database, clock)
    await add(database, clock, post("C1"), post("C2"), post("C3"))
    first, second, third = await outbox.claim(8)
    await outbox.sent(first, "1.1")
    await outbox.refused(second, refusal(ErrorClass.MESSAGE, "msg_too_long"))
    await outbox.refused(third, refusal(ErrorClass.UNCONFIRMED))
    clock.jump(121)
    counts = await admin.check()
    assert (counts.expected, counts.posted, counts.unconfirmed, counts.failed, counts.late) == (4, 1, 1, 1, 2)
    (dead,) = await admin.list([DeliveryState.FAILED])
    assert (dead.channel, dead.reason) == ("C2", "msg_too_long")
    assert (await admin.retry(dead.id[:8])).state is DeliveryState.PENDING
    assert {each.channel for each in await outbox.claim(8)} == {"C2", "C0MAINT"}
    assert (await admin.cancel(third.id)).state is DeliveryState.CANCELLED
    assert not await outbox.sent(third, "1.1")
    assert (await admin.counts("C3")).expected == 0


def scheduled(channel: str = "C1") -> Delivery:
    return Delivery(
        "T1",
        channel,
        DeliveryKind.SCHEDULED,
        OutboxMessage(request=ScheduledPostRequest("s1", date(2026, 11, 23), ("adoption",))),
    )


async def test_a_scheduled_post_is_written_when_it_is_claimed_and_anew_when_it_goes_again(
    database: Database, clock: JumpingClock
) -> None:
    outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, renderer=StubRenderer())
    await add(database, clock, scheduled())
    (first,) = await outbox.claim(8)
    assert (first.message.markdown, first.revision) == ("s1 in T1 C1, 1", 41)
    assert first.message.request == scheduled().message.request
    await outbox.refused(first, refusal(ErrorClass.UNCONFIRMED))
    clock.jump(QUIET_S + 1)
    (unknown,) = await outbox.unconfirmed()
    assert (unknown.message.markdown, unknown.revision) == ("s1 in T1 C1, 1", 41)
    assert await outbox.mark_not_sent(unknown)
    (again,) = await outbox.claim(8)
    assert (again.message.markdown, again.revision) == ("s1 in T1 C1, 2", 42)


async def test_the_rest_of_a_long_scheduled_post_is_not_written_again(database: Database, clock: JumpingClock) -> None:
    class Wordy(StubRenderer):
        async def render(
            self, connection: AsyncConnection, due: ScheduledPostRequest, *, team: str, channel: str
        ) -> RenderedMessage:
            await super().render(connection, due, team=team, channel=channel)
            return RenderedMessage(OutboxMessage("one\ftwo"), self.asked)

    scribe = Wordy()
    outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, renderer=scribe)
    await add(database, clock, scheduled())
    (first,) = await outbox.claim(8)
    await outbox.sent(first, "1.1")
    clock.jump(1.1)
    (rest,) = await outbox.claim(8)
    assert (rest.message.part, rest.thread, rest.message.request, scribe.asked) == (1, "1.1", None, 1)


async def test_a_scheduled_post_that_cannot_be_written_is_dead_and_holds_nobody_up(
    database: Database, clock: JumpingClock, listener: RecordingListener, capsys: pytest.CaptureFixture[str]
) -> None:
    outbox = Outbox(
        database,
        clock,
        NullTransport(),
        quiet_s=QUIET_S,
        listeners=[listener],
        renderer=StubRenderer("C1"),
        maintainers=Maintainers(MAINTAINERS),
    )
    await add(database, clock, scheduled("C1"), scheduled("C2"))
    assert [each.channel for each in await outbox.claim(8)] == ["C2"]
    assert [(each.channel, each.error) for each in listener.seen] == [("C1", "render_failed")]
    (told,) = await outbox.claim(8)
    assert "The area of s1 is gone." in told.message.markdown
    assert "delivery.render_failed" in capsys.readouterr().out


async def test_a_database_that_fails_while_writing_loses_nothing(database: Database, clock: JumpingClock) -> None:
    class Cut(StubRenderer):
        async def render(
            self, connection: AsyncConnection, due: ScheduledPostRequest, *, team: str, channel: str
        ) -> RenderedMessage:
            await super().render(connection, due, team=team, channel=channel)
            raise StoreError("The database cannot be reached.")

    await add(database, clock, scheduled())
    with pytest.raises(StoreError):
        await Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, renderer=Cut()).claim(8)
    assert await states(database) == [("C1", "pending")]


async def test_what_is_claimed_early_knows_when_to_begin(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    await add(database, clock, post("C1", "first"), post("C1", "second"), post("C2"), post("C2"))
    first, other = await outbox.claim(8)
    await outbox.sent(replace(first, answered_at=clock.now()), "1.1")
    clock.jump(0.4)
    await outbox.sent(replace(other, answered_at=clock.now()), "2.2")
    clock.jump(0.2)
    assert await outbox.claim(8, lead_s=0.3) == ()
    (second,) = await outbox.claim(8, lead_s=0.5)
    assert second.begins_at == clock.now() + timedelta(seconds=0.4)
    clock.jump(0.3)
    (last,) = await outbox.claim(8, lead_s=0.5)
    assert (last.channel, last.begins_at) == ("C2", clock.now() + timedelta(seconds=0.5))


@pytest.mark.parametrize("back_s", [3.0, 5 * 60 * 60.0])
async def test_a_clock_set_back_loses_and_doubles_nothing(
    database: Database, clock: JumpingClock, outbox: Outbox, back_s: float
) -> None:
    await add(database, clock, post("C1", "sent"), post("C2", "unconfirmed"), post("C3", "limited"))
    sent, unconfirmed, limited = await outbox.claim(8)
    await outbox.sent(sent, "1.1")
    await outbox.refused(limited, refusal(ErrorClass.WAIT, "ratelimited", retry_after_s=1))
    await outbox.refused(unconfirmed, refusal(ErrorClass.UNCONFIRMED))
    await add(database, clock, post("C1", "next"))
    clock.jump(-back_s)
    await outbox.reap()
    clock.jump(5)
    assert {each.message.markdown for each in await outbox.claim(8)} == {"limited", "next"}
    assert await outbox.unconfirmed() == ()
    clock.jump(QUIET_S)
    assert [each.message.markdown for each in await outbox.unconfirmed()] == ["unconfirmed"]


async def test_a_clock_that_jumps_forward_marks_no_call_in_flight_unconfirmed(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    await add(database, clock, post())
    (attempt,) = await outbox.claim(8)
    clock.jump(3600)
    await outbox.reap({attempt.id})
    assert await states(database) == [("C1", "sending")]
    assert await outbox.sent(attempt, "1.1")
    assert await states(database) == [("C1", "sent")]


async def test_a_row_of_another_version_waits_and_holds_nobody_up(
    database: Database, clock: JumpingClock, outbox: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    await add(database, clock, post("C1", "strange"), post("C2"))
    strange = deliveries.c.channel == "C1"
    async with database.transaction() as connection:
        await connection.execute(update(deliveries).where(strange).values(kind="hologram"))
    assert [each.channel for each in await outbox.claim(8)] == ["C2"]
    assert ("C1", DeliveryState.PENDING) in [(row.channel, row.state) for row in await listed(database)]
    assert "delivery.undecodable" in capsys.readouterr().out
    clock.jump(EXPIRES_AFTER_S + AUTH_RETRY_S)
    await outbox.reap()
    assert ("C1", DeliveryState.FAILED) in [(row.channel, row.state) for row in await listed(database)]


async def test_a_revision_of_another_version_is_left_to_that_version(database: Database, clock: JumpingClock) -> None:
    class Older(StubRenderer):
        async def render(
            self, connection: AsyncConnection, due: ScheduledPostRequest, *, team: str, channel: str
        ) -> RenderedMessage:
            if not self.asked:
                self.asked += 1
                raise ValueError("The newest revision is of another form.")
            return await super().render(connection, due, team=team, channel=channel)

    outbox = Outbox(database, clock, NullTransport(), quiet_s=QUIET_S, renderer=Older())
    await add(database, clock, scheduled())
    assert await outbox.claim(8) == ()
    assert [row.state for row in await listed(database)] == [DeliveryState.PENDING]
    clock.jump(AUTH_RETRY_S + 1)
    (written,) = await outbox.claim(8)
    assert written.message.markdown == "s1 in T1 C1, 2"


async def listed(database: Database) -> Sequence[Row[Any]]:
    async with database.reading() as connection:
        return (await connection.execute(select(deliveries))).all()


def test_what_a_newer_version_adds_to_a_payload_is_left_out() -> None:
    message = scheduled().message
    payload = message_to_json(message)
    assert payload == {
        "request": {"schedule_id": "s1", "local_date": "2026-11-23", "areas": ["adoption"]},
    }
    assert message_from_json({"request": payload["request"] | {"mood": "newer"}, "mood": "x"}) == message


async def test_edits_that_a_closed_channel_refused_are_made_again_and_nothing_else(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    codes = ("is_inactive", "channel_not_found", "message_not_found")
    await add(database, clock, *(post(f"C{code}", kind=DeliveryKind.EDIT) for code in codes), post("Calert"))
    for attempt in await outbox.claim(10):
        code = attempt.channel[1:] if attempt.kind is DeliveryKind.EDIT else "is_archived"
        await outbox.refused(attempt, refusal(ErrorClass.NOT_FOUND, code))
    clock.jump(30 * EXPIRES_AFTER_S)
    async with database.transaction() as connection:
        for channel, _ in await states(database):
            await retry_edits(connection, ChannelRef("T1", channel), clock.now())
        await retry_edits(connection, ChannelRef("T2", "Cis_inactive"), clock.now())
    await outbox.reap()
    assert {each.channel for each in await outbox.claim(10)} == {"Cis_inactive", "Cchannel_not_found"}


async def test_an_idle_outbox_is_asked_one_cheap_question(database: Database, clock: JumpingClock) -> None:
    outbox = new_outbox(database, clock)
    asked: list[str] = []

    async def questions(work: Awaitable[bool]) -> list[str]:
        asked.clear()
        assert not await work
        return [each for each in asked if each.startswith("SELECT")]

    async with database.reading() as connection:
        engine = connection.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *what: asked.append(what[2]))
    for _ in range(2):
        for work in (outbox.is_waiting, outbox.reap):
            (question,) = await questions(work())
            assert "JOIN" not in question
    await add(database, clock, post())
    assert await outbox.is_waiting()
    assert await outbox.reap()


async def test_what_is_added_once_goes_in_the_order_of_its_numbers(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    wanted = [replace(post("C1", text), id=f"reply-{text}") for text in ("third", "second", "first")]
    async with database.transaction() as connection:
        for number, each in zip((2, 1, 0), wanted, strict=True):
            assert await enqueue_new(connection, each, clock.now(), number)
            assert not await enqueue_new(connection, each, clock.now(), number)
    order = []
    for _ in wanted:
        (attempt,) = await outbox.claim(8)
        order.append(attempt.message.markdown)
        await outbox.sent(attempt, "1.1")
        clock.jump(1.1)
    assert order == ["first", "second", "third"]


async def test_progress_is_that_of_one_delivery_with_the_code_of_its_refusal(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    wanted = [replace(post(channel), id=name) for name, channel in (("a", "C1"), ("b", "C2"), ("c", "C3"))]
    await add(database, clock, *wanted)
    claimed = {attempt.id: attempt for attempt in await outbox.claim(2)}
    assert await outbox.sent(claimed["a"], "1.1")
    assert await outbox.refused(claimed["b"], refusal(ErrorClass.MESSAGE, "msg_too_long"))
    async with database.reading() as connection:
        found = {name: await progress_of(connection, name) for name in "abc"}
    assert found == {
        "a": Progress(DeliveryState.SENT, ""),
        "b": Progress(DeliveryState.FAILED, "msg_too_long"),
        "c": Progress(DeliveryState.PENDING, ""),
    }


async def test_a_channels_failures_for_one_reason_are_told_once_a_day(
    database: Database, clock: JumpingClock, outbox: Outbox
) -> None:
    async def fails() -> int:
        await add(database, clock, post("C1"))
        attempt = next(each for each in await outbox.claim(8) if each.channel == "C1")
        assert await outbox.refused(attempt, refusal(ErrorClass.MESSAGE, "msg_too_long"))
        return [channel for channel, _ in await states(database)].count(MAINTAINERS)

    assert await fails() == 1
    clock.jump(2 * 3600)  # a notice has one id an hour: it is told no second time by that alone
    assert await fails() == 1
    clock.jump(25 * 3600)
    assert await fails() == 2
