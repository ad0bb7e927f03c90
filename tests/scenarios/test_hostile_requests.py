"""Requests that come again, name what is not theirs, or hold what no id holds."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import pytest
from pydantic import SecretStr

import app as wiring
from bot.alerts import subscriptions
from bot.messages import ChannelRef
from handlers.limits import TWICE
from handlers.listeners.maintainers.proposing import SUGGEST
from handlers.listeners.shortcuts import CHECK
from handlers.slack.receiving.requests import take
from tests.scenarios import private_replies
from tests.scenarios.scene import ADA, GENERAL, Scene, playing
from tests.scenarios.views import modal, words_in
from workspace.server import Workspace
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from bot.alerts.subscriptions import Subscription

SECRET = "0123456789abcdef0123456789abcdef"
COMMAND = {
    "command": "/briefing",
    "text": "subscribe all alerts",
    "team_id": TEAM_ID,
    "user_id": ADA,
    "channel_id": GENERAL,
    "trigger_id": "1.2.3",
    "response_url": "http://127.0.0.1:9/",
}


async def alerts(scene: Scene) -> list[Subscription]:
    """Return the alerts of #general."""
    async with scene.database.reading() as connection:
        return list(await subscriptions.for_channel(connection, ChannelRef(TEAM_ID, GENERAL)))


async def test_a_signed_command_that_is_sent_again_is_done_once(unused_tcp_port: int) -> None:
    workspace = Workspace(wiring.read_manifest())
    by_http = {"slack_app_token": None, "slack_signing_secret": SecretStr(SECRET), "port": unused_tcp_port}
    async with workspace.serve(), playing(workspace, **by_http) as scene, aiohttp.ClientSession() as http:
        body, stamp = urlencode(COMMAND).encode(), str(int(time.time()))
        signed = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
            "Content-Type": "application/x-www-form-urlencoded",
        }

        async def send() -> int:
            address = f"http://127.0.0.1:{unused_tcp_port}/slack/events"
            async with http.post(address, data=body, headers=headers) as answer:
                return answer.status

        assert await send() == 200
        await scene.settled()
        assert len(await alerts(scene)) == 1
        ended = COMMAND | {"text": "unsubscribe all now", "trigger_id": "4"}
        assert (await take(scene.bolt, body=ended)).status == 200
        await scene.settled()
        assert not await alerts(scene)
        assert await send() == 200
        await scene.settled()
        assert not await alerts(scene), "who captured the request subscribes nobody"


async def test_a_form_that_is_sent_again_is_taken_once_and_says_so(scene: Scene) -> None:
    form = await private_replies.opens(scene, "/briefing subscribe infrastructure weekdays")
    values = {field: value for field, value in form.values.items() if field != "alerts"}
    person = {"team": {"id": TEAM_ID}, "user": {"id": ADA, "name": "ada", "team_id": TEAM_ID}}
    body = {
        "type": "view_submission",
        **person,
        "view": {**form.view, "state": {"values": values}},
        "trigger_id": "9.9",
    }
    first = await take(scene.bolt, body=body)
    assert "errors" not in first.body, first.body
    second = await take(scene.bolt, body=body)
    assert [*json.loads(second.body)["errors"].values()] == [TWICE]


async def test_a_press_that_is_sent_again_changes_nothing_back(scene: Scene) -> None:
    await scene.types("/briefing subscribe all alerts")
    await scene.settled()
    press = {
        "type": "block_actions",
        "team": {"id": TEAM_ID},
        "user": {"id": ADA, "team_id": TEAM_ID},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": GENERAL, "is_ephemeral": False},
        "channel": {"id": GENERAL},
        "response_url": "https://hooks.slack.example/none",
    }
    for action, trigger, is_paused in (("mute", "1", True), ("unmute", "2", False), ("mute", "1", False)):
        body = {**press, "actions": [{"action_id": action, "value": "", "block_id": "b"}], "trigger_id": trigger}
        assert (await take(scene.bolt, body=body)).status == 200
        await scene.settled()
        (alert,) = await alerts(scene)
        assert bool(alert.pause_reason) is is_paused


