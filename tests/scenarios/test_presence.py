"""Whom a view obeys: who has left a channel, or was never in it, reads and changes nothing of it from there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.messages import ChannelRef
from bot.schedules import schedules
from handlers.slack.receiving.requests import take
from tests.scenarios import private_replies
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, POLICY, Scene, playing
from tests.scenarios.test_home import home, opens
from tests.scenarios.views import presses, shows, words_in
from tests.support.manifests import without_scopes
from workspace.server import Workspace
from workspace.state.forms import ViewPlace
from workspace.state.records import TEAM_ID

if TYPE_CHECKING:
    from bot.schedules.schedules import Schedule

GUEST = "U0GUEST"
SUBSCRIBE = "/briefing subscribe infrastructure weekdays 09:00 Europe/London"
UNSEEN = "I cannot see that you are in this channel."
NOT_YOURS = "I cannot see that this direct message is yours."


async def standing(scene: Scene, channel: str = POLICY) -> Schedule:
    """Return the schedule of a channel."""
    async with scene.database.reading() as connection:
        (schedule,) = await schedules.for_channel(connection, ChannelRef(TEAM_ID, channel))
    return schedule


def leaves(scene: Scene, user: str, channel: str) -> None:
    """Take somebody out of a channel."""
    left = scene.workspace.state.channel(channel)
    assert left is not None
    scene.workspace.state.add_channel(replace(left, members=left.members - {user}))


async def chooses(scene: Scene, view: dict[str, Any], label: str, *, user: str) -> None:
    """Choose from the menu of the first line that has one."""
    block = next(each for each in view["blocks"] if "accessory" in each)
    menu = block["accessory"]
    chosen = {"selected_option": next(each for each in menu["options"] if each["text"]["text"] == label)}
    await scene.workspace.act(user, ViewPlace(view["id"]), block["block_id"], menu["action_id"], chosen)


def forged(kind: str, action: str, value: str, metadata: str) -> dict[str, Any]:
    """Return a press by a guest in a view that nobody drew."""
    view: dict[str, Any] = {
        "id": "Vx",
        "type": kind,
        "callback_id": "reply",
        "private_metadata": metadata,
        "blocks": [],
    }
    view["title"] = {"type": "plain_text", "text": "Made up"}
    pressed = {"type": "button", "block_id": "b", "action_id": action, "value": value}
    return {
        "type": "block_actions",
        "user": {"id": GUEST, "name": "gil"},
        "team": {"id": TEAM_ID},
        "trigger_id": f"{kind} {action} {value}",
        "view": view | ({"blocks": [{"type": "divider"}]} if kind == "modal" else {}),
        "container": {"type": "view", "view_id": "Vx"},
        "actions": [pressed],
    }


async def test_a_home_drawn_before_its_visitor_left_shows_nothing_more_and_is_drawn_anew(scene: Scene) -> None:
    await private_replies.says(scene, SUBSCRIBE, user=GRACE, channel=POLICY)
    view = await opens(scene, GRACE)
    leaves(scene, GRACE, POLICY)
    await presses(scene, view, "Change", user=GRACE)
    told = words_in(await shows(scene, UNSEEN, user=GRACE))
    assert "type /briefing subscriptions there" in told
    assert "weekday" not in told
    await scene.until(lambda: POLICY not in words_in(home(scene, GRACE)))


@pytest.mark.parametrize("label", ["Remove", "Pause", "Edit", "Post now"])
async def test_a_list_opened_before_they_left_changes_nothing(scene: Scene, label: str) -> None:
    await private_replies.says(scene, SUBSCRIBE, user=GRACE, channel=POLICY)
    before = await standing(scene)
    await presses(scene, await opens(scene, GRACE), "Change", user=GRACE)
    listed = await shows(scene, "This channel gets", user=GRACE)
    leaves(scene, GRACE, POLICY)
    await chooses(scene, listed, label, user=GRACE)
    await shows(scene, UNSEEN, user=GRACE)
    assert await standing(scene) == before


async def test_a_command_from_a_channel_that_they_left_changes_nothing(scene: Scene) -> None:
    await private_replies.says(scene, SUBSCRIBE, user=GRACE, channel=POLICY)
    before = await standing(scene)
    leaves(scene, GRACE, POLICY)
    body = {"command": "/briefing", "text": "unsubscribe all", "user_id": GRACE, "channel_id": POLICY}
    answer = {"team_id": TEAM_ID, "trigger_id": "1.1", "response_url": f"{scene.workspace.url}/commands/none"}
    with capture_logs() as logs:
        await take(scene.bolt, body=body | answer)
        await scene.settled()
    assert "membership.unknown" not in [entry["event"] for entry in logs]
    assert await standing(scene) == before


async def test_a_form_opened_from_home_before_they_left_changes_nothing(scene: Scene) -> None:
    await private_replies.says(scene, SUBSCRIBE, user=GRACE, channel=POLICY)
    before = await standing(scene)
    await presses(scene, await opens(scene, GRACE), "Change", user=GRACE)
    listed = await shows(scene, "This channel gets", user=GRACE)
    await chooses(scene, listed, "Edit", user=GRACE)
    await scene.until(lambda: len(scene.workspace.modals(GRACE)) == 2)
    form = scene.workspace.modals(GRACE)[-1]
    leaves(scene, GRACE, POLICY)
    await scene.workspace.submit(GRACE, form.view["id"], private_replies.fills_in(form, at="08:15"))
    still = scene.workspace.modals(GRACE)[-1]
    assert still.errors["areas"].startswith(UNSEEN)
    assert await standing(scene) == before


@pytest.mark.parametrize(("channel", "owner", "sentence"), [(POLICY, GRACE, UNSEEN), (ADAS_DM, ADA, NOT_YOURS)])
async def test_a_guest_who_makes_up_a_press_reads_and_changes_nothing(
    scene: Scene, channel: str, owner: str, sentence: str
) -> None:
    await private_replies.says(scene, SUBSCRIBE, user=owner, channel=channel)
    before = await standing(scene, channel)
    said = len(scene.calls("chat.postMessage"))

    def told_elsewhere() -> list[dict[str, Any]]:
        return [call for call in scene.calls("chat.postMessage")[said:] if call["channel"] != channel]

    presses_made_up = [
        forged("home", "why", channel, ""),
        forged("modal", "pause:0", before.id, channel),
        forged("modal", "menu:0", "", channel),
        forged("modal", "edit:0", before.id, channel),
        forged("modal", "mute:0", "alert", channel),
        forged("home", "pause:0", before.id, channel),
    ]
    for body in presses_made_up:
        await take(scene.bolt, body=body)
    await scene.until(lambda: len(told_elsewhere()) > 1)
    told = str([*told_elsewhere(), *scene.calls("views.update")])
    assert sentence in told
    assert "weekday at 09:00" not in told
    assert scene.calls("views.push") == []
    assert await standing(scene, channel) == before


async def test_a_guest_who_makes_up_a_form_changes_nothing(scene: Scene) -> None:
    await private_replies.says(scene, SUBSCRIBE, user=ADA, channel=ADAS_DM)
    before = await standing(scene, ADAS_DM)
    kept = json.dumps({"channel": ADAS_DM, "schedule": before.id, "zone": "UTC"})
    form = await private_replies.opens(scene, "/briefing subscribe infrastructure weekdays", channel=ADAS_DM)
    state = {"values": {field: value for field, value in form.values.items() if field != "alerts"}}
    view = {"id": "Vx", "type": "modal", "callback_id": "schedule", "private_metadata": kept, "state": state}
    body = {"type": "view_submission", "user": {"id": GUEST, "name": "gil"}, "team": {"id": TEAM_ID}, "view": view}
    answer = await take(scene.bolt, body=body)
    assert NOT_YOURS in str(answer.body)
    assert await standing(scene, ADAS_DM) == before


async def test_the_owner_of_a_direct_message_changes_it_from_home(scene: Scene) -> None:
    await private_replies.says(scene, SUBSCRIBE, channel=ADAS_DM)
    await presses(scene, await opens(scene), "Change")
    await chooses(scene, await shows(scene, "This conversation gets:"), "Pause", user=ADA)
    await shows(scene, "Paused: ")
    assert (await standing(scene, ADAS_DM)).paused_at


async def test_without_the_scopes_a_form_that_was_asked_for_in_the_channel_is_taken() -> None:
    manifest = without_scopes(lambda scope: scope.endswith("s:read"))
    async with Workspace(manifest).serve() as workspace, playing(workspace) as scene:
        form = await private_replies.opens(scene, "/briefing subscribe infrastructure weekdays")
        assert await private_replies.submits(scene, form) is None
        schedule = await standing(scene, GENERAL)
        told = next(each for each in private_replies.private(scene) if "every weekday" in each["text"].lower())
        await scene.clicks(told, "Edit")
        await scene.until(lambda: scene.workspace.modals(ADA))
        assert await private_replies.submits(scene, scene.workspace.modals(ADA)[-1], at="08:15") is None
        assert (await standing(scene, GENERAL)).rule == replace(schedule.rule, at=time(8, 15))
