"""Who may do what, over the wire: guests, other organisations and other workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.alerts import subscriptions
from bot.messages import ChannelRef
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, Scene
from workspace.state.records import TEAM_ID, User

if TYPE_CHECKING:
    from bot.alerts.subscriptions import Subscription

GUEST, GUESTS_DM = "U0GUEST", "D0GUEST"


async def told(scene: Scene, text: str, user: str) -> str:
    """Type a command in #general, and return what is said to its author."""
    before = len(scene.sees(user, GENERAL))
    await scene.types(text, user=user)
    await scene.until(lambda: len(scene.sees(user, GENERAL)) > before)
    await scene.settled()
    return scene.sees(user, GENERAL)[before]


async def alerts(scene: Scene) -> list[Subscription]:
    """Return the alerts of #general."""
    async with scene.database.reading() as connection:
        return list(await subscriptions.for_channel(connection, ChannelRef(TEAM_ID, GENERAL)))


def press(action: str, value: str, *, home: str = TEAM_ID, team: str = TEAM_ID, user: str = ADA) -> dict[str, Any]:
    """Return Slack's payload of a button that was pressed below a message in #general."""
    return {
        "type": "block_actions",
        "team": {"id": team},
        "user": {"id": user, "name": "someone", "team_id": home},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": GENERAL, "is_ephemeral": False},
        "channel": {"id": GENERAL},
        "actions": [{"action_id": action, "value": value, "block_id": "b"}],
        "trigger_id": f"{action}.{value}.{home}.{team}.{user}",
        "response_url": "https://hooks.slack.example/none",
    }


async def test_a_guest_looks_up_and_changes_nothing_but_their_own(scene: Scene) -> None:
    assert "Growth Zone" in (await scene.asks("/fact growth zones", user=GUEST))["text"]
    assert (await told(scene, "/briefing subscribe all alerts", GUEST)).startswith("Guests of this workspace cannot")
    assert not await alerts(scene)


@pytest.mark.parametrize(
    ("kind", "is_muted"),
    [({}, True), ({"home": "T0ELSEWHERE"}, False), ({"user": GUEST}, False), ({"user": "U0NOBODY"}, False)],
)
async def test_who_may_not_pauses_nothing_by_a_button(scene: Scene, kind: dict[str, str], *, is_muted: bool) -> None:
    await told(scene, "/briefing subscribe all alerts", ADA)
    response = await take(scene.bolt, body=press("mute", "", **kind))
    assert response.status == 200
    await scene.settled()
    (alert,) = await alerts(scene)
    assert bool(alert.pause_reason) is is_muted


async def test_somebody_of_another_organisation_is_answered_and_changes_nothing(scene: Scene) -> None:
    sam = User("U0SAM", "sam", "Sam", team_id="T0ELSEWHERE")
    scene.workspace.add_person(sam)
    scene.workspace.invite(GENERAL, sam.id)
    await told(scene, "/briefing subscribe all alerts", ADA)
    asked = await scene.types("@Briefing bot growth zones", user=sam.id)
    assert asked.message is not None
    thread = asked.message.ts
    await scene.until(lambda: len(scene.sees(sam.id, GENERAL, thread)) == 2)
    assert "Growth Zone" in scene.sees(sam.id, GENERAL, thread)[1]
    await scene.until(lambda: any("subscribed this channel" in text for text in scene.sees(sam.id, GENERAL)))
    seen = scene.workspace.seen_by(sam.id, GENERAL)
    change = next(each for each in seen if "subscribed this channel" in each["text"])
    before = len(scene.sees(sam.id, GENERAL))
    await scene.clicks(change, "Change", user=sam.id)
    await scene.until(lambda: len(scene.sees(sam.id, GENERAL)) > before)
    assert scene.sees(sam.id, GENERAL)[-1].startswith("Only people of the organisation that runs me can do that.")
    assert not scene.workspace.modals(sam.id)
    (alert,) = await alerts(scene)
    assert not alert.pause_reason


async def test_a_request_of_another_workspace_is_refused_and_told_once(scene: Scene) -> None:
    await told(scene, "/briefing subscribe all alerts", ADA)
    command = {"command": "/fact", "text": "growth zones", "team_id": "T0ELSEWHERE", "channel_id": ADAS_DM}
    with capture_logs() as logs:
        for body in (press("mute", "", team="T0ELSEWHERE"), {**command, "user_id": ADA, "response_url": ""}):
            response = await take(scene.bolt, body=body)
            assert (response.status, response.body) == (403, "")
    await scene.settled()
    assert [line["reason"] for line in logs if line["event"] == "request.refused"] == ["another workspace"]
    (alert,) = await alerts(scene)
    assert not alert.pause_reason
