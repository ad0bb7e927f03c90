"""`briefing-bot doctor` as a process: beside a running bot, and on set-ups that are broken in many places at once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from bot.alerts.subscriptions import Subscription, put
from bot.clock import SystemClock
from bot.config import Settings
from bot.health.finding import Verdict
from bot.messages import ChannelRef
from bot.store.database import Database
from bot.store.engine import database_url
from cli.operators.doctor.checks import checks
from tests.scenarios.scene import GENERAL
from tests.scenarios.test_process import command, ended, tokens
from tests.scenarios.test_process import workspace as workspace  # noqa: PLC0414 — the fixture
from tests.support.waiting import PATIENCE_S
from workspace.state.records import TEAM_ID
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.server import Workspace

PATIENT = ("--limit", str(PATIENCE_S))


PROGRAM = "from cli.main import main; main()"
STUCK = f"""
import threading
from bot.health import machine
machine.python = threading.Event().wait
{PROGRAM}
"""


async def doctor(
    folder: Path, *options: str, program: str = PROGRAM, **variables: str
) -> tuple[int | None, dict[str, dict[str, Any]]]:
    """Run it, and return the exit code and the findings by the names of their checks."""
    given = options or PATIENT
    async with command(folder, "doctor", "--json", *given, program=program, **variables) as process:
        code, out, err = await ended(process)
    assert err == ""
    return code, {found["check"]: found for found in map(json.loads, out.splitlines())}


def state_of(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return mode, size and time of change of each file but SQLite's shared memory, where readers note themselves."""
    files = (path for path in folder.rglob("*") if not path.name.endswith("-shm"))
    return {str(path): (path.stat().st_mode, path.stat().st_size, path.stat().st_mtime_ns) for path in files}


async def test_beside_a_running_bot_all_is_well_and_nothing_is_written_or_posted(
    workspace: Workspace, tmp_path: Path
) -> None:
    settings = {**tokens(workspace), "MAINTAINERS_CHANNEL": GENERAL}
    async with command(tmp_path, "run", **settings) as process:
        await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
        process.send_signal(signal.SIGSTOP)
        await asyncio.to_thread(os.waitid, os.P_PID, process.pid, os.WSTOPPED)  # what is written now, the doctor writes
        before, asked = state_of(tmp_path), len(workspace.calls)
        code, found = await doctor(tmp_path, **settings)
        assert state_of(tmp_path) == before
        methods = {call.method for call in workspace.calls[asked:]}
        process.send_signal(signal.SIGCONT)
    assert methods == {"auth.test", "apps.connections.open", "bots.info", "conversations.info"}
    told = {name: each["what"] for name, each in found.items() if each["verdict"] != Verdict.OK}
    assert told.keys() <= {"backup", "fingerprints", "disk space", "python"}, told
    assert code == 0
    assert found["bot token"]["what"] == "It is Briefing bot in Riverside Council (T0RIVERSIDE)." or "It is" in str(
        found
    )
    assert all(secret not in str(found) for secret in (workspace.bot_token, workspace.app_token))


