"""Several real processes of the bot on one PostgreSQL database, each behind proxies of its own, under a steady load.

The load is slash commands, mentions and posts; what came of them is judged in the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
from sqlalchemy import func, select

import app as wiring
from bot.clock import SystemClock
from bot.config import BRIEFINGS, Settings
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.publishing.factory import publisher_for
from bot.store.database import Database
from bot.store.errors import StoreError
from bot.store.tables import deliveries
from handlers.slack.manifests import over_http
from handlers.tasks import background
from tests.support.proxy import Proxy
from tests.support.unlimited import UNLIMITED
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, TEAM_ID, Channel

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL

ROOT: Final = Path(wiring.__file__).parent
RUN: Final = "from cli.main import main; main()"
CHANNELS: Final = tuple(f"C9R{number:02}" for number in range(12))
ASKED_IN: Final = "C9ASK"
QUIET_S: Final = 4.0
ACK_MS: Final = 3000.0
_EVERY_S: Final = 0.25
_THROUGH: Final = """
from handlers.slack.web_client import WebClient
_direct = WebClient.websocket
async def _through(self, address, **how):
    return await _direct(self, address.replace(":{theirs}/", ":{ours}/"), **how)
WebClient.websocket = _through
"""
"""Has a process open its websocket through its proxy: the workspace names its own address."""
_SETTINGS: Final = {name.upper() for name in Settings.model_fields}
_OPEN: Final = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED)


@dataclass
class Replica:
    """A process, with its ways to Slack and to the database."""

    number: int
    slack: Proxy
    database: Proxy
    port: int = 0
    process: asyncio.subprocess.Process | None = None

    def send(self, what: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(what)


@dataclass
class Result:
    """What came of a run: times in seconds, commands by what came of them, and texts that are lost or doubled."""

    commands: int = 0
    unanswered: list[float] = field(default_factory=list)
    """Commands that Slack told a person had failed: seconds since the fault began."""
    slowest_ack_s: float = 0.0
    posts: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    mentions: int = 0
    recovered_s: float = 0.0
    """From the fault's end until everything that waited by then was posted."""
    stop_s: float = 0.0


