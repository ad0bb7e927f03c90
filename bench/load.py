"""Load: commands a second that the real process takes, beside a bare Bolt hello, and what becomes of thrice as many.

    python -m bench.load [--seconds 30] [--by http|socket]

Commands come over HTTP, signed, or as Socket Mode envelopes, from a stand-in for Slack that only counts. Each person's
p99 is by the clock of the driver, which shares the machine with the bot.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import itertools
import json
import os
import socket
import sys
import tempfile
import time
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

import app as wiring
from tests.support.unlimited import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 — both sides of the benchmark know it
ACK_S: Final = 3.0
AT_ONCE: Final = 16
MOST_OPEN: Final = 500
"""Connections of the balancer before the bot; a command waits there for one."""
CAPACITY_S: Final = 3.0
ROUNDS: Final = 3
PEOPLE: Final = 5000
WORDS: Final = ("growth zones", "sovereign AI", "what is Humphrey?", "legally binding", "£500 million", "Peter Kyle")
_SCOPES: Final = "commands,chat:write,app_mentions:read,im:history,channels:history,groups:history,assistant:write"
_STEP_S: Final = 0.01
_SAID: Final = ("too much to do", "very often")
"""Parts of the sentences by which the bot refuses plainly."""


@dataclass
class Outcome:
    """What became of commands, by its name, and the seconds that each person's acks took."""

    counts: Counter[str] = field(default_factory=Counter)
    took_s: dict[str, list[float]] = field(default_factory=dict)
    most_mib: float = 0.0
    lags_s: list[float] = field(default_factory=list)
    """How late the driver itself was: by so much the acks only seem late."""

    def add(self, user: str, seconds: float, what: str) -> None:
        """Count one."""
        name = f"{what} late" if what in {"answered", "told"} and seconds > ACK_S else what
        self.counts[name] += 1
        if what in {"answered", "told"}:
            self.took_s.setdefault(user, []).append(seconds)

    def percentile(self, share: float, user: str = "") -> float:
        """Return the time within which this share of the acks came; of one person, or of all others."""
        times = sorted(self.took_s.get(user, ()) if user else itertools.chain(*self.took_s.values()))
        return times[int(share * (len(times) - 1))] if times else float("nan")


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
                    waiting.set_result(frame.data)
        self.sockets.remove(link)
        return link

    async def command(self, payload: dict[str, str]) -> str:
        """Send an envelope and return what came of it."""
        number = str(next(self._numbers))
        self._awaited[number] = waiting = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": number, "type": "slash_commands", "payload": payload}
        try:
            await self.sockets[-1].send_str(json.dumps({**envelope, "accepts_response_payload": True}))
            async with asyncio.timeout(2 * ACK_S):
                said = await waiting
            return _judged(200, said if '"payload"' in said else "")
        except TimeoutError:
            return "no ack"
        except (ConnectionError, IndexError):
            return "connection closed"
        finally:
            del self._awaited[number]


