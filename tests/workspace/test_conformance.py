"""Slack's own Python clients against the workspace: what works there must work here, and what fails too."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.builtin import SocketModeClient as BuiltinClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.client import WebClient

from tests.support.installing import asking, parts, press
from tests.workspace.apps import ALL_SCOPES, manifest, modal, row, text
from workspace.server import Workspace
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

Json = dict[str, Any]

pytestmark = pytest.mark.usefixtures("patient_workspace")

GO: Json = {"type": "button", "text": text("Go"), "action_id": "go", "value": "1"}
BUTTONS = [row("r", GO)]


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """Serve a workspace on real time, which the clients use."""
    source = manifest(scopes=[*ALL_SCOPES, "usergroups:read"])
    source["oauth_config"]["redirect_urls"] = ["https://bot.example/back"]
    async with Workspace(source).serve() as served:
        yield served


class Caller:
    """Calls by slack_sdk's blocking or asynchronous client."""

    def __init__(self, client: WebClient | AsyncWebClient) -> None:
        """Call by this client."""
        self.client = client

    async def __call__(self, name: str, **arguments: Any) -> Any:  # noqa: ANN401 — the client's own class of answer
        """Call one of the client's methods and return its answer. Raises SlackApiError."""
        method = getattr(self.client, name)
        if asyncio.iscoroutinefunction(method):
            return await method(**arguments)
        return await asyncio.to_thread(method, **arguments)


@pytest.fixture(params=[WebClient, AsyncWebClient])
async def call(request: pytest.FixtureRequest, workspace: Workspace) -> Caller:
    return Caller(request.param(token=workspace.bot_token, base_url=workspace.api_url))


@pytest.fixture
async def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)


async def test_every_method_is_called(workspace: Workspace, call: Caller) -> None:
    me = await call("auth_test")
    assert me["user_id"] == "U0BOT"
    assert (await call("bots_info", bot=me["bot_id"]))["bot"]["id"] == me["bot_id"]
    posted = await call("chat_postMessage", channel="C0POLICY", text="x", blocks=BUTTONS, unfurl_links=False)
    place: Json = {"channel": "C0POLICY", "ts": posted["ts"]}
    await call("chat_update", **place, text="y", metadata={"event_type": "a", "event_payload": {}})
    await call("chat_postMessage", channel="C0POLICY", text="reply", thread_ts=posted["ts"])
    await call("chat_postEphemeral", channel="C0POLICY", user="U0ADA", text="x")
    await call("chat_getPermalink", channel="C0POLICY", message_ts=posted["ts"])
    await converse(call, place)
    assert (await call("users_info", user="U0ADA"))["user"]["name"] == "ada"
    assert (await call("users_list"))["members"]
    assert (await call("usergroups_users_list", usergroup="S0POLICY"))["users"] == ["U0GRACE"]
    await call("views_publish", user_id="U0ADA", view={"type": "home", "blocks": []})
    await call("chat_delete", **place)
    await call("blocks_validate", blocks=BUTTONS)
    await assist(workspace, call)
    await show_views(workspace, call)
    await reinstall(workspace, call)
    assert [made.method for made in workspace.calls if not made.response["ok"]] == []
    assert {made.method for made in workspace.calls} == set(workspace.method_names)


async def reinstall(workspace: Workspace, call: Caller) -> None:
    """Call what is about the app's tokens; the last removes it."""
    address = asking(workspace.authorize_url, workspace.client_id, "chat:write")
    async with ClientSession() as session:
        code = parts(await press(session, address, "T0TRY"))["code"]
    identity = {"client_id": workspace.client_id, "client_secret": workspace.client_secret}
    assert (await call("oauth_v2_access", **identity, code=code))["access_token"] == workspace.bot_token
    assert not (await call("auth_revoke", test=True))["revoked"]
    await call("apps_uninstall", **identity)


async def converse(call: Caller, place: Json) -> None:
    """Call conversations.* and users.conversations."""
    assert (await call("conversations_info", channel="C0POLICY"))["channel"]["name"] == "policy"
    assert len((await call("conversations_list", types="public_channel,im"))["channels"]) == 7
    assert "U0BOT" in (await call("conversations_members", channel="C0POLICY"))["members"]
    assert (await call("conversations_history", channel="C0POLICY", limit=1))["messages"][0]["text"] == "y"
    assert len((await call("conversations_replies", **place))["messages"]) == 2
    assert (await call("conversations_open", users=["U0ADA"]))["channel"]["id"] == "D0ADA"
    assert (await call("conversations_join", channel="C0RANDOM"))["channel"]["is_member"]
    assert (await call("users_conversations", user="U0ADA"))["channels"]


async def assist(workspace: Workspace, call: Caller) -> None:
    """Call assistant.threads.*."""
    root = (await workspace.type("U0ADA", "D0ADA", "hello")).message
    assert root is not None
    here: Json = {"channel_id": "D0ADA", "thread_ts": root.ts}
    await call("assistant_threads_setTitle", **here, title="x")
    await call("assistant_threads_setStatus", **here, status="x")
    await call("assistant_threads_setSuggestedPrompts", **here, prompts=[{"title": "x", "message": "y"}])


async def show_views(workspace: Workspace, call: Caller) -> None:
    """Call the methods of views.* that need a trigger id."""
    listeners = SocketModeClient(app_token=workspace.app_token, web_client=AsyncWebClient(base_url=workspace.api_url))
    async with acking(listeners) as taken:
        await workspace.type("U0ADA", "C0POLICY", "/echo")
        opened = (await call("views_open", trigger_id=taken[-1]["trigger_id"], view=modal(row("r", GO))))["view"]
        await workspace.act("U0ADA", ViewPlace(opened["id"]), "r", "go", {})
        await call("views_push", trigger_id=taken[-1]["trigger_id"], view=modal())
        await call("views_update", view_id=opened["id"], hash=opened["hash"], view=modal())


