"""What benchmarks ask a server with: a stand-in for Slack, and signed commands over kept connections."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bench.table import BenchError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 — both sides of the benchmark know it
ACK_S: Final = 3.0
MOST_OPEN: Final = 500
"""Connections of the balancer before the bot; a command waits there for one."""
PEOPLE: Final = 5000
WORDS: Final = ("growth zones", "sovereign AI", "what is Humphrey?", "legally binding", "£500 million", "Peter Kyle")
_SCOPES: Final = "commands,chat:write,app_mentions:read,im:history,channels:history,groups:history,assistant:write"
_REFUSED: Final = ("too much to do", "very often")
"""Parts of the sentences by which the bot refuses plainly."""


class Stand:
    """Stands where Slack would: answers the Web API, takes websockets, and counts acks."""

    def __init__(self) -> None:
        """Begin without a socket."""
        self.url = ""
        self.sockets: list[web.WebSocketResponse] = []
        self._awaited: dict[str, asyncio.Future[str]] = {}
        self._numbers = itertools.count()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Stand]:
        """Listen until the block ends."""
        application = web.Application()
        application.router.add_route("*", "/api/{method}", self._call)
        application.router.add_get("/link", self._link)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _call(self, request: web.Request) -> web.Response:
        answers = {
            "auth.test": {"team_id": "T0TRY", "user_id": "U0BOT", "bot_id": "B0BOT", "team": "T", "user": "bot"},
            "apps.connections.open": {"url": f"{self.url.replace('http', 'ws', 1)}/link"},
        }
        answer = {"ok": True, **answers.get(request.match_info["method"], {})}
        return web.json_response(answer, headers={"X-OAuth-Scopes": _SCOPES})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        link = web.WebSocketResponse()
        await link.prepare(request)
        await link.send_json({"type": "hello"})
        self.sockets.append(link)
        async for frame in link:
            if frame.type is aiohttp.WSMsgType.TEXT:
                found = json.loads(frame.data)
                waiting = self._awaited.get(found.get("envelope_id"))
                if waiting and not waiting.done():
                    waiting.set_result(judged(200, frame.data if '"payload"' in frame.data else ""))
        self.sockets.remove(link)
        return link

    async def command(self, payload: dict[str, str]) -> str:
        """Send an envelope and return what came of it."""
        try:
            async with asyncio.timeout(2 * ACK_S):
                return await (await self.begin(self.envelope(payload)))
        except TimeoutError:
            return "no ack"
        except (ConnectionError, IndexError):
            return "connection closed"

    def envelope(self, payload: dict[str, str]) -> tuple[str, str]:
        """Return the id of an envelope, and its text."""
        number = str(next(self._numbers))
        about = {"envelope_id": number, "type": "slash_commands", "accepts_response_payload": True}
        return number, json.dumps({**about, "payload": payload})

    async def begin(self, envelope: tuple[str, str]) -> asyncio.Future[str]:
        """Send an envelope, as soon as the app reads; the future has what came of it."""
        number, text = envelope
        self._awaited[number] = waiting = asyncio.get_running_loop().create_future()
        waiting.add_done_callback(lambda _: self._awaited.pop(number))
        await self.sockets[-1].send_str(text)
        return waiting


class Connection(asyncio.Protocol):
    """A kept HTTP connection that has one request under way at most."""

    def __init__(self) -> None:
        """Begin without a request."""
        self.is_open = True
        self._transport: asyncio.Transport
        self._waiting: asyncio.Future[tuple[int, str]] | None = None
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> asyncio.Future[tuple[int, str]]:
        """Send a request; the future has the answer's status and text."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def data_received(self, data: bytes) -> None:
        """Finish the answer once all of it is there."""
        self._read += data
        head, separator, body = self._read.partition(b"\r\n\r\n")
        if not separator or self._waiting is None:
            return
        lines = head.lower()
        if len(body) < int(lines.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self.is_open = b"connection: close" not in lines
        self._read = b""
        if not self._waiting.done():
            self._waiting.set_result((int(head[9:12]), body.decode()))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is under way."""
        self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("closed"))

    def close(self) -> None:
        """Close it at once."""
        self.is_open = False
        self._transport.abort()


class HttpDriver:
    """Posts signed commands over connections that are kept, as Slack's are; each new one when all are busy."""

    def __init__(self, port: int) -> None:
        """Begin without a connection."""
        self._port = port
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(MOST_OPEN)

    async def command(self, payload: dict[str, str]) -> str:
        """Post one and return what came of it."""
        try:
            async with asyncio.timeout(2 * ACK_S), self._free:
                return await self._post(signed(payload))
        except TimeoutError:
            return "no ack"
        except OSError:
            return "connection closed"

    async def _post(self, request: bytes) -> str:
        connection = next((each for each in iter(self._popped, None) if each.is_open), None)
        if connection is None:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        try:
            status, said = await connection.send(request)
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            self._idle.append(connection)
        return judged(status, said)

    def _popped(self) -> Connection | None:
        return self._idle.pop() if self._idle else None


def signed(payload: dict[str, str], at: float = 0.0) -> bytes:
    """Return the request that posts a command ("Verifying requests from Slack"), now or at a moment to come."""
    body, stamp = urlencode(payload).encode(), str(int(at or time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return head.encode() + body


def judged(status: int, said: str) -> str:
    """Return what an answer is, in a word or two."""
    if status == web.HTTPServiceUnavailable.status_code:
        return "503"
    if status != web.HTTPOk.status_code or not said:
        return f"status {status}"
    return "told" if any(part in said for part in _REFUSED) else "answered"


def payload_of(user: str, number: int, command: str = "/fact", text: str = "") -> dict[str, str]:
    """Return a slash command."""
    return {
        "command": command,
        "text": text or WORDS[number % len(WORDS)],
        "team_id": "T0TRY",
        "user_id": user,
        "channel_id": "C0GENERAL",
        "trigger_id": str(time.perf_counter_ns()),
        "response_url": "http://127.0.0.1:9/",
    }


async def all_answered(
    send: Callable[[dict[str, str]], Awaitable[str]], payloads: Iterable[dict[str, str]], at_once: int
) -> float:
    """Send each, with so many under way at a time, and again when refused as too many; return the seconds.

    Raises BenchError for one that is not answered.
    """
    rest = iter(payloads)

    async def ask() -> None:
        for payload in rest:
            while (what := await send(payload)) == "told":
                pass
            if what != "answered":
                raise BenchError(f"{payload['command']} {payload['text']}: {what}")

    begun = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(at_once)))
    return time.perf_counter() - begun


async def ready(
    send: Callable[[dict[str, str]], Awaitable[str]], command: str, server: asyncio.subprocess.Process
) -> None:
    """Wait until a command is answered. Raises BenchError when the server has ended."""
    async with asyncio.timeout(120):
        while server.returncode is None:
            if await send(payload_of("U0FIRST", 0, command)) == "answered":
                return
            await asyncio.sleep(0.05)
    raise BenchError(f"the process that should answer {command} has ended")
