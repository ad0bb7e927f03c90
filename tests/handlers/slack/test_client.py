"""Slack's refusals, in words; nothing is sent twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

import app as wiring
from bot.errors import DeliveryError
from bot.messages import Button, Post, Posted, Poster
from handlers.rendering.replies import Removal, plain
from handlers.slack.authorization import web_client
from handlers.slack.client import SlackClient
from tests.scenarios.scene import ADA, GENERAL, RANDOM, button
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from handlers.rendering.replies import Payload


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        yield workspace


@pytest.fixture
async def messenger(workspace: Workspace) -> AsyncIterator[SlackClient]:
    async with aiohttp.ClientSession() as session:
        yield SlackClient(web_client(workspace.api_url, session, workspace.bot_token), session)


async def test_a_long_post_follows_in_its_thread(workspace: Workspace, messenger: SlackClient) -> None:
    posted = await messenger.post(Post(GENERAL, "\n\n".join("x" * 3000 for _ in range(7))))
    thread = workspace.seen_by(ADA, GENERAL, posted.ts)
    assert [message["ts"] == posted.ts for message in thread] == [True, False, False]
    await messenger.remove(posted)
    assert workspace.calls[-1].method == "chat.delete"


@pytest.mark.parametrize(("channel", "code"), [(RANDOM, "not_in_channel"), ("C0NOWHERE", "channel_not_found")])
async def test_a_refusal_carries_slacks_code(
    workspace: Workspace, messenger: SlackClient, channel: str, code: str
) -> None:
    with pytest.raises(DeliveryError) as raised:
        await messenger.post(Post(channel, "Words."))
    assert raised.value.code == code
    assert len(workspace.calls) == 1, "it is not tried again"


async def test_what_is_gone_cannot_be_removed(messenger: SlackClient) -> None:
    with pytest.raises(DeliveryError, match="already gone"):
        await messenger.remove(Posted(GENERAL, "1.1"))


async def test_a_rate_limit_is_not_tried_again(workspace: Workspace, messenger: SlackClient) -> None:
    workspace.limit("chat.postMessage", 30)
    with pytest.raises(DeliveryError, match="wait"):
        await messenger.say(GENERAL, plain("Words."))
    assert len(workspace.calls) == 1


async def test_an_unreachable_slack_is_told(unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        nowhere = f"http://127.0.0.1:{unused_tcp_port}/"
        messenger = SlackClient(web_client(nowhere, session, "xoxb-1"), session)
        for call in (messenger.say(GENERAL, plain("Words.")), messenger.respond(nowhere, plain("Words."))):
            with pytest.raises(DeliveryError, match="Slack could not be reached") as raised:
                await call
            assert not raised.value.is_unknown, "nothing was sent"


async def test_a_used_up_response_url_is_told(workspace: Workspace, messenger: SlackClient) -> None:
    with pytest.raises(DeliveryError, match="no longer takes an answer"):
        await messenger.respond(f"{workspace.url}response/unknown", plain("Words."))


async def test_a_cut_connection_is_not_tried_again() -> None:
    """Slack may have posted before the cut: a second try would double it."""
    requests: list[bytes] = []

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.transport.abort()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        messenger = SlackClient(web_client(address, session, "xoxb-1"), session)
        for number, call in enumerate((messenger.say(GENERAL, plain("x")), messenger.respond(address, plain("x"))), 1):
            with pytest.raises(DeliveryError, match="no answer") as raised:
                await call
            assert raised.value.is_unknown
            assert len(requests) == number


@pytest.mark.parametrize(
    ("status", "body", "is_unknown"),
    [
        (200, '{"ok":false,"error":"internal_error"}', True),
        (200, '{"ok":false,"error":"no_text"}', False),
        (200, '{"ok":false}', True),
        (500, '{"ok":false,"error":"no_text"}', True),
        (503, "<html>gateway</html>", True),
        (429, "", False),
    ],
)
async def test_what_slack_may_have_done_all_the_same_is_unknown(status: int, body: str, is_unknown: bool) -> None:  # noqa: FBT001 — pytest's
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json" if "{" in body else "text/html")

    application = web.Application()
    application.router.add_post("/chat.postMessage", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        with pytest.raises(DeliveryError) as raised:
            await SlackClient(web_client(address, session, "xoxb-1"), session).say(GENERAL, plain("Words."))
    await runner.cleanup()
    assert raised.value.is_unknown is is_unknown


LONG = Post(GENERAL, "\n\n".join("x" * 3000 for _ in range(7)), Poster(ADA, "ada"))


async def test_the_first_part_of_a_long_post_carries_all(workspace: Workspace, messenger: SlackClient) -> None:
    posted = await messenger.post(LONG)
    first, *others = workspace.seen_by(ADA, GENERAL, posted.ts)
    removal = Removal.unpack(button(first, "Remove")["value"])
    assert removal == Removal(ADA, parts=tuple(part["ts"] for part in others))
    assert len(others) == 2
    assert "Posted by ada." in str(first["blocks"])
    assert 2000 < len(first["text"]) <= 4000
    assert posted.parts == removal.parts
    assert posted.buttons == (Button("remove", "Remove", removal.pack()),)


@pytest.mark.parametrize("failing", ["chat.postMessage", "chat.update"])
@pytest.mark.parametrize("is_stuck", [False, True])
async def test_a_long_post_that_cannot_be_completed_is_taken_back(
    workspace: Workspace, failing: str, *, is_stuck: bool
) -> None:
    class Unlucky(SlackClient):
        async def say(self, channel: str, payload: Payload, **how: Any) -> Posted:  # noqa: ANN401 — handed through
            if how.get("thread"):
                workspace.limit(failing, 30, times=9)
                if is_stuck:
                    workspace.limit("chat.delete", 30, times=9)
            return await super().say(channel, payload, **how)

    before = len(workspace.seen_by(ADA, GENERAL))
    async with aiohttp.ClientSession() as session:
        messenger = Unlucky(web_client(workspace.api_url, session, workspace.bot_token), session)
        with pytest.raises(DeliveryError, match="wait") as raised:
            await messenger.post(LONG)
    assert raised.value.is_unknown is is_stuck, "what could not be taken back stands"
    assert len(workspace.seen_by(ADA, GENERAL)) == before + is_stuck
