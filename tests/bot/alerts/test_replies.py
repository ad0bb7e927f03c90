"""Replies through the outbox: once each, ahead of alerts, retried where nothing was shown, and never without a word."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.actions import Action, Choice
from bot.alerts import posts
from bot.alerts.corrections import Corrections
from bot.alerts.replies import EXPIRES_AFTER_S, Replies, Request, public_message
from bot.config.maintainers import Maintainers
from bot.errors import BriefingBotError
from bot.messages import ChannelRef, Outcome, Reply, Row, Subject
from bot.outbox.admin import Admin
from bot.outbox.delivery import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    OutboxMessage,
    PersonalReply,
    message_from_json,
    message_to_json,
)
from bot.outbox.enqueuing import enqueue
from bot.outbox.outbox import Outbox
from bot.store.errors import StoreError
from bot.store.tables import deliveries
from tests.support.newsroom import Newsroom
from tests.support.outbox import MAINTAINERS, QUIET_S, NullTransport, refusal
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox.delivery import Attempt
    from bot.store.database import Database

PLACE = ChannelRef("T1", "C1")
ANSWER = Reply(Outcome.ANSWER, "Words.", Subject(facts=("growth-zones-bids",), digest="d"), revision=1)
MISS = Reply(Outcome.NO_ANSWER, "We hold nothing on “zebras”.", choices=(Choice(Action.LOOKUP, "zoo", "zoo"),))
NOTE = Reply(Outcome.HELP, "", note="I read “growht” as “growth”.")


class FormFeeds(NullTransport):
    """Counts the messages of a reply too; keeps what is sent without the database."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.sent: list[Attempt] = []

    def message_count(self, message: OutboxMessage) -> int:
        """Return how many messages it needs."""
        words = message.personal.reply.markdown if message.personal else message.markdown
        return words.count("\f") + 1

    async def send(self, attempt: Attempt) -> str:
        """Keep it."""
        self.sent.append(attempt)
        return "1.1"


class Desk:
    """Replies with a database, an outbox and a clock that is moved by hand."""

    def __init__(self, newsroom: Newsroom) -> None:
        """Wire them."""
        self.database, self.clock, self.transport = newsroom.database, newsroom.clock, FormFeeds()
        self.woken = 0
        self.is_woken = asyncio.Event()
        self.replies = Replies(self.database, self.clock, self.wake, self.transport)
        self.outbox = Outbox(
            self.database,
            self.clock,
            self.transport,
            quiet_s=QUIET_S,
            maintainers=Maintainers(MAINTAINERS),
            listeners=[Corrections(self.clock)],
        )

    def wake(self) -> None:
        """Count it."""
        self.woken += 1
        self.is_woken.set()

    async def rows(self) -> list[tuple[str, str, str, Mapping[str, object]]]:
        """Return channel, kind, state and payload of each delivery, oldest first."""
        columns = deliveries.c
        query = select(columns.channel, columns.kind, columns.state, columns.payload).order_by(columns.created_at)
        async with self.database.reading() as connection:
            return [tuple(row) for row in await connection.execute(query)]

    async def one(self) -> Attempt:
        """Claim the only one that can go."""
        (attempt,) = await self.outbox.claim(8)
        return attempt


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(await Newsroom.opened(database))


def lose_one_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool, is_sqlite: bool
) -> None:
    """Let the answer to one COMMIT be lost, whether it was carried out or not."""
    real, left = database.transaction, [1]

    @asynccontextmanager
    async def transaction() -> AsyncIterator[AsyncConnection]:
        async with real() as connection:
            yield connection
            if left and not is_committed:
                await connection.rollback()
        if left:
            left.clear()
            raise StoreError("The database cannot be reached.")

    monkeypatch.setattr(type(database), "is_sqlite", is_sqlite)
    monkeypatch.setattr(database, "transaction", transaction)
    monkeypatch.setattr("bot.alerts.replies._AGAIN_S", 0.01)


def test_a_reply_survives_the_database() -> None:
    reply = Reply(
        Outcome.BRIEFING,
        "# Words",
        Subject(area="a", is_long=True, digest="d"),
        has_more=True,
        note="Note",
        choices=MISS.choices,
        rows=(Row("A line", MISS.choices),),
        revision=7,
    )
    message = OutboxMessage(personal=PersonalReply(reply, response_url="https://x", replaces=True), asker="U1")
    assert message_from_json(message_to_json(message)) == message


