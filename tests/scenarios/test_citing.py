"""Copy citation: a fact as plain text in a modal, wherever its answer stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.content.models import DatedReason
from cli.main import app as cli
from handlers.listeners.shortcuts import FIND
from handlers.rendering.modals import CITATION
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, Scene, labels
from tests.scenarios.views import modal, presses, shows, words_in
from workspace.state.forms import ViewPlace

FACT = "growth-zones-bids"


def copied(view: dict[str, Any]) -> str:
    """Return the text in the boxes of a citation."""
    assert view["callback_id"] == CITATION
    boxes = [each["element"] for each in view["blocks"] if each["type"] == "input"]
    assert all(each["type"] == "plain_text_input" and each["multiline"] for each in boxes)
    return "".join(each["initial_value"] for each in boxes)


async def cites(scene: Scene, message: dict[str, Any], *, user: str = ADA, channel: str = GENERAL) -> dict[str, Any]:
    """Press Copy citation below a message, and return the modal."""
    happened = await scene.clicks(message, "Copy citation", user=user, channel=channel)
    assert happened.acked, happened
    return await shows(scene, "Copy the text below.", user=user)


def printed(words: str) -> str:
    """Return what `lookup --cite` prints."""
    return CliRunner().invoke(cli, ["lookup", "--cite", *words.split()]).output.rstrip("\n")


@pytest.mark.parametrize("words", [FACT, "growth zones wibble", "who signed the memorandum and when?"])
async def test_it_is_what_the_command_line_prints(scene: Scene, words: str) -> None:
    text = copied(await cites(scene, await scene.asks(f"/fact {words}")))
    assert text == printed(words)
    fact = scene.content.facts[FACT]
    if words == FACT:
        for part in (fact.statement, fact.label, fact.citations[0].source.title, fact.citations[0].source.publisher):
            assert part in text
        assert fact.citations[0].link in text


async def test_it_says_what_was_corrected_and_what_followed(scene: Scene) -> None:
    text = copied(await cites(scene, await scene.asks("/fact govuk-chat-model")))
    assert text == printed("govuk-chat-model")
    later = scene.content.facts["govuk-chat-claude"]
    assert "\nCorrected 22 November 2026: " in text
    assert f"\nSince then (as of 20 August 2026): {later.statement} — Stated, " in text
    assert later.citations[0].link in text


async def test_whoever_reads_a_public_answer_can_copy_it(scene: Scene) -> None:
    await scene.types(f"@Briefing bot {FACT}")
    await scene.until(lambda: scene.calls("chat.postMessage"))
    (call,) = scene.calls("chat.postMessage")
    answer = scene.last(GRACE, thread=call["thread_ts"])
    assert copied(await cites(scene, answer, user=GRACE)) == scene.content.facts[FACT].cited()
    assert scene.workspace.modals(ADA) == ()
    assert scene.calls("conversations.members") == scene.calls("users.conversations") == []


async def test_in_a_direct_message(scene: Scene) -> None:
    await scene.types(FACT, channel=ADAS_DM)
    await scene.until(lambda: "blocks" in scene.last(channel=ADAS_DM))
    view = await cites(scene, scene.last(channel=ADAS_DM), channel=ADAS_DM)
    assert copied(view) == scene.content.facts[FACT].cited()
    happened = await scene.workspace.submit(ADA, view["id"], {})
    assert happened.acked, happened
    assert scene.workspace.modals(ADA) == (), "Done closes it"


async def test_from_home_it_lies_on_top_of_the_answer(scene: Scene) -> None:
    scene.workspace.open_home(ADA)
    await scene.until(lambda: "Find a fact" in words_in(scene.workspace.home(ADA)))
    await presses(scene, scene.workspace.home(ADA) or {}, "Find a fact")
    opened = await modal(scene)
    place = ViewPlace(opened.view["id"])
    found = (await scene.workspace.suggest(ADA, place, FIND, FIND, "growth zones bids"))[0]
    await scene.workspace.act(ADA, place, FIND, FIND, {"selected_option": found})
    view = await shows(scene, "Copy citation")
    await presses(scene, view, "Copy citation")
    cited = await shows(scene, "Copy the text below.")
    assert copied(cited) == scene.content.facts[found["value"].removeprefix("fact ")].cited()
    assert len(scene.workspace.modals(ADA)) == 2


async def test_a_fact_that_changed_since_says_so_and_one_withdrawn_is_not_given(scene: Scene) -> None:
    reply = await scene.asks(f"/fact {FACT}")
    fact = scene.content.facts[FACT]
    assert "has changed" not in words_in(await cites(scene, reply))
    newer = replace(fact, statement="There were over 210 bids for AI Growth Zones.", short=None)
    gone = replace(fact, withdrawn=DatedReason(on=fact.as_of, why="It was wrong."))
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, FACT: newer}))
    await scene.bot.refresh()
    view = (await cites(scene, reply), await shows(scene, "This fact has changed since you read it."))[1]
    assert newer.statement in copied(view)
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, FACT: gone}))
    await scene.bot.refresh()
    await scene.clicks(reply, "Copy citation")
    await scene.until(lambda: "The fact was withdrawn on 21 July 2025: It was wrong. Do not quote it." in scene.sees())


async def test_a_post_made_by_a_button_has_it_too_and_a_briefing_has_not(scene: Scene) -> None:
    reply = await scene.asks(f"/fact {FACT}")
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await scene.until(lambda: any("Posted by Ada" in text for text in scene.sees(GRACE)))
    post = next(each for each in scene.workspace.seen_by(GRACE, GENERAL) if "Posted by Ada" in each["text"])
    assert copied(await cites(scene, post, user=GRACE)) == scene.content.facts[FACT].cited()
    assert "Copy citation" not in str((await scene.asks("/briefing infrastructure"))["blocks"])


@pytest.mark.parametrize("words", ["growth zones <!channel> wibble", "growth zones {{ x }} wibble*_`"])
async def test_what_was_typed_is_text_in_the_box(scene: Scene, words: str) -> None:
    reply = await scene.asks(f"/fact {words}")
    if "Copy citation" in labels(reply):
        assert copied(await cites(scene, reply)).startswith("No fact mentions")
    assert reply["pings"] == []
