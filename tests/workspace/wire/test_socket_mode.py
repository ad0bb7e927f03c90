"""Socket Mode: tickets, hello, acks, retries, disconnects."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.support.waiting import PATIENCE_S
from tests.workspace.apps import RawApp

if TYPE_CHECKING:
    from tests.workspace.apps import Api, ManualClock
    from workspace.server import Workspace


async def test_a_ticket_opens_one_connection(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    app = RawApp(workspace, session)
    ticket = await app.ticket()
    async with session.ws_connect(ticket) as socket:
        hello = await socket.receive_json(timeout=PATIENCE_S)
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": "A0TRY"}
        assert workspace.is_connected
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(ticket)
        assert refused.value.status == 403
    await workspace.wait_until(lambda: not workspace.is_connected)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(ticket.split("?")[0])


async def test_only_the_app_level_token_gets_a_ticket(workspace: Workspace, api: Api) -> None:
    assert (await api("apps.connections.open"))["error"] == "not_allowed_token_type"
    assert (await api("auth.test", token=workspace.app_token))["error"] == "not_allowed_token_type"


async def test_an_event_arrives_in_an_envelope_and_is_acked(workspace: Workspace, app: RawApp) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "a <b> & c"))
    frame = await app.receive()
    assert (frame["type"], frame["accepts_response_payload"], frame["retry_attempt"]) == ("events_api", False, 0)
    event = frame["payload"]["event"]
    assert (event["type"], event["channel_type"], event["text"]) == ("message", "im", "a &lt;b&gt; &amp; c")
    assert frame["payload"]["event_id"].startswith("Ev")
    await app.ack(frame)
    assert (await typed).acked


async def test_an_event_that_is_not_acked_comes_again(workspace: Workspace, app: RawApp, clock: ManualClock) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "hello"))
    first = await app.receive()
    await clock.jump(3.0)
    assert [dispatch.failure for dispatch in (await typed).dispatches] == ["timeout"]
    seen = [first]
    for attempt, delay_s in enumerate((0.0, 60.0, 300.0), start=1):
        if delay_s:
            await clock.jump(delay_s)
        frame = await app.receive()
        assert (frame["retry_attempt"], frame["retry_reason"]) == (attempt, "timeout")
        seen.append(frame)
        await clock.jump(3.0)
    assert len({frame["payload"]["event_id"] for frame in seen}) == 1
    assert len({frame["envelope_id"] for frame in seen}) == 4
    await workspace.wait_until(lambda: len(workspace.dispatches) == 4)


async def test_a_late_ack_ends_the_retries(workspace: Workspace, app: RawApp, clock: ManualClock) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "hello"))
    late = await app.receive()
    await clock.jump(3.0)
    await typed
    await app.ack(late)
    await app.ack(await app.receive())
    await workspace.wait_until(lambda: [dispatch.failure for dispatch in workspace.dispatches] == ["timeout", ""])


async def test_frames_that_are_no_acks_are_ignored(workspace: Workspace, app: RawApp) -> None:
    for text in ("", "{", "[]", "[" * 100_000, '{"envelope_id": 3}', '{"envelope_id": "unknown"}', '"\\ud800"', "NaN"):
        await app.socket.send_str(text)
    await app.socket.send_bytes(b"\x00")
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "still there?"))
    frame = await app.receive()
    await app.ack(frame)
    await app.ack(frame)
    assert (await typed).acked


async def test_connections_take_turns(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    apps = [RawApp(workspace, session), RawApp(workspace, session)]
    assert [(await app.connect())["num_connections"] for app in apps] == [1, 2]
    for app in apps:
        typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "hello"))
        await app.ack(await app.receive())
        assert (await typed).acked


async def test_the_eleventh_connection_is_sent_away(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    apps = [RawApp(workspace, session) for _ in range(11)]
    greetings = [await app.connect() for app in apps]
    assert [greeting["type"] for greeting in greetings] == ["hello"] * 10 + ["disconnect"]
    assert greetings[-1]["reason"] == "too_many_websockets"


async def test_an_app_that_goes_away_before_the_ack_is_noticed_at_once(workspace: Workspace, app: RawApp) -> None:
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", "/echo hello"))
    await app.receive()
    await app.socket.close()
    result = await typed
    assert result.dispatches[0].failure == "connection_failed"
    assert result.message is not None
    assert result.message.text == '/echo failed with the error "dispatch_failed"'


async def test_slack_asks_for_a_new_connection_now_and_then(workspace: Workspace, app: RawApp) -> None:
    goodbye = asyncio.create_task(workspace.disconnect("refresh_requested"))
    frame = await app.receive()
    assert (frame["type"], frame["reason"]) == ("disconnect", "refresh_requested")
    assert (await app.socket.receive(timeout=PATIENCE_S)).type is aiohttp.WSMsgType.CLOSE
    await goodbye
    assert not workspace.is_connected


async def test_a_warning_comes_ahead_and_closes_nothing(workspace: Workspace, app: RawApp) -> None:
    await workspace.disconnect("warning")
    assert (await app.receive())["reason"] == "warning"
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "still there?"))
    await app.ack(await app.receive())
    assert (await typed).acked
    with pytest.raises(ValueError, match="Slack's reasons are"):
        await workspace.disconnect("bored")


async def test_what_was_under_way_when_a_connection_closed_comes_again_on_another(
    workspace: Workspace, session: aiohttp.ClientSession
) -> None:
    first, second = RawApp(workspace, session), RawApp(workspace, session)
    await first.connect()
    typed = asyncio.create_task(workspace.type("U0ADA", "D0ADA", "hello"))
    lost = await first.receive()
    await second.connect()
    await first.socket.close()
    assert [dispatch.failure for dispatch in (await typed).dispatches] == ["connection_failed"]
    again = await second.receive()
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_failed")
    assert again["payload"] == lost["payload"]
    await second.ack(again)
    await workspace.wait_until(lambda: workspace.dispatches[-1].failure == "")
