"""Soak: days of the clock in some minutes, with people asking, facts changing and posts going out; nothing may grow.

    python -m bench.soak [--hours 144] [--asks 24]

The bot is a process of its own in the local workspace. Its clock and the workspace's move on by an hour whenever
nothing is on its way; commands, mentions, subscriptions, edits, schedules and retention go on. What is kept for months
is kept for a day here, so that days show whether the tables stop growing.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import json
import os
import random
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import linear_regression
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr
from sqlalchemy import func, select

import app as wiring
from bot.clock import SystemClock
from bot.config import BRIEFINGS, Settings
from bot.logging import set_up_logging
from bot.retention.retention import Retention
from bot.store.tables import metadata
from cli.operators.heaps import keep_few_arenas
from tests.support.newsroom import shipped
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID, Channel

if TYPE_CHECKING:
    from datetime import datetime

HOUR: Final = timedelta(hours=1)
FACT: Final = "growth-zones-bids"
CHANNELS: Final = tuple(f"C9S{number:02}" for number in range(20))
MAINTAINERS: Final = "C9MAINTAIN"
PEOPLE: Final = ("U0ADA", "U0GRACE", "U0MAYA")
ASKED: Final = (
    "/fact growth zones",
    "/fact what is Humphrey?",
    "/fact zebra crossings of Mars",
    "/briefing infrastructure",
    "/briefing changes",
    "/briefing subscriptions",
    "/briefing subscribe infrastructure daily 09:00",
    "/briefing subscribe all alerts",
    "/briefing unsubscribe all",
    "@Briefing bot sovereign AI",
    "@Briefing bot who wrote the memorandum of Atlantis",
)
EVERY_HOURS: Final = 6
"""Hours between two samples."""


class MovedClock(SystemClock):
    """The machine's clock, put forward."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Return this moment."""
        return super().now() + self.ahead


async def bot(api_url: str, bot_token: str, app_token: str, folder: str) -> None:
    """Be the bot: move the clock at each line on standard input, and answer with a sample."""
    keep_few_arenas()
    clock = MovedClock()
    settings = Settings.model_construct(
        slack_bot_token=SecretStr(bot_token),
        slack_app_token=SecretStr(app_token),
        slack_api_url=api_url,
        data_dir=Path(folder),
        maintainers_channel=MAINTAINERS,
        questions_a_minute=0,
        briefings_dir=BRIEFINGS,
        records_keep_days=1,
        audit_keep_days=1,
        gaps_keep_days=1,
    )
    app, stop, loop = wiring.create_app(settings, clock), asyncio.Event(), asyncio.get_running_loop()
    retention = Retention.of(settings, app.database, clock)
    async with app.server.listening(), app.running(shipped()):
        serving = asyncio.create_task(app.server.serve(stop))
        await app.server.ready.wait()
        print("ready", flush=True)
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).split():
            await _until_idle(app)
            clock.ahead += HOUR
            app.scheduler.wake()
            hour = int(line[0])
            await retention.sweep()
            if hour % 3 == 0:
                content = shipped()
                statement = f"About {200 + hour % 2 * 100} bids for growth zones came in."
                fact = replace(content.facts[FACT], statement=statement, short=None)
                await app.publisher.publish(replace(content, facts={**content.facts, FACT: fact}))
                await app.refresh()
            print(json.dumps(await _sample(app) if hour % EVERY_HOURS == 0 else {}), flush=True)
        stop.set()
        await serving


async def _until_idle(app: wiring.App) -> None:
    """Wait until no delivery is on its way: to it the hour would be a time in which Slack did not answer."""
    while True:
        if app.tasks.is_idle and app.worker.is_idle:
            return
        await asyncio.sleep(0.02)


async def _sample(app: wiring.App) -> dict[str, Any]:
    gc.collect()
    async with app.database.reading() as connection:
        counts = {
            table.name: await connection.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
        }
    before = _mib()
    with suppress(AttributeError, OSError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)
    return {
        "MiB": before,
        "MiB in use": _mib(),
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208 — a folder that changes while it is read
        "tasks": len(asyncio.all_tasks()),
        "objects": len(gc.get_objects()),
        "rows": counts,
    }


def _mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


async def _answer(output: asyncio.StreamReader) -> dict[str, Any]:
    """Return the bot's next sample, {} for an hour without one."""
    while line := await output.readline():
        with suppress(ValueError):
            found: dict[str, Any] = json.loads(line)
            return found
        print("?", line, flush=True)
    raise RuntimeError("The bot has ended.")


async def _ask(workspace: Workspace, chance: random.Random, asks: int) -> None:
    for _ in range(asks):
        await workspace.type(chance.choice(PEOPLE), chance.choice(CHANNELS), chance.choice(ASKED))


async def main() -> None:
    """Run, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=144, help="hours of the clock (default 144)")
    parser.add_argument("--asks", type=int, default=24, help="commands and mentions an hour (default 24)")
    asked = parser.parse_args()
    chance, samples = random.Random(1), []  # noqa: S311 — chance, not a secret
    workspace = Workspace(wiring.read_manifest())
    for name in (*CHANNELS, MAINTAINERS):
        workspace.state.add_channel(Channel(name, name.lower(), frozenset({BOT_USER_ID, *PEOPLE})))
    async with workspace.serve():
        with tempfile.TemporaryDirectory() as folder:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.soak", "--bot", workspace.api_url),
                *(workspace.bot_token, workspace.app_token, folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(Path(wiring.__file__).parent)},  # noqa: TID251 — a child's
            )
            if child.stdin is None or child.stdout is None:
                raise RuntimeError("It has no pipes.")
            await child.stdout.readline()
            for hour in range(1, asked.hours + 1):
                await _ask(workspace, chance, asked.asks)
                child.stdin.write(f"{hour}\n".encode())
                sample = await _answer(child.stdout)
                workspace.clock.jump_by(HOUR.total_seconds())
                if sample:
                    samples.append({"hour": hour, **sample})
                    shown = {name: value for name, value in samples[-1].items() if name != "rows"}
                    print(shown, {name: rows for name, rows in sample["rows"].items() if rows}, flush=True)
            child.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(30):
                    await child.wait()
    print(f"{sum(not each.failure for each in workspace.dispatches)} of {len(workspace.dispatches)} requests acked")
    steady = samples[len(samples) // 3 :]
    hours = [each["hour"] for each in steady]
    for name in ("MiB", "MiB in use", "descriptors", "tasks", "objects"):
        slope = linear_regression(hours, [each[name] for each in steady]).slope
        print(f"{name}: {steady[0][name]} at hour {hours[0]}, {steady[-1][name]} at the end, {slope:+.3f} an hour")
    for name in steady[-1]["rows"]:
        slope = linear_regression(hours, [each["rows"][name] for each in steady]).slope
        print(f"rows of {name}: {steady[-1]['rows'][name]} at the end, {slope:+.2f} an hour")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bot"]:
        set_up_logging("error")
        asyncio.run(bot(*sys.argv[2:]))
    else:
        asyncio.run(main())
