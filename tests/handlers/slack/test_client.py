"""Slack's refusals, in words; nothing is sent twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

import app as wiring
from bot.errors import DeliveryError
from handlers.rendering.replies import plain
from handlers.slack.client import SlackClient
from tests.scenarios.scene import GENERAL, RANDOM
from tests.support.slack_clients import web_client
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        yield workspace


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[SlackClient]:
    async with aiohttp.ClientSession() as session:
        yield SlackClient(web_client(workspace.api_url, session, workspace.bot_token))


@pytest.mark.parametrize(("channel", "code"), [(RANDOM, "not_in_channel"), ("C0NOWHERE", "channel_not_found")])
async def test_a_refusal_carries_slacks_code(
    workspace: Workspace, client: SlackClient, channel: str, code: str
) -> None:
    with pytest.raises(DeliveryError) as raised:
        await client.say(channel, plain("Words."))
    assert raised.value.code == code
    assert len(workspace.calls) == 1, "it is not tried again"


async def test_a_plain_text_is_posted_escaped(workspace: Workspace, client: SlackClient) -> None:
    await client.tell(GENERAL, "The database <is> gone & away.")
    (call,) = workspace.calls
    assert (call.method, call.response["ok"]) == ("chat.postMessage", True)
    assert call.args["text"] == "The database &lt;is&gt; gone &amp; away."


async def test_what_is_gone_cannot_be_removed(client: SlackClient) -> None:
    with pytest.raises(DeliveryError, match="already gone"):
        await client.delete(GENERAL, "1.1")


async def test_a_rate_limit_is_not_tried_again(workspace: Workspace, client: SlackClient) -> None:
    workspace.limit("chat.postMessage", 30)
    with pytest.raises(DeliveryError, match="wait"):
        await client.say(GENERAL, plain("Words."))
    assert len(workspace.calls) == 1


async def test_an_unreachable_slack_is_told(unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        nowhere = f"http://127.0.0.1:{unused_tcp_port}/"
        client = SlackClient(web_client(nowhere, session, "xoxb-1"))
        for call in (client.say(GENERAL, plain("Words.")), client.respond(nowhere, plain("Words."))):
            with pytest.raises(DeliveryError, match="Slack could not be reached") as raised:
                await call
            assert not raised.value.is_unknown, "nothing was sent"


async def test_a_used_up_response_url_is_told(workspace: Workspace, client: SlackClient) -> None:
    with pytest.raises(DeliveryError, match="no longer takes an answer"):
        await client.respond(f"{workspace.url}response/unknown", plain("Words."))


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/commands/1",
        "https://slack.com.example.org/",
        "https://evilslack.com/",
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com:8443/",
        "https://hooks.slack.com@example.org/",
        "https://[",
        "file:///etc/passwd",
        "",
    ],
)
async def test_an_answer_goes_to_slack_and_nowhere_else(client: SlackClient, address: str) -> None:
    with pytest.raises(DeliveryError, match="not Slack’s") as raised:
        await client.respond(address, plain("Words."))
    assert raised.value.code == "foreign_response_url"


async def test_a_cut_connection_is_not_tried_again() -> None:
    """Slack may have posted before the cut: a second try would double it."""
    requests: list[bytes] = []

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.transport.abort()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        client = SlackClient(web_client(address, session, "xoxb-1"))
        for number, call in enumerate((client.say(GENERAL, plain("x")), client.respond(address, plain("x"))), 1):
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
            await SlackClient(web_client(address, session, "xoxb-1")).say(GENERAL, plain("Words."))
    await runner.cleanup()
    assert raised.value.is_unknown is is_unknown
