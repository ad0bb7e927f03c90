"""The bot as an agent: its Messages tab, the pane of an app made before, and neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import app as wiring
from handlers.listeners.agent import GREETING
from handlers.slack.agent_view import AgentView
from handlers.slack.manifests import for_legacy_assistant
from tests.scenarios.scene import ADA, ADAS_DM, ScenarioClock, Scene, held_up, playing
from tests.support.patient_bot import be_impatient
from workspace.server import Workspace
from workspace.state.records import BOT_USER_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workspace.state.agent import AgentThread

GUEST, GUESTS_DM = "U0GUEST", "D0GUEST"


async def asks(scene: Scene, words: str, thread: str | None = None) -> str:
    """Type to the bot directly and return the ts of the thread in which it answers."""
    happened = await scene.types(words, channel=ADAS_DM, thread=thread)
    assert happened.message is not None
    return thread or happened.message.ts


async def reads(scene: Scene, thread: str, part: str) -> dict[str, Any]:
    """Wait for an answer in a thread and return it."""
    await scene.until(lambda: scene.last(ADA, ADAS_DM, thread)["user"] == BOT_USER_ID)
    await scene.until(lambda: part in scene.last(ADA, ADAS_DM, thread)["text"])
    return scene.last(ADA, ADAS_DM, thread)


# The Messages tab.


async def test_its_messages_tab_offers_the_areas_and_answers_each_question_in_its_thread(scene: Scene) -> None:
    areas = [area.title for area in scene.content.memorandum.areas][:4]
    scene.workspace.open_messages(ADA)
    await scene.until(lambda: [each.message for each in scene.workspace.suggestions(ADAS_DM).prompts] == areas)
    assert all("thread_ts" not in call for call in scene.calls("assistant.threads.setSuggestedPrompts"))
    thread = await asks(scene, areas[2])
    answer = await reads(scene, thread, "Growth Zones")
    assert answer["blocks"][0]["text"]["text"] == "Infrastructure"
    assert scene.calls("assistant.threads.setTitle") == []  # the question that begins the thread is its title
    assert [each["text"] for each in scene.workspace.seen_by(ADA, ADAS_DM)][-1] == areas[2]


async def test_a_follow_up_is_understood_in_its_thread_and_at_the_beginning_of_the_next(scene: Scene) -> None:
    first = await asks(scene, "growth zones bids")
    await reads(scene, first, "bids")
    await asks(scene, "and when?", thread=first)
    await scene.until(lambda: len(scene.sees(ADA, ADAS_DM, first)) == 4)
    in_thread = scene.last(ADA, ADAS_DM, first)["text"]
    second = await asks(scene, "and when?")
    await scene.until(lambda: len(scene.sees(ADA, ADAS_DM, second)) == 2)
    assert scene.last(ADA, ADAS_DM, second)["text"] == in_thread
    assert "nothing" not in in_thread


async def test_a_quick_answer_needs_no_status(scene: Scene) -> None:
    await reads(scene, await asks(scene, "growth zones"), "Growth")
    assert scene.calls("assistant.threads.setStatus") == []


@pytest.fixture
def _soon_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch, AgentView, "slow_s")


@pytest.mark.usefixtures("_soon_slow")
async def test_a_slow_answer_has_a_status(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = await held_up(scene, monkeypatch)
    thread = await asks(scene, "who signed it?")

    def status() -> str:
        shown = scene.workspace.agent_thread(ADAS_DM, thread)
        return shown.status if shown else ""

    await scene.until(status)
    go_on.set()
    await reads(scene, thread, "signed")
    assert status() == ""


async def test_who_has_said_nothing_is_greeted_once_however_often_and_at_once_they_come(scene: Scene) -> None:
    for _ in range(3):
        scene.workspace.open_messages(ADA)
    await scene.until(lambda: scene.sees(ADA, ADAS_DM))
    await scene.until(lambda: len(scene.calls("assistant.threads.setSuggestedPrompts")) == 3)
    await scene.settled()
    assert scene.sees(ADA, ADAS_DM) == [GREETING]
    assert len(scene.calls("chat.postMessage")) == 1


async def test_who_has_spoken_before_is_not_greeted(scene: Scene) -> None:
    await reads(scene, await asks(scene, "growth zones"), "Growth")
    scene.workspace.open_messages(ADA)
    await scene.until(lambda: scene.calls("conversations.history"))
    await scene.settled()
    assert len(scene.workspace.seen_by(ADA, ADAS_DM)) == 1


async def test_a_guest_is_greeted_too_and_another_workspace_is_not_answered(scene: Scene) -> None:
    scene.workspace.open_messages(GUEST)
    await scene.until(lambda: scene.sees(GUEST, GUESTS_DM))
    calls = len(scene.workspace.calls)
    event = {"type": "app_home_opened", "user": "U0FOREIGN", "channel": "D0FOREIGN", "tab": "messages"}
    body = {"type": "event_callback", "team_id": "T0OTHER", "api_app_id": "A0TRY", "event_id": "Ev9", "event": event}
    await scene.workspace.send_event(body)
    await scene.settled()
    assert len(scene.workspace.calls) == calls


@pytest.mark.parametrize("event", [{}, {"tab": "messages"}, {"tab": "messages", "channel": ""}, {"tab": 3}])
async def test_an_opening_of_nothing_known_is_acknowledged_and_no_more(scene: Scene, event: dict[str, Any]) -> None:
    before = len(scene.workspace.calls)
    body = {"type": "event_callback", "team_id": "T0TRY", "api_app_id": "A0TRY", "event_id": "Ev8"}
    sent = await scene.workspace.send_event({**body, "event": {"type": "app_home_opened", "user": ADA, **event}})
    await scene.settled()
    assert not sent.failure
    assert len(scene.workspace.calls) == before


async def test_what_a_person_looks_at_is_acknowledged_and_not_asked_about(scene: Scene) -> None:
    scene.workspace.open_messages(ADA)
    await scene.until(lambda: scene.sees(ADA, ADAS_DM))
    await scene.settled()
    before = len(scene.workspace.calls)
    scene.workspace.look_at(ADA, "C0POLICY")
    await scene.until(lambda: scene.workspace.dispatches[-1].envelope.payload["event"]["type"] == "app_context_changed")
    await scene.settled()
    assert not scene.workspace.dispatches[-1].failure
    assert len(scene.workspace.calls) == before


async def test_refused_suggestions_and_an_unreadable_history_cost_no_answer(scene: Scene) -> None:
    scene.workspace.limit("assistant.threads.setSuggestedPrompts", 30)
    scene.workspace.limit("conversations.history", 30)
    scene.workspace.open_messages(ADA)
    await scene.until(lambda: scene.calls("conversations.history"))
    await scene.settled()
    assert scene.sees(ADA, ADAS_DM) == []
    scene.workspace.open_messages(ADA)  # looked at again
    await scene.until(lambda: scene.sees(ADA, ADAS_DM))
    await reads(scene, await asks(scene, "growth zones"), "Growth")


# The pane of an app made before agent_view.


@pytest.fixture
async def before() -> AsyncIterator[Scene]:
    manifest = for_legacy_assistant(wiring.read_manifest())
    workspace = Workspace(manifest, clock=ScenarioClock(), is_legacy_app=True)
    async with workspace.serve(), playing(workspace) as scene:
        yield scene


def pane(scene: Scene) -> AgentThread:
    """Return the thread in Ada's pane."""
    thread = scene.workspace.assistant(ADA)
    assert thread is not None
    return thread


