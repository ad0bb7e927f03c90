"""Slack sends things twice: nothing is posted twice, and nobody is left without an answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages import Outcome, Reply
from handlers.rendering import acks, splitting
from handlers.rendering.replies import messages
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, Scene

if TYPE_CHECKING:
    from slack_bolt.response import BoltResponse

    from handlers.rendering.replies import Audience, Payload

EVENT: dict[str, Any] = {"type": "event_callback", "team_id": "T0TRY", "event_id": "Ev1"}
MENTION = EVENT | {
    "event": {"type": "app_mention", "user": ADA, "channel": GENERAL, "ts": "", "text": "<@U0BOT> growth zones"}
}
DIRECT = EVENT | {
    "event": {
        "type": "message",
        "channel_type": "im",
        "user": ADA,
        "channel": ADAS_DM,
        "ts": "1.1",
        "text": "growth zones",
    }
}
COMMAND = {
    "command": "/fact",
    "text": "growth zones",
    "team_id": "T0TRY",
    "user_id": ADA,
    "channel_id": GENERAL,
    "trigger_id": "1.2.3",
}


async def sends(scene: Scene, payload: dict[str, Any]) -> BoltResponse:
    """Hand a payload to the bot as if it had just come down the websocket."""
    return await take(scene.bolt, body=payload)


async def settled(scene: Scene) -> None:
    """Wait for all that came before: the bot answers a direct message after it."""
    before = len(scene.sees(channel=ADAS_DM))
    await scene.types("help", channel=ADAS_DM)
    await scene.until(lambda: len(scene.sees(channel=ADAS_DM)) >= before + 2)


@pytest.mark.parametrize("payload", [MENTION, DIRECT])
async def test_an_event_is_answered_once(scene: Scene, payload: dict[str, Any]) -> None:
    event = payload["event"]
    ts = scene.last()["ts"] if event["type"] == "app_mention" else event["ts"]
    for _ in range(3):
        assert (await sends(scene, payload | {"event": event | {"ts": ts}})).status == 200
    await scene.until(lambda: scene.calls("chat.postMessage"))
    await settled(scene)
    assert sum("Growth Zone" in call["text"] for call in scene.calls("chat.postMessage")) == 1


async def test_a_command_whose_ack_was_lost_gets_its_answer(scene: Scene) -> None:
    """Slack sends a command again only when no ack came: the answer in it was seen by nobody."""
    first = (await sends(scene, COMMAND)).body
    assert "Growth Zone" in first
    assert (await sends(scene, COMMAND)).body == first


async def test_what_a_day_answered_is_not_kept_for_the_next(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[Reply]()

    def noted(reply: Reply, audience: Audience) -> list[Payload]:
        made.append(reply)
        return messages(reply, audience)

    monkeypatch.setattr(acks, "messages", noted)
    asked = [*["growth zones"] * 2, *["growth zones in Narnia"] * 2]
    for words in asked:
        await sends(scene, COMMAND | {"text": words})
    assert [each.outcome for each in made] == [Outcome.ANSWER, Outcome.CLOSEST, Outcome.CLOSEST]
    text = splitting.split("our divorce")
    scene.workspace.clock.jump_by(24 * 3600)
    await sends(scene, COMMAND)
    assert made[3:] == made[:1], "the same reply, made anew"
    assert splitting.split("our divorce") is not text


async def test_a_command_whose_ack_arrived_is_answered_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "MESSAGE_BLOCKS", 4)
    splitting.split.cache_clear()
    before = len(scene.sees())
    await scene.types("/briefing infrastructure")
    count = len(splitting.split((await scene.bot.briefing("infrastructure")).markdown))
    assert count > 1
    await scene.until(lambda: len(scene.sees()) == before + count)
    first = scene.sees()[before]
    again = await sends(scene, dict(scene.workspace.dispatches[-1].envelope.payload))
    assert first[:40] in json.loads(again.body)["text"]
    await settled(scene)
    assert len(scene.sees()) == before + count, "what needs no ack is not repeated"
    splitting.split.cache_clear()


async def test_a_press_is_done_once(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await scene.until(lambda: scene.calls("chat.postMessage"))
    payload = scene.workspace.dispatches[-1].envelope.payload
    await sends(scene, dict(payload))
    await settled(scene)
    assert sum("Posted by" in call["text"] for call in scene.calls("chat.postMessage")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"edited": {"ts": "1.2"}},
        {"user": None},
        {"user": "U0BOT"},
        {"channel_type": "channel"},
    ],
)
async def test_bots_edits_and_other_talk_are_not_answered(scene: Scene, change: dict[str, Any]) -> None:
    assert (await sends(scene, DIRECT | {"event": DIRECT["event"] | change})).status == 200
    await settled(scene)
    assert not any("Growth Zone" in call["text"] for call in scene.calls("chat.postMessage"))


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
async def test_a_question_with_a_file_or_to_the_channel_too_is_answered(scene: Scene, subtype: str) -> None:
    assert (await sends(scene, DIRECT | {"event": DIRECT["event"] | {"subtype": subtype}})).status == 200
    await scene.until(lambda: any("Growth Zone" in call["text"] for call in scene.calls("chat.postMessage")))


async def test_the_bot_answers_itself_never(scene: Scene) -> None:
    await settled(scene)
    count = len(scene.calls("chat.postMessage"))
    await settled(scene)
    assert len(scene.calls("chat.postMessage")) == count + 1
