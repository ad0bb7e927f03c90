"""The HTTP port under strangers: half-open connections, slow and large bodies, garbage."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from handlers.connections import MOST_CONNECTIONS, BoundedConnection
from handlers.metrics.metrics import Metrics
from handlers.slack.receiving import http_server
from handlers.slack.receiving.http_server import (
    BODY_LIMIT,
    LARGE,
    MOST_LARGE,
    HttpServer,
    WaitingTimes,
)
from handlers.slack.receiving.overload import BURST_S, BUSY, FEWEST, Overload
from tests.support.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SECRET = "0123456789abcdef0123456789abcdef"
HALF = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
PATIENT = {"header_s": PATIENCE_S, "body_s": PATIENCE_S, "large_s": PATIENCE_S}
GARBAGE = (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET / HTTP/9\r\n\r\n", HALF + b"x" * 20_000 + b"\r\n\r\n")


class Echo:
    """In place of Bolt: answers every request, once it may."""

    def __init__(self) -> None:
        self.taken, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def async_dispatch(self, _request: object) -> BoltResponse:
        """Answer."""
        self.taken.set()
        await self.go_on.wait()
        return BoltResponse(status=200, body="taken")


@asynccontextmanager
async def serving(
    echo: Echo | None = None,
    is_usable: Callable[[], bool] = lambda: True,
    metrics: Metrics | None = None,
    **seconds: float,
) -> AsyncIterator[int]:
    """Serve on a free port, and return it; what is sent may take as long as a busy machine needs, but for `seconds`."""
    app: Any = echo or Echo()
    times = WaitingTimes(**(PATIENT | seconds))
    server = HttpServer(app, SECRET, is_usable=is_usable, times=times, metrics=metrics)
    port = await server.start("127.0.0.1", 0, shutdown_s=0.1)
    server.open()
    try:
        yield port
    finally:
        await server.stop()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Serve as it is."""
    async with serving() as port:
        yield port


def headers(body: bytes, *, ago_s: float = 0) -> dict[str, str]:
    """Return the headers with which Slack signs a body, or signed it some time ago."""
    stamp = str(int(time.time() - ago_s))
    signed = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}"}


async def asks(port: int, body: bytes = b"{}") -> int:
    """Make a request of Slack's, and return the status."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers(body)) as answer,
    ):
        return answer.status


async def sends(port: int, *parts: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection and send something; the other side may have closed it meanwhile."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
    return reader, writer


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Wait until the connection is closed, and return what came."""
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE_S)
    except ConnectionError:
        return b""


def _stalled() -> bytes:
    """Return forged headers whose body does not come: whether they are Slack's cannot be told without it."""
    forged = f"X-Slack-Request-Timestamp: {time.time():.0f}\r\nX-Slack-Signature: v0={'0' * 64}\r\n"
    return HALF + f"{forged}Content-Length: 10\r\n\r\n".encode()


@pytest.mark.parametrize("sent", [lambda: HALF, _stalled], ids=["headers", "body"])
async def test_more_half_open_connections_than_fit_close_one_another_and_nobody_else(sent: Callable[[], bytes]) -> None:
    async with serving() as port, aiohttp.ClientSession() as session:
        with capture_logs() as logs:
            strangers = [await sends(port, sent()) for _ in range(MOST_CONNECTIONS + 50)]
            assert [await asks(port) for _ in range(5)] == [200] * 5
            async with session.get(f"http://127.0.0.1:{port}/livez") as answer:
                assert answer.status == 200
            said = await asyncio.gather(*(ended(reader) for reader, _ in strangers[:50]))
            assert await asks(port) == 200
        told = b"HTTP/1.1 503 Service Unavailable" if sent is _stalled else b""
        assert {each.partition(b"\r\n")[0] for each in said} == {told}
        for _, writer in strangers:
            writer.close()
    assert [(line["event"], line["reason"]) for line in logs] == [("request.refused", "too many connections")]


