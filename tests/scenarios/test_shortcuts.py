"""Shortcuts: a message held against the facts, and a fact found from anywhere; hostile and slow cases too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from handlers.listeners.shortcuts import CHECK, FIND
from handlers.rendering.modals import Modals
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, RANDOM, Scene, held_up, labels
from tests.scenarios.views import modal, presses, shows, words_in
from tests.support.patient_bot import be_impatient
from workspace.state.forms import ViewPlace

if TYPE_CHECKING:
    import asyncio

    from workspace.state.views import Modal

FIRM = "OpenAI will invest £1 billion in AI Growth Zones. The memorandum is legally binding."


async def checks(scene: Scene, words: str, *, channel: str = GENERAL, user: str = ADA) -> dict[str, Any]:
    """Let Grace write a message, check it against the facts, and return the modal."""
    happened = await scene.types(words, user=GRACE, channel=channel)
    assert happened.message is not None
    await scene.workspace.message_shortcut(user, channel, happened.message.ts, CHECK)
    return dict((await modal(scene, user=user)).view)


async def searches(scene: Scene) -> Modal:
    """Open Find a fact."""
    happened = await scene.workspace.global_shortcut(ADA, FIND)
    assert happened.acked
    return await modal(scene)


async def suggested(scene: Scene, opened: Modal, typed: str) -> list[dict[str, Any]]:
    """Return what is suggested for what was typed."""
    return await scene.workspace.suggest(ADA, ViewPlace(opened.view["id"]), FIND, FIND, typed)


async def chooses(scene: Scene, opened: Modal, option: dict[str, Any]) -> None:
    """Choose one of the suggestions."""
    place = ViewPlace(opened.view["id"])
    happened = await scene.workspace.act(ADA, place, FIND, FIND, {"selected_option": option})
    assert happened.acked, happened


@pytest.mark.parametrize("channel", [GENERAL, RANDOM])
async def test_a_message_is_checked_for_one_person_alone(scene: Scene, channel: str) -> None:
    view = await checks(scene, FIRM, channel=channel)
    told = words_in(view)
    assert view["title"]["text"] == "Check against the facts"
    assert "OpenAI could look at investing" in told
    assert "Possible, not decided" in told
    assert "“will” sounds firmer than the fact" in told
    assert "The sources do not say £1 billion." in told
    assert scene.workspace.modals(GRACE) == ()
    assert scene.calls("chat.postMessage") + scene.calls("chat.postEphemeral") == []


async def test_what_somebody_typed_is_shown_literally_and_pings_nobody(scene: Scene) -> None:
    words = "@Briefing bot *OpenAI* said <http://evil.example|click> & `x` _signed_ the memorandum"
    view = await checks(scene, words)
    told = words_in(view)
    assert "*OpenAI* said" in told
    assert "`x` _signed_" in told
    assert "mrkdwn" not in str(view)


async def test_a_message_of_3000_characters_fits(scene: Scene) -> None:
    view = await checks(scene, "OpenAI signed the memorandum in London. " * 75)
    assert "65 more sentences were not checked" in words_in(view)


async def test_a_message_with_nothing_but_a_picture_says_so(scene: Scene) -> None:
    body = {
        "type": "message_action",
        "callback_id": CHECK,
        "trigger_id": "1.2.gone",
        "response_url": "",
        "user": {"id": ADA, "name": "ada"},
        "channel": {"id": GENERAL, "name": "general"},
        "team": {"id": "T0TRY", "domain": "try"},
        "message": {"type": "message", "ts": "1.1", "user": GRACE, "text": "", "files": [{"id": "F1"}]},
    }
    await take(scene.bolt, body=body)
    await scene.until(lambda: any("no words that could be checked" in text for text in scene.sees(ADA, ADAS_DM)))
    assert scene.workspace.modals(ADA) == (), "the trigger was none: the answer comes as a direct message"


@pytest.fixture
def _soon_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch, Modals, "slow_s")


async def checked_slowly(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let Ada check what Grace wrote, and have the answer wait for the event that is returned."""
    go_on = await held_up(scene, monkeypatch)
    happened = await scene.types(FIRM, user=GRACE)
    assert happened.message is not None
    await scene.workspace.message_shortcut(ADA, GENERAL, happened.message.ts, CHECK)
    return go_on


