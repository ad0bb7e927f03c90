"""Nothing that is published, and nobody who asks, keeps the bot busy for long."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from structlog.testing import capture_logs

import app as wiring
from bot.content.render import RenderError
from bot.store.limiter import AT_ONCE, MOST_WAITING, BusyError
from handlers.fair_share import AT_WORK, CROWDED, TOO_MANY
from handlers.limits import SLOWER
from handlers.listeners.events import ENOUGH_HERE
from handlers.listeners.shortcuts import FIND
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, POLICY, Scene, labels, playing
from tests.scenarios.views import modal, words_in
from workspace.server import Workspace
from workspace.state.forms import ViewPlace
from workspace.state.records import TEAM_ID

LOOPS = "".join(f"{{% for l{number} in query %}}" for number in range(4)) + "{% endfor %}" * 4
ASKED = "boom" + "m" * 40


async def test_a_template_that_loops_for_ever_over_some_words_costs_one_answer_and_one_log_line(scene: Scene) -> None:
    name = "templates/no-answer.md.j2"
    text = f"{{% if query == '{ASKED}' %}}{LOOPS}{{% endif %}}{scene.content.templates[name]}"
    await scene.publisher.publish(replace(scene.content, templates={**scene.content.templates, name: text}))
    await scene.bot.refresh()
    with capture_logs() as logs:
        assert (await scene.asks(f"/fact {ASKED}"))["text"] == RenderError.for_members
        assert (await scene.asks(f"/fact {ASKED}"))["text"] == RenderError.for_members
    (line,) = (line for line in logs if line["event"] == "reply.refused")
    assert "templates/no-answer.md.j2:1: The template takes too many steps." in line["reason"]
    assert (await scene.asks("/fact zyxwvut"))["text"].startswith("We hold nothing")
    assert (await scene.asks("/fact growth zones"))["text"] != RenderError.for_members


async def never(**_which: object) -> Any:  # noqa: ANN401 — in place of records
    """Return nothing in place of changes."""
    raise AssertionError


async def test_lists_of_changes_are_read_once_for_a_revision(scene: Scene) -> None:
    first = (await scene.asks("/briefing changes"))["text"]
    scene.database.changes = never  # type: ignore[method-assign] # nothing is read again
    assert (await scene.asks("/briefing changes"))["text"] == first


async def test_what_waits_on_the_database_is_refused_with_a_word_and_look_ups_are_not() -> None:
    crowd = AT_ONCE + MOST_WAITING + 20
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, questions_a_minute=0) as scene:
        async with scene.database.transaction():
            before = len(scene.sees())
            for _ in range(crowd):
                assert (await scene.types("/briefing subscribe all alerts")).acked
            await scene.until(lambda: BusyError.for_members in scene.sees()[before:])
            assert "Growth Zone" in (await scene.asks("/fact growth zones"))["text"]
        await scene.settled()
        told = [text for text in scene.sees()[before:] if text == BusyError.for_members]
        assert len(told) >= 20


async def test_one_person_who_waits_on_the_database_keeps_nobody_else_from_it(scene: Scene) -> None:
    async with scene.database.transaction():
        for _ in range(AT_ONCE + MOST_WAITING):
            assert (await scene.types("/briefing subscribe all alerts")).acked
        assert scene.sees()[-1] == AT_WORK
        assert (await scene.types("/briefing subscribe all alerts", user=GRACE)).acked
    await scene.until(lambda: any(text.startswith("Done") or "alert" in text for text in scene.sees(GRACE)))
    await scene.settled()
    assert not {BusyError.for_members, AT_WORK} & {*scene.sees(GRACE)}


async def test_one_person_has_a_share_and_others_have_theirs() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, questions_a_minute=5) as scene:
        told = [(await scene.asks("/fact growth zones"))["text"] for _ in range(7)]
        assert [text == TOO_MANY for text in told] == [False] * 5 + [True] * 2
        asked = await asyncio.gather(*(scene.types("/fact growth zones", user=GRACE) for _ in range(5)))
        assert all(each.acked for each in asked)
        assert TOO_MANY not in scene.sees(GRACE, GENERAL)
        assert scene.last(ADA, GENERAL)["text"] == TOO_MANY


async def test_who_writes_without_end_is_told_once_and_then_left_unanswered() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, questions_a_minute=2) as scene:
        for _ in range(6):
            await scene.types("growth zones", channel=ADAS_DM)
        await scene.until(lambda: TOO_MANY in scene.sees(channel=ADAS_DM))
        await scene.settled()
        await scene.until(lambda: len(scene.sees(channel=ADAS_DM)) == 6 + 2 + 1)
        assert scene.sees(channel=ADAS_DM).count(TOO_MANY) == 1


async def test_every_press_and_form_over_the_share_gets_a_word() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, questions_a_minute=2) as scene:
        answer = await scene.asks("/fact growth zones")
        await scene.types("/briefing subscribe")
        form = (await modal(scene)).view
        before = len(scene.sees())
        await scene.clicks(answer, labels(answer)[0])
        await scene.clicks(answer, labels(answer)[1])
        await scene.until(lambda: TOO_MANY in scene.sees()[before:])
        person = {"type": "view_submission", "team": {"id": TEAM_ID}, "user": {"id": ADA}, "trigger_id": "1.2.3"}
        sent = await take(scene.bolt, body={**person, "view": dict(form)})
        first = next(block["block_id"] for block in form["blocks"] if block["type"] == "input")
        assert json.loads(sent.body) == {"response_action": "errors", "errors": {first: TOO_MANY}}, "it stays open"
        await scene.settled()
        assert scene.sees()[before:].count(TOO_MANY) == 1, "the word is still on the screen"
        assert (await scene.asks("/fact growth zones", user=GRACE))["text"] != TOO_MANY


async def test_a_search_over_the_share_says_to_wait_and_a_shortcut_opens_a_window_with_the_word() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, questions_a_minute=1) as scene:
        await workspace.global_shortcut(ADA, FIND)
        place = ViewPlace((await modal(scene)).view["id"])
        found = [await workspace.suggest(ADA, place, "", FIND, "growth zones") for _ in range(3)]
        assert [[each["text"]["text"] for each in options] == [SLOWER] for options in found] == [False, False, True]
        await workspace.global_shortcut(ADA, FIND)
        await scene.until(lambda: TOO_MANY in words_in([each.view for each in workspace.modals(ADA)]))


async def test_a_channel_gets_so_many_public_answers_and_the_next_are_private() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, public_answers_a_minute=1) as scene:
        first = await scene.types("@Briefing bot growth zones")
        assert first.message is not None
        thread = first.message.ts
        await scene.until(lambda: "Growth Zone" in "".join(scene.sees(GRACE, GENERAL, thread)))
        before = len(scene.sees(GRACE, GENERAL))
        second = await scene.types("@Briefing bot growth zones", user=GRACE)
        assert second.message is not None
        await scene.until(lambda: len(scene.sees(GRACE, GENERAL)) > before + 1)
        (told,) = [text for text in scene.sees(GRACE, GENERAL) if ENOUGH_HERE in text]
        assert "Growth Zone" in told, "nobody loses their answer"
        assert len(scene.sees(ADA, GENERAL, second.message.ts)) == 1


async def test_a_crowd_in_a_channel_is_told_to_ask_elsewhere_and_is_answered_there() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, channel_questions_a_minute=2) as scene:
        told = [(await scene.asks("/fact growth zones", user=user))["text"] for user in (ADA, GRACE, ADA)]
        assert [text == CROWDED for text in told] == [False, False, True]
        assert (await scene.asks("/fact growth zones", channel=ADAS_DM))["text"] != CROWDED
        assert (await scene.asks("/fact growth zones", user=GRACE, channel=POLICY))["text"] != CROWDED
