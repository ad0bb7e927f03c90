"""Socket Mode against a websocket that misbehaves as Slack's may: cuts, refusals, repeats, junk."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from bot.clock import ClockSkew, SystemClock
from bot.errors import ConfigError
from handlers.slack.installations.authorization import session_to
from handlers.slack.receiving import socket_mode
from handlers.slack.receiving.kernel_queue import KernelQueue
from handlers.slack.receiving.overload import REFUSAL, Overload
from handlers.slack.receiving.socket_mode import Backoff, SocketMode
from handlers.slack.web_client import WebClient
from handlers.tasks import Tasks
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class SlackSide:
    """apps.connections.open and the websocket behind it. `troubles` are answered before anything else, in order."""

    def __init__(self) -> None:
        """Begin without troubles."""
        self.troubles: list[dict[str, Any] | int | str] = []
        self.drops = 0
        self.tickets: set[str] = set()
        self.issued = 0
        self.sockets: list[web.WebSocketResponse] = []
        self.transports: list[asyncio.Transport | None] = []
        self.acks: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.connected: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()
        self.first_closed = asyncio.Event()
        self.url = ""

    def socket(
        self,
        session: aiohttp.ClientSession,
        answers: Answers,
        tasks: Tasks,
        on_connected: Callable[[], None] = lambda: None,
        backoff: Backoff | None = None,
    ) -> SocketMode:
        """Return the bot's side, which waits a thousandth of the usual time."""
        client = WebClient(f"{self.url}api/", session)
        backoff = backoff or Backoff(0.0001)
        return SocketMode("xapp-1", client, answers, tasks, on_connected, backoff=backoff)

    async def open(self, _request: web.Request) -> web.Response:
        """Issue a ticket, or make trouble."""
        if self.troubles:
            trouble = self.troubles.pop(0)
            if isinstance(trouble, str):
                return web.Response(text=trouble, content_type="application/json")
            if isinstance(trouble, int):
                return web.Response(status=trouble, text="<html>gateway</html>", content_type="text/html")
            return web.json_response(trouble)
        self.issued += 1
        self.tickets.add(str(self.issued))
        return web.json_response({"ok": True, "url": f"{self.url.replace('http', 'ws')}link?ticket={self.issued}"})

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serve a websocket for an unused ticket."""
        if request.query["ticket"] not in self.tickets:
            return web.Response(status=403)
        self.tickets.discard(request.query["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.drops:
            self.drops -= 1
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            return socket
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        self.transports.append(request.transport)
        self.connected.put_nowait(socket)
        async for frame in socket:
            self.acks.put_nowait(json.loads(frame.data))
        self.first_closed.set()
        return socket


class Answers:
    """What stands behind Socket Mode: says what it was handed."""

    def __init__(self) -> None:
        """Answer at once, until told otherwise."""
        self.payloads: list[dict[str, Any]] = []
        self.since: list[float] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.taken = asyncio.Event()

    async def __call__(self, payload: dict[str, Any], since: float) -> BoltResponse:
        """Take a payload."""
        self.since.append(since)
        self.payloads.append(payload)
        self.taken.set()
        await self.may_answer.wait()
        return BoltResponse(status=200, body={"text": "hello"})


class Recording(Backoff):
    """A back-off that keeps its waits, and how often it began again."""

    def __init__(self) -> None:
        """Wait a thousandth of the usual time."""
        super().__init__(0.0001)
        self.waits: list[float] = []
        self.resets = 0

    def next_s(self) -> float:
        """Keep the wait."""
        self.waits.append(super().next_s())
        return self.waits[-1]

    def reset(self) -> None:
        """Count it."""
        self.resets += 1
        super().reset()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give both sides as long as a busy machine takes; no ping is due before a test has ended."""
    for name in ("HELLO_TIMEOUT_S", "CLOSE_TIMEOUT_S", "ACK_TIMEOUT_S", "STEADY_S", "PING_INTERVAL_S"):
        monkeypatch.setattr(socket_mode, name, PATIENCE_S)


