"""SIGTERM ends the process within ten seconds, whatever hangs; over HTTP, /livez answers meanwhile."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from cli.operators.stopping import FORCED_AFTER_S
from tests.scenarios.test_process import SECRET, command, ended, said, tokens, workspace
from tests.support.patient_bot import PROGRAM
from tests.support.silent_server import SilentServer
from tests.support.waiting import PATIENCE_S
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.server import Workspace

__all__ = ["workspace"]


def over_http(workspace: Workspace, port: int) -> dict[str, str]:
    return tokens(workspace) | {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SECRET, "PORT": str(port)}


async def lives(port: int) -> None:
    """Wait until /livez answers."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/livez") as answer:
                    assert answer.status == 200
                    return
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("hanging", ["git", "database"])
async def test_a_server_that_accepts_and_never_answers_keeps_neither_livez_nor_the_stop(
    workspace: Workspace, tmp_path: Path, unused_tcp_port: int, hanging: str
) -> None:
    async with SilentServer().serve() as silent:
        name, address = {
            "git": ("CONTENT_GIT_URL", silent.git_url),
            "database": ("DATABASE_URL", f"postgresql://bot@127.0.0.1:{silent.port}/bot"),
        }[hanging]
        settings = over_http(workspace, unused_tcp_port) | {name: address}
        async with command(tmp_path, "run", "--wait-for-database", "600", **settings) as process:
            await lives(unused_tcp_port)
            async with asyncio.timeout(PATIENCE_S):
                await silent.connected.wait()
            process.send_signal(signal.SIGTERM)
            code, _, err = await ended(process)
    assert code == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_slack_that_never_answers_does_not_keep_the_process(
    workspace: Workspace, tmp_path: Path, method: str
) -> None:
    workspace.fault_switches.switch([Fault("timeout", method, seconds=600)])
    async with command(tmp_path, "run", **tokens(workspace)) as process:
        async with asyncio.timeout(PATIENCE_S):
            while not workspace.fault_switches.hits:  # noqa: ASYNC110 — the workspace has no event for a hit
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        code, _, err = await ended(process)
    assert code == 0
    assert "Traceback" not in err


HANGS = """
import asyncio, time
from bot.logging import set_up_logging
from cli.operators import stopping

async def main():
    stopping.FORCED_AFTER_S = 0.1
    set_up_logging()
    stopping.stop_on_signals()
    print("ready", flush=True)
    while True:
        time.sleep(0.01)

asyncio.run(main())
"""


async def test_a_held_up_event_loop_is_ended_by_force(tmp_path: Path) -> None:
    async with command(tmp_path, program=HANGS) as process:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        code, _, err = await ended(process)
    assert code == 70
    assert "stop.forced" in err
    assert FORCED_AFTER_S < 10, "orchestrators kill then"


AFTERWARDS = """
import asyncio, signal
from cli.operators.stopping import stop_on_signals

async def main():
    stop_on_signals()

asyncio.run(main())
signal.raise_signal(signal.SIGTERM)
"""


async def test_a_signal_after_the_end_does_what_it_always_did(tmp_path: Path) -> None:
    async with command(tmp_path, program=AFTERWARDS) as process:
        code, _, err = await ended(process)
    assert (code, err) == (-signal.SIGTERM, "")


IMPATIENT = f"{PROGRAM}from bot.store import database; database.AWAY_S = database._RETRY_S = 0.01; "


async def test_a_database_that_does_not_answer_yet_is_waited_for_and_told_once(
    workspace: Workspace, tmp_path: Path
) -> None:
    turned_away = asyncio.Semaphore(0)

    def turn_away(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        turned_away.release()

    server = await asyncio.start_server(turn_away, "127.0.0.1", 0)
    address = f"postgresql://bot@127.0.0.1:{server.sockets[0].getsockname()[1]}/bot"
    run = ("run", "--wait-for-database")
    settings = {
        **tokens(workspace),
        "DATABASE_URL": address,
        "program": f"{IMPATIENT}from cli.main import main; main()",
    }
    async with server, command(tmp_path, *run, "600", **settings) as process, asyncio.timeout(PATIENCE_S):
        for _ in range(10):  # a try is one or two connections
            await turned_away.acquire()
        process.send_signal(signal.SIGTERM)
        code, _, err = await ended(process)
        assert (code, err.count('"task": "start"')) == (0, 1)
        async with command(tmp_path, *run, "0", **settings) as ending:
            code, _, err = await ended(ending)
    assert (code, said(err).startswith("The database cannot be reached.")) == (69, True)


async def test_an_env_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to("/proc/self/mem")  # root may read a file of mode 000, but nobody may read this
    async with command(tmp_path, "run") as process:
        code, _, err = await ended(process)
    assert code == 78
    assert said(err).startswith(".env cannot be read: ")
