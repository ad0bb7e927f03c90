"""A bare Bolt app that says hello, behind the bot's HTTP server or Bolt's Socket Mode: bench.load compares with it."""

from __future__ import annotations

import asyncio
import os

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.receiving.http_server import HttpServer


async def serve(by: str, port: str, api_url: str, secret: str) -> None:
    """Serve until it is killed."""
    os.environ.pop("SLACK_CLIENT_ID", None)  # noqa: TID251 — Bolt would turn to OAuth
    client = AsyncWebClient(token="xoxb-1-2-hello", base_url=api_url)  # noqa: S106 — nobody's
    hello = AsyncApp(
        client=client, signing_secret=secret, process_before_response=True, request_verification_enabled=False
    )

    @hello.command("/hello")
    async def _(ack: AsyncAck) -> None:
        await ack("hello")

    if by == "http":
        server = HttpServer(hello, secret)
        await server.start("127.0.0.1", int(port), shutdown_s=1.0)
        server.open()
    else:
        handler = AsyncSocketModeHandler(hello, app_token="xapp-1-hello", web_client=client)  # noqa: S106 — nobody's
        await handler.connect_async()  # type: ignore[no-untyped-call]
    await asyncio.Event().wait()
