"""Each person who asks gets an answer or a word, whatever Slack answers and whenever the process is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import app as wiring
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, ScenarioClock, Scene, playing
from tests.scenarios.test_process import POST, command, tokens
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

EPHEMERAL = "chat.postEphemeral"
UNAVAILABLE = {"status": 503, "body": "upstream connect error", "headers": {"Content-Type": "text/plain"}}


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(wiring.read_manifest(), clock=ScenarioClock()).serve() as workspace:
        yield workspace


@pytest.fixture
async def scene(workspace: Workspace) -> AsyncIterator[Scene]:
    async with playing(workspace) as scene:
        yield scene


@pytest.fixture
async def looking(workspace: Workspace) -> AsyncIterator[Scene]:
    """Play with a bot that looks for what was lost after three seconds: a call that takes half of it is lost, too."""
    async with playing(workspace, delivery_quiet_s=3.0) as scene:
        yield scene


def answers(scene: Scene, user: str = GRACE) -> list[str]:
    """Return the answers on growth zones that everybody sees in #general, threads included."""
    heads = scene.workspace.seen_by(user, GENERAL)
    replies = [each["text"] for head in heads for each in scene.workspace.seen_by(user, GENERAL, head["ts"])[1:]]
    return [text for text in replies if "Growth Zone" in text]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limit", POST, times=1, seconds=1),
        Fault("answer", POST, times=1, **UNAVAILABLE),  # type: ignore[arg-type] # each field has its own type
        Fault("lost", POST, times=1),
        Fault("reset", POST, times=1),
    ],
    ids=lambda fault: fault.kind,
)
@pytest.mark.parametrize("place", [GENERAL, ADAS_DM])
async def test_one_failure_of_slacks_leaves_nobody_without_an_answer(looking: Scene, fault: Fault, place: str) -> None:
    scene = looking
    scene.workspace.fault_switches.switch([fault])
    await scene.types("growth zones" if place == ADAS_DM else "@Briefing bot growth zones", channel=place)

    def found() -> list[str]:
        if place == GENERAL:
            return answers(scene)
        return [text for text in scene.sees(ADA, place) if "Growth Zone" in text]

    await scene.until(found)
    await scene.types("/fact growth zones", user=GRACE)
    assert len(found()) == 1


@pytest.mark.parametrize("words", ["zebras sovereigns lions", "help"])
async def test_a_miss_that_slack_refuses_for_now_is_shown_later(workspace: Workspace, words: str) -> None:
    workspace.fault_switches.switch([Fault("rate_limit", EPHEMERAL, times=2, seconds=1)])
    async with playing(workspace) as scene:
        await scene.types(f"@Briefing bot {words}")
        await scene.until(lambda: scene.last()["is_ephemeral"])


async def test_a_miss_whose_answer_is_lost_is_shown_once_and_asked_after(scene: Scene) -> None:
    scene.workspace.fault_switches.switch([Fault("lost", EPHEMERAL, times=1)])
    await scene.types("@Briefing bot zebras sovereigns lions")
    await scene.until(lambda: any("did not confirm my answer" in text for text in scene.sees(channel=ADAS_DM)))
    assert len([text for text in scene.sees() if text.startswith("We hold nothing")]) == 1


async def test_a_confirmation_that_slack_refuses_for_now_comes_later_and_the_change_is_made(scene: Scene) -> None:
    scene.workspace.fault_switches.switch([Fault("rate_limit", EPHEMERAL, times=1, seconds=1)])
    await scene.types("/briefing subscribe all alerts")
    await scene.until(lambda: any(text.startswith("This channel now gets alerts") for text in scene.sees()))
    await scene.until(lambda: any("subscribed this channel" in text for text in scene.sees(GRACE)))


async def test_a_long_answer_is_complete_though_slack_stumbles_in_its_middle(scene: Scene) -> None:
    scene.workspace.fault_switches.switch([Fault("rate_limit", "response_url", times=1, seconds=1)])
    reply = await scene.asks("/briefing")
    before = len(scene.sees())
    await scene.clicks(reply, "Details")
    await scene.until(lambda: len(scene.sees()) > before)
    texts = scene.sees()[-2:]
    assert "Details" not in texts[0]
    assert scene.workspace.fault_switches.hits == {"rate_limit": 1}


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_odd_answers_at_the_start_are_waited_out(workspace: Workspace, method: str) -> None:
    odd = [Fault("answer", method, times=1, body=body) for body in ('{"ok": tru', "[]", "")]
    workspace.fault_switches.switch([Fault("answer", method, times=1, **UNAVAILABLE), *odd])  # type: ignore[arg-type] # each field has its own type
    async with playing(workspace) as scene:
        assert workspace.fault_switches.hits == {"answer": 4}
        assert "Growth Zone" in (await scene.asks("/fact growth zones"))["text"]


async def test_an_event_that_comes_twice_is_answered_once(scene: Scene) -> None:
    scene.workspace.fault_switches.switch([Fault("double", "deliveries")])
    await scene.types("@Briefing bot growth zones")
    await scene.until(lambda: answers(scene))
    scene.workspace.fault_switches.switch([])
    await scene.types("@Briefing bot zebras sovereigns lions")
    await scene.until(lambda: scene.last()["is_ephemeral"])
    await scene.settled()
    assert len(answers(scene)) == 1


async def test_an_answer_survives_a_kill_between_the_ack_and_the_post(tmp_path: Path) -> None:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        settings = {**tokens(workspace), "DELIVERY_QUIET_S": "3"}
        workspace.fault_switches.switch([Fault("rate_limit", POST, times=1, seconds=2)])
        async with command(tmp_path, "run", **settings) as process:
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
            happened = await workspace.type(ADA, GENERAL, "@Briefing bot growth zones")
            assert happened.acked
            process.kill()
            await process.wait()
        assert happened.message is not None
        thread = happened.message.ts

        def given() -> list[str]:
            return [each["text"] for each in workspace.seen_by(GRACE, GENERAL, thread)[1:]]

        async with command(tmp_path, "run", **settings):
            await workspace.wait_until(given, timeout_s=PATIENCE_S)
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
            asked = (await workspace.type(ADA, ADAS_DM, "help")).message
            assert asked is not None
            there = (ADA, ADAS_DM, asked.ts)
            await workspace.wait_until(lambda: len(workspace.seen_by(*there)) > 1, timeout_s=PATIENCE_S)
        assert len(given()) == 1
