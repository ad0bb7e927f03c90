"""A small app without imports from this repository, run as its own process: it answers /ping."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    """Connect, and answer until the process ends."""
    settings = os.environ  # noqa: TID251 — it is another app, with settings of its own
    client = AsyncWebClient(token=settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"])
    app = AsyncApp(client=client)

    @app.command("/ping")
    async def ping(ack: AsyncAck) -> None:
        await ack("pong")

    handler: Any = AsyncSocketModeHandler(
        app, settings["SLACK_APP_TOKEN"], web_client=client
    )  # its methods are untyped
    await handler.start_async()


if __name__ == "__main__":
    asyncio.run(main())