async def test_a_request_that_came_in_time_is_answered_by_a_loop_that_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    header_s, made = 0.05, BoundedConnection.connection_made
    async with serving(header_s=header_s) as port:
        client = socket.create_connection(("127.0.0.1", port))

        def made_late(self: BoundedConnection, transport: asyncio.BaseTransport) -> None:
            made(self, transport)
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(2 * header_s)

        monkeypatch.setattr(BoundedConnection, "connection_made", made_late)
        reader, writer = await asyncio.open_connection(sock=client)
        assert await asyncio.wait_for(reader.readline(), PATIENCE_S) == b"HTTP/1.1 200 OK\r\n"
        writer.close()


async def test_a_request_of_slacks_is_answered_however_many_come_meanwhile() -> None:
    echo = Echo()
    echo.go_on.clear()
    async with serving(echo) as port:
        asking = asyncio.create_task(asks(port))
        await asyncio.wait_for(echo.taken.wait(), PATIENCE_S)
        strangers = [await sends(port, _stalled()) for _ in range(MOST_CONNECTIONS + 50)]
        await asyncio.gather(*(ended(reader) for reader, _ in strangers[:51]))
        echo.go_on.set()
        assert await asyncio.wait_for(asking, PATIENCE_S) == 200
        for _, writer in strangers:
            writer.close()


@pytest.mark.parametrize("sent", [(), (HALF,)])
async def test_a_connection_that_never_says_what_it_wants_is_closed(sent: tuple[bytes, ...]) -> None:
    async with serving(header_s=0.05) as port:
        reader, writer = await sends(port, *sent)
        assert await ended(reader) == b""
        writer.close()


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers(b"").items())
    async with serving(body_s=0.05) as port:
        reader, writer = await sends(port, HALF, f"{lines}Content-Length: 9\r\n\r\n".encode())
        assert (await ended(reader)).startswith(b"HTTP/1.1 408 ")
        writer.close()


@pytest.mark.parametrize("more", ["", "X-Slack-Request-Timestamp: 1\r\nX-Slack-Signature: v0=" + "0" * 64 + "\r\n"])
async def test_what_is_not_signed_is_refused_before_its_body_is_read(port: int, more: str) -> None:
    reader, writer = await sends(port, HALF, f"{more}Content-Length: {BODY_LIMIT}\r\n\r\n".encode())
    assert (await ended(reader)).startswith(b"HTTP/1.1 401 "), "not a byte of it was sent"
    writer.close()


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(port: int) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers(b"").items())
    reader, writer = await sends(port, HALF, f"{lines}Content-Length: {BODY_LIMIT + 1}\r\n\r\n".encode())
    assert (await ended(reader)).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def test_who_asks_whether_to_send_a_body_is_told_to_go_on(port: int) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers(b"{}").items())
    more = "Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
    reader, writer = await sends(port, HALF, f"{lines}{more}".encode())
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)).startswith(b"HTTP/1.1 100 ")
    writer.write(b"{}")
    assert (await ended(reader)).startswith(b"HTTP/1.1 200 ")
    writer.close()


@pytest.mark.parametrize("length", [LARGE + 1, BODY_LIMIT])
async def test_large_bodies_are_read_one_after_another(length: int) -> None:
    async with serving() as port:
        assert await asyncio.gather(*(asks(port, b"x" * length) for _ in range(20))) == [200] * 20


async def test_so_many_large_bodies_are_read_at_a_time_and_small_ones_all_the_same() -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers(b"").items())
    stalled = f"{lines}Content-Length: {LARGE + 1}\r\n\r\n".encode()
    async with serving() as port:
        strangers = [await sends(port, HALF, stalled) for _ in range(MOST_LARGE)]
        assert await asks(port) == 200, "those before are being read"
        another = asyncio.create_task(asks(port, b"x" * (LARGE + 1)))
        for _ in range(5):
            assert await asks(port) == 200
        assert not another.done()
        for _, writer in strangers:
            writer.close()
        assert await asyncio.wait_for(another, PATIENCE_S) == 200