ODD = [
    "U" + "0" * 100_000,
    *("U\x00", "U\n2026 [error] forged", "\uff20here", "U\u202e0", "\ud800", "<!channel>", "U0ADA'; DROP TABLE--"),
]


async def test_odd_and_huge_ids_do_no_harm(scene: Scene) -> None:
    for number, odd in enumerate(ODD):
        for name in ("user_id", "channel_id", "team_id", "trigger_id"):
            for text in ("subscriptions", "subscribe all alerts", "growth"):
                body = COMMAND | {"text": text, "trigger_id": f"{number} {name} {text}"} | {name: odd}
                assert (await take(scene.bolt, body=body)).status in {200, 400, 403}, odd[:50]
        about: dict[str, Any] = {"team": {"id": TEAM_ID}, "user": {"id": odd, "team_id": odd}, "trigger_id": odd}
        opened = {"type": "app_home_opened", "user": odd, "tab": "home"}
        kinds: list[dict[str, Any]] = [
            {"type": "view_submission", "view": {"id": odd, "callback_id": "schedule", "private_metadata": odd}},
            {"type": "block_actions", "view": {"type": "home"}, "actions": [{"action_id": odd, "value": odd}]},
            {"type": "block_suggestion", "action_id": "find_fact", "value": odd},
            {"type": "event_callback", "team_id": odd, "event": opened},
        ]
        for kind in kinds:
            assert (await take(scene.bolt, body={**about, **kind})).status in {200, 400, 403}, odd[:50]
        await scene.settled()
        assert "Growth Zone" in (await scene.asks("/fact growth zones"))["text"], odd[:50]


async def test_a_message_of_a_channel_without_the_bot_is_read_by_who_sees_it_and_nobody_else(scene: Scene) -> None:
    secret = scene.workspace.create_channel("secret", is_private=True)
    said = await scene.types("Over 200 bids were received, and the minister resigns.", channel=secret.id)
    assert said.message is not None
    before = len(scene.workspace.calls)
    for shortcut in (CHECK, SUGGEST):
        await scene.workspace.message_shortcut(ADA, secret.id, said.message.ts, shortcut)
        await scene.until(lambda: scene.workspace.modals(ADA))
        opened = await modal(scene)
        await scene.workspace.close_modal(ADA, opened.view["id"])
    assert "resigns" in words_in(opened.view) or "resigns" in json.dumps(opened.view)
    called = {call.method for call in [*scene.workspace.calls][before:]}
    assert called <= {"views.open", "views.update", "chat.getPermalink", "users.info"}, (
        "no channel is read or written to"
    )
    assert scene.sees(ADA, secret.id) == [said.message.text]


@pytest.mark.parametrize(
    "words",
    ["growth zones", "groth zones \ud800\0", "\udfff zebra crossings", "/briefing \ud83e"],
    ids=["answer", "half a pair that is corrected", "half a pair before no answer", "half a pair in a refusal"],
)
async def test_nothing_of_a_request_is_in_its_answer_but_the_words(scene: Scene, words: str) -> None:
    ids = {"user_id": "U0SECRET", "channel_id": "C0SECRET", "trigger_id": "9.SECRET", "response_url": "http://SECRET/"}
    names = {"user_name": "SECRET", "channel_name": "SECRET", "token": "SECRET"}
    for command in ("/fact", "/briefing"):
        answers = []
        for asker in (ids | names, {}):
            body = COMMAND | asker | {"command": command, "text": words}
            answers.append(await take(scene.bolt, body=body))
        assert [each.status for each in answers] == [200, 200]
        assert answers[0].body == answers[1].body
        assert "SECRET" not in answers[0].body
        assert json.loads(answers[0].body.encode())["response_type"] == "ephemeral"