async def test_a_set_up_that_is_broken_in_many_places_is_told_at_once(workspace: Workspace, tmp_path: Path) -> None:
    data = tmp_path / "var"
    async with Database(database_url("", data)).opened() as database, database.transaction() as connection:
        for channel, reason in ((GENERAL, "is_archived"), ("C0GONE", "")):
            place, now = ChannelRef(TEAM_ID, channel), SystemClock().now()
            wanted = Subscription(channel, place, "all", False, now, "U1")  # noqa: FBT003 — as it is stored
            subscription = replace(wanted, paused_at=now if reason else None, pause_reason=reason)
            await put(connection, subscription)
    data.chmod(0o755)
    content = tmp_path / "briefings"
    content.mkdir()
    (content / "memorandum.yaml").write_text("title: [\n")
    env = tmp_path / ".env"
    env.write_text("SLACK_SIGNING_SECRTE=0123456789abcdef0123456789abcdef\nQUIET_HOURS=tonight\n")
    env.chmod(0o644)
    settings = {
        **tokens(workspace),
        "SLACK_APP_TOKEN": "xapp-1-A0OTHER-1-abc",
        "SLACK_BOT_TOCKEN": "xoxb-1-2-secret",
        "MAINTAINERS_CHANNEL": "C0NOTHERE",
        "BRIEFINGS_DIR": str(content),
        "SSL_CERT_FILE": str(env),
        "HTTPS_PROXY": "socks5://user:hunter2@proxy:1080",
    }
    code, found = await doctor(tmp_path, **settings)
    assert code == 1
    verdicts = {name: each["verdict"] for name, each in found.items()}
    for name, verdict, words in [
        ("settings", "fail", "QUIET_HOURS "),
        (
            "setting names",
            "warn",
            ".env:1), for SLACK_SIGNING_SECRET; SLACK_BOT_TOCKEN (environment), for SLACK_BOT_TOKEN",
        ),
        ("secret files", "warn", "(644)"),
        ("data folder", "warn", "(755)"),
        ("certificates", "fail", "no certificates in PEM form"),
        ("app token", "fail", "(invalid_auth)"),
        ("one app", "fail", "of another, A0OTHER"),
        ("content", "fail", "it is not published"),
        ("published", "fail", "there is nothing to answer from"),
        ("maintainers", "fail", "(C0NOTHERE): it is not there"),
        ("channels", "warn", "C0GONE: the bot is not in it"),
        ("paused", "warn", f"{GENERAL}: is_archived"),
    ]:
        assert verdicts[name] == verdict, (name, found[name])
        assert words in found[name]["what"]
        assert found[name]["to_do"]
    assert all(secret not in str(found) for secret in ("hunter2", "xoxb-1-2-secret", "xapp-1-A0OTHER-1-abc"))


async def test_what_depends_on_something_broken_is_not_checked_and_what_hangs_is_a_failure(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.fault_switches.switch([Fault("slow", "auth.test", seconds=PATIENCE_S)])
    settings = tokens(workspace) | {"DATABASE_URL": "postgresql://bot:hunter2@127.0.0.1:9/none"}
    code, found = await doctor(tmp_path, "--limit", "3", program=STUCK, **settings)
    assert code == 1
    assert found["python"]["what"] == "No answer in 3 seconds.", "a thread that hangs does not keep the process"
    assert found["slack"]["what"] == "No answer in 3 seconds."
    assert found["database"]["what"] == "The database cannot be reached."
    assert found["migrations"]["what"] == "Not checked: The database cannot be reached."
    assert "hunter2" not in str(found)


async def test_an_address_that_is_none_is_told_once_with_how_one_looks(workspace: Workspace, tmp_path: Path) -> None:
    code, found = await doctor(tmp_path, **tokens(workspace), DATABASE_URL="postgres:/hunter2")
    assert (code, found["database"]["verdict"]) == (1, "fail")
    assert found["database"]["to_do"] == "It should look like postgresql://name:password@host:5432/database."
    assert {found[name]["what"] for name in ("migrations", "published", "channels", "paused")} == {
        "Not checked: DATABASE_URL is not a database address."
    }


async def test_scopes_that_are_missing_are_told_with_what_fails(workspace: Workspace) -> None:
    """A clock that is ten minutes off, too: the date of Slack's answers tells."""
    workspace.clock.jump_by(605)
    header = {"x-oauth-scopes": "chat:write,commands"}
    body = json.dumps({"ok": True, "team_id": TEAM_ID, "user_id": "U1", "bot_id": "B1", "team": "T", "user": "bot"})
    workspace.fault_switches.switch([Fault("answer", status=200, body=body, headers=header)])
    slack = {"slack_bot_token": SecretStr(workspace.bot_token), "slack_api_url": workspace.api_url}
    async with checks(Settings.model_construct().model_copy(update=slack), {}) as listed:
        scopes, manifest, clock = [await dict(listed)[name]() for name in ("scopes", "manifest", "clock")]
    assert scopes.what.startswith("Without app_mentions:read a mention in a channel gets no answer; ")
    assert manifest.what.startswith("For want of scopes these events cannot come: app_context_changed")
    assert (clock.verdict, "behind Slack's: over HTTP every request" in clock.what) == (Verdict.FAIL, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
async def test_a_dotenv_that_cannot_be_read_is_one_finding_and_the_rest_is_checked(tmp_path: Path) -> None:
    (tmp_path / ".env").touch(mode=0o000)
    code, found = await doctor(tmp_path)
    assert code == 1
    assert found["settings"]["what"].startswith(".env cannot be read: Permission denied.")
    assert found["bot token"]["what"] == "Not checked: The settings cannot be read: see the finding on settings."
    assert found["time zones"]["verdict"] == "ok"