@pytest.mark.parametrize("length", [f"Content-Length: {LARGE + 1}", "Transfer-Encoding: chunked"])
async def test_large_bodies_that_do_not_come_keep_no_large_one_of_slacks_from_being_read(length: str) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers(b"").items())
    stalled = f"{lines}{length}\r\n\r\n".encode()
    async with serving(large_s=0.01) as port:
        strangers = [await sends(port, HALF, stalled) for _ in range(5 * MOST_LARGE)]
        assert [await asks(port, b"x" * (LARGE + 1)) for _ in range(2 * MOST_LARGE)] == [200] * 2 * MOST_LARGE
        assert (await ended(strangers[0][0])).startswith(b"HTTP/1.1 408 ")
        for _, writer in strangers:
            writer.close()
        assert await asks(port, b"x" * (LARGE + 1)) == 200


async def test_garbage_is_one_line_without_a_traceback(port: int) -> None:
    with capture_logs() as logs:
        for garbage in (*GARBAGE, *GARBAGE):
            reader, writer = await sends(port, garbage)
            await ended(reader)
            writer.close()
        assert await asks(port) == 200
    assert {(line["event"], line["reason"], line.get("exc_info")) for line in logs} == {
        ("request.refused", "no HTTP", None)
    }
    assert len(logs) == 1


async def test_readyz_says_when_only_a_person_can_mend_it_and_livez_goes_on() -> None:
    usable = [True, False, False]
    async with serving(is_usable=lambda: usable.pop(0)) as port, aiohttp.ClientSession() as session:
        found = []
        for path in ("readyz", "readyz", "livez"):
            async with session.get(f"http://127.0.0.1:{port}/{path}") as answer:
                found.append((answer.status, await answer.text()))
    assert found == [(200, "ready\n"), (503, "not ready\n"), (200, "alive\n")]


async def test_a_refusal_that_repeats_is_logged_once(port: int) -> None:
    with capture_logs() as logs:
        async with aiohttp.ClientSession() as session:
            for _ in range(30):
                async with session.post(f"http://127.0.0.1:{port}/slack/events", data=b"{}") as answer:
                    assert answer.status == 401
    (line,) = logs
    assert (line["reason"], line["address"], line["count"]) == ("not signed", "127.0.0.1", 1)


async def test_a_body_that_is_no_text_is_refused(port: int) -> None:
    assert await asks(port, b"\xff\xfe") == 400


