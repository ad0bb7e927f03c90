"""Chaos: the real process, killed at random points, in a workspace that fails in every way it can, under load.

What must hold in the end: every delivery stands in its channel exactly once, in order, at least a second apart.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, suppress
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
from handlers.tasks import background
from tests.chaos.faults import FAULTS, KINDS
from tests.chaos.people import People
from tests.support.silent_server import SilentServer
from tests.support.unlimited import UNLIMITED
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, TEAM_ID, Channel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

    from sqlalchemy.engine import URL

    from tests.support.forking import Forked, Forking

ROOT = Path(wiring.__file__).parent
QUIET_S = 8.0
"""Long enough for no step between the look at the clock and the call to take as long, of which a call has half."""
CHANNELS = 100
BATCH, BATCH_LIMITED, BATCH_EVERY_S = 6, 1, 0.5
"""Posts enqueued at a time, and with Slack's rate limits on: 300 a minute are the most, whatever else is posted."""
CUT_EVERY_S = (1.0, 5.0)
LONGEST_S = 5 * PATIENCE_S
ASK_AGAIN_S = 0.2
FEWEST_ASKED = 3
"""Mentions, and events of another workspace, that the processes of a run must have acked."""
_RUN = f"""
from cli.main import main
from cli.operators import stopping
from handlers.listeners import events
stopping.FORCED_AFTER_S = events.ENQUEUED_S = {PATIENCE_S}
main()
"""
"""However busy the machine is, what is acked is enqueued, and a process that is stopped ends by itself."""
_BLIND = """
from handlers.slack.transport import SlackTransport
async def blind(self, attempts): return {}
SlackTransport.find_sent = blind
"""
"""The control: a process that looks into channels and never sees anything, so that it posts again what it lost."""
_OURS = {name.upper() for name in Settings.model_fields}


@dataclass
class Outcome:
    """What came of a run. `lost` and `doubled` are texts, `disordered` and `hasty` channels.

    `refused` counts events of another workspace, `foreign` are calls made for them. `stop_s` is how long SIGTERM took.
    """

    kills: int = 0
    posts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    hasty: list[str] = field(default_factory=list)
    mentions: int = 0
    refused: int = 0
    foreign: list[str] = field(default_factory=list)
    stop_s: float = 0.0
    seconds: float = 0.0


