"""Delivery over HTTP: signatures, timeouts, Slack's retries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from tests.workspace.apps import Api, ManualClock, field, manifest, modal, option
from workspace.server import Workspace
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import aiohttp

    Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver:
    """Keeps each request with its body, and answers with what a test set, 200 by default."""

    def __init__(self) -> None:
        """Start without requests."""
        self.requests: list[tuple[web.Request, bytes]] = []
        self.answer: Answer = self._nothing
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Receiver]:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_post("/slack/events", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request, await request.read()))
        return await self.answer(request)

    async def _nothing(self, _request: web.Request) -> web.StreamResponse:
        return web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().serve() as served:
        yield served


@pytest.fixture
async def workspace(clock: ManualClock, receiver: Receiver) -> AsyncIterator[Workspace]:
    async with Workspace(manifest(url=receiver.url), clock=clock).serve() as served:
        yield served


async def test_every_request_is_signed(workspace: Workspace, receiver: Receiver, clock: ManualClock) -> None:
    assert (await workspace.type("U0ADA", "D0ADA", "hello")).acked
    ((request, body),) = receiver.requests
    timestamp = request.headers["X-Slack-Request-Timestamp"]
    assert int(timestamp) == int(clock.now().timestamp())
    digest = hmac.new(workspace.signing_secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    assert request.headers["X-Slack-Signature"] == f"v0={digest.hexdigest()}"
    assert "X-Slack-Retry-Num" not in request.headers
    assert json.loads(body)["event"]["text"] == "hello"


async def test_a_slash_command_is_a_form_and_its_answer_the_reply(workspace: Workspace, receiver: Receiver) -> None:
    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"text": "hi", "response_type": "in_channel"})

    receiver.answer = reply
    assert (await workspace.type("U0ADA", "C0POLICY", "/echo R&D")).acked
    ((request, body),) = receiver.requests
    assert request.content_type == "application/x-www-form-urlencoded"
    assert parse_qs(body.decode())["text"] == ["R&amp;D"]
    assert workspace.seen_by("U0GRACE", "C0POLICY")[0]["text"] == "hi"


async def test_plain_text_is_a_reply_too(workspace: Workspace, receiver: Receiver) -> None:
    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="just words")

    receiver.answer = reply
    await workspace.type("U0ADA", "C0POLICY", "/echo")
    assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == "just words"


async def test_a_failed_event_comes_again_three_times(
    workspace: Workspace, receiver: Receiver, clock: ManualClock
) -> None:
    async def fail(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    receiver.answer = fail
    result = await workspace.type("U0ADA", "D0ADA", "hello")
    assert [dispatch.failure for dispatch in result.dispatches] == ["http_error"]
    await clock.jump(60.0)
    await clock.jump(300.0)
    await workspace.wait_until(lambda: len(workspace.dispatches) == 4)
    headers = [request.headers for request, _ in receiver.requests]
    assert [header.get("X-Slack-Retry-Num") for header in headers] == [None, "1", "2", "3"]
    assert [header.get("X-Slack-Retry-Reason") for header in headers[1:]] == ["http_error"] * 3
    assert len({json.loads(body)["event_id"] for _, body in receiver.requests}) == 1


async def test_the_app_can_ask_for_no_retry(workspace: Workspace, receiver: Receiver) -> None:
    async def fail(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    receiver.answer = fail
    await workspace.type("U0ADA", "D0ADA", "hello")
    await workspace.type("U0ADA", "D0ADA", "and again")
    assert len(receiver.requests) == 2


async def test_silence_for_three_seconds_is_a_timeout(
    workspace: Workspace, receiver: Receiver, clock: ManualClock
) -> None:
    arrived = asyncio.Event()

    async def wait(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.Event().wait()
        return web.Response()

    receiver.answer = wait
    typed = asyncio.create_task(workspace.type("U0ADA", "C0POLICY", "/echo"))
    await arrived.wait()
    await clock.jump(3.0)
    assert (await typed).dispatches[0].failure == "http_timeout"
    assert workspace.seen_by("U0ADA", "C0POLICY")[0]["text"] == '/echo failed with the error "operation_timeout"'


async def test_two_redirects_are_followed_and_no_more(workspace: Workspace, receiver: Receiver) -> None:
    async def redirect(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect(receiver.url)

    receiver.answer = redirect
    result = await workspace.type("U0ADA", "C0POLICY", "/echo")
    assert result.dispatches[0].failure == "too_many_redirects"
    assert len(receiver.requests) == 3


async def test_an_app_that_is_not_there_is_noticed(clock: ManualClock, receiver: Receiver) -> None:
    async with Receiver().serve() as gone:
        url = gone.url
    async with Workspace(manifest(url=url), clock=clock).serve() as workspace:
        assert workspace.is_connected
        result = await workspace.type("U0ADA", "C0POLICY", "/echo")
        assert result.dispatches[0].failure == "connection_failed"
        assert not workspace.is_connected
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("address", "reason"), [("https://127.0.0.1:{port}/", "ssl_error"), ("ftp://127.0.0.1:{port}/", "unknown_error")]
)
async def test_an_address_that_leads_nowhere_says_why(
    clock: ManualClock, receiver: Receiver, address: str, reason: str
) -> None:
    url = address.format(port=urlsplit(receiver.url).port)
    async with Workspace(manifest(url=url), clock=clock).serve() as workspace:
        result = await workspace.type("U0ADA", "C0POLICY", "/echo")
        assert result.dispatches[0].failure == reason


async def test_a_jump_of_the_clock_leaves_signatures_believable(
    workspace: Workspace, receiver: Receiver, clock: ManualClock
) -> None:
    workspace.clock.jump_by(7 * 86_400)
    assert (await workspace.type("U0ADA", "D0ADA", "hello")).acked
    assert int(receiver.requests[0][0].headers["X-Slack-Request-Timestamp"]) == int(clock.now().timestamp())


async def test_a_modal_is_searched_and_submitted_over_http(
    workspace: Workspace, receiver: Receiver, session: aiohttp.ClientSession
) -> None:
    answers: list[Any] = [
        "",
        {"options": [option("a")]},
        {"response_action": "errors", "errors": {"z": "Not that."}},
    ]

    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.json_response(answers.pop(0))

    receiver.answer = reply
    await workspace.type("U0ADA", "C0POLICY", "/echo")
    trigger_id = parse_qs(receiver.requests[0][1].decode())["trigger_id"][0]
    search = {"type": "external_select", "min_query_length": 0}
    opened = await Api(workspace, session)("views.open", trigger_id=trigger_id, view=modal(field("z", search)))
    view_id = opened["view"]["id"]
    assert await workspace.suggest("U0ADA", ViewPlace(view_id), "z", "it", "") == [option("a")]
    await workspace.submit("U0ADA", view_id, {"z": {"it": {"selected_option": option("a")}}})
    assert workspace.modals("U0ADA")[0].errors == {"z": "Not that."}
    kinds = [json.loads(parse_qs(body.decode())["payload"][0])["type"] for _, body in receiver.requests[1:]]
    assert kinds == ["block_suggestion", "view_submission"]
