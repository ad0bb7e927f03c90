"""Bolt against the workspace, over both transports; and the tables in workspace/README.md."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.workspace.apps import manifest
from tests.workspace.echo import FEATURES, echo_app, talk
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handle = Callable[[web.Request], Awaitable[web.Response]]

pytestmark = pytest.mark.usefixtures("patient_workspace")

Json = dict[str, Any]


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """Serve a workspace on real time, which the clients use."""
    async with Workspace(manifest()).serve() as served:
        yield served


@pytest.fixture
async def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)


@asynccontextmanager
async def connected(app: AsyncApp, workspace: Workspace) -> AsyncIterator[None]:
    """Connect a Bolt app over Socket Mode."""
    web_client = AsyncWebClient(base_url=workspace.api_url)
    handler: Any = AsyncSocketModeHandler(app, workspace.app_token, web_client=web_client)  # its methods are untyped
    await handler.connect_async()
    try:
        yield
    finally:
        await handler.close_async()


async def test_bolt_over_socket_mode(workspace: Workspace, client: AsyncWebClient) -> None:
    async with connected(echo_app(client), workspace):
        await talk(workspace)


@asynccontextmanager
async def listening(handle: Handle) -> AsyncIterator[str]:
    """Serve a handler of POST requests on a free port; yield its address."""
    application = web.Application()
    application.router.add_post("/slack/events", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def test_bolt_over_http_with_signatures() -> None:
    apps: list[AsyncApp] = []

    async def handle(request: web.Request) -> web.Response:
        return await apps[0].server().handle_post_requests(request)

    async with listening(handle) as url, Workspace(manifest(url=url)).serve() as workspace:
        client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
        apps.append(echo_app(client, workspace.signing_secret))
        await talk(workspace)


async def test_the_webhook_client_uses_a_response_url(workspace: Workspace, client: AsyncWebClient) -> None:
    urls: list[str] = []
    app = AsyncApp(client=client, process_before_response=True)

    @app.command("/echo")
    async def command(ack: AsyncAck, command: Json) -> None:
        urls.append(command["response_url"])
        await ack()

    async with connected(app, workspace):
        await workspace.type("U0ADA", "C0RANDOM", "/echo")
    webhook = AsyncWebhookClient(urls[0])
    answers = [await webhook.send(text=str(use), response_type="in_channel") for use in range(6)]
    assert [(answer.status_code, answer.body) for answer in answers[:5]] == [(200, "ok")] * 5
    assert answers[5].status_code == 404
    assert len(workspace.seen_by("U0GRACE", "C0RANDOM")) == 5


README = Path(__file__).parents[2] / "workspace" / "README.md"
WEB = ("`WebClient`", "`AsyncWebClient`")
SOCKETS = ("Socket Mode, `aiohttp`", "Socket Mode, `builtin`")
BOLT = ("Python, Socket Mode", "Python, HTTP", "JavaScript, Socket Mode", "JavaScript, HTTP")
SDK_TRIED: dict[str, tuple[str, ...]] = {
    "every Web API method of the workspace": WEB,
    "refusals with Slack's code, sentence and pointer": WEB,
    "429 with Retry-After, pages by cursor": WEB,
    "envelopes, acks with an answer, reconnecting after `disconnect`": SOCKETS,
}
"""What test_conformance.py tries, and with which of slack_sdk's clients."""


@pytest.mark.parametrize(
    ("name", "columns", "tried"),
    [("slack_sdk", (*WEB, *SOCKETS), SDK_TRIED), ("Bolt", BOLT, dict.fromkeys(FEATURES, BOLT))],
    ids=["slack_sdk", "Bolt"],
)
def test_the_tables_say_what_is_tried(name: str, columns: tuple[str, ...], tried: dict[str, tuple[str, ...]]) -> None:
    """The tables must match SDK_TRIED and FEATURES, which each Bolt uses here and in conformance-js."""
    rows = [[name, *columns], ["---"] * (len(columns) + 1)]
    rows += [[feature, *("✓" if column in by else "–" for column in columns)] for feature, by in tried.items()]
    table = "\n".join(f"|{'|'.join(cells)}|" if cells[0] == "---" else f"| {' | '.join(cells)} |" for cells in rows)
    assert table in README.read_text(encoding="utf-8"), f"workspace/README.md should have:\n{table}"
