"""Slack's own Python clients and Bolt against the workspace: what works there must work here, and what fails too."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.client import WebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.workspace.apps import manifest
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    Handle = Callable[[web.Request], Awaitable[web.Response]]

Json = dict[str, Any]

BUTTONS: list[Json] = [
    {
        "type": "actions",
        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"}],
    }
]


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """Serve a workspace on real time, because the clients live on it."""
    async with Workspace(manifest()).serve() as served:
        yield served


@pytest.fixture
async def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)


async def test_the_async_client_calls_every_method(workspace: Workspace, client: AsyncWebClient) -> None:
    assert (await client.auth_test())["user_id"] == "U0BOT"
    posted = await client.chat_postMessage(channel="C0POLICY", text="x", blocks=BUTTONS, unfurl_links=False)
    place: Json = {"channel": "C0POLICY", "ts": posted["ts"]}
    await client.chat_update(**place, text="y", metadata={"event_type": "a", "event_payload": {}})
    await client.chat_postMessage(channel="C0POLICY", text="reply", thread_ts=posted["ts"])
    await client.chat_postEphemeral(channel="C0POLICY", user="U0ADA", text="x")
    await client.chat_getPermalink(channel="C0POLICY", message_ts=posted["ts"])
    assert (await client.conversations_info(channel="C0POLICY"))["channel"]["name"] == "policy"
    assert len((await client.conversations_list(types="public_channel,im"))["channels"]) == 5
    assert "U0BOT" in (await client.conversations_members(channel="C0POLICY"))["members"]
    assert (await client.conversations_history(channel="C0POLICY", limit=1))["messages"][0]["text"] == "y"
    assert len((await client.conversations_replies(**place))["messages"]) == 2
    assert (await client.conversations_open(users=["U0ADA"]))["channel"]["id"] == "D0ADA"
    assert (await client.conversations_join(channel="C0RANDOM"))["channel"]["is_member"]
    assert (await client.users_info(user="U0ADA"))["user"]["name"] == "ada"
    assert (await client.users_list())["members"]
    await client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": []})
    await client.chat_delete(**place)
    assert all(call.response["ok"] for call in workspace.calls)
    elsewhere = {"apps.connections.open", "usergroups.users.list"}
    assert {call.method for call in workspace.calls} == set(workspace.method_names) - elsewhere


async def test_there_is_no_user_group(workspace: Workspace) -> None:
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    with pytest.raises(SlackApiError) as raised:
        await client.usergroups_users_list(usergroup="S0NONE")
    assert raised.value.response["error"] in {"missing_scope", "no_such_subteam"}


async def test_the_blocking_client_works_too(workspace: Workspace) -> None:
    client = WebClient(token=workspace.bot_token, base_url=workspace.api_url)
    posted = await asyncio.to_thread(client.chat_postMessage, channel="C0POLICY", text="x", blocks=BUTTONS)
    assert posted["ok"]


async def test_refusals_reach_the_client_as_slacks_do(workspace: Workspace, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C0POLICY", text="x", blocks=[{"type": "poem"}])
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] unsupported type: poem [json-pointer:/blocks/0/type]"
    ]
    workspace.limit("chat.postMessage", retry_after_s=3)
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="C0POLICY", text="x")
    assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (429, "3")


async def test_the_client_pages_through_a_list(client: AsyncWebClient) -> None:
    names = [channel["name"] async for page in await client.conversations_list(limit=1) for channel in page["channels"]]
    assert names == ["general", "policy", "random"]


async def test_the_socket_mode_client_acks_replies_and_comes_back(workspace: Workspace) -> None:
    client: Any = SocketModeClient(app_token=workspace.app_token, web_client=AsyncWebClient(base_url=workspace.api_url))

    async def answer(socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        reply = {"text": f"{request.payload['command']} it is"} if request.type == "slash_commands" else None
        await socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=reply))

    client.socket_mode_request_listeners.append(answer)
    await client.connect()
    try:
        assert (await workspace.type("U0ADA", "C0POLICY", "/echo")).acked
        assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "/echo it is"
        await workspace.disconnect("refresh_requested")
        await workspace.wait_until(lambda: workspace.is_connected)
        assert (await workspace.type("U0ADA", "D0ADA", "back?")).acked
    finally:
        await client.close()


def bolt_app(client: AsyncWebClient, signing_secret: str = "") -> AsyncApp:
    """Return an echo app on Bolt that answers a command, a click, a mention and a direct message."""
    app = AsyncApp(client=client, signing_secret=signing_secret or None, process_before_response=True)

    @app.command("/echo")
    async def command(ack: AsyncAck, command: Json) -> None:
        await ack(text=command["text"], blocks=BUTTONS)

    @app.action("go")
    async def click(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="clicked", replace_original=True)

    @app.event("app_mention")
    async def mention(event: Json, say: AsyncSay) -> None:
        await say(text="you called?", thread_ts=event["ts"])

    @app.event("message")
    async def message(event: Json, say: AsyncSay) -> None:
        if "bot_id" not in event:
            await say(f"heard: {event['text']}")

    return app


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


async def talk(workspace: Workspace) -> None:
    """Go through all that the echo app does."""
    assert (await workspace.type("U0ADA", "C0POLICY", "/echo R&D")).acked
    (seen,) = workspace.seen_by("U0ADA", "C0POLICY")
    assert (seen["text"], seen["is_ephemeral"]) == ("R&amp;D", True)
    assert (await workspace.press("U0ADA", "C0POLICY", seen["ts"], "go")).acked
    await workspace.wait_until(lambda: workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "clicked")
    mention = await workspace.type("U0ADA", "C0GENERAL", "@Echo Bot hello")
    assert mention.message is not None
    thread = mention.message.ts
    await workspace.wait_until(lambda: len(workspace.seen_by("U0GRACE", "C0GENERAL", thread)) == 2)
    assert (await workspace.type("U0ADA", "D0ADA", "psst")).acked
    await workspace.wait_until(
        lambda: [s["text"] for s in workspace.seen_by("U0ADA", "D0ADA")] == ["psst", "heard: psst"]
    )
    await workspace.wait_until(lambda: len(workspace.dispatches) == 5)
    assert not any(dispatch.failure for dispatch in workspace.dispatches)


async def test_bolt_over_socket_mode(workspace: Workspace, client: AsyncWebClient) -> None:
    async with connected(bolt_app(client), workspace):
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
        apps.append(bolt_app(client, workspace.signing_secret))
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
