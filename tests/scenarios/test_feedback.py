"""Feedback over the wire: votes on answers, reports to the maintainers' channel, and what becomes of them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

import app as wiring
from bot.store.maintainer_tables import feedback, reports
from bot.store.tables import answers, deliveries, posts
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, POLICY, RANDOM, ScenarioClock, Scene, labels, playing
from tests.scenarios.test_gate import GUEST, press
from tests.scenarios.test_process import POST, command, tokens
from tests.scenarios.test_shortcuts import chooses, searches, suggested
from tests.scenarios.views import modal, presses, shows, words_in
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace
from workspace.state.forms import MessagePlace
from workspace.state.records import TEAM_ID
from workspace.wire.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

NOTHING = "/fact zebra crossings"
MAYA = "U0MAYA"
TAKES_NOTHING = "takes no posts at the moment, so nothing was sent"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Play with maintainers in #policy."""
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, maintainers_channel=POLICY) as scene:
        yield scene


def thumbs(message: dict[str, Any]) -> dict[str, Any]:
    """Return the feedback buttons of a message."""
    question, block = message["blocks"][-2:]
    assert question["elements"][0]["text"] == "Was this right?"
    assert block["type"] == "context_actions"
    (element,) = block["elements"]
    return dict(element)


def has_thumbs(message: dict[str, Any]) -> bool:
    return any(each["type"] == "context_actions" for each in message["blocks"])


async def votes(
    scene: Scene, message: dict[str, Any], which: str, user: str = ADA, channel: str = GENERAL
) -> dict[str, Any]:
    """Press a thumb, and return what is said to the voter."""
    before, value = len(scene.sees(user, channel)), thumbs(message)[f"{which}_button"]["value"]
    place = MessagePlace(channel, message["ts"])
    happened = await scene.workspace.act(user, place, "", "right", {"value": value})
    assert happened.acked, happened
    await scene.until(lambda: len(scene.sees(user, channel)) > before)
    return scene.last(user, channel)


async def kept(scene: Scene) -> Sequence[Any]:
    async with scene.database.reading() as connection:
        return (await connection.execute(select(feedback))).all()


async def opens(scene: Scene, message: dict[str, Any], action: str, user: str = ADA, channel: str = GENERAL) -> str:
    """Press what opens a form, and return the form's id."""
    happened = await scene.workspace.press(user, channel, message["ts"], action)
    assert happened.acked, happened
    return str((await modal(scene, user=user)).view["id"])


async def sends(scene: Scene, view_id: str, user: str = ADA, **fields: str) -> None:
    values = {field: {field: {"value": value}} for field, value in fields.items()}
    happened = await scene.workspace.submit(user, view_id, values)
    assert happened.acked, happened


async def reported(scene: Scene, said: str = "There were 201.") -> dict[str, Any]:
    """Report a problem with an answer, and return the post in the maintainers' channel."""
    noted = await votes(scene, await scene.asks("/fact growth zones bids"), "negative")
    view_id = await opens(scene, noted, "report")
    before = len(scene.sees(GRACE, POLICY))
    await sends(scene, view_id, said=said)
    await shows(scene, "Sent.")
    await scene.until(lambda: len(scene.sees(GRACE, POLICY)) > before)
    return scene.last(GRACE, POLICY)


async def test_an_answer_a_closest_one_and_a_no_ask_whether_they_were_right(scene: Scene) -> None:
    for typed, outcome in (("bids", "answer"), ("how many zebra bids", "closest"), ("zebras", "no_answer")):
        reply = await scene.asks(f"/fact {typed}")
        assert f'"outcome":"{outcome}"' in thumbs(reply)["positive_button"]["value"]
    for typed in ("/briefing infrastructure", "/fact", "/fact hello", "/briefing changes"):
        assert not has_thumbs(await scene.asks(typed)), typed


