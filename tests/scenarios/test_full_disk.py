"""The real process on a disk that fills up: what waits is kept, each is told, and it goes on once there is room."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

import app as wiring
from bot.store.errors import NOT_SAVED
from tests.scenarios.scene import ADA, GENERAL
from tests.scenarios.test_process import OURS, PATHS, posts, tokens
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OWN_MOUNTS = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")))
ON_A_SMALL_DISK = 'mount -t tmpfs -o size=3m none "$DATA_DIR" && exec "$@"'
RUN = ("-c", "from cli.main import main; main()", "run")


@asynccontextmanager
async def running_on_a_small_disk(data: Path, **variables: str) -> AsyncIterator[Path]:
    """Run the bot with a disk of 3 MiB as DATA_DIR, which is gone with the process; return where it is seen from here.

    Skips where nobody may mount.
    """
    await asyncio.to_thread(data.mkdir)
    environment = {name: value for name, value in os.environ.items() if name not in OURS}  # noqa: TID251 — a child's
    process = await asyncio.create_subprocess_exec(
        *(*OWN_MOUNTS, "sh", "-c", ON_A_SMALL_DISK, "sh", sys.executable, *RUN),
        cwd=data.parent,
        env=environment | {"PYTHONPATH": PATHS, "DATA_DIR": str(data)} | variables,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Path(f"/proc/{process.pid}/root{data}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def may_mount() -> bool:
    """Whether a process of ours may have mounts of its own."""
    tried = await asyncio.create_subprocess_exec(
        *OWN_MOUNTS, "true", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    return await tried.wait() == 0


def fill(disk: Path) -> Path:
    """Write a file until there is no room; return it."""
    file = disk / "fills-the-disk"
    with file.open("wb", buffering=0) as written, suppress(OSError):
        while True:
            written.write(bytes(4096))
    return file


async def test_a_disk_that_fills_up_refuses_changes_in_a_word_and_is_told_and_loses_nothing(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    if not await may_mount():
        pytest.skip("this machine lets nobody mount")
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        settings = {**tokens(workspace), "ADMIN_PORT": str(unused_tcp_port)}
        async with running_on_a_small_disk(tmp_path / "data", **settings) as disk:
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
            await workspace.type(ADA, GENERAL, "/fact growth zones")
            answer = workspace.seen_by(ADA, GENERAL)[-1]
            filled = await asyncio.to_thread(fill, disk)
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{unused_tcp_port}/readyz") as ready,
            ):
                assert ready.status == 200, "look-ups are answered"
                assert "database_unwritable: The database's disk is full. Make room" in await ready.text()

            await workspace.type(ADA, GENERAL, "/briefing subscribe infrastructure alerts")
            await until_read(workspace, NOT_SAVED)
            await workspace.press(ADA, GENERAL, answer["ts"], "post")
            await until_read(workspace, NOT_SAVED, number=2)
            await workspace.type(ADA, GENERAL, "@Briefing bot growth zones")
            await workspace.wait_until(
                lambda: any(
                    call.method == "chat.postMessage" and "Growth Zones" in call.args["text"]
                    for call in workspace.calls
                ),
                timeout_s=PATIENCE_S,
            )
            assert not posts(workspace)

            await asyncio.to_thread(filled.unlink)
            await workspace.type(ADA, GENERAL, "/briefing subscribe infrastructure alerts")
            await until_read(workspace, "Ada subscribed this channel")
            await workspace.press(ADA, GENERAL, answer["ts"], "post")
            await workspace.wait_until(lambda: posts(workspace), timeout_s=PATIENCE_S)
            assert len(posts(workspace)) == 1


async def until_read(workspace: Workspace, words: str, *, number: int = 1) -> None:
    """Wait until Ada has so many messages with these words."""

    def read() -> bool:
        return sum(words in each["text"] for each in workspace.seen_by(ADA, GENERAL)) >= number

    await workspace.wait_until(read, timeout_s=PATIENCE_S)
