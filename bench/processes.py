"""The processes that benchmarks measure: how they are started, and their CPU time and memory (Linux only)."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import app as wiring

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOT: Final = ("-c", "from cli.main import main; main()", "run")
"""Arguments of Python with which it is the bot."""
_LEFT_OUT: Final = ("SLACK_", "PYTHONDONTWRITEBYTECODE")
"""Variables that a process does not inherit: with the last, each start would compile every module anew."""
_TICKS_S: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and its threads, to the nanosecond (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def family(pid: int) -> list[int]:
    """Return a process and those that it began, and they, and live."""
    found = [pid]
    for each in found:
        for thread in (_PROC / str(each) / "task").glob("*/children"):
            with suppress(OSError):
                found += map(int, thread.read_text(encoding="ascii").split())
    return found


def family_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and all its children, those that have ended among them."""
    ended = 0
    living = family(pid)
    for each in living:
        with suppress(OSError):
            fields = (_PROC / str(each) / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
            ended += int(fields[13]) + int(fields[14])
    return sum(map(cpu_s, living)) + ended / _TICKS_S


def mib(pid: int) -> float:
    """Return a process's resident memory."""
    status = (_PROC / str(pid) / "status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def unused_ports(count: int) -> list[int]:
    """Return free ports below those that systems give to connections: between choice and use nobody else gets them."""
    found: list[int] = []
    for port in random.SystemRandom().sample(range(20_000, 32_000), k=1000):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            break
    return found


@asynccontextmanager
async def process(*arguments: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Python with these arguments and settings until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}  # noqa: TID251 — a child's
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments),
            cwd=folder,
            env={**inherited, "PYTHONPATH": str(Path(wiring.__file__).parent), "DATA_DIR": folder, **settings},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield started
        finally:
            with suppress(ProcessLookupError):
                started.terminate()
            await started.wait()