class HttpDriver:
    """Posts signed commands over connections that are kept, as Slack's are; each new one when all are busy."""

    def __init__(self, port: int) -> None:
        """Begin without a connection."""
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._free = asyncio.Semaphore(MOST_OPEN)

    async def command(self, payload: dict[str, str]) -> str:
        """Post one and return what came of it."""
        try:
            async with asyncio.timeout(2 * ACK_S), self._free:
                return await self._post(payload)
        except TimeoutError:
            return "no ack"
        except (OSError, asyncio.IncompleteReadError):
            return "connection closed"

    async def _post(self, payload: dict[str, str]) -> str:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        body, stamp = urlencode(payload).encode(), str(int(time.time()))
        signed = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        head = (
            f"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signed}\r\n\r\n"
        )
        is_kept = False
        try:
            writer.write(head.encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(answer.partition("content-length: ")[2].partition("\r\n")[0])
            said = (await reader.readexactly(length)).decode()
            is_kept = "connection: close" not in answer
            return _judged(int(answer.split(" ", 2)[1]), said)
        finally:
            if is_kept:
                self._idle.append((reader, writer))
            else:
                writer.transport.abort()

    def close(self) -> None:
        """Close every connection."""
        for _, writer in self._idle:
            writer.transport.abort()


def _judged(status: int, said: str) -> str:
    if status == web.HTTPServiceUnavailable.status_code:
        return "503"
    if status != web.HTTPOk.status_code or not said:
        return f"status {status}"
    return "told" if any(part in said for part in _SAID) else "answered"


def payload_of(user: str, number: int, command: str = "/fact") -> dict[str, str]:
    """Return a slash command."""
    return {
        "command": command,
        "text": WORDS[number % len(WORDS)],
        "team_id": "T0TRY",
        "user_id": user,
        "channel_id": "C0GENERAL",
        "trigger_id": str(time.perf_counter_ns()),
        "response_url": "http://127.0.0.1:9/",
    }


async def capacity(send: Callable[[dict[str, str]], Awaitable[str]], command: str) -> float:
    """Return how many commands a second are answered when AT_ONCE are always under way."""
    loop = asyncio.get_running_loop()
    ends_at, numbers = loop.time() + CAPACITY_S, itertools.count()

    async def ask() -> None:
        while loop.time() < ends_at:
            number = next(numbers)
            what = await send(payload_of(f"U{number % PEOPLE}", number, command))
            if what != "answered":
                raise RuntimeError(f"{command}: {what}")

    begun = loop.time()
    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    return next(numbers) / (loop.time() - begun)


async def overload(
    send: Callable[[dict[str, str]], Awaitable[str]], rate: float, seconds: float, pid: int, *, one_user: bool = False
) -> Outcome:
    """Send so many a second, whatever comes back, from many people or one; beside them U0CALM asks once a second."""
    loop, outcome, tasks = asyncio.get_running_loop(), Outcome(), set()

    async def one(user: str, number: int) -> None:
        begun = loop.time()
        what = await send(payload_of(user, number))
        outcome.add(user, loop.time() - begun, what)

    begun, sent, calm = loop.time(), 0, 0
    while (passed := loop.time() - begun) < seconds:
        for number in range(sent, int(passed * rate)):
            tasks.add(asyncio.create_task(one("U0BUSY" if one_user else f"U{number % PEOPLE}", number)))
        sent = max(sent, int(passed * rate))
        if passed > calm:
            calm += 1
            tasks.add(asyncio.create_task(one("U0CALM", calm)))
        tasks = {each for each in tasks if not each.done()}
        outcome.most_mib = max(outcome.most_mib, mib(pid))
        slept_at = loop.time()
        await asyncio.sleep(_STEP_S)
        outcome.lags_s.append(loop.time() - slept_at - _STEP_S)
    await asyncio.gather(*tasks)
    return outcome


def mib(pid: int) -> float:
    """Return a process's resident memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@asynccontextmanager
async def process(code: str, *args: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process with these settings until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code, *args),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(wiring.__file__).parent), "DATA_DIR": folder, **settings},  # noqa: TID251 — a child's
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield started
        finally:
            with suppress(ProcessLookupError):
                started.kill()
            await started.wait()


async def ready(send: Callable[[dict[str, str]], Awaitable[str]], command: str) -> None:
    """Wait until a command is answered."""
    async with asyncio.timeout(120):
        while True:
            with suppress(IndexError):
                if await send(payload_of("U0FIRST", 0, command)) == "answered":
                    return
            await asyncio.sleep(0.2)


HELLO: Final = """
import asyncio, sys
from bench.load_hello import serve
asyncio.run(serve(*sys.argv[1:]))
"""
OURS: Final = "from cli.main import main; main()"


async def measure(by: str, seconds: float) -> None:
    """Print the capacity of both, and what became of the overload."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        port, hello_port = one.getsockname()[1], two.getsockname()[1]
    async with Stand().serving() as stand, Stand().serving() as theirs:
        tokens = {"SLACK_BOT_TOKEN": "xoxb-1-2-bench", "SLACK_API_URL": f"{stand.url}/api/", "LOG_LEVEL": "warning"}
        tokens |= UNLIMITED | {"QUESTIONS_A_MINUTE": "120"}  # all in one channel; a person still has a share
        way = {"SLACK_APP_TOKEN": "xapp-1-bench"}
        if by == "http":
            way = {"SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}
        async with (
            process(HELLO, by, str(hello_port), f"{theirs.url}/api/", SECRET),
            process(OURS, "run", **tokens, **way) as bot,
        ):
            ours = HttpDriver(port) if by == "http" else stand
            hello = HttpDriver(hello_port) if by == "http" else theirs
            await asyncio.gather(ready(ours.command, "/fact"), ready(hello.command, "/hello"))
            rounds = [
                (await capacity(hello.command, "/hello"), await capacity(ours.command, "/fact")) for _ in range(ROUNDS)
            ]
            bare, full = (median(each) for each in zip(*rounds, strict=True))
            print(f"{by}: hello {bare:.0f}/s, /fact {full:.0f}/s, {bare / full:.2f} times fewer", flush=True)
            before = mib(bot.pid)
            for name, one_user in (("many people", False), ("one person", True)):
                outcome = await overload(ours.command, 3 * full, seconds, bot.pid, one_user=one_user)
                print(f"{by}: 3 times as many for {seconds:.0f} s, {name}: {dict(outcome.counts)}")
                acks = [outcome.percentile(share, user) for user in ("", "U0CALM") for share in (0.5, 0.99)]
                print("    acks p50 / p99 {:.2f} / {:.2f} s; who asks once a second {:.2f} / {:.2f} s".format(*acks))
                lags = sorted(outcome.lags_s)
                print(f"    the driver's own lag {lags[len(lags) // 2]:.2f} / {lags[int(0.99 * len(lags))]:.2f} s")
                print(f"    memory {before:.0f} to {outcome.most_mib:.0f} MiB", flush=True)
                await asyncio.sleep(ACK_S)


async def main() -> None:
    """Measure over HTTP and Socket Mode, or by one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=["http", "socket"], help="the way in (default both)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the overload lasts (default 30)")
    asked = parser.parse_args()
    for by in [asked.by] if asked.by else ["http", "socket"]:
        await measure(by, asked.seconds)


if __name__ == "__main__":
    asyncio.run(main())
