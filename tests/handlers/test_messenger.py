"""Slack's refusals, in words; nothing is sent twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

import app as wiring
from bot.delivery import Post, Posted
from bot.errors import DeliveryError
from handlers.installations import web_client
from handlers.messenger import SlackMessenger
from handlers.replies import plain
from tests.scenarios.scene import ADA, GENERAL, RANDOM
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        yield workspace


@pytest.fixture
async def messenger(workspace: Workspace) -> AsyncIterator[SlackMessenger]:
    async with aiohttp.ClientSession() as session:
        yield SlackMessenger(web_client(workspace.api_url, session, workspace.bot_token), session)


async def test_a_long_post_follows_in_its_thread(workspace: Workspace, messenger: SlackMessenger) -> None:
    posted = await messenger.post(Post(GENERAL, "\n\n".join("x" * 3000 for _ in range(7))))
    thread = workspace.seen_by(ADA, GENERAL, posted.ts)
    assert [message["ts"] == posted.ts for message in thread] == [True, False, False]
    await messenger.remove(posted)
    assert workspace.calls[-1].method == "chat.delete"


@pytest.mark.parametrize(("channel", "code"), [(RANDOM, "not_in_channel"), ("C0NOWHERE", "channel_not_found")])
async def test_a_refusal_carries_slacks_code(
    workspace: Workspace, messenger: SlackMessenger, channel: str, code: str
) -> None:
    with pytest.raises(DeliveryError) as raised:
        await messenger.post(Post(channel, "Words."))
    assert raised.value.code == code
    assert len(workspace.calls) == 1, "it is not tried again"


async def test_what_is_gone_cannot_be_removed(messenger: SlackMessenger) -> None:
    with pytest.raises(DeliveryError, match="already gone"):
        await messenger.remove(Posted(GENERAL, "1.1"))


async def test_a_rate_limit_is_not_tried_again(workspace: Workspace, messenger: SlackMessenger) -> None:
    workspace.limit("chat.postMessage", 30)
    with pytest.raises(DeliveryError, match="wait"):
        await messenger.say(GENERAL, plain("Words."))
    assert len(workspace.calls) == 1


async def test_an_unreachable_slack_is_told(unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        nowhere = f"http://127.0.0.1:{unused_tcp_port}/"
        messenger = SlackMessenger(web_client(nowhere, session, "xoxb-1"), session)
        for call in (messenger.say(GENERAL, plain("Words.")), messenger.respond(nowhere, plain("Words."))):
            with pytest.raises(DeliveryError, match="Slack could not be reached"):
                await call


async def test_a_used_up_response_url_is_told(workspace: Workspace, messenger: SlackMessenger) -> None:
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
        messenger = SlackMessenger(web_client(address, session, "xoxb-1"), session)
        with pytest.raises(DeliveryError, match="could not be reached"):
            await messenger.say(GENERAL, plain("Words."))
    assert len(requests) == 1