@pytest.fixture
async def slack() -> AsyncIterator[SlackSide]:
    """Serve Slack's side."""
    slack = SlackSide()
    application = web.Application()
    application.add_routes([web.post("/api/apps.connections.open", slack.open), web.get("/link", slack.link)])
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield slack
    await runner.cleanup()


@asynccontextmanager
async def connecting(
    slack: SlackSide, answers: Answers, tasks: Tasks, backoff: Backoff | None = None
) -> AsyncIterator[SocketMode]:
    """Keep a connection to Slack's side for as long as the block runs."""
    async with aiohttp.ClientSession() as session:
        socket = slack.socket(session, answers, tasks, backoff=backoff)
        keeping = asyncio.create_task(socket.keep())
        try:
            yield socket
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await socket.close()


def envelope(number: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON value
    return {
        "envelope_id": f"e{number}",
        "type": "slash_commands",
        "accepts_response_payload": True,
        "payload": {"n": number},
    } | changes


async def test_an_envelope_is_acked_with_its_answer(slack: SlackSide) -> None:
    async with connecting(slack, Answers(), Tasks()):
        connection = await slack.connected.get()
        await connection.send_json(envelope(1))
        assert await slack.acks.get() == {"envelope_id": "e1", "payload": {"text": "hello"}}
        await connection.send_json(envelope(2, accepts_response_payload=False))
        assert await slack.acks.get() == {"envelope_id": "e2"}


@pytest.mark.parametrize(
    ("frame", "acks"),
    [
        ("{", []),
        ("[]", []),
        ("text", []),
        ('{"type":"slash_commands"}', []),
        ('{"type":"slash_commands","envelope_id":5,"payload":{}}', []),
        ('{"type":"slash_commands","envelope_id":"bad"}', [{"envelope_id": "bad"}]),
        ('{"type":"slash_commands","envelope_id":"bad","payload":[1]}', [{"envelope_id": "bad"}]),
    ],
)
async def test_malformed_envelopes_are_refused_and_logged(
    slack: SlackSide, frame: str, acks: list[dict[str, Any]]
) -> None:
    answers = Answers()
    with capture_logs() as logs:
        async with connecting(slack, answers, Tasks()):
            connection = await slack.connected.get()
            await connection.send_str(frame)
            for ack in acks:
                assert await slack.acks.get() == ack
            await connection.send_json(envelope(2))
            assert (await slack.acks.get())["envelope_id"] == "e2"
    assert answers.payloads == [{"n": 2}]
    assert "envelope.malformed" in [line["event"] for line in logs]


async def test_a_disconnect_is_followed_by_a_new_connection_with_a_new_ticket(slack: SlackSide) -> None:
    async with connecting(slack, Answers(), Tasks()):
        first = await slack.connected.get()
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
        second = await slack.connected.get()
        assert slack.issued == 2
        await second.send_json(envelope(1))
        assert (await slack.acks.get())["envelope_id"] == "e1"


async def test_a_cut_connection_is_followed_by_a_new_one(slack: SlackSide) -> None:
    async with connecting(slack, Answers(), Tasks()):
        first = await slack.connected.get()
        await first.close()
        second = await slack.connected.get()
        await second.send_json(envelope(1))
        assert (await slack.acks.get())["envelope_id"] == "e1"


async def test_a_reset_without_a_close_frame_is_noticed_at_once_not_at_the_next_ping(slack: SlackSide) -> None:
    """slack_sdk's client looked every ten seconds; here no ping is due before the test has ended."""
    async with connecting(slack, Answers(), Tasks()):
        await slack.connected.get()
        transport = slack.transports[0]
        assert transport is not None
        transport.abort()
        second = await asyncio.wait_for(slack.connected.get(), PATIENCE_S / 2)
        await second.send_json(envelope(1))
        assert (await slack.acks.get())["envelope_id"] == "e1"


async def test_a_pong_that_is_here_when_the_wait_for_it_ends_keeps_the_connection(slack: SlackSide) -> None:
    """So it is after the event loop was held up for seconds."""
    async with session_to(slack.url, ClockSkew(SystemClock())) as session:
        address = await slack.socket(session, Answers(), Tasks())._client.apps_connections_open(app_token="xapp-1")  # noqa: SLF001 — no secret
        async with session.ws_connect(str(address["url"]), heartbeat=PATIENCE_S) as socket:
            await socket.receive_json()  # the hello
            await asyncio.sleep(0)
            socket._on_data_received()  # noqa: SLF001 — aiohttp's order of the two in a round of the loop
            socket._pong_not_received()  # noqa: SLF001 — the same
            assert not socket.closed
            await asyncio.sleep(0)
            socket._pong_not_received()  # noqa: SLF001 — nothing has come since
            assert socket.closed


async def test_connections_that_are_dropped_at_once_are_not_successes(slack: SlackSide) -> None:
    slack.drops = 6
    with capture_logs() as logs:
        async with connecting(slack, Answers(), Tasks()):
            await (await slack.connected.get()).send_json(envelope(1))
            await slack.acks.get()
    assert [line["reason"] for line in logs if line["event"] == "slack.unreachable"] == ["no_hello"] * 6
    assert [line["event"] for line in logs].count("socket.connected") == 1


async def test_a_hello_alone_is_no_success_either(slack: SlackSide) -> None:
    backoff = Recording()
    async with connecting(slack, Answers(), Tasks(), backoff):
        for _ in range(4):
            transport = (await slack.connected.get(), slack.transports[-1])[1]
            assert transport is not None
            transport.abort()
        await slack.connected.get()
    assert backoff.resets == 0


async def test_after_some_seconds_alive_a_lost_connection_is_replaced_without_a_wait(
    slack: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "STEADY_S", 0.0)
    backoff = Recording()
    async with connecting(slack, Answers(), Tasks(), backoff):
        for _ in range(3):
            await (await slack.connected.get()).close()
        await slack.connected.get()
    assert backoff.resets == 3
    assert backoff.waits == [0.0] * 3


def test_waits_grow_to_half_a_minute_and_differ() -> None:
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(12)]
    assert waits[0] == 0
    assert 0.05 <= waits[1] <= 0.1
    assert all(socket_mode.LONGEST_WAIT_S / 2 <= each <= socket_mode.LONGEST_WAIT_S for each in waits[-2:])
    assert len(set(waits)) == len(waits)
    backoff.reset()
    assert backoff.next_s() == 0


