"""The menus below messages: their options, those that were forged, and presses on buttons of older versions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.slack.receiving.requests import take
from tests.scenarios.private_replies import says, until_seen
from tests.scenarios.scene import ADA, GENERAL, GRACE, POLICY, Scene, buttons, control, labels
from tests.scenarios.views import shows

if TYPE_CHECKING:
    from collections.abc import Mapping

GONE = "We no longer hold that fact."
TOO_OLD = "That button is too old to be understood."
NOT_THERE = "What caused this post has ended since, or was changed."


async def pressed(scene: Scene, action: Mapping[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any part of a payload
    """Send a press that the message does not have, and return what its actor is told."""
    reply = await scene.asks("/fact growth zones")
    await scene.clicks(reply, "Sources")
    payload = dict(scene.workspace.dispatches[-1].envelope.payload)
    made = {**payload, "trigger_id": repr((action, changes)), "actions": [{"block_id": "b", **action}], **changes}
    before = scene.sees()
    assert (await take(scene.bolt, body=made)).status == 200
    await scene.until(lambda: scene.sees() != before)
    return scene.last()


def option(value: str) -> dict[str, Any]:
    return {"type": "overflow", "action_id": "menu:0", "selected_option": {"value": value}}


async def test_below_an_answer_stands_one_button_and_a_menu_in_one_row(scene: Scene) -> None:
    for typed in ("/fact growth zones", "/fact growth zones wibble", "/fact sovereigm"):
        reply = await scene.asks(typed)
        first, *others = buttons(reply)
        assert (first["text"]["text"], first["style"]) == ("Post to channel", "primary")
        assert {each["type"] for each in others} == {"overflow"}, typed
        assert {"Copy citation", "Tell me if this changes", "Sources"} <= set(labels(reply))
        assert not any(label.endswith("…") for label in labels(reply))


async def test_an_option_does_what_it_says(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    told = await scene.presses(reply, "Tell me if this changes")
    assert told["text"].startswith("I will write to you, once, if this fact changes before ")
    await scene.clicks(reply, "Copy citation")
    await shows(scene, "Copy the text below.")


FORGED = (
    ("", TOO_OLD),
    ("nosuch growth-zones-bids", TOO_OLD),
    ("cite {", TOO_OLD),
    ("cite \x00", TOO_OLD),
    ('cite {"facts":["gone"]}', GONE),
    ("watch gone", GONE),
    ("sources gone", GONE),
    ("sources", GONE),
    ("more x growth zones", TOO_OLD),
    ("menu:0 cite {}", TOO_OLD),
    ("end s1", "That schedule is no longer here."),
    ("cause schedule s1", NOT_THERE),
    ("cause", NOT_THERE),
    ("cause alert nowhere", NOT_THERE),
)


async def test_a_forged_option_gets_one_sentence(scene: Scene) -> None:
    for value, told in FORGED:
        assert (await pressed(scene, option(value)))["text"].startswith(told), value


async def test_an_option_of_another_workspace_or_channel_shows_nothing_of_it(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure weekdays 09:00", user=GRACE, channel=POLICY)
    reply = await says(scene, "/briefing subscriptions", user=GRACE, channel=POLICY)
    (menu,) = [each["accessory"] for each in reply["blocks"] if "accessory" in each]
    schedule = menu["options"][0]["value"].split(" ")[1]
    assert (await pressed(scene, option(f"cause schedule {schedule}")))["text"] == NOT_THERE
    count, stranger = len(scene.workspace.calls), {"id": ADA, "name": "ada", "team_id": "T0OTHER"}
    told = await pressed(scene, option(f"end {schedule}"), user=stranger)
    assert "every weekday" not in told["text"]
    assert not [each for each in scene.workspace.calls[count:] if each.method == "chat.postMessage"]
    assert "every weekday" in (await says(scene, "/briefing subscriptions", user=GRACE, channel=POLICY))["text"]


async def test_a_fact_that_went_since_is_told_as_gone(scene: Scene) -> None:
    reply = await scene.asks("/fact growth-zones-bids")
    facts = {key: fact for key, fact in scene.content.facts.items() if key != "growth-zones-bids"}
    _, _, chosen = control(reply, "Tell me if this changes")
    await scene.publisher.publish(replace(scene.content, facts=facts))
    await scene.bot.refresh()
    assert (await pressed(scene, option(chosen["selected_option"]["value"])))["text"].startswith(GONE)
    assert (await scene.presses(reply, "Sources"))["text"].startswith(GONE)


OLDER = (
    ("watch", "growth-zones-bids", "I will write to you, once,"),
    ("watch:1", "growth-zones-bids", "I will write to you, once,"),
    ("more:0", "3 growth zones", "Facts 4 to 7 of "),
    ("fact:2", "growth-zones-bids", "There were over 200 bids"),
    ("details", '{"area":"infrastructure"}', "Infrastructure"),
    ("why", "alert", "This channel gets no alerts and no scheduled posts."),
    ("schedules", "s1", "This channel gets no alerts and no scheduled posts."),
    ("verbatim:0", "sovereigm", "We hold nothing on “sovereigm”."),
    ("unknown:0", "x", TOO_OLD),
)


async def test_a_button_of_an_older_version_still_works_or_says_so(scene: Scene) -> None:
    for action_id, value, told in OLDER:
        action = {"type": "button", "action_id": action_id, "value": value}
        assert (await pressed(scene, action))["text"].startswith(told), action_id


async def test_a_link_to_a_source_below_an_older_message_opens_and_is_acknowledged(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    await scene.clicks(reply, "Sources")
    payload = dict(scene.workspace.dispatches[-1].envelope.payload)
    action = {"type": "button", "action_id": "source:0", "block_id": "b"}
    before = scene.sees()
    body = payload | {"trigger_id": "again", "actions": [action]}
    assert (await take(scene.bolt, body=body)).status == 200
    await scene.settled()
    assert scene.sees() == before


async def test_why_below_an_alert_of_an_older_version_leads_to_the_list(scene: Scene) -> None:
    await says(scene, "/briefing subscribe all alerts")
    line = await until_seen(scene, "subscribed this channel")
    listed = await scene.presses(line, "Change", user=GRACE, channel=GENERAL)
    assert "Alerts on all areas: every change" in listed["text"]