@pytest.mark.usefixtures("_soon_slow")
async def test_a_slow_answer_is_announced_and_follows(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = await checked_slowly(scene, monkeypatch)
    await shows(scene, "Looking…")
    go_on.set()
    await shows(scene, "“will” sounds firmer")


@pytest.mark.usefixtures("_soon_slow")
async def test_a_modal_that_was_closed_meanwhile_is_left_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = await checked_slowly(scene, monkeypatch)
    looking = await shows(scene, "Looking…")
    await scene.workspace.close_modal(ADA, looking["id"])
    go_on.set()
    await scene.until(lambda: scene.calls("views.update"))
    assert scene.workspace.modals(ADA) == ()
    assert scene.calls("chat.postMessage") == []


async def test_suggestions_are_facts_and_the_chosen_one_is_shown_below_the_box(scene: Scene) -> None:
    opened = await searches(scene)
    found = await suggested(scene, opened, "growth zon")
    assert all(option["value"].startswith("fact ") for option in found)
    assert found[0]["description"]["text"]
    await chooses(scene, opened, found[0])
    fact = scene.content.facts[found[0]["value"].removeprefix("fact ")]
    view = await shows(scene, "Tell me if this changes")
    assert fact.statement in words_in(view)
    assert view["callback_id"] == FIND
    assert view["blocks"][0]["accessory"]["type"] == "external_select"
    assert "Tell me if this changes" in labels(view)
    await presses(scene, view, "Tell me if this changes")
    view = await shows(scene, "I will write to you, once")
    assert fact.statement in words_in(view), "what was read still stands"
    await presses(scene, view, "Forget it")
    assert fact.statement in words_in(await shows(scene, "I will not write to you about that fact."))


async def test_what_no_fact_holds_is_told_apart_and_explained(scene: Scene) -> None:
    opened = await searches(scene)
    groups = await suggested(scene, opened, "zebras sovereigns lions")
    assert [group["label"]["text"] for group in groups] == ["We hold nothing on this", "Near, but no answer"]
    await chooses(scene, opened, groups[0]["options"][0])
    view = await shows(scene, "For anything else ask")
    near = labels(view)[0]
    await presses(scene, view, near)
    await shows(scene, "Tell me if this changes")
    assert len(scene.workspace.modals(ADA)) == 1


@pytest.mark.parametrize("typed", ["zebras " * 80, "<!channel>*x*", "£££ ???", "&amp;lt;script&gt;", "“quotes” \u202e"])
async def test_anything_can_be_typed(scene: Scene, typed: str) -> None:
    opened = await searches(scene)
    found = await suggested(scene, opened, typed)
    assert found


async def test_a_fact_that_went_meanwhile_is_told_where_it_was_chosen(scene: Scene) -> None:
    opened = await searches(scene)
    found = await suggested(scene, opened, "growth zones")
    gone = found[0]["value"].removeprefix("fact ")
    kept = {key: fact for key, fact in scene.content.facts.items() if key != gone}
    await scene.publisher.publish(replace(scene.content, facts=kept))
    await scene.bot.refresh()
    await chooses(scene, opened, found[0])
    await shows(scene, "We no longer hold that fact.")


async def test_a_button_of_another_version_is_refused_in_the_modal(scene: Scene) -> None:
    opened = await searches(scene)
    action = {"type": "button", "action_id": "frobnicate:1", "value": "x", "block_id": "b", "action_ts": "1.1"}
    body = {
        "type": "block_actions",
        "user": {"id": ADA, "name": "ada", "username": "ada"},
        "team": {"id": "T0TRY", "domain": "try"},
        "container": {"type": "view", "view_id": opened.view["id"]},
        "trigger_id": "1.1.x",
        "view": dict(opened.view),
        "actions": [action],
    }
    await take(scene.bolt, body=body)
    await shows(scene, "too old to be understood. Close this window and ask again.")


async def test_a_trigger_that_ran_out_is_told_in_a_direct_message(scene: Scene) -> None:
    body = {
        "type": "shortcut",
        "callback_id": FIND,
        "trigger_id": "1.2.gone",
        "user": {"id": ADA, "username": "ada"},
        "team": {"id": "T0TRY", "domain": "try"},
    }
    await take(scene.bolt, body=body)
    await scene.until(lambda: any("did not open the window" in text for text in scene.sees(ADA, ADAS_DM)))
