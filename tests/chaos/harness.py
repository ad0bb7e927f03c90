"""Chaos: the real process, killed at random points, in a workspace that fails in every way it can, under load.

What must hold in the end: every delivery stands in its channel exactly once, in order, at least a second apart.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

import app as wiring
from bot.clock import SystemClock
from bot.config import Settings
from bot.outbox.delivery import Delivery, DeliveryKind, DeliveryState, OutboxMessage
from bot.outbox.enqueuing import enqueue
from bot.store.database import Database
from bot.store.tables import deliveries
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, TEAM_ID, Channel
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

ROOT = Path(wiring.__file__).parent
QUIET_S = 3.0
CHANNELS = 100
BATCH, BATCH_EVERY_S = 6, 0.3
LONGEST_S = 200.0
POST, LOOK, LOOK_THREAD = "chat.postMessage", "conversations.history", "conversations.replies"
FAULTS = (
    Fault("lost", POST, chance=0.04),
    Fault("reset", POST, chance=0.03),
    Fault("error", POST, chance=0.03),
    Fault("slow", POST, chance=0.02, seconds=1.8),
    Fault("timeout", POST, chance=0.02, seconds=1.8),
    Fault("rate_limit", POST, chance=0.005, seconds=1),
    Fault("error", LOOK, chance=0.1),
    Fault("rate_limit", LOOK, chance=0.02, seconds=1),
    Fault("reset", LOOK_THREAD, chance=0.1),
)
_RUN = "from cli.main import main; main()"
_BLIND = """
from handlers.slack.transport import SlackTransport
async def blind(self, attempts): return {}
SlackTransport.find_sent = blind
"""
"""The control: a process that looks into channels and never sees anything, so that it posts again what it lost."""
_OURS = {name.upper() for name in Settings.model_fields}


@dataclass
class Outcome:
    """What came of a run. `lost` and `doubled` are texts, `disordered` and `hasty` channels."""

    kills: int = 0
    posts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    hasty: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Chaos:
    """One run on one database, empty and up to date."""

    def __init__(self, url: URL, folder: Path, *, seed: int, replicas: int, sees: bool = True) -> None:
        """`sees` False is the control."""
        self._url = url
        self._folder = folder
        self._random = random.Random(seed)  # noqa: S311 — chance, not a secret
        self._replicas = replicas
        self._sees = sees
        self._channels = [f"C9X{number:03}" for number in range(CHANNELS)]
        self._wanted: dict[str, list[str]] = {channel: [] for channel in self._channels}
        self._replies: dict[str, str] = {}
        self._workspace = Workspace(wiring.read_manifest())
        self._outcome = Outcome()
        self._is_fed = True

    async def run(self, kills: int) -> Outcome:
        """Kill that many times under load, let it come to rest, and look at what stands."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for name in self._channels:
            members = frozenset({BOT_USER_ID, "U0ADA"})
            self._workspace.state.add_channel(Channel(name, name.lower(), members))
        self._workspace.fault_switches.switch(FAULTS, seed=self._random.randrange(2**31))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._workspace.serve())
            database = Database(self._url)
            stack.push_async_callback(database.close)
            feeding = asyncio.create_task(self._feed(database))
            killing = [
                asyncio.create_task(self._live(kills // self._replicas, number)) for number in range(self._replicas)
            ]
            await asyncio.gather(*killing)
            self._is_fed = False
            await feeding
            last = await self._start(self._replicas)
            try:
                await self._come_to_rest(database)
            finally:
                last.kill()
                await last.wait()
        self._judge()
        self._outcome.seconds = loop.time() - begun
        return self._outcome

    async def _feed(self, database: Database) -> None:
        """Enqueue deliveries for as long as it lasts: most a post, some a post and a reply in its thread."""
        clock, number = SystemClock(), 0
        while self._is_fed:
            wanted: list[Delivery] = []
            for channel in self._random.sample(self._channels, BATCH):
                number += 1
                post = Delivery(TEAM_ID, channel, DeliveryKind.ALERT, OutboxMessage(f"post {number}"))
                wanted.append(post)
                self._wanted[channel].append(post.message.markdown)
                if self._random.random() < 0.2:
                    reply = OutboxMessage(f"reply {number}")
                    wanted.append(Delivery(TEAM_ID, channel, DeliveryKind.ALERT, reply, parent_id=post.id))
                    self._wanted[channel].append(reply.markdown)
                    self._replies[reply.markdown] = post.message.markdown
            async with database.transaction() as connection:
                await enqueue(connection, wanted, clock.now())
            await asyncio.sleep(BATCH_EVERY_S)

    async def _live(self, kills: int, number: int) -> None:
        """Start a process and kill it, over and over: after some time, or in the moment of some post."""
        for _ in range(kills):
            process = await self._start(number)
            if self._random.random() < 0.5:
                await asyncio.sleep(self._random.uniform(0.2, 3.0))
            else:
                posts = self._posts + self._random.randint(1, 20)
                with suppress(TimeoutError):
                    await self._workspace.wait_until(lambda: self._posts >= posts, timeout_s=4.0)  # noqa: B023 — awaited here
            assert process.returncode is None, f"it ended by itself: see process{number}.log"
            process.kill()
            await process.wait()
            self._outcome.kills += 1

    @property
    def _posts(self) -> int:
        return sum(len(self._workspace.state.history(channel)) for channel in self._channels)

    async def _start(self, number: int) -> asyncio.subprocess.Process:
        environment = {name: value for name, value in os.environ.items() if name not in _OURS}  # noqa: TID251 — a child's
        address = "" if self._url.get_backend_name() == "sqlite" else self._url.render_as_string(hide_password=False)
        settings = {
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": self._workspace.bot_token,
            "SLACK_APP_TOKEN": self._workspace.app_token,
            "SLACK_API_URL": self._workspace.api_url,
            "DATABASE_URL": address,
            "DATA_DIR": str(Path(self._url.database or "").parent if not address else self._folder),
            "DELIVERY_QUIET_S": str(QUIET_S),
        }
        code = _RUN if self._sees else _BLIND + _RUN
        with (self._folder / f"process{number}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-c", code, "run", cwd=self._folder, env=environment | settings, stdout=log, stderr=log
            )

    async def _come_to_rest(self, database: Database) -> None:
        """Wait until nothing is pending, on its way or unknown."""
        still_open = select(func.count()).where(
            deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED))
        )
        async with asyncio.timeout(LONGEST_S):
            while True:
                async with database.reading() as connection:
                    if not await connection.scalar(still_open):
                        return
                await asyncio.sleep(0.2)

    def _judge(self) -> None:
        """Compare what stands with what was wanted."""
        outcome, state = self._outcome, self._workspace.state
        outcome.faults = self._workspace.fault_switches.hits
        for channel in self._channels:
            heads = state.history(channel)
            replies = [reply for head in heads for reply in state.replies(channel, head.ts)]
            standing = sorted((*heads, *replies), key=lambda message: float(message.ts))
            texts = [message.text for message in standing]
            counts = Counter(texts)
            outcome.posts += len(texts)
            outcome.lost += [text for text in self._wanted[channel] if not counts[text]]
            outcome.doubled += [text for text, count in counts.items() if count > 1]
            parents = {message.ts: message.text for message in heads}
            astray = [each for each in replies if parents[each.thread_ts] != self._replies[each.text]]
            if astray or list(dict.fromkeys(texts)) != [text for text in self._wanted[channel] if counts[text]]:
                outcome.disordered.append(channel)
            times = [float(message.ts) for message in standing]
            if any(later - earlier < 1.0 for earlier, later in pairwise(times)):
                outcome.hasty.append(channel)


def table(outcomes: dict[str, list[Outcome]]) -> Iterator[str]:
    """Yield the lines of a Markdown table, a row for each kind of run."""
    yield "| run | seeds | kills | posts | faults | lost | doubled | channels out of order | too fast | seconds |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, runs in outcomes.items():
        cells = [
            name,
            len(runs),
            sum(run.kills for run in runs),
            sum(run.posts for run in runs),
            sum(run.faults.total() for run in runs),
            sum(len(run.lost) for run in runs),
            sum(len(run.doubled) for run in runs),
            sum(len(run.disordered) for run in runs),
            sum(len(run.hasty) for run in runs),
            round(sum(run.seconds for run in runs)),
        ]
        yield f"| {' | '.join(map(str, cells))} |"