class Chaos:
    """One run on one database, empty and up to date."""

    def __init__(  # noqa: PLR0913 — what a run is made of
        self,
        url: URL,
        folder: Path,
        forking: Forking,
        *,
        seed: int,
        replicas: int,
        sees: bool = True,
        is_limited: bool = False,
    ) -> None:
        """`forking` starts the processes; `sees` False is the control; `is_limited`: with Slack's rate limits on."""
        self._url = url
        self._forking = forking
        self._folder = folder
        self._random = random.Random(seed)  # noqa: S311 — chance, not a secret
        self._replicas = replicas
        self._sees = sees
        self._is_limited = is_limited
        self._channels = [f"C9X{number:03}" for number in range(CHANNELS)]
        self._wanted: dict[str, list[str]] = {channel: [] for channel in self._channels}
        self._replies: dict[str, str] = {}
        self._workspace = Workspace(wiring.read_manifest())
        self._workspace.rate_limits.is_on = is_limited
        self._outcome = Outcome()
        self._is_over = asyncio.Event()
        self._git = SilentServer()
        self._people = People(self._workspace, self._random)

    async def run(self, kills: int) -> Outcome:
        """Kill that many times under load, let it come to rest, stop it, and look at what stands."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for name in self._channels:
            members = frozenset({BOT_USER_ID, "U0ADA"})
            self._workspace.state.add_channel(Channel(name, name.lower(), members))
        faults = FAULTS if self._sees else [fault for fault in FAULTS if not fault.times]  # a control is short
        self._workspace.fault_switches.switch(faults, seed=self._random.randrange(2**31))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._workspace.serve())
            await stack.enter_async_context(self._git.serve())
            database = Database(self._url)
            stack.push_async_callback(database.close)
            await stack.enter_async_context(background(self._cut_sockets()))
            async with asyncio.TaskGroup() as load:
                load.create_task(self._feed(database))
                load.create_task(self._people.ask(self._is_over.is_set))
                lives = (self._live(kills // self._replicas, number) for number in range(self._replicas))
                await asyncio.gather(*lives)
                await self._meet_the_rest()
                self._is_over.set()
            await self._end(database)
        self._judge()
        self._outcome.seconds = loop.time() - begun
        return self._outcome

    async def _end(self, database: Database) -> None:
        """Let a last process answer and settle everything, and stop it as an operator does."""
        before = frozenset(self._git.connections)
        async with self._process(self._replicas) as last:
            async with asyncio.timeout(LONGEST_S):
                await self._people.ask(lambda: min(self._people.acks, self._people.refused) >= FEWEST_ASKED)
                promised = self._people.promised()
                await self._come_to_rest(database, last)
            begun = asyncio.get_running_loop().time()
            last.terminate()
            async with asyncio.timeout(PATIENCE_S):
                assert await last.wait() == 0, f"it did not stop well: see process{self._replicas}.log"
                await self._git.wait_until_closed(before)
            self._outcome.stop_s = asyncio.get_running_loop().time() - begun
        self._outcome.lost, self._outcome.doubled, self._outcome.foreign = self._people.judge(promised)

    async def _cut_sockets(self) -> None:
        """Cut the processes' sockets now and then, without a close frame."""
        while True:
            await asyncio.sleep(self._random.uniform(*CUT_EVERY_S))
            self._outcome.faults["cut socket"] += self._workspace.reset_connections()

    async def _feed(self, database: Database) -> None:
        """Enqueue deliveries for as long as it lasts: most a post, some a post and a reply in its thread."""
        clock, number = SystemClock(), 0
        while not self._is_over.is_set():
            wanted: list[Delivery] = []
            for channel in self._random.sample(self._channels, BATCH_LIMITED if self._is_limited else BATCH):
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
        """Start a process and kill it, over and over."""
        for _ in range(kills):
            async with self._process(number) as process:
                await self._some_moment()
                assert process.returncode is None, f"it ended by itself: see process{number}.log"
            self._outcome.kills += 1

    async def _meet_the_rest(self) -> None:
        """Run a process until every kind of fault was met: where the machine is slow, the killed ones posted little."""
        if self._sees and not self._has_met_all:
            async with self._process(0), asyncio.timeout(LONGEST_S):
                while not self._has_met_all:  # noqa: ASYNC110 — the workspace has no event for a hit
                    await asyncio.sleep(ASK_AGAIN_S)

    @property
    def _has_met_all(self) -> bool:
        return self._outcome.faults.keys() | self._workspace.fault_switches.hits.keys() >= KINDS

    async def _some_moment(self) -> None:
        """Wait for a while, or until some posts more stand, or until some mentions more were acked."""
        kind, more = self._random.choice(("time", "posts", "acks")), self._random.randint(1, 20)
        if kind == "time":
            await asyncio.sleep(self._random.uniform(0.2, 3.0))
            return
        posts, acks = self._posts + more, self._people.acks + more // 8
        with suppress(TimeoutError):
            if kind == "posts":
                await self._workspace.wait_until(lambda: self._posts >= posts, timeout_s=4.0)
            else:
                await self._workspace.wait_until(lambda: self._people.acks > acks, timeout_s=6.0)

    @property
    def _posts(self) -> int:
        return sum(len(self._workspace.state.history(channel)) for channel in self._channels)

    @asynccontextmanager
    async def _process(self, number: int) -> AsyncIterator[Forked]:
        """Run a process until the block ends, and kill it there if it still lives."""
        environment = {name: value for name, value in os.environ.items() if name not in _OURS}  # noqa: TID251 — a child's
        is_sqlite = self._url.get_backend_name() == "sqlite"
        folder = Path(self._url.database or "").parent if is_sqlite else self._folder / f"data{number}"
        settings = {
            "SLACK_BOT_TOKEN": self._workspace.bot_token,
            "SLACK_APP_TOKEN": self._workspace.app_token,
            "SLACK_API_URL": self._workspace.api_url,
            "DATABASE_URL": "" if is_sqlite else self._url.render_as_string(hide_password=False),
            "DATA_DIR": str(folder),
            "DELIVERY_QUIET_S": str(QUIET_S),
            **UNLIMITED,
            "CONTENT_GIT_URL": self._git.git_url,
        }
        code = _RUN if self._sees else _BLIND + _RUN
        with (self._folder / f"process{number}.log").open("ab") as log:
            process = await self._forking.start(code, "run", cwd=self._folder, env=environment | settings, output=log)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _come_to_rest(self, database: Database, last: Forked) -> None:
        """Wait until nothing that was enqueued by now is pending, on its way or unknown."""
        now = SystemClock().now()
        while await self._open_deliveries(database, now):
            assert last.returncode is None, f"it ended by itself: see process{self._replicas}.log"
            # The process settles them after the last post, and only the database says so: it is asked again.
            await asyncio.sleep(ASK_AGAIN_S)

    async def _open_deliveries(self, database: Database, until: datetime) -> int:
        """Count them without what comes later: Slack sends unacked mentions again for a minute."""
        states = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCONFIRMED)
        async with database.reading() as connection:
            wanted = select(func.count()).where(deliveries.c.state.in_(states), deliveries.c.created_at <= until)
            return await connection.scalar(wanted) or 0

    def _judge(self) -> None:
        """Compare what stands with what was wanted."""
        outcome, state = self._outcome, self._workspace.state
        outcome.faults += self._workspace.fault_switches.hits
        outcome.faults["too fast for Slack"] += self._workspace.rate_limits.refused.total()
        outcome.mentions, outcome.refused = self._people.asked, self._people.refused
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


_COLUMNS = (
    "run",
    "seeds",
    "kills",
    "posts",
    "mentions",
    "foreign events refused",
    "faults",
    "lost",
    "doubled",
    "channels out of order",
    "too fast",
    "slowest stop, s",
    "seconds",
)


def table(outcomes: dict[str, list[Outcome]]) -> Iterator[str]:
    """Yield the lines of a Markdown table, a row for each kind of run."""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|---" * len(_COLUMNS) + "|"
    for name, runs in outcomes.items():
        cells = [
            name,
            len(runs),
            sum(run.kills for run in runs),
            sum(run.posts for run in runs),
            sum(run.mentions for run in runs),
            sum(run.refused for run in runs),
            sum(run.faults.total() for run in runs),
            sum(len(run.lost) for run in runs),
            sum(len(run.doubled) for run in runs),
            sum(len(run.disordered) for run in runs),
            sum(len(run.hasty) for run in runs),
            f"{max(run.stop_s for run in runs):.1f}",
            round(sum(run.seconds for run in runs)),
        ]
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""
    for name, runs in outcomes.items():
        if faults := sum((run.faults for run in runs), Counter()):
            yield f"{name}, faults by kind: {', '.join(f'{kind} {count}' for kind, count in faults.most_common())}"