async def opens(scene: Scene) -> str:
    """Open the pane, wait for its prompts, and return its thread."""
    scene.workspace.open_assistant(ADA)
    await scene.until(lambda: pane(scene).suggestions.title)
    return pane(scene).thread_ts


async def test_an_app_made_before_opens_its_messages_tab_without_a_warning(
    before: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    before.workspace.open_messages(ADA)
    await before.until(lambda: before.calls("assistant.threads.setSuggestedPrompts"))
    await before.until(lambda: before.sees(ADA, ADAS_DM))  # the greeting
    await before.settled()
    assert "agent.failed" not in capsys.readouterr().out


async def test_in_the_pane_a_thread_is_named_after_its_first_question_and_no_later_one(before: Scene) -> None:
    thread = await opens(before)
    areas = [area.title for area in before.content.memorandum.areas]
    assert [each.message for each in pane(before).suggestions.prompts] == areas[:4]
    await asks(before, areas[2], thread)
    assert (await reads(before, thread, "Growth Zones"))["blocks"][0]["text"]["text"] == "Infrastructure"
    await before.until(lambda: pane(before).title == areas[2])
    await asks(before, "who signed it?", thread)
    await reads(before, thread, "signed")
    await before.settled()
    assert pane(before).title == areas[2]
    assert len(before.calls("assistant.threads.setTitle")) == 1


async def test_a_refused_prompt_or_title_costs_no_answer(before: Scene) -> None:
    before.workspace.limit("assistant.threads.setSuggestedPrompts", 30)
    before.workspace.limit("assistant.threads.setTitle", 30)
    before.workspace.open_assistant(ADA)
    await before.until(lambda: before.calls("assistant.threads.setSuggestedPrompts"))
    thread = pane(before).thread_ts
    await asks(before, "growth zones", thread)
    await before.until(lambda: before.calls("assistant.threads.setTitle"))
    await reads(before, thread, "Growth")


# Neither.


async def test_an_app_that_is_no_agent_answers_below_the_question() -> None:
    manifest = wiring.read_manifest()
    del manifest["features"]["agent_view"]
    manifest["oauth_config"]["scopes"]["bot"].remove("assistant:write")
    manifest["settings"]["event_subscriptions"]["bot_events"].remove("app_context_changed")
    async with Workspace(manifest, clock=ScenarioClock()).serve() as workspace, playing(workspace) as scene:
        workspace.open_messages(ADA)
        await scene.until(lambda: scene.sees(ADA, ADAS_DM))
        happened = await scene.types("growth zones", channel=ADAS_DM)
        assert happened.message is not None
        await scene.until(lambda: "Growth" in scene.last(ADA, ADAS_DM)["text"])
        thread = happened.message.ts
        await scene.types("who signed it?", channel=ADAS_DM, thread=thread)
        await scene.until(lambda: "signed" in scene.last(ADA, ADAS_DM, thread)["text"])
        assert not any(call.method.startswith("assistant.") for call in workspace.calls)
