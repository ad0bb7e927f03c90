"""Carrying into the local workspace by the real client: the mark, the look, and what Slack's refusals become."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

import app as wiring
from bot.actions import Button
from bot.clock import ClockSkew, SystemClock
from bot.outbox.delivery import (
    Attempt,
    DeliveryKind,
    DeliveryState,
    ErrorClass,
    NotDeliveredError,
    OutboxMessage,
    new_id,
)
from handlers.rendering.splitting import MESSAGE_CHARACTERS
from handlers.slack.transport import SlackTransport
from tests.support.manifests import without_scopes
from tests.support.newsroom import HandClock
from tests.support.slack_clients import clients
from workspace.server import Workspace
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

POLICY, RANDOM, ADA = "C0POLICY", "C0RANDOM", "U0ADA"


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        yield workspace


@pytest.fixture
async def transport(workspace: Workspace) -> AsyncIterator[SlackTransport]:
    async with aiohttp.ClientSession() as session:
        yield SlackTransport(clients(workspace.api_url, session, workspace.bot_token), ClockSkew(SystemClock()))


def attempt(
    channel: str = POLICY,
    kind: DeliveryKind = DeliveryKind.ALERT,
    thread: str = "",
    **message: Any,  # noqa: ANN401 — any field of a message
) -> Attempt:
    said = OutboxMessage(**({"markdown": "Two **facts** changed"} | message))
    now = datetime.now(UTC)  # noqa: TID251 — the workspace's clock is the machine's
    return Attempt(new_id(), "T0TRY", channel, kind, said, DeliveryState.SENDING, 1, now, thread)


async def test_a_post_is_marked_and_found_by_its_mark(workspace: Workspace, transport: SlackTransport) -> None:
    sent, lost, reply = attempt(), attempt(), attempt()
    ts = await transport.send(sent)
    in_thread = attempt(thread=ts)
    reply_ts = await transport.send(in_thread)
    assert await transport.find_sent([sent, lost]) == {sent.id: ts}
    assert await transport.find_sent([in_thread, reply]) == {in_thread.id: reply_ts}
    (message,) = workspace.seen_by(ADA, POLICY)
    assert (message["text"], message["pings"]) == ("Two facts changed", [])


async def test_a_clock_that_is_ahead_hides_no_post(workspace: Workspace) -> None:
    now = workspace.clock.now()
    skew = ClockSkew(HandClock(now + timedelta(hours=1)))
    skew.measure(now)
    async with aiohttp.ClientSession() as session:
        transport = SlackTransport(clients(workspace.api_url, session, workspace.bot_token), skew)
        made = replace(attempt(), claimed_at=now + timedelta(hours=1))
        ts = await transport.send(made)
        assert await transport.find_sent([made]) == {made.id: ts}


async def test_a_look_turns_pages(workspace: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        every = clients(workspace.api_url, session, workspace.bot_token)
        transport = SlackTransport(every, ClockSkew(SystemClock()), page_size=2)
        first = attempt()
        ts = await transport.send(first)
        for _ in range(5):
            await transport.send(attempt())
        assert await transport.find_sent([first]) == {first.id: ts}
    assert len([call for call in workspace.calls if call.method == "conversations.history"]) == 3


async def test_a_direct_message_is_found_too(transport: SlackTransport) -> None:
    direct = attempt(channel=ADA)
    ts = await transport.send(direct)
    assert await transport.find_sent([direct]) == {direct.id: ts}


async def test_an_edit_changes_the_post_in_place(workspace: Workspace, transport: SlackTransport) -> None:
    ts = await transport.send(attempt())
    assert await transport.send(attempt(kind=DeliveryKind.EDIT, edits=ts, markdown="Corrected. " * 600)) == ts
    (message,) = workspace.seen_by(ADA, POLICY)
    assert message["text"].startswith("Corrected.")
    assert len(message["text"]) <= 4000
    assert message["edited"]


def paragraphs(word: str, number: int) -> str:
    """Return a text that fills so many messages."""
    return "\n\n".join([f"{word} " * 1200] * number)


async def carry_all(transport: SlackTransport, **message: Any) -> tuple[str, ...]:  # noqa: ANN401 — a message's parts
    """Post every message of a text as the outbox would, and return their ts."""
    first = await transport.send(attempt(**message))
    count = transport.message_count(attempt(**message).message)
    return first, *[await transport.send(attempt(thread=first, part=part, **message)) for part in range(1, count)]


@pytest.mark.parametrize(
    ("after", "texts"),
    [
        (3, ["after after", "after after", "after after"]),
        (2, ["after after", "after after", "Moved to the previous message."]),
        (4, ["after after", "after after", "The correction left no room here for the rest of this text"]),
    ],
)
async def test_an_edit_changes_every_message_of_a_long_post(
    workspace: Workspace, transport: SlackTransport, after: int, texts: list[str]
) -> None:
    ts, *parts = await carry_all(transport, markdown=paragraphs("before", 3))
    assert len(parts) == 2
    button = Button("why", "Why am I seeing this?", "s1")
    edit: dict[str, Any] = {
        "edits": ts,
        "parts": tuple(parts),
        "markdown": paragraphs("after", after),
        "buttons": (button,),
    }
    assert await transport.send(attempt(kind=DeliveryKind.EDIT, **edit)) == ts
    messages = workspace.seen_by(ADA, POLICY, ts)
    assert [each["ts"] for each in messages] == [ts, *parts]
    for message, text in zip(messages, texts, strict=True):
        assert text in str(message["blocks"])
        assert "before before" not in str(message["blocks"])
    assert messages[0]["blocks"][-1]["elements"][0]["action_id"] == "why"


async def test_a_later_message_that_was_taken_away_keeps_no_other_from_being_changed(
    workspace: Workspace, transport: SlackTransport
) -> None:
    ts, *parts = await carry_all(transport, markdown=paragraphs("before", 3))
    for gone in ("1.000000", ""):
        edit: dict[str, Any] = {"edits": ts, "parts": (gone, parts[1]), "markdown": paragraphs("after", 3)}
        assert await transport.send(attempt(kind=DeliveryKind.EDIT, **edit)) == ts
    first, second, third = (each["text"][:6] for each in workspace.seen_by(ADA, POLICY, ts))
    assert (first, second, third) == ("after ", "before", "after ")


async def test_buttons_stand_below_and_a_long_text_has_parts(workspace: Workspace, transport: SlackTransport) -> None:
    paragraph = f"{'word ' * 1000}\n\n"
    long = attempt(markdown=paragraph * 3, buttons=(Button("why", "Why am I seeing this?", "s1"),))
    assert transport.message_count(long.message) > 1
    await transport.send(long)
    (message,) = workspace.seen_by(ADA, POLICY)
    assert len(message["text"]) <= MESSAGE_CHARACTERS
    assert message["blocks"][-1]["elements"][0]["action_id"] == "why"


async def test_refusals_are_judged(workspace: Workspace, transport: SlackTransport) -> None:
    async def verdict(carried: Attempt) -> tuple[ErrorClass, float]:
        with pytest.raises(NotDeliveredError) as refused:
            await transport.send(carried)
        return refused.value.error_class, refused.value.retry_after_s

    assert await verdict(attempt(channel=RANDOM)) == (ErrorClass.CHANNEL, 0)
    assert await verdict(attempt(kind=DeliveryKind.EDIT, edits="1.000000")) == (ErrorClass.NOT_FOUND, 0)
    workspace.state.archive("C0GENERAL")
    assert await verdict(attempt(channel="C0GENERAL")) == (ErrorClass.CHANNEL, 0)
    faults = [
        Fault("rate_limit", seconds=9, times=1),
        Fault("error", times=1),
        Fault("reset", times=1),
        Fault("lost", times=1),
    ]
    workspace.fault_switches.switch(faults)
    assert await verdict(attempt()) == (ErrorClass.WAIT, 9)
    for _ in faults[1:]:
        assert await verdict(attempt()) == (ErrorClass.UNCONFIRMED, 0)
    assert len(workspace.seen_by(ADA, POLICY)) == 1


async def test_nobody_looks_without_the_scope() -> None:
    manifest = without_scopes(bool)
    async with Workspace(manifest).serve() as strict, aiohttp.ClientSession() as session:
        transport = SlackTransport(clients(strict.api_url, session, strict.bot_token), ClockSkew(SystemClock()))
        sent = attempt()
        await transport.send(sent)
        with pytest.raises(NotDeliveredError) as refused:
            await transport.find_sent([sent])
    assert refused.value.error_class is ErrorClass.CANNOT_VERIFY


async def test_a_workspace_that_is_not_there_has_posted_nothing(workspace: Workspace, unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        nowhere = f"http://127.0.0.1:{unused_tcp_port}/api/"
        transport = SlackTransport(clients(nowhere, session, workspace.bot_token), ClockSkew(SystemClock()))
        with pytest.raises(NotDeliveredError) as refused:
            await transport.send(attempt())
    assert refused.value.error_class is ErrorClass.WAIT
