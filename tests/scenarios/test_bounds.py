"""Nothing that is published, and nobody who asks, keeps the bot busy for long."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from structlog.testing import capture_logs

import app as wiring
from bot.content.render import RenderError
from bot.store.turnstile import AT_ONCE, MOST_WAITING, BusyError
from handlers.fair_share import TOO_MANY
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, Scene, playing
from workspace.server import Workspace

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


async def test_what_waits_on_the_database_is_refused_with_a_word_and_look_ups_are_not(scene: Scene) -> None:
    crowd = AT_ONCE + MOST_WAITING + 20
    async with scene.database.transaction():
        before = len(scene.sees())
        for _ in range(crowd):
            assert (await scene.types("/briefing subscribe all alerts")).acked
        await scene.until(lambda: BusyError.for_members in scene.sees()[before:])
        assert "Growth Zone" in (await scene.asks("/fact growth zones"))["text"]
    await scene.settled()
    told = [text for text in scene.sees()[before:] if text == BusyError.for_members]
    assert len(told) >= 20


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
