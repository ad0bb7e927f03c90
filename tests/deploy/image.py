"""The image, built in a clean root and run as a container is. `make check-image` runs this, as root."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import app as wiring
from bot.config import Settings
from cli.operators.stopping import EXIT_FORCED
from tests.deploy.clean_root import Image, build, first_process, make_base, run
from tests.scenarios.scene import ADA, GENERAL
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from asyncio.subprocess import Process

ROOT = Path(wiring.__file__).parent


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    base = ROOT / "var" / "clean-root"
    make_base(base)
    return build(ROOT, base, tmp_path_factory.mktemp("image"))


def test_it_holds_what_running_needs_and_nothing_else(image: Image) -> None:
    listed = "import importlib.metadata as m, json; print(json.dumps([[d.name, d.version] for d in m.distributions()]))"
    installed = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in json.loads(within(image, listed))}
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    assert installed.pop("briefing-bot")
    assert installed.items() <= locked.items() | {("numpy", installed["numpy"])}  # locked twice, for two Pythons
    assert locked.keys() - installed.keys() <= {"colorama", "typing-extensions"}, "those of other systems"
    for tool in ("pip", "pip3", "gcc", "cc", "make", "uv", "curl", "wget"):
        found = run(*image.within("/bin/sh", "-c", f"command -v {tool} || true"))
        assert not found, f"{tool} is at {found}"
    assert within(image, "import psycopg; print(psycopg.pq.__impl__)").strip() == "binary"
    assert "git version" in run(*image.within("git", "--version"))
    assert "site-packages/app.py" in within(image, "import app; print(app.__file__)")


def within(image: Image, code: str) -> str:
    """Run Python code in the image, and return what it prints."""
    return run(*image.within("python", "-c", code))


@pytest.mark.usefixtures("patient_workspace")
async def test_it_answers_stays_in_its_folder_is_healthy_and_stops_as_process_1(
    image: Image, unused_tcp_port: int
) -> None:
    settings = {"ADMIN_PORT": str(unused_tcp_port)}
    assert await healthcheck(image, settings) != 0, "healthy before it runs"
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        secrets = {"slack_bot_token": workspace.bot_token, "slack_app_token": workspace.app_token}
        command = first_process(image, secrets, SLACK_API_URL=workspace.api_url, **settings)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        try:
            bot = await answering(workspace, process)
            has_few_rights(bot)
            writes_only_to_its_folder(image, bot)
            await until_healthy(image, settings)
            run("kill", f"-{signal.SIGTERM.value}", str(bot))
            out, err = await process.communicate()
        finally:
            if process.returncode is None:  # the bot first: unshare has lost the right to take it along
                run("kill", "-9", first_child(process), str(process.pid))
                await process.communicate()
    ends = (0, EXIT_FORCED)  # a busy machine's takes longer perhaps; on others test_stopping.py wants the first
    assert (process.returncode in ends, out) == (True, b""), err.decode()
    assert await healthcheck(image, settings) != 0, "healthy after its end"
    for secret in secrets.values():
        assert secret not in err.decode()


async def answering(workspace: Workspace, process: Process) -> int:
    """Wait until the bot answers a command, and return its process, as this machine numbers it."""
    waiting = asyncio.create_task(workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S))
    ended = asyncio.create_task(process.wait())
    await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not waiting.done():
        waiting.cancel()
        _, err = await process.communicate()
        raise AssertionError(err.decode())
    await workspace.type(ADA, GENERAL, "/fact growth zones")
    assert "Growth Zone" in workspace.seen_by(ADA, GENERAL)[-1]["text"]
    return int(first_child(process))


def first_child(process: Process) -> str:
    (child,) = (Path("/proc") / str(process.pid) / "task" / str(process.pid) / "children").read_text().split()
    return child


def has_few_rights(bot: int) -> None:
    text = (Path("/proc") / str(bot) / "status").read_text()
    status: dict[str, Any] = dict(re.findall(r"^(\w+):\s*(.*)$", text, re.MULTILINE))
    assert status["NSpid"].split()[-1] == "1", "process 1 of its namespace: no init is beside it"
    assert set(status["Uid"].split()) == set(status["Gid"].split()) == {"10001"}
    assert status["NoNewPrivs"] == "1"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd"):
        assert int(status[kind], 16) == 0


def writes_only_to_its_folder(image: Image, bot: int) -> None:
    """Look from within its namespaces, as its user."""
    enter = ["nsenter", f"--target={bot}", "--mount", "--pid"]
    command = "find / -regex '/dev\\|/proc\\|/data/.*' -prune -o -writable -not -type l -print 2>/dev/null || true"
    assert run(*enter, *image.within("/bin/sh", "-c", command)) == "/data\n"
    written = run(*enter, *image.within("/bin/sh", "-c", "ls -ln /data"))
    assert "briefing-bot.db" in re.findall(r"^-rw------- 1 10001 10001 .* (\S+)$", written, re.MULTILINE), written
    assert "Read-only file system" in run(*enter, *image.within("/bin/sh", "-c", "touch /tmp/x /opt/x 2>&1 || true"))


async def until_healthy(image: Image, settings: dict[str, str]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await healthcheck(image, settings) == 0:
                return
            await asyncio.sleep(0.5)


async def healthcheck(image: Image, settings: dict[str, str]) -> int:
    """Run the HEALTHCHECK as an engine does: beside the bot, with the image's user and environment."""
    command = image.within(*image.list_of("HEALTHCHECK"), **settings)
    quiet = asyncio.subprocess.DEVNULL
    return await (await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)).wait()


def test_every_setting_of_the_image_is_one(image: Image) -> None:
    python = {"PATH", "TMPDIR", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert {name.lower() for name in image.environment.keys() - python} <= {*Settings.model_fields}