async def test_a_request_that_comes_twice_is_answered_once_whatever_is_answered(desk: Desk) -> None:
    await desk.replies.in_private(Request("m1", PLACE, "U1"), MISS)
    await desk.replies.in_public(Request("m1", PLACE, "U1"), ANSWER, NOTE)
    assert [kind for _, kind, _, _ in await desk.rows()] == ["ephemeral"]
    await desk.replies.in_private(Request("m2", PLACE, "U1"), MISS)
    assert [kind for _, kind, _, _ in await desk.rows()] == ["ephemeral", "ephemeral"]


async def test_an_answer_is_tracked_and_its_words_are_erased_once_it_is_sent(desk: Desk) -> None:
    await desk.replies.in_public(Request("m1", PLACE, "U1", thread="9.9"), ANSWER, NOTE)
    answer = await desk.one()
    assert (answer.kind, answer.thread, answer.message.markdown) == (DeliveryKind.REPLY, "9.9", "Words.")
    await desk.outbox.sent(answer, "10.1")
    async with desk.database.reading() as connection:
        (post,) = await posts.showing(connection, ["growth-zones-bids"], desk.clock.now() - posts.TRACKED_FOR)
    assert (post.ts, post.thread, post.answers) == ("10.1", "9.9", ("growth-zones-bids",))
    note = await desk.one()
    assert (note.kind, note.thread, note.message.asker) == (DeliveryKind.EPHEMERAL, "9.9", "U1"), "it waits for no pace"
    await desk.outbox.sent(note, "")
    assert [payload for *_, payload in await desk.rows()] == [{}, {}]


async def test_replies_go_ahead_of_alerts_and_the_parts_of_one_stay_together(desk: Desk) -> None:
    async with desk.database.transaction() as connection:
        alert = Delivery("T1", "C1", DeliveryKind.ALERT, OutboxMessage("An alert."))
        await enqueue(connection, [alert], desk.clock.now())
    await desk.replies.directly(Request("m1", PLACE, "U1"), replace(MISS, markdown="One.\fTwo."))
    order = []
    for number in range(3):
        attempt = await desk.one()
        order.append((attempt.kind, attempt.message.part, attempt.thread))
        await desk.outbox.sent(attempt, f"1.{number}")
        desk.clock.pass_by(seconds=1)
    assert order == [(DeliveryKind.REPLY, 0, ""), (DeliveryKind.REPLY, 1, ""), (DeliveryKind.ALERT, 0, "")]


async def test_what_one_person_sees_waits_for_no_post_in_its_channel(desk: Desk) -> None:
    await desk.replies.in_public(Request("m1", PLACE, "U1"), ANSWER, None)
    answer = await desk.one()
    await desk.replies.in_private(Request("m2", PLACE, "U2"), MISS)
    await desk.replies.in_public(Request("m3", PLACE, "U3"), ANSWER, None)
    assert (await desk.one()).message.asker == "U2"
    await desk.outbox.sent(answer, "1.1")
    assert await desk.outbox.claim(8) == (), "the pace of posts holds"
    desk.clock.pass_by(seconds=1)
    assert (await desk.one()).message.asker == "U3"


@pytest.mark.parametrize("is_killed", [False, True])
async def test_one_person_waits_for_no_answer_to_another_in_their_channel(desk: Desk, *, is_killed: bool) -> None:
    long = replace(MISS, markdown="One.\fTwo.\fThree.")
    await desk.replies.by_response_url(Request("c1", PLACE, "U1"), long, "https://slack.example/1", begins_with=1)
    await desk.replies.by_response_url(Request("c2", PLACE, "U2"), MISS, "https://slack.example/2")
    await desk.replies.in_private(Request("m3", PLACE, "U3"), MISS)
    first, *others = await desk.outbox.claim(8)
    assert [each.message.asker for each in (first, *others)] == ["U1", "U2", "U3"]
    if is_killed:
        desk.clock.pass_by(seconds=QUIET_S + 1)
        await desk.outbox.reap()
    await desk.replies.in_private(Request("m4", PLACE, "U4"), MISS)
    assert (await desk.one()).message.asker == "U4", "the first is on its way still"
    await desk.outbox.sent(first, "")
    assert (await desk.one()).message.part == first.message.part + 1, "the parts of one follow one another"


