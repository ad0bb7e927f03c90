"""Sizes: memory, CPU seconds and database bytes of the real process by what is asked of it.

    python -m bench.sizes [--times 300]

The bot runs in a process of its own over Socket Mode on SQLite, with the shipped content and the operators' port read
every second; a mention is answered through the outbox, so that it is what a post costs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import aiohttp

import app as wiring
from workspace.server import Workspace

ROOT = Path(wiring.__file__).parent
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")
ADA, GENERAL = "U0ADA", "C0GENERAL"
WORDS = ("growth zones", "sovereign AI", "what is Humphrey?", "legally binding", "£500 million", "Peter Kyle")


def memory_mib(pid: int) -> float:
    """Return what the process holds in memory now."""
    return int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * PAGE / 2**20


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of the process since it began."""
    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def database_bytes(folder: Path) -> int:
    """Return the bytes of the database's pages that hold something."""
    with closing(sqlite3.connect(folder / "briefing-bot.db")) as database:
        pages, free, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return (int(pages) - int(free)) * int(size)


async def scraping(port: int) -> None:
    """Read the metrics every second, as nobody does."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                await answer.read()
            await asyncio.sleep(1)


async def measure(workspace: Workspace, pid: int, folder: Path, times: int) -> None:
    """Print a line for each kind of request."""
    name = workspace.manifest.bot_name
    kinds = {"/fact": "/fact {}", "a mention, answered in the channel": f"@{name} {{}}"}
    await asyncio.sleep(10)
    before = cpu_s(pid)
    await asyncio.sleep(20)
    print(
        f"idle: {memory_mib(pid):.0f} MiB, {(cpu_s(pid) - before) / 20:.1%} of a core, {database_bytes(folder)} bytes"
    )
    for kind, text in kinds.items():
        seconds, size = cpu_s(pid), database_bytes(folder)
        for number in range(times):
            await workspace.type(ADA, GENERAL, text.format(WORDS[number % len(WORDS)]))
        await asyncio.sleep(5)
        took, more = cpu_s(pid) - seconds, database_bytes(folder) - size
        print(f"{kind}: {took / times * 1000:.1f} ms of CPU, {more / times:.0f} bytes, {memory_mib(pid):.0f} MiB")
    size = database_bytes(folder)
    for number in range(100):
        at = f"{number // 12 + 7}:{number % 12 * 5:02}"
        await workspace.type(ADA, GENERAL, f"/briefing subscribe infrastructure weekdays {at}")
        await asyncio.sleep(0.3)  # it is acknowledged before it is saved
    await asyncio.sleep(5)
    print(f"a schedule, with its lines of the audit: {(database_bytes(folder) - size) / 100:.0f} bytes")


async def main(times: int) -> None:
    """Start a workspace and the bot, and measure."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Workspace(wiring.read_manifest()).serve() as workspace:
            settings = {
                "PATH": os.defpath,
                "PYTHONPATH": str(ROOT),
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_APP_TOKEN": workspace.app_token,
                "SLACK_API_URL": workspace.api_url,
                "DATA_DIR": name,
                "ADMIN_PORT": str(port),
                "QUESTIONS_A_MINUTE": "0",
                "LOG_LEVEL": "warning",
            }
            code = "from cli.main import main; main()"
            bot = await asyncio.create_subprocess_exec(sys.executable, "-c", code, "run", cwd=name, env=settings)
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=120)
            scraper = asyncio.create_task(scraping(port))
            try:
                await measure(workspace, bot.pid, folder, times)
            finally:
                scraper.cancel()
                bot.terminate()
                await bot.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Sizes of the real process.")
    parser.add_argument("--times", type=int, default=300)
    asyncio.run(main(parser.parse_args().times))