async def test_an_envelope_under_way_is_acked_on_its_own_connection(slack: SlackSide) -> None:
    answers = Answers()
    answers.may_answer.clear()
    async with connecting(slack, answers, Tasks()):
        first = await slack.connected.get()
        await first.send_json(envelope(1))
        await answers.taken.wait()
        answers.may_answer.set()
        await first.send_json({"type": "disconnect", "reason": "warning"})
        assert (await slack.acks.get())["envelope_id"] == "e1"
        await slack.connected.get()


async def test_an_ack_under_way_leaves_before_the_old_connection_is_closed(slack: SlackSide) -> None:
    answers, connected = Answers(), asyncio.Semaphore(0)
    answers.may_answer.clear()
    async with aiohttp.ClientSession() as session:
        socket = slack.socket(session, answers, Tasks(), connected.release)
        keeping = asyncio.create_task(socket.keep())
        first = await slack.connected.get()
        await connected.acquire()
        await first.send_json(envelope(1))
        await answers.taken.wait()
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await connected.acquire()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(slack.acks.get(), 0.1)
        answers.may_answer.set()
        assert (await slack.acks.get())["envelope_id"] == "e1"
        await slack.first_closed.wait()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await socket.close()


async def test_troubles_are_waited_out(slack: SlackSide) -> None:
    slack.troubles = [503, {"ok": False, "error": "internal_error"}, {"ok": False, "error": "fatal_error"}]
    with capture_logs() as logs:
        async with connecting(slack, Answers(), Tasks()):
            await slack.connected.get()
    assert [line["reason"] for line in logs if line["event"] == "slack.unreachable"] == [
        "http_503",
        "internal_error",
        "fatal_error",
    ]