@pytest.mark.parametrize("code", ["ratelimited", "unreached"])
@pytest.mark.parametrize("kind", ["direct", "private", "response"])
async def test_where_nothing_was_shown_it_is_sent_again(desk: Desk, code: str, kind: str) -> None:
    request = Request("m1", PLACE, "U1")
    if kind == "direct":
        await desk.replies.directly(request, MISS)
    elif kind == "private":
        await desk.replies.in_private(request, MISS)
    else:
        await desk.replies.by_response_url(request, MISS, "https://slack.example/1")
    await desk.outbox.refused(await desk.one(), refusal(ErrorClass.WAIT, code, 1.0))
    assert await desk.outbox.claim(8) == ()
    desk.clock.pass_by(seconds=1.1)
    again = await desk.one()
    assert again.message.personal is not None
    assert again.message.personal.reply == MISS


async def test_what_is_in_no_history_is_not_shown_twice_and_its_asker_is_told(desk: Desk) -> None:
    await desk.replies.in_private(Request("m1", PLACE, "U1"), MISS)
    await desk.outbox.refused(await desk.one(), refusal(ErrorClass.UNCONFIRMED, "timeout"))
    (lost, word) = await desk.rows()
    assert lost == ("C1", "ephemeral", DeliveryState.FAILED.value, {})
    assert word[:2] == ("U1", "reply")
    assert "did not confirm my answer" in message_from_json(word[3]).markdown


async def test_a_late_reply_is_dropped_with_one_word_and_operators_are_spared(desk: Desk) -> None:
    for number in range(3):
        await desk.replies.in_private(Request(f"m{number}", PLACE, "U1"), MISS)
    desk.clock.pass_by(seconds=EXPIRES_AFTER_S + 1)
    await desk.outbox.reap()
    *late, word = await desk.rows()
    assert [(state, payload) for _, _, state, payload in late] == [(DeliveryState.FAILED.value, {})] * 3
    assert word[:3] == ("U1", "reply", DeliveryState.PENDING.value)
    assert message_from_json(word[3]).markdown.startswith("I could not answer you")
    desk.clock.pass_by(seconds=EXPIRES_AFTER_S + 1)
    await desk.outbox.reap()
    assert [row[2] for row in await desk.rows()] == [DeliveryState.FAILED.value] * 4, "a word has no word of its own"


async def test_a_refused_reply_pauses_nothing_and_is_not_tried_again_by_an_operator(desk: Desk) -> None:
    await desk.replies.in_public(Request("m1", PLACE, "U1"), ANSWER, None)
    attempt = await desk.one()
    await desk.outbox.refused(attempt, refusal(ErrorClass.CHANNEL, "not_in_channel"))
    assert [row[0] for row in await desk.rows()] == ["C1", "U1"], "the asker is told, not the operators"
    with pytest.raises(BriefingBotError, match="its words are not kept"):
        await Admin(desk.database, desk.clock).retry(attempt.id)


async def test_the_words_of_what_is_cancelled_are_erased_too(desk: Desk) -> None:
    await desk.replies.in_public(Request("m1", PLACE, "U1"), ANSWER, NOTE)
    answer = await desk.one()
    await desk.outbox.refused(answer, refusal(ErrorClass.CHANNEL, "not_in_channel"))
    await desk.outbox.reap()
    assert [(row[1], row[2], row[3]) for row in await desk.rows() if row[0] == "C1"] == [
        ("reply", DeliveryState.FAILED.value, {}),
        ("ephemeral", DeliveryState.CANCELLED.value, {}),
    ]
    await desk.replies.in_private(Request("m2", ChannelRef("T1", "C2"), "U1"), MISS)
    pending = (await Admin(desk.database, desk.clock).list([DeliveryState.PENDING], "C2"))[0]
    await Admin(desk.database, desk.clock).cancel(pending.id)
    assert (await desk.rows())[-1][2:] == (DeliveryState.CANCELLED.value, {})