async def test_a_vote_is_thanked_for_in_private_and_pressed_again_it_changes(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones bids")
    noted = await votes(scene, reply, "positive")
    assert noted["text"].startswith("Thank you. Noted as right")
    assert noted["is_ephemeral"]
    noted = await votes(scene, reply, "negative")
    assert noted["text"].startswith("Thank you. Noted as not right")
    assert labels(noted) == ["Say why", "Report a problem"]
    await votes(scene, reply, "negative")
    await votes(scene, await scene.asks("/fact growth-zones-bids"), "negative")
    await votes(scene, await scene.asks("/fact growth zones bids", user=GRACE), "positive", GRACE)
    assert sorted((each.fact_id, each.is_right) for each in await kept(scene)) == [
        ("growth-zones-bids", False),
        ("growth-zones-bids", True),
    ]
    assert "U0ADA" not in str(await kept(scene))
    assert any("growth zones" in text.casefold() for text in scene.sees()), "the answer stays"


async def test_a_public_answer_is_voted_on_by_everybody_and_read_by_nobody_else(scene: Scene) -> None:
    happened = await scene.types("@Briefing bot growth zones bids")
    assert happened.message is not None
    thread = happened.message.ts
    await scene.until(lambda: len(scene.sees(GRACE, GENERAL, thread)) > 1)
    answer = scene.last(GRACE, GENERAL, thread)
    before = scene.sees(ADA, GENERAL, thread)
    value = thumbs(answer)["negative_button"]["value"]
    await scene.workspace.act(GRACE, MessagePlace(GENERAL, answer["ts"]), "", "right", {"value": value})
    await scene.until(lambda: len(scene.sees(GRACE, GENERAL, thread)) > len(before))
    assert scene.sees(ADA, GENERAL, thread) == before
    await scene.workspace.press(GRACE, GENERAL, scene.last(GRACE, GENERAL, thread)["ts"], "report")
    view = (await modal(scene, user=GRACE)).view
    assert "A link to the message goes with it" not in words_in(view), "it is her own"
    assert "growth zones bids" not in json.dumps(view["blocks"]), "she did not ask"
    async with asyncio.timeout(PATIENCE_S):
        while True:  # until it is settled that all of it was posted
            if "growth zones bids" not in await stored(scene):
                break
            await asyncio.sleep(0.02)


async def stored(scene: Scene) -> str:
    """Return what is on record of answers, votes and messages."""
    async with scene.database.reading() as connection:
        rows = [(await connection.execute(select(each))).all() for each in (deliveries, posts, feedback, answers)]
    return str([list(map(tuple, each)) for each in rows]).casefold()


async def test_a_post_that_everybody_sees_is_reported_with_a_link_to_it(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones bids")
    await scene.clicks(reply, "Post to channel")
    await scene.until(lambda: "Posted by" in scene.last(GRACE)["text"])
    post = scene.last(GRACE)
    assert not has_thumbs(post)
    await scene.clicks(post, "Report a problem", user=GRACE)
    view = (await modal(scene, user=GRACE)).view
    assert "A link to the message goes with it" in words_in(view)
    await sends(scene, view["id"], GRACE, said="It is out of date.")
    await shows(scene, "Sent.", user=GRACE)
    assert f"archives/{GENERAL}/p{post['ts'].replace('.', '')}" in json.dumps(scene.last(ADA, POLICY)["blocks"])


async def test_a_no_in_the_window_that_finds_facts_asks_the_team_on_top_of_it(scene: Scene) -> None:
    opened = await searches(scene)
    groups = await suggested(scene, opened, "zebras sovereigns lions")
    await chooses(scene, opened, groups[0]["options"][0])
    view = await shows(scene, "For anything else ask")
    assert not has_thumbs(view), "Slack takes them in messages only"
    await presses(scene, view, "Ask the team")
    form = await shows(scene, "Your question")
    assert len(scene.workspace.modals(ADA)) == 2
    await sends(scene, form["id"])
    await shows(scene, "Sent.")
    assert "zebras sovereigns lions" in scene.last(GRACE, POLICY)["text"]


async def test_in_a_direct_message_a_vote_is_thanked_for_there(scene: Scene) -> None:
    await scene.types("growth zones bids", channel=ADAS_DM)
    await scene.until(lambda: "200 bids" in scene.last(ADA, ADAS_DM)["text"])
    noted = await votes(scene, scene.last(ADA, ADAS_DM), "negative", channel=ADAS_DM)
    assert noted["text"].startswith("Thank you. Noted as not right")
    await scene.clicks(noted, "Report a problem", channel=ADAS_DM)
    assert "A link" not in words_in((await modal(scene)).view), "nobody else can follow it"


async def test_why_an_answer_was_not_right_is_kept_with_what_is_sent(scene: Scene) -> None:
    noted = await votes(scene, await scene.asks("/fact growth zones bids"), "negative")
    view_id = await opens(scene, noted, "reason")
    view = (await modal(scene)).view
    assert view["blocks"][1]["element"]["initial_value"] == "growth zones bids"
    await sends(scene, view_id, said="There were 201.", words="")
    await shows(scene, "Your reason is noted")
    (vote,) = await kept(scene)
    assert (vote.is_right, vote.reason, vote.words) == (False, "There were 201.", "")


async def test_feedback_off_shows_no_buttons() -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace, feedback="off") as scene:
        assert not has_thumbs(await scene.asks("/fact growth zones bids"))
        reply = await scene.asks(NOTHING)
        assert not has_thumbs(reply)
        assert "Ask the team" not in labels(reply), "there is nobody to ask"


async def test_reports_are_offered_only_where_somebody_takes_them() -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve(), playing(workspace) as scene:
        reply = await scene.asks("/fact growth zones bids")
        assert "Report a problem" not in labels(reply)
        assert labels(await votes(scene, reply, "negative")) == ["Say why"]
        assert "Ask the team" not in labels(await scene.asks(NOTHING))


async def test_a_report_reaches_the_maintainers_and_its_sender_hears_of_it_once(scene: Scene) -> None:
    post = await reported(scene)
    for part in ("A problem is reported", "growth-zones-bids", "growth zones bids", "There were 201."):
        assert part in post["text"]
    assert post["pings"] == []
    first = await opens(scene, post, "dealt", GRACE, POLICY)
    second = await opens(scene, post, "dealt", MAYA, POLICY)
    await sends(scene, first, GRACE, said="Put right today.")
    await scene.until(lambda: "Dealt with" in scene.last(GRACE, POLICY)["text"])
    await scene.until(lambda: any("dealt with" in text for text in scene.sees(ADA, ADAS_DM)))
    assert labels(scene.last(GRACE, POLICY)) == []
    await scene.workspace.submit(MAYA, second, {})
    assert scene.workspace.modals(MAYA)[-1].errors == {"said": "This is already dealt with."}
    (told,) = (text for text in scene.sees(ADA, ADAS_DM) if "dealt with" in text)
    assert told.startswith("Your report of 25 November 2026 on “")
    assert told.endswith("was dealt with: Put right today.")
    async with scene.database.reading() as connection:
        assert (await connection.execute(select(reports.c.user, reports.c.name))).all() == [("", "")]


async def test_a_question_that_nothing_answers_goes_to_the_team(scene: Scene) -> None:
    reply = await scene.asks(NOTHING)
    assert "Ask the team" in labels(reply)
    action = next(each["action_id"] for each in reply["blocks"][-3]["elements"] if each["action_id"].startswith("ask"))
    view_id = await opens(scene, reply, action)
    view = (await modal(scene)).view
    assert view["blocks"][0]["element"]["initial_value"] == "zebra crossings"
    assert scene.content.memorandum.contact in words_in(view)
    await sends(scene, view_id, words="Where are the zebra crossings? <!channel>")
    await shows(scene, "Sent.")
    post = scene.last(GRACE, POLICY)
    assert "A question for the team" in post["text"]
    assert "Where are the zebra crossings?" in post["text"]
    assert post["pings"] == []
    assert not post["is_ephemeral"]


@pytest.mark.parametrize("how", ["archived", "not joined"])
async def test_a_channel_that_takes_nothing_is_told_in_the_form_and_once_to_operators(how: str) -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    channel = RANDOM if how == "not joined" else POLICY
    async with workspace.serve(), playing(workspace, maintainers_channel=channel) as scene:
        if how == "archived":
            workspace.archive(POLICY)
        with capture_logs() as logs:
            for typed in ("/fact growth zones bids", "/fact compute", "/fact jobs"):
                noted = await votes(scene, await scene.asks(typed), "negative")
                view_id = await opens(scene, noted, "report")
                await sends(scene, view_id, said="It is wrong.")
                assert TAKES_NOTHING in workspace.modals(ADA)[-1].errors["said"]
                await workspace.close_modal(ADA, view_id)
        assert [line["event"] for line in logs].count("operators.notified") == 1
        async with scene.database.reading() as connection:
            assert (await connection.execute(select(reports))).all() == []


async def test_a_report_survives_a_kill_between_the_press_and_the_post(tmp_path: Path) -> None:
    async with Workspace(wiring.read_manifest()).serve() as workspace:
        settings = {**tokens(workspace), "DELIVERY_QUIET_S": "3", "MAINTAINERS_CHANNEL": POLICY}
        async with command(tmp_path, "run", **settings) as process:
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
            await workspace.type(ADA, GENERAL, NOTHING)
            reply = workspace.seen_by(ADA, GENERAL)[-1]
            element = next(
                each
                for block in reply["blocks"]
                for each in block.get("elements", ())
                if str(each.get("action_id", "")).startswith("ask")
            )
            await workspace.press(ADA, GENERAL, reply["ts"], element["action_id"])
            await workspace.wait_until(lambda: workspace.modals(ADA), timeout_s=PATIENCE_S)
            workspace.fault_switches.switch([Fault("rate_limit", POST, times=1, seconds=3)])
            await workspace.submit(ADA, workspace.modals(ADA)[-1].view["id"], {})
            process.kill()
            await process.wait()
        assert workspace.seen_by(GRACE, POLICY) == []

        def asked() -> list[str]:
            return [each["text"] for each in workspace.seen_by(GRACE, POLICY) if "A question" in each["text"]]

        async with command(tmp_path, "run", **settings):
            await workspace.wait_until(asked, timeout_s=PATIENCE_S)
            await workspace.wait_until(lambda: workspace.is_connected, timeout_s=PATIENCE_S)
            await workspace.type(ADA, ADAS_DM, "help")
            await workspace.wait_until(lambda: len(workspace.seen_by(ADA, ADAS_DM)) > 0, timeout_s=PATIENCE_S)
        assert len(asked()) == 1


async def test_the_gate_lets_guests_report_and_nobody_of_another_organisation(scene: Scene) -> None:
    reply = await scene.asks(NOTHING, user=GUEST)
    action = next(each["action_id"] for each in reply["blocks"][-3]["elements"] if each["action_id"].startswith("ask"))
    view_id = await opens(scene, reply, action, user=GUEST)
    await sends(scene, view_id, GUEST, words="Where are the zebras?")
    await shows(scene, "Sent.", user=GUEST)
    value, before = '{"outcome":"no_answer","words":"zebras"}', opened(scene)
    for action, pressed in (("right", f"no {value}"), ("ask", value), ("report", value), ("reason", value)):
        await take(scene.bolt, body=press(action, pressed, home="T0ELSEWHERE"))
    await scene.settled()
    assert await kept(scene) == []
    assert opened(scene) == before


def opened(scene: Scene) -> int:
    """Return the number of forms that the bot asked Slack to open, whether or not Slack knows the press."""
    return len(scene.calls("views.open")) + len(scene.calls("views.push"))


async def test_presses_and_forms_that_were_made_up_change_nothing(scene: Scene) -> None:
    made_up = [
        *(("right", value) for value in ("", "maybe {}", "no [1, 2]", "no {")),
        *(("reason", "{"), ("report", "null"), ("ask", '{"outcome": "nonsense"}'), ("dealt", "elsewhere")),
    ]
    with capture_logs() as logs:
        for action, value in made_up:
            await take(scene.bolt, body=press(action, value))
            await scene.settled()
        for form in ("feedback_reason", "feedback_report", "feedback_dealt"):
            for metadata in ("", "[]", "{", "[1,2,3,4,5]", '["{}","","","",false]', "null", "x" * 3000):
                response = await take(scene.bolt, body=submission(form, metadata))
                assert '"response_action": "errors"' in str(response.body), metadata
    assert await kept(scene) == []
    assert opened(scene) == 0
    assert not [line for line in logs if line["event"] == "reply.failed"]


def submission(form: str, metadata: str, *, home: str = TEAM_ID) -> dict[str, Any]:
    """Return Slack's payload of a form that was submitted."""
    view = {"id": "V1", "callback_id": form, "private_metadata": metadata, "state": {"values": {}}, "type": "modal"}
    user = {"id": ADA, "name": "ada", "team_id": home}
    return {"type": "view_submission", "team": {"id": TEAM_ID}, "user": user, "view": view}