LINE: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
POST: Json = {"channel": "C0POLICY", "text": "x"}
REFUSED: list[tuple[str, Json, str]] = [
    ("chat_postMessage", {**POST, "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ("chat_postMessage", {**POST, "blocks": [{**LINE, "text": text("x" * 3001)}]}, "invalid_blocks"),
    ("chat_postMessage", {**POST, "blocks": [LINE] * 5}, "msg_blocks_too_long"),
    ("chat_postMessage", {**POST, "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
    ("chat_postMessage", {**POST, "metadata": {"event_type": "a"}}, "invalid_metadata_schema"),
    ("chat_postMessage", {"channel": "C0POLICY", "markdown_text": "x" * 12_001}, "msg_too_long"),
    ("chat_postMessage", {**POST, "markdown_text": "x"}, "markdown_text_conflict"),
    ("chat_postMessage", {"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
    ("chat_postMessage", {**POST, "username": "Nobody"}, "missing_scope"),
    ("chat_update", {**POST, "ts": "own", "text": "x" * 4_001}, "msg_too_long"),
    ("views_open", {"trigger_id": "1.2.ab", "view": modal(title=text("x" * 25))}, "invalid_arguments"),
    ("views_open", {"trigger_id": "1.2.ab", "view": modal(*[LINE] * 90)}, "view_too_large"),
    ("views_open", {"trigger_id": "1.2.ab", "view": modal()}, "invalid_trigger_id"),
    ("views_update", {"view_id": "V0NONE", "view": modal()}, "not_found"),
    ("views_publish", {"user_id": "U0NONE", "view": {"type": "home", "blocks": []}}, "invalid_arguments"),
    ("blocks_validate", {"view": modal(title=text("x" * 25))}, "invalid_view"),
    ("conversations_list", {"limit": 1_000}, "invalid_limit"),
    ("api_call", {"api_method": "tea.pour"}, "unknown_method"),
]


@pytest.mark.parametrize(("name", "arguments", "error"), REFUSED, ids=[f"{case[0]} {case[2]}" for case in REFUSED])
async def test_what_is_beyond_a_limit_is_refused(call: Caller, name: str, arguments: Json, error: str) -> None:
    if arguments.get("ts") == "own":
        arguments = {**arguments, "ts": (await call("chat_postMessage", **POST))["ts"]}
    with pytest.raises(SlackApiError) as refused:
        await call(name, **arguments)
    assert refused.value.response["error"] == error


async def test_refusals_say_where_and_a_rate_limit_when(workspace: Workspace, call: Caller) -> None:
    with pytest.raises(SlackApiError) as refused:
        await call("chat_postMessage", channel="C0POLICY", text="x", blocks=[{"type": "poem"}])
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] unsupported type: poem [json-pointer:/blocks/0/type]"
    ]
    workspace.limit("chat.postMessage", retry_after_s=3)
    with pytest.raises(SlackApiError) as limited:
        await call("chat_postMessage", channel="C0POLICY", text="x")
    assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (429, "3")


async def test_a_list_comes_page_by_page(call: Caller) -> None:
    names: list[str] = []
    cursor = ""
    while cursor or not names:
        page = await call("conversations_list", limit=1, cursor=cursor)
        names += [channel["name"] for channel in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
    assert names == ["general", "policy", "random"]


async def test_the_asynchronous_client_turns_the_pages_itself(client: AsyncWebClient) -> None:
    names = [channel["name"] async for page in await client.conversations_list(limit=1) for channel in page["channels"]]
    assert names == ["general", "policy", "random"]


@asynccontextmanager
async def acking(client: Any, reply: Json | None = None) -> AsyncIterator[list[Json]]:  # noqa: ANN401 — each client has a class of its own
    """Let one of Slack's asynchronous Socket Mode clients ack everything; yield the payloads received."""
    taken: list[Json] = []

    async def answer(socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        taken.append(request.payload)
        payload = reply if request.accepts_response_payload else None
        await socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))

    client.socket_mode_request_listeners.append(answer)
    await client.connect()
    try:
        yield taken
    finally:
        await client.close()


async def test_the_aiohttp_client_acks_replies_and_comes_back(workspace: Workspace) -> None:
    client = SocketModeClient(app_token=workspace.app_token, web_client=AsyncWebClient(base_url=workspace.api_url))
    async with acking(client, {"text": "here it is"}):
        assert (await workspace.type("U0ADA", "C0POLICY", "/echo")).acked
        assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "here it is"
        await workspace.disconnect("refresh_requested")
        await workspace.wait_until(lambda: workspace.is_connected)
        assert (await workspace.type("U0ADA", "D0ADA", "back?")).acked


async def test_the_builtin_client_acks_replies_and_comes_back(workspace: Workspace) -> None:
    web_client = WebClient(base_url=workspace.api_url)
    client: Any = BuiltinClient(app_token=workspace.app_token, web_client=web_client)  # its methods are untyped

    def answer(socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
        payload = {"text": "here it is"} if request.accepts_response_payload else None
        socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))

    client.socket_mode_request_listeners.append(answer)
    await asyncio.to_thread(client.connect)
    try:
        assert (await workspace.type("U0ADA", "C0POLICY", "/echo")).acked
        assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "here it is"
        await workspace.disconnect("refresh_requested")
        await workspace.wait_until(lambda: workspace.is_connected)
        assert (await workspace.type("U0ADA", "D0ADA", "back?")).acked
    finally:
        await asyncio.to_thread(client.close)
