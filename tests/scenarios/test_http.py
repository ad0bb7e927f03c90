"""HTTP mode: signatures, age, size, shape, and health; and the whole dialogue over it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

import app as wiring
from bot.publishing import publisher
from bot.publishing.content_check import load_content
from cli.operators import process
from handlers.listeners.shortcuts import FIND
from handlers.slack.installations.authorization import SingleInstallation
from handlers.slack.manifests import over_http
from handlers.slack.receiving.http_server import BODY_LIMIT
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, playing, settings_for
from tests.scenarios.views import modal
from tests.support.newsroom import shipped
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from slack_bolt.authorization import AuthorizeResult

    from bot.content.faults import Fault
    from bot.content.models import Content

SECRET = "0123456789abcdef0123456789abcdef"
COMMAND = {
    "command": "/fact",
    "text": "growth zones",
    "team_id": "T0TRY",
    "user_id": "U0ADA",
    "channel_id": "C0GENERAL",
    "trigger_id": "1.2.3",
    "response_url": "http://127.0.0.1:9/",
}


@dataclass(frozen=True, slots=True)
class Door:
    """The bot's HTTP side, and hands to knock with."""

    http: aiohttp.ClientSession
    address: str

    async def knock(
        self, body: bytes, *, age_s: float = 0, signature: str | None = None, kind: str = "application/json"
    ) -> tuple[int, str]:
        """Post a body as Slack would, signed for a moment `age_s` ago; return status and body."""
        stamp = str(int(time.time() - age_s))
        signed = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}" if signature is None else signature,
            "Content-Type": kind,
        }
        async with self.http.post(f"{self.address}/slack/events", data=BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.text()

    async def command(self, **changes: Any) -> tuple[int, str]:  # noqa: ANN401 — knock's own
        """Post a slash command."""
        body = urlencode(COMMAND | {"trigger_id": str(time.monotonic())}).encode()
        return await self.knock(body, kind="application/x-www-form-urlencoded", **changes)


@pytest.fixture
async def door(unused_tcp_port: int) -> AsyncIterator[Door]:
    """Run the bot in HTTP mode; the workspace behind it only answers the Web API."""
    workspace = Workspace(wiring.read_manifest())
    async with (
        workspace.serve(),
        playing(workspace, **http_settings(SECRET, unused_tcp_port)),
        aiohttp.ClientSession() as session,
    ):
        yield Door(session, f"http://127.0.0.1:{unused_tcp_port}")


def http_settings(secret: str, port: int) -> dict[str, Any]:
    """Return the settings that make it HTTP mode."""
    return {"slack_app_token": None, "slack_signing_secret": SecretStr(secret), "port": port}


async def test_a_signed_command_is_answered_in_the_response(door: Door) -> None:
    status, text = await door.command()
    assert status == 200
    reply = json.loads(text)
    assert reply["response_type"] == "ephemeral"
    assert "Growth Zone" in reply["text"]


async def test_a_command_that_asks_for_a_payload_is_answered(door: Door) -> None:
    body = urlencode(COMMAND | {"text": "payload of a rocket", "trigger_id": "1.2"}).encode()
    status, text = await door.knock(body, kind="application/x-www-form-urlencoded")
    assert status == 200
    assert "payload of a rocket" in json.loads(text)["text"]


@pytest.mark.parametrize(
    ("wrong", "reason", "more"),
    [
        ({"signature": "v0=" + "0" * 64}, "signature", {}),
        ({"signature": ""}, "not signed", {}),
        ({"signature": "v0=é"}, "not signed", {}),
        ({"age_s": 301}, "timestamp", {"skew_s": 301}),
        ({"age_s": -601}, "timestamp", {"skew_s": -601}),
    ],
)
async def test_what_slack_did_not_sign_just_now_is_refused_and_logged(
    door: Door, wrong: dict[str, Any], reason: str, more: dict[str, int]
) -> None:
    with capture_logs() as logs:
        status, text = await door.command(**wrong)
    assert status == 401
    assert "Growth" not in text
    (line,) = logs
    assert (line["event"], line["reason"], line["address"], line["count"]) == (
        "request.refused",
        reason,
        "127.0.0.1",
        1,
    )
    assert all(abs(line[each] - value) <= PATIENCE_S for each, value in more.items())


async def test_a_replay_of_four_minutes_is_still_taken(door: Door) -> None:
    assert (await door.command(age_s=240))[0] == 200


async def test_junk_instead_of_a_timestamp_is_refused(door: Door) -> None:
    headers = {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=x"}
    async with door.http.post(f"{door.address}/slack/events", data=b"{}", headers=headers) as answer:
        assert answer.status == 401
    async with door.http.post(f"{door.address}/slack/events", data=b"{}") as answer:
        assert answer.status == 401


async def test_a_body_over_the_limit_is_refused_and_logged(door: Door) -> None:
    with capture_logs() as logs:
        assert (await door.knock(b"x" * (BODY_LIMIT + 1)))[0] == 413
    assert [line["reason"] for line in logs] == ["too large"]


MALFORMED = (
    b"{",
    b"[]",
    b'"text"',
    b"{}",
    b'{"type":"event_callback"}',
    b'{"type":"event_callback","event":"mention"}',
    b'{"type":"event_callback","event":{"type":"message","channel_type":"im","user":"U1"}}',
    b'{"type":"block_actions","actions":[]}',
    b'{"type":"block_actions","actions":[{"action_id":"post"}],"user":{}}',
    b'{"type":"block_actions","actions":"x","user":[]}',
    b'{"type":"block_actions","actions":[{"action_id":"fact:0"}],"user":{"id":"U1"},"view":"home"}',
    b'{"type":"block_actions","actions":[],"user":{"id":"U1"},"view":{"type":"home"}}',
    b'{"type":"message_action","callback_id":"check_against_facts","message":"words"}',
    b'{"type":"shortcut","callback_id":"find_fact"}',
    b'{"type":"shortcut","callback_id":"of_another_version","user":{"id":"U1"}}',
    b'{"type":"event_callback","event":{"type":"app_home_opened","tab":"home"}}',
    b'{"type":"event_callback","event":{"type":"channel_archive"}}',
    b'{"type":"event_callback","event":{"type":"tokens_revoked","tokens":"xoxb"}}',
    b'{"type":"event_callback","event":{"type":"assistant_thread_started","assistant_thread":[]}}',
    b'{"command":"/fact","text":5}',
    b'{"command":"/nobody"}',
)


async def test_malformed_requests_do_no_harm_and_are_logged(door: Door) -> None:
    for body in MALFORMED:
        with capture_logs() as logs:
            status, _ = await door.knock(body)
        assert status in (200, 400), body
        assert [line["event"] for line in logs][:1] in (
            ["request.refused"],
            ["request.malformed"],
            ["request.unhandled"],
        ), body
        assert (await door.command())[0] == 200, f"it goes on answering after {body!r}"


async def test_url_verification_is_answered(door: Door) -> None:
    status, text = await door.knock(b'{"type":"url_verification","challenge":"abc"}')
    assert (status, json.loads(text)) == (200, {"challenge": "abc"})
    status, text = await door.knock(b'{"type":"url_verification","challenge":"abc"}', signature="v0=" + "0" * 64)
    assert (status, "abc" in text) == (401, False)


async def test_health(door: Door) -> None:
    for path, words in (("/livez", "alive\n"), ("/readyz", "ready\n")):
        async with door.http.get(f"{door.address}{path}") as answer:
            assert (answer.status, await answer.text()) == (200, words)
    async with door.http.get(f"{door.address}/slack/events") as answer:
        assert answer.status == 405


async def test_it_listens_at_once_but_takes_requests_only_once_it_is_warm(
    unused_tcp_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_warm, is_warming, warming = asyncio.Event(), asyncio.Event(), SingleInstallation.warm

    async def warm(self: SingleInstallation) -> AuthorizeResult:
        is_warming.set()
        await may_warm.wait()
        return await warming(self)

    monkeypatch.setattr(SingleInstallation, "warm", warm)
    workspace, stop = Workspace(wiring.read_manifest()), asyncio.Event()
    async with workspace.serve(), aiohttp.ClientSession() as session:
        app = wiring.create_app(settings_for(workspace, data_dir=tmp_path, **http_settings(SECRET, unused_tcp_port)))
        async with app.server.listening(), app.running(shipped()):
            serving = asyncio.create_task(app.server.serve(stop))
            await is_warming.wait()
            door = Door(session, f"http://127.0.0.1:{unused_tcp_port}")
            statuses = [await ready(door)]
            assert (await door.command())[0] == 503
            may_warm.set()
            await app.server.ready.wait()
            statuses.append(await ready(door))
            assert (await door.command())[0] == 200
            stop.set()
            await serving
    assert statuses == [503, 200]


async def test_it_answers_while_the_content_is_read_without_end(
    unused_tcp_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder on a disk that hangs: /livez answers before the first revision, and everything once there is one."""
    reading, go_on = threading.Event(), threading.Event()

    def slowly(*where: Any, **how: Any) -> tuple[Content, tuple[Fault, ...]]:  # noqa: ANN401 — load_content's own
        reading.set()
        assert go_on.wait(PATIENCE_S)
        return load_content(*where, **how)

    monkeypatch.setattr(publisher, "load_content", slowly)
    monkeypatch.setattr(publisher, "version_of", lambda _folder: f"{time.monotonic_ns()}")  # it is to be read each time
    monkeypatch.setattr(wiring, "PUBLISH_WAIT_S", 0.05)
    async with Workspace(wiring.read_manifest()).serve() as workspace, aiohttp.ClientSession() as session:
        settings = settings_for(workspace, data_dir=tmp_path, **http_settings(SECRET, unused_tcp_port))
        door = Door(session, f"http://127.0.0.1:{unused_tcp_port}")
        for is_first in (True, False):
            reading.clear()
            go_on.clear()
            stop = asyncio.Event()
            running = asyncio.create_task(process.run(settings, stop))
            assert await asyncio.to_thread(reading.wait, PATIENCE_S)
            async with session.get(f"{door.address}/livez") as answer:
                assert answer.status == 200
            if is_first:
                assert await ready(door) == 503
                go_on.set()
            async with asyncio.timeout(PATIENCE_S):
                while await ready(door) != 200:  # noqa: ASYNC110 — only the port tells
                    await asyncio.sleep(0.02)
            assert "Growth Zone" in json.loads((await door.command())[1])["text"]
            go_on.set()
            stop.set()
            await running


async def ready(door: Door) -> int:
    """Return the status of /readyz."""
    async with door.http.get(f"{door.address}/readyz") as answer:
        return answer.status


async def test_a_whole_dialogue_over_http(unused_tcp_port: int) -> None:
    manifest = json.dumps(over_http(wiring.read_manifest(), "https://bot.example"))
    workspace = Workspace(json.loads(manifest.replace("https://bot.example", f"http://127.0.0.1:{unused_tcp_port}")))
    async with (
        workspace.serve(),
        playing(workspace, **http_settings(workspace.signing_secret, unused_tcp_port)) as scene,
    ):
        assert await workspace.verify_url()
        reply = await scene.asks("/fact growth zones")
        assert "Growth Zone" in reply["text"]
        await scene.types("growth zones", channel=ADAS_DM)
        await scene.until(lambda: len(scene.sees(channel=ADAS_DM)) == 2)
        await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
        await scene.until(lambda: "Posted by Ada." in scene.last()["text"] or "Posted to" in scene.last()["text"])
        await scene.workspace.global_shortcut(ADA, FIND)
        opened = await modal(scene)
        found = await scene.workspace.suggest(ADA, ViewPlace(opened.view["id"]), FIND, FIND, "growth zones")
        assert found[0]["value"].startswith("fact ")
        scene.workspace.open_home(ADA)
        await scene.until(lambda: scene.workspace.home(ADA))
