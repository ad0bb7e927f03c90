"""The assistant pane: areas to choose from, the same answers, in threads with a title."""

from __future__ import annotations

from typing import TYPE_CHECKING

import app as wiring
from tests.scenarios.scene import ADA, ADAS_DM, ScenarioClock, Scene, held_up, playing
from workspace.server import Workspace

if TYPE_CHECKING:
    import pytest

    from workspace.state.assistant import AssistantThread


def pane(scene: Scene) -> AssistantThread:
    """Return the thread in Ada's pane."""
    thread = scene.workspace.assistant(ADA)
    assert thread is not None
    return thread


async def opens(scene: Scene) -> str:
    """Open the pane, wait for its prompts, and return its thread."""
    scene.workspace.open_assistant(ADA)
    await scene.until(lambda: pane(scene).prompts)
    return pane(scene).thread_ts


async def test_it_offers_the_areas_and_answers_the_one_chosen_in_its_thread(scene: Scene) -> None:
    thread = await opens(scene)
    assert [each.message for each in pane(scene).prompts] == [area.title for area in scene.content.memorandum.areas][:4]
    await scene.types(pane(scene).prompts[2].message, channel=ADAS_DM, thread=thread)
    await scene.until(lambda: "Growth Zones" in scene.last(ADA, ADAS_DM, thread)["text"])
    assert scene.last(ADA, ADAS_DM, thread)["blocks"][0]["text"]["text"] == "Infrastructure"


async def test_a_thread_is_named_after_its_first_question_and_no_later_one(scene: Scene) -> None:
    thread = await opens(scene)
    await scene.types("growth zones", channel=ADAS_DM, thread=thread)
    await scene.until(lambda: pane(scene).title == "growth zones")
    for words, part in (("who signed it?", "signed"), ("zebras sovereigns lions", "We hold nothing")):
        await scene.types(words, channel=ADAS_DM, thread=thread)
        await scene.until(lambda part=part: part in scene.last(ADA, ADAS_DM, thread)["text"])  # type: ignore[misc]
    assert pane(scene).title == "growth zones"
    assert len(scene.calls("assistant.threads.setTitle")) == 1


async def test_a_quick_answer_needs_no_status_and_a_slow_one_has_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await opens(scene)
    await scene.types("growth zones", channel=ADAS_DM, thread=thread)
    await scene.until(lambda: "Growth" in scene.last(ADA, ADAS_DM, thread)["text"])
    assert scene.calls("assistant.threads.setStatus") == []
    go_on = await held_up(scene, monkeypatch)
    await scene.types("who signed it?", channel=ADAS_DM, thread=thread)
    await scene.until(lambda: pane(scene).status)
    go_on.set()
    await scene.until(lambda: not pane(scene).status)
    assert "signed" in scene.last(ADA, ADAS_DM, thread)["text"]


async def test_a_refused_prompt_or_title_costs_no_answer(scene: Scene) -> None:
    scene.workspace.limit("assistant.threads.setSuggestedPrompts", 30)
    scene.workspace.limit("assistant.threads.setTitle", 30)
    scene.workspace.open_assistant(ADA)
    await scene.until(lambda: scene.calls("assistant.threads.setSuggestedPrompts"))
    thread = pane(scene).thread_ts
    await scene.types("growth zones", channel=ADAS_DM, thread=thread)
    await scene.until(lambda: scene.calls("assistant.threads.setTitle"))
    await scene.until(lambda: "Growth" in scene.last(ADA, ADAS_DM, thread)["text"])


async def test_without_the_pane_a_direct_message_is_answered_all_the_same() -> None:
    manifest = wiring.read_manifest()
    del manifest["features"]["assistant_view"]
    manifest["oauth_config"]["scopes"]["bot"].remove("assistant:write")
    manifest["settings"]["event_subscriptions"]["bot_events"].remove("assistant_thread_started")
    async with Workspace(manifest, clock=ScenarioClock()).serve() as workspace, playing(workspace) as scene:
        happened = await scene.types("growth zones", channel=ADAS_DM)
        assert happened.message is not None
        await scene.until(lambda: "Growth" in scene.last(ADA, ADAS_DM)["text"])
        thread = happened.message.ts
        await scene.types("who signed it?", channel=ADAS_DM, thread=thread)
        await scene.until(lambda: "signed" in scene.last(ADA, ADAS_DM, thread)["text"])
        assert not any(call.method.startswith("assistant.") for call in workspace.calls)
