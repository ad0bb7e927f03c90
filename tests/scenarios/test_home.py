"""App Home: drawn when it is opened, drawn again when what it shows changes, and every press in it answered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.scenarios.scene import ADA, ADAS_DM, GRACE, POLICY, Scene, labels, playing
from tests.scenarios.views import modal, pressable, presses, shows, words_in
from tests.support.manifests import without_scopes
from workspace.server import Workspace
from workspace.state.forms import ViewPlace

ID = "growth-zones-investment"


async def opens(scene: Scene, user: str = ADA) -> dict[str, Any]:
    """Open Home, and return it once it is drawn."""
    drawn = len(scene.calls("views.publish"))
    scene.workspace.open_home(user)
    await scene.until(lambda: len(scene.calls("views.publish")) > drawn)
    return home(scene, user)


def home(scene: Scene, user: str = ADA) -> dict[str, Any]:
    """Return what stands in Home."""
    view = scene.workspace.home(user)
    assert view is not None
    return view


async def test_it_says_what_it_is_and_offers_the_areas(scene: Scene) -> None:
    view = await opens(scene)
    told = words_in(view)
    assert "UK–OpenAI memorandum" in told
    assert "Position at 21 July 2025" in told
    assert "revision 1" in told
    assert "how to ask" in told
    for area in scene.content.areas:
        assert pressable(view, area.title)


async def test_an_area_opens_its_briefing_in_a_modal_and_details_the_long_one(scene: Scene) -> None:
    view = await opens(scene)
    await presses(scene, view, "Infrastructure")
    opened = dict((await modal(scene)).view)
    assert opened["title"]["text"] == "Briefing"
    assert "Post to channel" not in words_in(opened)
    short = len(words_in(opened))
    await presses(scene, opened, "Details")
    await scene.until(lambda: len(words_in(scene.workspace.modals(ADA)[-1].view)) > short)
    assert len(scene.workspace.modals(ADA)) == 1


async def test_an_area_of_the_overview_takes_its_place_in_the_modal(scene: Scene) -> None:
    await presses(scene, await opens(scene), "The agreement as a whole")
    opened = await shows(scene, "The four areas")
    await presses(scene, opened, "Infrastructure")
    await shows(scene, "Growth Zones")


async def test_a_watch_appears_and_can_be_forgotten(scene: Scene) -> None:
    assert "Forget it" not in words_in(await opens(scene))
    answer = await scene.asks(f"/fact {ID}")
    await scene.clicks(answer, "Tell me if this changes")
    await scene.until(lambda: "Forget it" in words_in(home(scene)))
    assert "Growth Zones" in words_in(home(scene)).split("I write to you when")[1]
    await presses(scene, home(scene), "Forget it")
    await scene.until(lambda: "Forget it" not in words_in(home(scene)))
    assert scene.workspace.modals(ADA) == ()


async def test_it_lists_the_channels_that_its_visitor_is_in_and_changes_them_there(scene: Scene) -> None:
    await scene.types("/briefing subscribe infrastructure alerts", user=GRACE, channel=POLICY)
    await scene.until(lambda: scene.calls("chat.postEphemeral"))
    await scene.settled()
    view = await opens(scene)
    assert POLICY in words_in(view)
    assert "Alerts: Infrastructure" in words_in(view)
    await presses(scene, view, "Change")
    opened = await shows(scene, "This channel gets")
    assert opened["private_metadata"] == POLICY
    await presses(scene, opened, "Mute alerts")
    await shows(scene, "Alerts paused by")
    await scene.until(lambda: "Alerts paused by" in words_in(home(scene)))


async def test_a_schedule_is_edited_from_home_in_a_form_on_top(scene: Scene) -> None:
    await scene.types("/briefing subscribe infrastructure weekdays 09:00 Europe/London", user=GRACE, channel=POLICY)
    await scene.until(lambda: scene.calls("chat.postEphemeral"))
    await scene.settled()
    view = await opens(scene)
    assert "Infrastructure: every weekday at 09:00 (Europe/London)" in words_in(view)
    assert "Next: " in words_in(view)
    await presses(scene, view, "Change")
    listed = await shows(scene, "every weekday at 09:00")
    block = next(each for each in listed["blocks"] if "accessory" in each)
    options = block["accessory"]["options"]
    edit = next(each for each in options if each["text"]["text"] == "Edit")
    place = ViewPlace(listed["id"])
    chosen = {"selected_option": edit}
    happened = await scene.workspace.act(ADA, place, block["block_id"], block["accessory"]["action_id"], chosen)
    assert happened.acked
    await scene.until(lambda: len(scene.workspace.modals(ADA)) == 2)
    form = scene.workspace.modals(ADA)[-1].view
    picker = next(each for each in form["blocks"] if each.get("element", {}).get("type") == "timepicker")
    values = {picker["block_id"]: {picker["element"]["action_id"]: {"selected_time": "08:15"}}}
    await scene.workspace.submit(ADA, form["id"], values)
    await scene.until(lambda: "every weekday at 08:15" in words_in(home(scene)))
    assert scene.workspace.modals(ADA) == (), "the list below the form would be out of date"


async def test_a_newer_revision_is_shown_to_whoever_has_it_open(scene: Scene) -> None:
    await opens(scene)
    await opens(scene, GRACE)
    fact = scene.content.facts[ID]
    changed = replace(fact, statement=fact.statement.replace("could", "may"))
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, ID: changed}))
    await scene.bot.refresh()
    for user in (ADA, GRACE):
        await scene.until(lambda user=user: "revision 2" in words_in(home(scene, user)))  # type: ignore[misc]
    assert "No fact has changed here yet" not in words_in(home(scene))
    assert re.search(r"Facts last changed \d+ \w+ \d{4}; revision 2, published", words_in(home(scene)))


async def test_a_home_that_another_process_has_drawn_is_drawn_over(scene: Scene) -> None:
    await opens(scene)
    view = home(scene)
    bare = {"type": "home", "blocks": [{"type": "divider"}]}
    await scene.bolt.client.views_publish(user_id=ADA, view=bare, token=scene.workspace.bot_token)
    assert home(scene)["hash"] != view["hash"]
    answer = await scene.asks(f"/fact {ID}")
    await scene.clicks(answer, "Tell me if this changes")
    await scene.until(lambda: "Forget it" in words_in(home(scene)))


async def test_in_a_direct_message_the_messages_tab_draws_nothing(scene: Scene) -> None:
    await scene.types("growth zones", channel=ADAS_DM)
    await scene.until(lambda: "Growth" in scene.last(ADA, ADAS_DM)["text"])
    assert scene.calls("views.publish") == []


async def test_a_rate_limit_leaves_it_as_it_was(scene: Scene) -> None:
    await opens(scene)
    scene.workspace.limit("views.publish", 30)
    scene.workspace.open_home(ADA)
    await scene.until(lambda: len(scene.calls("views.publish")) == 2)
    assert "how to ask" in words_in(home(scene))
    await opens(scene)


async def test_without_the_scopes_it_does_not_look_at_channels() -> None:
    manifest = without_scopes(lambda scope: scope.endswith("s:read"))
    async with Workspace(manifest).serve() as workspace, playing(workspace) as scene:
        view = await opens(scene)
        assert "I may not see which channels you are in." in words_in(view)
        assert scene.calls("users.conversations") == []


@pytest.mark.parametrize("change", [{"channel": ""}, {"view": None}])
async def test_an_event_with_less_in_it_still_draws(scene: Scene, change: dict[str, Any]) -> None:
    event = {"type": "app_home_opened", "user": ADA, "channel": ADAS_DM, "tab": "home", "event_ts": "1.1", **change}
    from handlers.slack.receiving.requests import take  # noqa: PLC0415 — only here is a request made by hand

    body = {"type": "event_callback", "team_id": "T0TRY", "event_id": "Ev1", "event": event, "authorizations": []}
    await take(scene.bolt, body=body)
    await scene.until(lambda: scene.workspace.home(ADA))
    assert labels({"blocks": home(scene)["blocks"]})[0] == "Find a fact"