async def test_a_follow_up_begins_after_what_was_in_the_ack(desk: Desk) -> None:
    long = replace(MISS, markdown="One.\fTwo.\fThree.")
    await desk.replies.by_response_url(Request("c1", PLACE, "U1"), long, "https://slack.example/1", begins_with=1)
    parts = []
    for _ in range(2):
        attempt = await desk.one()
        parts.append(attempt.message.part)
        await desk.outbox.sent(attempt, "")
    assert parts == [1, 2]
    assert await desk.outbox.claim(8) == ()


async def test_without_the_database_it_is_sent_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked() -> None:
        raise StoreError("The database is locked by another process.")

    monkeypatch.setattr(desk.database, "transaction", locked)
    await desk.replies.in_public(Request("m1", PLACE, "U1", thread="9.9"), replace(ANSWER, markdown="One.\fTwo."), NOTE)
    sent = [(each.kind, each.message.part, each.thread) for each in desk.transport.sent]
    assert sent == [(DeliveryKind.REPLY, 0, "9.9"), (DeliveryKind.REPLY, 1, "9.9"), (DeliveryKind.EPHEMERAL, 0, "9.9")]


@pytest.mark.parametrize("is_committed", [True, False])
async def test_an_answer_to_a_commit_that_is_lost_doubles_and_loses_no_reply(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    lose_one_answer(desk.database, monkeypatch, is_committed=is_committed, is_sqlite=False)
    await desk.replies.in_public(Request("m1", PLACE, "U1"), ANSWER, NOTE)
    await asyncio.wait_for(desk.is_woken.wait(), PATIENCE_S)
    monkeypatch.undo()
    assert desk.transport.sent == [], "the outbox sends it"
    assert [row[1:3] for row in await desk.rows()] == [("reply", "pending"), ("ephemeral", "pending")]


async def test_a_commit_that_sqlite_refuses_is_undone_and_the_reply_is_sent_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_one_answer(desk.database, monkeypatch, is_committed=False, is_sqlite=True)
    await desk.replies.in_public(Request("m1", PLACE, "U1"), ANSWER, None)
    monkeypatch.undo()
    assert [each.message.markdown for each in desk.transport.sent] == ["Words."]
    assert await desk.rows() == []


async def test_an_answer_is_stored_with_what_it_shows_or_not_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: int) -> None:
        raise StoreError("The database is locked by another process.")

    monkeypatch.setattr(desk.database, "_latest", None)
    for reader in ("latest", "revision"):
        monkeypatch.setattr(desk.database, reader, locked)
    await desk.replies.in_public(Request("m1", PLACE, "U1"), ANSWER, None)
    assert list((await desk.one()).message.fact_digests) == ["growth-zones-bids"], "corrections can follow it"
    monkeypatch.setattr(desk.database, "revision_within", locked)
    await desk.replies.in_public(Request("m2", PLACE, "U1"), ANSWER, None)
    assert len(desk.transport.sent) == len(await desk.rows()) == 1


async def test_hostile_words_come_back_as_they_were(desk: Desk) -> None:
    odd = replace(MISS, markdown="<!channel> '; DROP TABLE deliveries; -- \u202e”", note="😀")
    await desk.replies.in_private(Request("'; --\n", PLACE, "U1"), odd)
    attempt = await desk.one()
    assert attempt.message.personal is not None
    assert attempt.message.personal.reply == odd


def test_a_public_message_carries_no_words_of_who_asked_in_any_button() -> None:
    report, feedback = ('{"outcome":"answer","fact":"one","words":"our secret plan"}',) * 2
    message = public_message(replace(ANSWER, report=report, feedback=feedback))
    assert "one" in message.feedback
    assert Action.REPORT in [each.action for each in message.buttons]
    assert "secret" not in str(message)


def test_public_questions_without_an_answer_are_told_apart_without_their_words() -> None:
    def voted_on(words: str) -> str:
        return public_message(replace(MISS, feedback=f'{{"outcome":"no_answer","words":"{words}"}}')).feedback

    assert voted_on("zebras") == voted_on(" Zebras")
    assert voted_on("zebras") != voted_on("lions")
    assert "zebras" not in voted_on("zebras")
