"""Clicks on the buttons of messages: the payload, and what is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.workspace.apps import Api, RawApp, manifest
from workspace.server import Workspace
from workspace.state.forms import MessagePlace

if TYPE_CHECKING:
    import aiohttp

    from tests.workspace.apps import ManualClock

BUTTONS = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"},
            {
                "type": "overflow",
                "action_id": "more",
                "options": [{"text": {"type": "plain_text", "text": "a"}, "value": "a"}],
            },
        ],
    },
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "x"},
        "accessory": {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "2"},
    },
]

FEEDBACK = [
    {
        "type": "context_actions",
        "block_id": "verdict",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": {"type": "plain_text", "text": "Right"}, "value": "good"},
                "negative_button": {"text": {"type": "plain_text", "text": "Wrong"}, "value": "bad"},
            },
            {
                "type": "icon_button",
                "icon": "trash",
                "text": {"type": "plain_text", "text": "Remove"},
                "action_id": "remove",
                "value": "7",
                "visible_to_user_ids": ["U0ADA"],
            },
        ],
    }
]


async def test_a_click_names_message_block_and_value(workspace: Workspace, api: Api, app: RawApp) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=BUTTONS)
    second = workspace.seen_by("U0ADA", "C0POLICY")[0]["blocks"][1]["block_id"]
    for block_id, value in (("", "1"), (second, "2")):
        pressed = asyncio.create_task(workspace.press("U0ADA", "C0POLICY", posted["ts"], "go", block_id))
        frame = await app.receive()
        await app.ack(frame)
        assert (await pressed).acked
        payload = frame["payload"]
        assert (frame["type"], payload["type"]) == ("interactive", "block_actions")
        assert (payload["user"]["id"], payload["message"]["ts"]) == ("U0ADA", posted["ts"])
        (action,) = payload["actions"]
        assert (action["value"], action["block_id"]) == (value, block_id or "row")
        assert payload["trigger_id"]


async def test_a_click_on_an_ephemeral_message_carries_no_message(workspace: Workspace, api: Api, app: RawApp) -> None:
    posted = await api("chat.postEphemeral", channel="C0POLICY", user="U0ADA", text="x", blocks=BUTTONS)
    pressed = asyncio.create_task(workspace.press("U0ADA", "C0POLICY", posted["message_ts"], "go"))
    frame = await app.receive()
    await app.ack(frame)
    await pressed
    assert "message" not in frame["payload"]
    assert frame["payload"]["container"]["is_ephemeral"] is True
    with pytest.raises(LookupError):
        await workspace.press("U0GRACE", "C0POLICY", posted["message_ts"], "go")


@pytest.mark.parametrize(("ts", "action_id"), [("1.0", "go"), ("", "stop"), ("", "more")])
async def test_only_buttons_that_are_there_can_be_clicked(
    workspace: Workspace, api: Api, ts: str, action_id: str
) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=BUTTONS)
    with pytest.raises(LookupError):
        await workspace.press("U0ADA", "C0POLICY", ts or posted["ts"], action_id)


async def test_a_click_that_fails_is_reported(workspace: Workspace, api: Api, session: aiohttp.ClientSession) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=BUTTONS)
    assert (await workspace.press("U0ADA", "C0POLICY", posted["ts"], "go")).problem == "The app is not connected."
    app = RawApp(workspace, session)
    await app.connect()
    pressed = asyncio.create_task(workspace.press("U0ADA", "C0POLICY", posted["ts"], "go"))
    await app.receive()
    await app.socket.close()
    assert (await pressed).problem == "The app answered with an error."


async def test_a_click_times_out(workspace: Workspace, api: Api, app: RawApp, clock: ManualClock) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=BUTTONS)
    pressed = asyncio.create_task(workspace.press("U0ADA", "C0POLICY", posted["ts"], "go"))
    await app.receive()
    await clock.jump(3.0)
    assert (await pressed).problem == "The app did not answer within 3 seconds."


async def test_without_interactivity_in_the_manifest_no_click_is_sent(session: aiohttp.ClientSession) -> None:
    source = manifest()
    source["settings"]["interactivity"]["is_enabled"] = False
    source["features"]["shortcuts"] = []
    async with Workspace(source).serve() as workspace:
        posted = await Api(workspace, session)("chat.postMessage", channel="C0POLICY", text="x", blocks=BUTTONS)
        result = await workspace.press("U0ADA", "C0POLICY", posted["ts"], "go")
        assert result.problem == "This app is not configured to handle interactive responses."


async def test_feedback_sends_the_text_and_value_of_the_button_pressed(
    workspace: Workspace, api: Api, app: RawApp
) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=FEEDBACK)
    place = MessagePlace("C0POLICY", posted["ts"])
    for value, text in (("bad", "Wrong"), ("good", "Right")):
        pressed = asyncio.create_task(workspace.act("U0GRACE", place, "verdict", "feedback", {"value": value}))
        frame = await app.receive()
        await app.ack(frame)
        assert (await pressed).acked
        (action,) = frame["payload"]["actions"]
        assert action.pop("action_ts")
        assert action == {
            "type": "feedback_buttons",
            "block_id": "verdict",
            "action_id": "feedback",
            "text": {"type": "plain_text", "text": text},
            "value": value,
        }
        assert frame["payload"]["state"] == {"values": {}}
    with pytest.raises(LookupError):
        await workspace.act("U0GRACE", place, "verdict", "feedback", {"value": "other"})
    with pytest.raises(LookupError):
        await workspace.press("U0GRACE", "C0POLICY", posted["ts"], "feedback")


async def test_an_icon_button_is_pressed_by_those_who_see_it(workspace: Workspace, api: Api, app: RawApp) -> None:
    posted = await api("chat.postMessage", channel="C0POLICY", text="x", blocks=FEEDBACK)
    pressed = asyncio.create_task(workspace.press("U0ADA", "C0POLICY", posted["ts"], "remove"))
    frame = await app.receive()
    await app.ack(frame)
    await pressed
    (action,) = frame["payload"]["actions"]
    assert (action["type"], action["icon"], action["value"]) == ("icon_button", "trash", "7")
    with pytest.raises(LookupError):
        await workspace.press("U0GRACE", "C0POLICY", posted["ts"], "remove")
