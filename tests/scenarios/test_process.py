"""The real process: started by its command, stopped by a signal, and told what it lacks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

import app as wiring
from bot.clock import SystemClock
from bot.config import Settings
from bot.content.faults import ContentError
from bot.errors import BriefingBotError, ConfigError
from bot.outbox.admin import Admin
from bot.store.database import Database
from cli.main import app
from cli.operators import process as running
from tests.scenarios.scene import ADA, GENERAL, GRACE
from tests.support import patient_bot
from tests.support.up_to_date import copy_up_to_date
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

PATHS = os.pathsep.join(str(path) for path in (Path(wiring.__file__).parent, Path(__file__).parents[2]))
"""The folders of the bot and of its tests: two, where the bot is an installed wheel."""
POST = "chat.postMessage"
SECRET = "0123456789abcdef0123456789abcdef"
OURS = {name.upper() for name in Settings.model_fields}


@asynccontextmanager
async def command(
    folder: Path,
    *arguments: str,
    program: str = f"{patient_bot.PROGRAM}from cli.main import main; main()",
    **variables: str,
) -> AsyncIterator[Process]:
    """Run briefing-bot in a folder with these variables and none of the caller's; end it with the block."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}  # noqa: TID251 — a child's
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        *arguments,
        cwd=folder,
        env=environment | {"PYTHONPATH": PATHS} | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: Process) -> tuple[int | None, str, str]:
    """Wait for the end, and return exit code, stdout and stderr."""
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def said(err: str) -> str:
    """Return the one line that is no line of the log."""
    (line,) = (line for line in err.splitlines() if not line.startswith("{"))
    return line


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        yield workspace


def tokens(workspace: Workspace) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_API_URL": workspace.api_url,
    }


async def test_run_answers_and_stops_on_sigterm(workspace: Workspace, tmp_path: Path) -> None:
    """A proxy in the environment must not turn the bot away from this machine; a secret may be in a file.

    A name of .env that is no setting is logged with the nearest one.
    """
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    (tmp_path / "token").write_text(f"{workspace.bot_token}\n")
    (tmp_path / ".env").write_text("LOGLEVEL=debug\n")
    files = {"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": "token"}
    misspelt = {"MAINTAINERS_CHANEL": "C0POLICY"}
    async with command(tmp_path, "run", **(tokens(workspace) | files | misspelt), **proxies) as process:
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
        happened = await workspace.type(ADA, GENERAL, "/fact growth zones")
        assert happened.acked
        assert "Growth Zone" in workspace.seen_by(ADA, GENERAL)[-1]["text"]
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            code, out, err = await ended(process)
    assert (code, out) == (0, "")
    for secret in (workspace.bot_token, workspace.app_token, "growth", ADA):
        assert secret not in err
    assert '"command": "/fact"' in err
    assert "Traceback" not in err
    told = [line for line in map(json.loads, err.splitlines()) if line["event"] == "setting.unknown"]
    assert [(line["name"], line.get("line"), line["nearest"]) for line in told] == [
        ("LOGLEVEL", 1, "LOG_LEVEL"),
        ("MAINTAINERS_CHANEL", None, "MAINTAINERS_CHANNEL"),
    ]
    assert "C0POLICY" not in err


@pytest.mark.parametrize("fault", [Fault("rate_limit", POST, times=1, seconds=2), Fault("lost", POST, times=1)])
async def test_a_post_asked_for_survives_a_kill(workspace: Workspace, tmp_path: Path, fault: Fault) -> None:
    """Whether the kill comes before the post or between the post and Slack's answer, the channel sees it once."""
    settings = {**tokens(workspace), "DELIVERY_QUIET_S": "3"}
    async with command(tmp_path, "run", **settings) as process:
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
        await workspace.type(ADA, GENERAL, "/fact growth zones")
        workspace.fault_switches.switch([fault])
        await workspace.press(ADA, GENERAL, workspace.seen_by(ADA, GENERAL)[-1]["ts"], "post")
        await workspace.wait_until(lambda: any(call.method == POST for call in workspace.calls), timeout_s=PATIENCE_S)
        process.kill()
        await process.wait()
    posted = len(posts(workspace))
    assert posted == (fault.kind == "lost")
    async with command(tmp_path, "run", **settings) as process:
        await workspace.wait_until(lambda: posts(workspace), timeout_s=PATIENCE_S)
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
        await until_sent(tmp_path / "var")
    assert len(posts(workspace)) == 1


def posts(workspace: Workspace) -> list[str]:
    """Return the posts that Ada asked for, as everybody sees them."""
    return [each["text"] for each in workspace.seen_by(GRACE, GENERAL) if "Posted by Ada." in each["text"]]


