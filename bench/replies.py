"""Replies: start-up to the first answer, mention to answer, and CPU per slash command beside a bare Bolt hello.

    python -m bench.replies [--requests N]

The server is a process of its own, so that its CPU time is its own too. Both apps stand behind the same kind of HTTP
server, are asked in turns, and have their requests' signatures checked. The hello app does nothing but answer "hello".
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import itertools
import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
from pydantic import SecretStr
from slack_bolt.async_app import AsyncAck, AsyncApp

import app as wiring
from bot.config import Settings
from bot.logging import set_up_logging
from bot.outbox.queries import PACE_S
from handlers.slack.installations.authorization import SingleInstallation
from handlers.slack.receiving.http_server import HttpServer
from handlers.slack.web_client import WebClient
from tests.support.unlimited import UNLIMITED
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.connection import Connection

    from workspace.wire.web_api import Call

SECRET = "not-a-secret"  # noqa: S105 — both sides of the benchmark know it
ROUNDS = 5
MENTIONS = 30
ASKED = {"hello": ("/hello", ""), "/fact": ("/fact", "growth zones"), "/briefing": ("/briefing", "infrastructure")}
WORDS = ("growth zones", "sovereign AI", "what is Humphrey?", "legally binding", "£500 million", "Peter Kyle")
"""What /fact is asked in turn."""


def serve(api_url: str, token: str, pipe: Connection) -> None:
    """Be the server process: tell the two ports, then the CPU seconds so far whenever asked."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        set_up_logging("info", nowhere)
        asyncio.run(_serve(api_url, token, pipe))


async def _serve(api_url: str, token: str, pipe: Connection) -> None:
    async with AsyncExitStack() as stack:
        settings = Settings.model_construct(
            slack_bot_token=SecretStr(token),
            slack_api_url=api_url,
            data_dir=Path(stack.enter_context(TemporaryDirectory())),
            channel_questions_a_minute=0,
            workspace_questions_a_minute=0,
        )
        app = wiring.create_app(settings)
        await stack.enter_async_context(app.running())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = WebClient(api_url, session)
        installation = SingleInstallation(client, token)
        await installation.warm()
        hello = AsyncApp(
            client=client,
            authorize=installation,
            signing_secret=SECRET,
            process_before_response=True,
            request_verification_enabled=False,
        )

        @hello.command("/hello")
        async def _(ack: AsyncAck) -> None:
            await ack("hello")

        ours, bare = HttpServer(app.bolt, SECRET), HttpServer(hello, SECRET)
        pipe.send((await ours.start("127.0.0.1", 0, shutdown_s=1.0), await bare.start("127.0.0.1", 0, shutdown_s=1.0)))
        ours.open()
        bare.open()
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, pipe.recv):
            pipe.send(time.process_time())
        await ours.stop()
        await bare.stop()


_USERS = itertools.count()
"""Everybody asks once: one person has a share (QUESTIONS_A_MINUTE)."""


async def ask(session: aiohttp.ClientSession, port: int, command: str, words: str) -> None:
    """Send one signed slash command and read the answer."""
    fields = {
        "command": command,
        "text": words,
        "team_id": "T0TRY",
        "user_id": f"U{next(_USERS)}",
        "channel_id": "C0GENERAL",
    }
    body = urlencode(fields | {"trigger_id": str(time.perf_counter_ns())})
    stamp = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signed}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with session.post(f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers) as answer:
        text = await answer.text()
        if answer.status != 200 or not text:  # noqa: PLR2004 — HTTP's OK
            raise RuntimeError(f"{command}: {answer.status} {text[:200]}")


async def cpu_per_request(requests: int) -> dict[str, float]:
    """Return the server's CPU milliseconds per request: the median of several rounds."""
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    spent: dict[str, list[float]] = {name: [] for name in ASKED}
    async with Workspace(wiring.read_manifest()).serve() as workspace, aiohttp.ClientSession() as session:
        process = context.Process(target=serve, args=(workspace.api_url, workspace.bot_token, theirs))
        process.start()
        ours, bare = await asyncio.to_thread(pipe.recv)
        for _ in range(ROUNDS + 1):
            for name, (command, words) in ASKED.items():
                pipe.send(True)  # noqa: FBT003 — "tell me", not a flag
                before = await asyncio.to_thread(pipe.recv)
                for number in range(requests):
                    asked = WORDS[number % len(WORDS)] if name == "/fact" else words
                    await ask(session, bare if name == "hello" else ours, command, asked)
                pipe.send(True)  # noqa: FBT003 — the same
                spent[name].append((await asyncio.to_thread(pipe.recv) - before) / requests * 1000)
        pipe.send(False)  # noqa: FBT003 — the end
        await asyncio.to_thread(process.join)
    return {name: median(rounds[1:]) for name, rounds in spent.items()}


@asynccontextmanager
async def running(workspace: Workspace) -> AsyncIterator[None]:
    """Run `briefing-bot run` over Socket Mode until the block ends."""
    settings = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_API_URL": workspace.api_url,
        "PYTHONPATH": str(Path(wiring.__file__).parent),
        **UNLIMITED,
    }
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from cli.main import main; main()",
            "run",
            cwd=folder,
            env={**os.environ, **settings},  # noqa: TID251 — a child's
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            await process.wait()


async def start_up() -> float:
    """Return the seconds from starting `briefing-bot run` to its first answer, over Socket Mode."""
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        started = time.perf_counter()
        async with running(workspace):
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=60)
            await workspace.type("U0ADA", "C0GENERAL", "/fact growth zones")
            return time.perf_counter() - started


def _posts(workspace: Workspace) -> list[Call]:
    return [call for call in workspace.calls if call.method == "chat.postMessage"]


async def mention_to_answer(count: int) -> list[float]:
    """Return the milliseconds from a mention in an idle channel to its answer there, sorted."""
    took_ms = []
    async with Workspace(wiring.read_manifest()).serve() as workspace, running(workspace):
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=60)
        for number in range(count + 1):
            before = len(_posts(workspace))
            asked_at = time.perf_counter()
            await workspace.type("U0ADA", "C0GENERAL", f"@Briefing bot {WORDS[number % 2]}")
            await workspace.wait_until(lambda: len(_posts(workspace)) > before, timeout_s=60)  # noqa: B023 — awaited here
            answered = _posts(workspace)[-1]
            took_ms.append((answered.began_s - asked_at) * 1000 + answered.ms)
            await asyncio.sleep(PACE_S + 0.3)
    return sorted(took_ms[1:])  # the first compiles


def main() -> None:
    """Measure, and print the table of bench/README.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300, help="requests a round and command (default 300)")
    requests = parser.parse_args().requests
    started = [asyncio.run(start_up()) for _ in range(3)]
    print(f"start-up to first answer: {median(started):.2f} s")
    mentions = asyncio.run(mention_to_answer(MENTIONS))
    print(f"mention to answer, idle: p50 {median(mentions):.0f} ms, worst of {len(mentions)} {mentions[-1]:.0f} ms")
    spent = asyncio.run(cpu_per_request(requests))
    print("| asked | CPU ms per request | times a bare hello |")
    print("|---|---|---|")
    for name, ms in spent.items():
        print(f"| {name} | {ms:.2f} | {ms / spent['hello']:.2f} |")


if __name__ == "__main__":
    main()
