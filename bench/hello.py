"""The floor: a bare Bolt app that says "hello", on uvicorn with uvloop and httptools, or over Bolt's Socket Mode.

It is the fastest way to serve Bolt that was found; Bolt checks the signatures.
"""

from __future__ import annotations

import asyncio
import os
import sys

from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


def hello_app(api_url: str, secret: str) -> AsyncApp:
    """Return the app."""
    os.environ.pop("SLACK_CLIENT_ID", None)  # noqa: TID251 — Bolt would turn to OAuth
    client = AsyncWebClient(token="xoxb-1-2-hello", base_url=api_url)  # noqa: S106 — nobody's
    app = AsyncApp(client=client, signing_secret=secret, process_before_response=True)

    @app.command("/hello")
    async def _(ack: AsyncAck) -> None:
        await ack("hello")

    return app


async def over_socket_mode(app: AsyncApp) -> None:
    """Serve until it is killed."""
    handler = AsyncSocketModeHandler(app, app_token="xapp-1-hello", web_client=app.client)  # noqa: S106 — nobody's
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await asyncio.Event().wait()


def serve(by: str, port: str, api_url: str, secret: str) -> None:
    """Serve until it is killed."""
    app = hello_app(api_url, secret)
    if by == "socket":
        asyncio.run(over_socket_mode(app))
        return
    import uvicorn  # noqa: PLC0415 — over Socket Mode it would be memory that nobody uses

    uvicorn.run(
        AsyncSlackRequestHandler(app, "/slack/events"),
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    serve(*sys.argv[1:])