async def until_sent(data_dir: Path) -> None:
    """Wait until the outbox holds nothing but what was sent."""
    async with Database.of(Settings.model_construct(data_dir=data_dir)).opened(is_shared=True) as database:
        admin = Admin(database, SystemClock())
        while True:
            counts = await admin.counts()
            if counts.posted == counts.expected:
                return
            await asyncio.sleep(0.1)


async def test_http_mode_listens_and_stops_on_sigterm(
    workspace: Workspace, tmp_path: Path, unused_tcp_port: int
) -> None:
    settings = tokens(workspace) | {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SECRET, "PORT": str(unused_tcp_port)}
    async with command(tmp_path, "run", **settings) as process:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while b'"event": "http.ready"' not in await process.stderr.readline():
                pass
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{unused_tcp_port}/readyz") as answer,
        ):
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert (await ended(process))[0] == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1-wrong"}, "Slack refuses the token in SLACK_BOT_TOKEN (invalid_auth)."),
        (
            {"SLACK_APP_TOKEN": "xapp-1-A0OTHER-1-wrong"},
            "SLACK_BOT_TOKEN is of the app A0TRY, and SLACK_APP",
        ),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is not one of"),
    ],
)
async def test_a_wrong_setting_is_one_plain_sentence_and_exit_78(
    workspace: Workspace, tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    """What is wrong is found by reading, by comparing, or by Slack; tests/bot/test_config.py has every sentence."""
    async with command(tmp_path, "run", **(tokens(workspace) | changes)) as process:
        code, out, err = await ended(process)
    assert (code, out) == (78, "")
    assert said(err).startswith(sentence)


async def started(workspace: Workspace, folder: Path, **settings: Any) -> None:  # noqa: ANN401 — settings
    """Start the bot within this process, until it says why it does not start."""
    given = Settings.model_construct(
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_app_token=SecretStr(workspace.app_token),
        slack_api_url=workspace.api_url,
        data_dir=folder,
        **settings,
    )
    await running.run(given, asyncio.Event())


async def test_a_token_without_a_needed_scope_does_not_start(tmp_path: Path) -> None:
    manifest = wiring.read_manifest()
    manifest["oauth_config"]["scopes"]["bot"].remove("chat:write")
    manifest["oauth_config"]["scopes"]["bot_optional"].remove("usergroups:read")
    async with Workspace(manifest).serve() as workspace:
        with pytest.raises(ConfigError, match="The bot token lacks the scope chat:write: without") as raised:
            await started(workspace, tmp_path)
    assert "app.yaml" in raised.value.hint


async def test_a_database_that_was_changed_by_halves_does_not_start(workspace: Workspace, tmp_path: Path) -> None:
    database = Database(copy_up_to_date(tmp_path))
    async with database.transaction() as connection:
        await connection.exec_driver_sql("DROP TABLE watches")
    await database.close()
    with pytest.raises(ConfigError, match="lacks watches: a migration was made by halves") as raised:
        await started(workspace, tmp_path)
    assert "Restore the backup" in raised.value.hint


async def test_content_that_does_not_load_is_told_with_its_faults(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "memorandum.yaml").write_text("title: [\n")
    with pytest.raises(ContentError) as raised:
        await started(workspace, tmp_path, briefings_dir=tmp_path)
    assert "memorandum.yaml" in {fault.file for fault in raised.value.faults}


async def test_try_prints_one_line_with_the_address_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    async with command(tmp_path, "try", "--port", "0", "--no-browser") as process:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        address = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            assert answer.status == 200
            assert "Briefing bot" in await answer.text()
        process.send_signal(signal.SIGINT)
        code, out, err = await ended(process)
    assert (code, out, err) == (0, "", "")


def test_try_tells_of_a_taken_port_and_refuses_other_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.operators.run.set_up_logging", lambda _level: None)  # the runner's stderr is closed
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = CliRunner().invoke(app, ["try", "--port", str(port), "--no-browser"]).exception
    assert isinstance(told, BriefingBotError)
    assert told.message == f"Port {port} on 127.0.0.1 cannot be used: Address already in use."
    assert told.hint.startswith(f"Try --port {port + 1}; with make: ")
    refused = CliRunner().invoke(app, ["try", "--host", "0.0.0.0", "--no-browser"])  # noqa: S104 — it is refused
    assert (refused.exit_code, "loopback" in refused.output) == (2, True)


@pytest.mark.parametrize("setting", ["PORT", "ADMIN_PORT"])
async def test_a_taken_port_is_told_and_that_is_the_last_line(
    workspace: Workspace, tmp_path: Path, setting: str
) -> None:
    port = workspace.url.rstrip("/").rpartition(":")[2]
    settings = tokens(workspace) | {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SECRET, "PORT": "0", setting: port}
    async with command(tmp_path, "run", **settings) as process:
        code, _, err = await ended(process)
    assert code == 78
    assert said(err).startswith(f"Cannot listen on 127.0.0.1 port {port}:")
    assert err.endswith(f"{said(err)}\n")
    assert "Unclosed" not in err
