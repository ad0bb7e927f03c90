"""`python -m workspace`, with a Slack app in another process."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.waiting import PATIENCE_S
from workspace.__main__ import main
from workspace.wire.remote import RATE_LIMITS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

MANIFEST = """
display_information:
  name: Pinger
features:
  bot_user:
    display_name: Pinger
  slash_commands:
    - command: /ping
      description: Is anybody there?
oauth_config:
  scopes:
    bot: [commands]
settings:
  socket_mode_enabled: true
  interactivity:
    is_enabled: true
"""
ROOT = Path(__file__).parents[2]
APP = Path(__file__).with_name("foreign_app.py")


@pytest.fixture
def manifest_file(tmp_path: Path) -> Path:
    path = tmp_path / "app.yaml"
    path.write_text(MANIFEST, encoding="utf-8")
    return path


@asynccontextmanager
async def process(*command: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Python with these arguments and settings; end it with the block."""
    pipe = asyncio.subprocess.PIPE
    environment = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}
    started = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=pipe, env=environment, cwd=ROOT)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        await started.communicate()


async def started(workspace: asyncio.subprocess.Process) -> tuple[str, dict[str, str]]:
    """Return the page's address and the settings that a workspace prints."""
    assert workspace.stdout
    lines = [(await asyncio.wait_for(workspace.stdout.readline(), PATIENCE_S)).decode().strip() for _ in range(6)]
    settings = dict(line.removeprefix("export ").split("=", maxsplit=1) for line in lines[2:])
    return lines[0].rpartition(" ")[2], settings


async def test_an_app_that_is_not_ours_answers_in_it(manifest_file: Path, session: aiohttp.ClientSession) -> None:
    arguments = ("--manifest", str(manifest_file), "--port", "0", "--rate-limits")
    async with process("-m", "workspace", *arguments) as workspace:
        page, settings = await started(workspace)
        async with session.get(f"{page.rstrip('/')}{RATE_LIMITS}") as answer:
            assert await answer.json() == {"on": True, "refused": {}}
        headers = {"Origin": page.rstrip("/")}
        async with process(str(APP), **settings):
            place = f"{page}client/U0ADA/C0GENERAL"
            seen = ""
            async with asyncio.timeout(PATIENCE_S):
                while "pong" not in seen:  # until the app is connected Slack says that the command failed
                    async with session.post(f"{place}/messages", data={"text": "/ping"}, headers=headers) as answer:
                        assert answer.status in {204, 409}
                    async with session.get(place) as answer:
                        seen = await answer.text()
        workspace.terminate()
        assert await workspace.wait() == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not valid YAML"),
        ("- 1", "A manifest must be a mapping"),
        (MANIFEST.replace("[commands]", "[chat:write]"), "Slash commands need the bot scope commands."),
        (MANIFEST.replace("description: Is anybody there?", ""), "slash_commands.0.description is missing."),
    ],
)
def test_a_manifest_that_slack_would_refuse_is_reported(
    manifest_file: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    manifest_file.write_text(text, encoding="utf-8")
    assert main(["--manifest", str(manifest_file), "--port", "0"]) == 1
    assert sentence in capsys.readouterr().err


def test_json_will_do_and_the_machine_is_not_left(
    manifest_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source: dict[str, Any] = {"display_information": {"name": "Pinger"}}
    manifest_file.write_text(json.dumps(source), encoding="utf-8")
    assert main(["--manifest", str(manifest_file), "--host", "192.0.2.1"]) == 1
    assert "not a loopback address" in capsys.readouterr().err
    assert main(["--manifest", str(tmp_path / "none.yaml")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'none.yaml'} cannot be read: No such file or directory.\n"


def test_a_taken_port_is_reported(manifest_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--manifest", str(manifest_file), "--port", port]) == 1
    said = f"Port {port} on 127.0.0.1 cannot be used: Address already in use. Try another --port.\n"
    assert capsys.readouterr().err == said