ODD = [
    '{"ok": tru',
    "[]",
    "",
    '"ok"',
    "null",
    '{"ok": true}',
    '{"ok": true, "url": 5}',
    '{"ok": true, "url": "socks5://x"}',
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("is_first", [True, False])
async def test_an_odd_answer_is_waited_out_at_the_start_and_at_a_reconnect(
    slack: SlackSide, odd: str, *, is_first: bool
) -> None:
    slack.troubles = [odd] if is_first else []
    async with connecting(slack, Answers(), Tasks()):
        if not is_first:
            first = await slack.connected.get()
            slack.troubles = [odd, odd]
            await first.close()
        await slack.connected.get()
    assert not slack.troubles


async def test_a_token_that_is_refused_later_does_not_end_the_process(slack: SlackSide) -> None:
    async with connecting(slack, Answers(), Tasks()):
        first = await slack.connected.get()
        slack.troubles = [{"ok": False, "error": "token_revoked"}, {"ok": False, "error": "invalid_auth"}]
        await first.close()
        await slack.connected.get()


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "not_allowed_token_type"])
async def test_a_refused_token_is_one_plain_sentence(slack: SlackSide, code: str) -> None:
    slack.troubles = [{"ok": False, "error": code}]
    async with aiohttp.ClientSession() as session:
        socket = slack.socket(session, Answers(), Tasks())
        with pytest.raises(ConfigError) as raised:
            await socket.keep()
    assert raised.value.message == f"Slack refuses the token in SLACK_APP_TOKEN ({code})."


async def test_told_to_stop_it_takes_no_more_but_finishes(slack: SlackSide) -> None:
    answers, tasks = Answers(), Tasks()
    answers.may_answer.clear()
    async with connecting(slack, answers, tasks) as socket:
        connection = await slack.connected.get()
        await connection.send_json(envelope(1))
        await answers.taken.wait()
        socket.accept_no_more()
        await connection.send_json(envelope(2))
        answers.may_answer.set()
        await tasks.finish(PATIENCE_S)
        assert (await slack.acks.get())["envelope_id"] == "e1"
    assert answers.payloads == [{"n": 1}]
    assert slack.acks.empty()


async def test_commands_that_are_too_many_are_refused_in_their_ack_and_events_never(
    slack: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Overload, "has_room", lambda _: False)
    monkeypatch.setattr(Overload, "_is_too_much", lambda *_: True)
    answers, tasks = Answers(), Tasks()
    async with connecting(slack, answers, tasks):
        connection = await slack.connected.get()
        command = {"command": "/fact", "user_id": "U1"}
        for number in range(100):
            await connection.send_json(envelope(number, payload=command))
        await connection.send_json(envelope(100, payload={"event": {"type": "app_mention"}}))
        await connection.send_json(envelope(101, payload=command, accepts_response_payload=False))
        acks = [await slack.acks.get() for _ in range(102)]
        await tasks.finish(PATIENCE_S)
    said = {each["envelope_id"]: each.get("payload") for each in acks}
    assert said == {f"e{number}": json.loads(REFUSAL) for number in range(100)} | {
        "e100": {"text": "hello"},
        "e101": None,
    }
    assert answers.payloads == [{"event": {"type": "app_mention"}}]


async def test_what_waited_in_the_kernel_came_when_it_did_not_when_it_was_read(
    slack: SlackSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    async with connecting(slack, answers, Tasks()):
        connection = await slack.connected.get()
        before = perf_counter()
        await connection.send_json(envelope(1))
        await slack.acks.get()
        monkeypatch.setattr(KernelQueue, "waited_s", lambda *_: 3600.0)
        await connection.send_json(envelope(2))
        await slack.acks.get()
    assert before <= answers.since[0] <= perf_counter()
    assert answers.since[1] <= perf_counter() - 3600