@pytest.mark.parametrize(("path", "status"), [("/livez", 200), ("/readyz", 200), ("/", 404), ("/slack/events", 405)])
async def test_paths(port: int, path: str, status: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        assert answer.status == status


async def test_pages_for_browsers_stand_beside_slacks_requests_or_alone() -> None:
    async def page(_request: web.BaseRequest) -> web.Response:
        return web.Response(text="a page")

    app: Any = Echo()
    for secret, events in ((SECRET, 401), ("", 404)):
        server = HttpServer(app, secret, routes={"/slack/install": page}, times=WaitingTimes(**PATIENT))
        port = await server.start("127.0.0.1", 0, shutdown_s=0.1)
        url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as session:
            found = [(await session.get(f"{url}/slack/install")).status]
            server.open()
            for method, path in (("GET", "/slack/install"), ("POST", "/slack/install"), ("POST", "/slack/events")):
                async with session.request(method, f"{url}{path}") as response:
                    found.append(response.status)
        await server.stop()
        assert found == [503, 200, 405, events]


COMMAND = "command=%2Ffact&user_id=U{}&text=x"
CROWD = FEWEST + 24


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each command refused that comes while FEWEST others wait."""
    monkeypatch.setattr(Overload, "_is_too_much", lambda *_: True)


def signed(body: str, secret: str = SECRET, more: str = "") -> bytes:
    """Return a request with a body, in one piece."""
    stamp = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    fields = f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n{more}"
    return HALF + f"{fields}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@asynccontextmanager
async def crowd(port: int) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    """Open connections that have been answered once, and close them after the block."""
    streams = [await sends(port, signed("{}")) for _ in range(CROWD)]
    try:
        for reader, _ in streams:
            assert await said(reader) == "taken"
        yield streams
    finally:
        for _, writer in streams:
            writer.close()


async def said(reader: asyncio.StreamReader) -> str:
    """Return the body of the next answer, or its status if that is not 200."""
    async with asyncio.timeout(PATIENCE_S):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = (await reader.readexactly(length)).decode()
    status = head.split()[1].decode()
    return status if status != "200" else BUSY if BUSY in body else body


async def alive(port: int) -> None:
    """Ask whether it lives, and wait for the answer."""
    reader, writer = await sends(port, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert await ended(reader)
    writer.close()


async def answers(streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]], *requests: bytes) -> list[str]:
    """Send all in one moment, each on a connection of its own, and return what is said."""
    for (_, writer), request in zip(streams, requests, strict=True):
        writer.write(request)  # without a wait: the loop reads them all in one round
    return [await said(reader) for reader, _ in streams]


@pytest.mark.usefixtures("busy")
async def test_of_a_crowd_some_are_answered_and_the_others_told_over_and_over_on_the_same_connections(
    port: int,
) -> None:
    async with crowd(port) as streams:
        for _ in range(50):
            found = await answers(streams, *(signed(COMMAND.format(number)) for number in range(CROWD)))
            assert set(found) == {"taken", BUSY}
            assert found.count("taken") >= FEWEST
        assert await answers(streams, *[signed('{"event": 1}')] * CROWD) == ["taken"] * CROWD, (
            "only commands are refused"
        )


SHAPES: dict[str, Callable[[bytes], bytes]] = {
    "kept": lambda request: request.replace(b"Host: x", b"Host: x\r\nConnection: keep-alive"),
    "HTTP/1.0": lambda request: request.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "two fields": lambda request: request.replace(b"Host: x", b"Host: x\r\nX-Forwarded-For: 1\r\nX-Forwarded-For: 2"),
    "empty field": lambda request: request.replace(b"Host: x", b"Host: x\r\nX-Real-IP:"),
}


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("shape", SHAPES)
async def test_commands_are_refused_however_a_proxy_writes_them(port: int, shape: str) -> None:
    async with crowd(port) as streams:
        requests = [SHAPES[shape](signed(COMMAND.format(number))) for number in range(CROWD)]
        assert set(await answers(streams, *requests)) == {"taken", BUSY}


@pytest.mark.usefixtures("busy")
async def test_commands_whose_bodies_come_after_their_headers_are_refused_too(port: int) -> None:
    async with crowd(port) as streams:
        parts = [signed(COMMAND.format(number)).partition(b"\r\n\r\n") for number in range(CROWD)]
        for (_, writer), (head, separator, _) in zip(streams, parts, strict=True):
            writer.write(head + separator)
        await alive(port)
        assert set(await answers(streams, *(body for *_, body in parts))) == {"taken", BUSY}


class Working(Echo):
    """Takes so many seconds of a test's clock for a request."""

    cost_s = 0.041

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    async def async_dispatch(self, request: object) -> BoltResponse:
        """Answer."""
        self.now += self.cost_s
        return await super().async_dispatch(request)


@pytest.mark.parametrize("shape", ["plain", "two fields"])
async def test_as_many_are_taken_as_are_answered_in_time(monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    echo = Working()
    monkeypatch.setattr(http_server, "Overload", lambda metrics: Overload(metrics, lambda: echo.now))
    as_many = int(BURST_S / echo.cost_s) + 1
    write = SHAPES.get(shape, bytes)
    async with serving(echo) as port, crowd(port) as few, crowd(port) as more:
        streams = [*few, *more]
        for _ in range(30):  # by then it knows what one costs
            assert await answers(streams, *[signed('{"event": 1}')] * len(streams)) == ["taken"] * len(streams)
            echo.now += 60
        found = await answers(streams, *(write(signed(COMMAND.format(number))) for number in range(len(streams))))
    if shape == "plain":
        assert found == ["taken"] * as_many + [BUSY] * (len(streams) - as_many)
    else:  # judged once they have been read: of those that wait then, the last are taken
        assert found.count("taken") == FEWEST + as_many


async def test_what_is_asked_in_the_moment_of_an_answer_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived: list[object] = []
    monkeypatch.setattr(Overload, "arrived", lambda _, what: arrived.append(what))
    handled: Any = getattr(BoundedConnection, "_handle_request")  # noqa: B009 — aiohttp's, and private
    more = [signed('{"event": 2}')]

    async def handled_and_asked_again(self: BoundedConnection, *args: object) -> object:
        found = await handled(self, *args)
        if more:
            self.data_received(more.pop())  # before aiohttp waits for it
        return found

    monkeypatch.setattr(BoundedConnection, "_handle_request", handled_and_asked_again)
    async with serving() as port:
        reader, writer = await sends(port, signed('{"event": 1}'))
        assert [await said(reader) for _ in range(2)] == ["taken"] * 2
        writer.close()
    assert len(arrived) == 2


ODD: dict[str, tuple[bytes, bytes]] = {
    "blank lines": (b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", b"\n\r\n\r\n"),
    "half a head": (b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", HALF),
    "a head and a half": (b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" + HALF, b"X: y\r\n"),
    "capitals": (_stalled().replace(b"Content-Length", b"CONTENT-LENGTH"), b"GET / HTTP/1.1\r\n\r\n"),
    "no HTTP": (b"GET / HTTP/9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"),
}


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("odd", ODD)
async def test_whatever_strangers_send_and_leave_keeps_no_command_from_being_taken(port: int, odd: str) -> None:
    first, then = ODD[odd]
    strangers = [await sends(port, first) for _ in range(CROWD)]
    await alive(port)
    for _, writer in strangers:
        writer.write(then)
    await alive(port)
    reader, writer = await sends(port, signed(COMMAND.format(1)))
    assert await said(reader) == "taken"
    for _, each in (*strangers, (reader, writer)):
        each.close()


@pytest.mark.usefixtures("busy")
async def test_after_odd_pieces_a_connection_is_answered_in_its_turn_and_leaves_nothing_that_waits(port: int) -> None:
    head, _, body = signed(COMMAND.format("P")).partition(b"\r\n\r\n")
    chunked = head.replace(b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked") + b"\r\n\r\n"
    event = signed('{"event": 1}')
    async with crowd(port) as streams:
        for _ in range(2):
            for _, writer in streams:
                writer.write(chunked)
            await alive(port)
            for _, writer in streams:
                writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
            assert {await said(reader) for reader, _ in streams} <= {"taken", BUSY}
            for _, writer in streams:
                writer.write(event + event + event[:30])
            await alive(port)
            for _, writer in streams:
                writer.write(event[30:])
            assert [[await said(reader) for _ in range(3)] for reader, _ in streams] == [["taken"] * 3] * CROWD
        reader, writer = await sends(port, signed(COMMAND.format(1)))
        assert await said(reader) == "taken"
        writer.close()


@pytest.mark.usefixtures("busy")
async def test_while_there_is_too_much_to_do_a_stranger_is_told_nothing(port: int) -> None:
    async with crowd(port) as streams:
        forged = signed(COMMAND.format("X"), secret="another")
        old = signed(COMMAND.format("X")).replace(b"Timestamp: ", b"Timestamp: 1")
        bare = HALF + b"Content-Length: 11\r\n\r\ncommand=/fa"
        no_text = headers(b"command=\xff&user_id=U1")
        lines = "".join(f"{name}: {value}\r\n" for name, value in no_text.items())
        binary = HALF + f"{lines}Content-Length: 20\r\n\r\n".encode() + b"command=\xff&user_id=U1"
        strange = [forged, old, bare, binary]
        commands = [signed(COMMAND.format(number)) for number in range(CROWD - len(strange))]
        found = await answers(streams, *commands, *strange)
        assert BUSY in found[: -len(strange)]
        assert found[-len(strange) :] == ["401", "401", "401", "400"]


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("cut", [10, 120, -5], ids=["in the first line", "in the head", "in the body"])
async def test_a_command_in_pieces_or_behind_another_has_its_answer_in_its_turn(port: int, cut: int) -> None:
    async with crowd(port) as streams:
        request = signed(COMMAND.format("P"))
        (reader, writer), (behind, both), *others = streams
        for _ in range(3):
            writer.write(request[:cut])
            both.write(signed('{"event": 1}') + request)
            await answers(others, *(signed(COMMAND.format(number)) for number in range(len(others))))
            writer.write(request[cut:])
            assert await said(reader) in {"taken", BUSY}
            assert await said(behind) == "taken"
            assert await said(behind) in {"taken", BUSY}


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("secret", [SECRET, "another"], ids=["Slack's", "a stranger's"])
async def test_bodies_that_come_after_their_headers_leave_nothing_that_waits(port: int, secret: str) -> None:
    head, separator, body = signed('{"event": 1}', secret).partition(b"\r\n\r\n")
    async with crowd(port) as streams:
        for _, writer in streams:
            writer.write(head + separator)
        await alive(port)
        for _, writer in streams:
            writer.write(body)
        assert {await said(reader) for reader, _ in streams} <= {"taken", "401"}
        reader, writer = await sends(port, signed(COMMAND.format(1)))
        assert await said(reader) == "taken"
        writer.close()


@pytest.mark.usefixtures("busy")
async def test_a_command_that_comes_while_its_connection_has_another_is_not_answered_before_it() -> None:
    echo = Echo()
    async with serving(echo) as port, crowd(port) as streams:
        *others, (reader, writer) = streams
        echo.taken.clear()
        echo.go_on.clear()
        writer.write(signed('{"event": 1}'))
        await asyncio.wait_for(echo.taken.wait(), PATIENCE_S)
        for number, (_, each) in enumerate(others):
            each.write(signed(COMMAND.format(number)))
        writer.write(signed(COMMAND.format("L")))
        assert await said(others[-1][0]) == BUSY
        echo.go_on.set()
        assert await said(reader) == "taken"
        assert await said(reader) in {"taken", BUSY}


@pytest.mark.usefixtures("busy")
async def test_connections_that_are_cut_while_they_wait_wait_no_more() -> None:
    echo = Echo()
    async with serving(echo) as port:
        async with crowd(port) as streams:
            echo.taken.clear()
            echo.go_on.clear()
            for _, writer in streams:
                writer.write(signed('{"event": 1}'))
            await asyncio.wait_for(echo.taken.wait(), PATIENCE_S)
            for _, writer in streams:
                writer.write(signed('{"event": 2}'))  # it waits for the first
            await alive(port)  # by then they have been read
            for _, writer in streams:
                writer.transport.abort()
            await alive(port)
        reader, writer = await sends(port, signed(COMMAND.format(1)))
        await alive(port)
        echo.go_on.set()
        assert await said(reader) == "taken"
        writer.close()


@pytest.mark.parametrize("ahead_s", [60, -60])
async def test_a_clock_that_is_ahead_or_behind_makes_no_acknowledgement_late(ahead_s: float) -> None:
    metrics, body = Metrics(), b"{}"
    async with serving(metrics=metrics) as port, aiohttp.ClientSession() as session:
        for _ in range(20):
            stamped = headers(body, ago_s=ahead_s)
            async with session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=stamped) as answer:
                assert answer.status == 200
    others = {"command": "other", "outcome": "taken"}
    late_s = metrics.registry.get_sample_value("briefing_bot_ack_seconds_sum", others)
    assert late_s is not None
    assert late_s / 20 < 30, "each was answered as soon as it came"


async def test_what_waited_before_the_bot_is_late_in_its_metric_too() -> None:
    metrics, ago_s, body = Metrics(), 30, b"{}"
    async with serving(metrics=metrics) as port, aiohttp.ClientSession() as session:
        for signed_with in (headers(body), headers(body, ago_s=ago_s), headers(body, ago_s=-ago_s)):
            async with session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=signed_with) as answer:
                assert answer.status == 200
    buckets = [{"command": "other", "outcome": "taken", "le": le} for le in ("5.0", "+Inf")]
    found = [metrics.registry.get_sample_value("briefing_bot_ack_seconds_bucket", each) for each in buckets]
    assert found[1] == 3
    assert found[0] is not None
    assert found[0] <= 2, "one is late for certain"