class Replicas:
    """A workspace, and processes in it; over Socket Mode, or over HTTP behind a balancer."""

    def __init__(self, server: URL, folder: Path, *, is_http: bool = False) -> None:
        """`server` is an empty database, reached by a Unix socket."""
        self.server = server
        self.folder = folder
        self.is_http = is_http
        self.balancer = Proxy()
        self.workspace: Workspace
        self.database = Database(server)
        self.replicas: list[Replica] = []
        self.result = Result()
        self.began_at = 0.0
        self._asked: list[tuple[float, asyncio.Task[object]]] = []
        self._mentions: list[str] = []
        self._wanted: dict[str, float] = {}
        self._maybe: set[str] = set()
        self._stack = AsyncExitStack()

    @asynccontextmanager
    async def serving(self, *codes: str) -> AsyncIterator[Replicas]:
        """Publish, and run a process for each code (what it runs before the bot) until the block ends."""
        async with self._stack:
            manifest = wiring.read_manifest()
            if self.is_http:
                await self._stack.enter_async_context(self.balancer.serve())
                there = over_http(manifest, f"https://127.0.0.1:{self.balancer.port}")
                manifest = json.loads(json.dumps(there).replace("https://127", "http://127"))
            self.workspace = Workspace(manifest)
            for name in (*CHANNELS, ASKED_IN):
                self.workspace.state.add_channel(Channel(name, name.lower(), frozenset({BOT_USER_ID, "U0ADA"})))
            await self._stack.enter_async_context(self.workspace.serve())
            self._stack.push_async_callback(self.database.close)
            await self.database.migrate()
            await publisher_for(Settings.model_construct(), self.database).publish_folder(BRIEFINGS)
            await asyncio.gather(*(self.add(code) for code in codes))
            yield self

    async def add(self, code: str = "") -> Replica:
        """Start one more process, and return it once it takes requests."""
        theirs = int(self.workspace.url.rstrip("/").rpartition(":")[2])
        replica = Replica(len(self.replicas), Proxy("127.0.0.1", theirs), Proxy(path=self.socket_of(self.server)))
        self.replicas.append(replica)
        await self._stack.enter_async_context(replica.slack.serve())
        await self._stack.enter_async_context(replica.database.serve())
        await self.start(replica, code)
        return replica

    @staticmethod
    def socket_of(server: URL) -> str:
        """Return the Unix socket of a server."""
        return str(Path(str(server.query["host"])) / ".s.PGSQL.5432")

    async def start(self, replica: Replica, code: str = "") -> None:
        """Start a process, and wait until it takes requests."""
        theirs = int(self.workspace.url.rstrip("/").rpartition(":")[2])
        through = _THROUGH.format(theirs=theirs, ours=replica.slack.port)
        before = self._greetings(replica)
        environment = {name: value for name, value in os.environ.items() if name not in _SETTINGS}  # noqa: TID251 — a child's
        with (self.folder / f"replica{replica.number}.log").open("ab") as log:
            replica.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", f"{code}\n{through}\n{RUN}", "run", "--wait-for-database", "60"),
                cwd=self.folder,
                env=environment | self._settings(replica),
                stdout=log,
                stderr=log,
            )
        self._stack.push_async_callback(self.kill, replica)
        async with asyncio.timeout(PATIENCE_S):
            await self._until_ready(replica, before)

    def _settings(self, replica: Replica) -> dict[str, str]:
        url = self.server.set(host="127.0.0.1", port=replica.database.port, query={})
        there = {"SLACK_APP_TOKEN": self.workspace.app_token}
        if self.is_http:
            replica.port = replica.port or _free_port()
            there = {"SLACK_SIGNING_SECRET": self.workspace.signing_secret, "PORT": str(replica.port)}
        return there | {
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_API_URL": f"{replica.slack.url}/api/",
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "DATA_DIR": str(self.folder / f"data{replica.number}"),
            "DELIVERY_QUIET_S": str(QUIET_S),
            **UNLIMITED,
        }

    async def _until_ready(self, replica: Replica, before: int) -> None:
        """Wait until it takes requests: over HTTP it says so, and joins the balancer; a websocket is counted."""
        assert replica.process is not None
        while True:
            assert replica.process.returncode is None, f"it ended by itself: see replica{replica.number}.log"
            if self.is_http:
                with suppress(aiohttp.ClientError, OSError):
                    async with aiohttp.request("GET", f"http://127.0.0.1:{replica.port}/readyz") as answer:
                        if answer.ok:
                            self.balancer.add(replica.port)
                            return
            elif self._greetings(replica) > before:
                return
            await asyncio.sleep(0.05)

    def _greetings(self, replica: Replica) -> int:
        """Return how often it has connected by Socket Mode: it says so."""
        file = self.folder / f"replica{replica.number}.log"
        return file.read_text(encoding="utf-8").count('"socket.connected"') if file.exists() else 0

    async def kill(self, replica: Replica) -> None:
        """Kill it, if it lives."""
        if replica.process and replica.process.returncode is None:
            replica.process.kill()
            await replica.process.wait()

    async def stop(self, replica: Replica) -> float:
        """Stop it as an orchestrator does, which first takes it out of the balancer; return the seconds."""
        assert replica.process is not None
        if self.is_http:
            self.balancer.remove(replica.port)
            await asyncio.sleep(0.5)
        begun = asyncio.get_running_loop().time()
        replica.process.terminate()
        assert await replica.process.wait() == 0, f"it did not stop well: see replica{replica.number}.log"
        return asyncio.get_running_loop().time() - begun

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[None]:
        """Ask and post until the block ends, which is the fault's end; then wait until all is settled, and judge."""
        loop = asyncio.get_running_loop()
        async with background(self._ask()), background(self._mention()), background(self._feed()):
            await self._until_posted(3)
            self.began_at = loop.time()
            yield
            ended_at, waiting = SystemClock().now(), frozenset(self._wanted)
            begun = loop.time()
            await self._rest(ended_at, waiting)
            self.result.recovered_s = loop.time() - begun
            await asyncio.sleep(1.0)
        await self._rest()
        await self._judge()

    async def _rest(self, until: object = None, waiting: frozenset[str] = frozenset()) -> None:
        """Wait until these posts stand, and nothing that was enqueued by then is open."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if not waiting - self.standing().keys() and not await self._is_open(until):
                    return
                await asyncio.sleep(0.05)  # only the database says what is open

    async def _until_posted(self, count: int) -> None:
        await self.workspace.wait_until(lambda: len(self.standing()) >= count, timeout_s=PATIENCE_S)

    def standing(self) -> Counter[str]:
        """Count what stands in the channels, by its text."""
        state = self.workspace.state
        return Counter(message.text for channel in CHANNELS for message in state.history(channel))

    async def _is_open(self, until: object) -> bool:
        query = select(func.count()).where(deliveries.c.state.in_(_OPEN))
        query = query if until is None else query.where(deliveries.c.created_at <= until)
        with suppress(StoreError):
            async with self.database.reading() as connection:
                return bool(await connection.scalar(query))
        return True

    async def _ask(self) -> None:
        """Ask by a slash command, four times a second."""
        while True:
            asked = asyncio.create_task(self.workspace.type("U0ADA", ASKED_IN, "/fact growth zones"))
            self._asked.append((asyncio.get_running_loop().time(), asked))
            await asyncio.sleep(_EVERY_S)

    async def _mention(self) -> None:
        """Mention the bot now and then."""
        while True:
            result = await self.workspace.type("U0ADA", ASKED_IN, f"@{self.workspace.manifest.bot_name} growth zones")
            assert result.message is not None
            self._mentions.append(result.message.ts)
            await asyncio.sleep(4 * _EVERY_S)

    async def _feed(self) -> None:
        """Enqueue posts, from a process that reaches the database by itself."""
        number = 0
        while True:
            number += 1
            text = f"post {number}"
            post = Delivery(TEAM_ID, CHANNELS[number % len(CHANNELS)], DeliveryKind.ALERT, OutboxMessage(text))
            self._maybe.add(text)
            with suppress(StoreError):
                async with self.database.transaction() as connection:
                    await enqueue(connection, [post], SystemClock().now())
                self._wanted[text] = asyncio.get_running_loop().time()
            await asyncio.sleep(_EVERY_S)

    async def _judge(self) -> None:
        """Compare what stands with what was wanted, and what was asked with what was answered."""
        result = self.result
        for at, asked in self._asked:
            found = await asked
            if not found.acked:  # type: ignore[attr-defined]
                result.unanswered.append(round(at - self.began_at, 2))
        result.commands = len(self._asked)
        commands = [each for each in self.workspace.dispatches if each.envelope.kind == "slash_commands"]
        result.slowest_ack_s = max(each.ms for each in commands if not each.failure) / 1000
        standing = self.standing()
        result.posts = len(standing)
        result.lost = [text for text in self._wanted if text not in standing]
        result.doubled = [text for text, count in standing.items() if count > 1]
        acked = {
            each.envelope.payload["event"]["ts"]
            for each in self.workspace.dispatches
            if each.envelope.payload.get("event", {}).get("type") == "app_mention" and not each.failure
        }
        for ts in self._mentions:
            replies = self.workspace.state.replies(ASKED_IN, ts)
            answers = sum(reply.user == BOT_USER_ID for reply in replies)
            if ts in acked and not answers:
                result.lost.append(f"answer to {ts}")
            if answers > 1:
                result.doubled.append(f"answer to {ts}")
        result.mentions = len(self._mentions)

    def logs(self) -> str:
        """Return what the processes said."""
        return "".join(file.read_text(encoding="utf-8") for file in sorted(self.folder.glob("replica*.log")))


def _free_port() -> int:
    import socket  # noqa: PLC0415 — for this alone

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
