"""Slash commands, from the message box to the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.messages import Subject
from handlers.rendering.blocks import escape
from handlers.rendering.splitting import split
from tests.scenarios.scene import ADAS_DM, GRACE, RANDOM, Scene, buttons, labels

if TYPE_CHECKING:
    from bot.content.models import Fact


def shows(text: str, fact: Fact) -> bool:
    """Whether a reply's text holds a fact's statement, label and source."""
    return all(escape(part) in text for part in (fact.statement, fact.label, fact.citations[0].source.name))


async def until_seen(scene: Scene, count: int) -> None:
    """Wait until this many messages are seen."""
    await scene.until(lambda: len(scene.sees()) == count)


async def test_a_briefing_is_private_and_complete(scene: Scene) -> None:
    reply = await scene.asks("/briefing infrastructure")
    assert reply["is_ephemeral"]
    assert reply["blocks"][0]["text"]["text"] == "Infrastructure"
    assert "Position at 21 July 2025, compared with its sources on" in reply["text"]
    assert "[1] PublicTechnology" in reply["text"]
    assert labels(reply) == ["Post to channel", "Details"]
    assert "Infrastructure" not in "".join(scene.sees(GRACE))


@pytest.mark.parametrize("words", ["3", "INFRASTRUCTURE", "infra", " infrastructure "])
async def test_an_area_answers_to_all_its_names(scene: Scene, words: str) -> None:
    assert (await scene.asks(f"/briefing {words}"))["blocks"][0]["text"]["text"] == "Infrastructure"


async def test_without_an_area_there_is_the_overview_with_a_button_for_each(scene: Scene) -> None:
    reply = await scene.asks("/briefing")
    titles = [area.title for area in scene.content.memorandum.areas]
    assert reply["blocks"][0]["text"]["text"] == scene.content.memorandum.overview.title
    assert labels(reply)[-len(titles) :] == titles
    pressed = await scene.presses(reply, titles[2])
    assert pressed["ts"] == reply["ts"], "a private message changes in place"
    assert pressed["blocks"][0]["text"]["text"] == titles[2]


async def test_every_area_and_its_details_stand_within_slacks_limits(scene: Scene) -> None:
    for area in scene.content.areas:
        before = len(scene.sees())
        reply = await scene.asks(f"/briefing {area.number}")
        if "Details" in labels(reply):
            longer = await scene.presses(reply, "Details")
            parts = split((await scene.bot.show(Subject(area=area.key, is_long=True))).markdown)
            await until_seen(scene, before + len(parts))
            assert longer["text"] not in reply["text"]
            assert len(longer["text"]) > len(reply["text"]) or area.number == 0, "the overview's takes two messages"


async def test_a_near_miss_is_asked_back(scene: Scene) -> None:
    reply = await scene.asks("/briefing infrastrukture")
    assert reply["text"] == "No area is called “infrastrukture”. Did you mean Infrastructure?"
    assert labels(reply) == ["Infrastructure", "Look it up"]
    assert (await scene.presses(reply, "Infrastructure"))["blocks"][0]["text"]["text"] == "Infrastructure"


async def test_words_that_name_no_area_can_be_looked_up_instead(scene: Scene) -> None:
    reply = await scene.asks("/briefing growth zones")
    assert "Growth Zone" in (await scene.presses(reply, "Look it up"))["text"]


async def test_a_look_up_gives_one_cited_fact(scene: Scene) -> None:
    fact = next(scene.content.current_facts())
    reply = await scene.asks(f"/fact {fact.id}")
    assert reply["is_ephemeral"]
    assert shows(reply["text"], fact)
    assert labels(reply)[:3] == ["Post to channel", "Copy citation", "Tell me if this changes"]
    assert {"Suggest a correction", "Sources"} <= {*labels(reply)}
    assert [each["type"] for each in buttons(reply)] == ["button", "overflow"]


async def test_growth_zones(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    assert "Growth Zone" in reply["text"].split("\n")[0]


async def test_courtesy_and_a_request_around_a_question_change_nothing(scene: Scene) -> None:
    plain = (await scene.asks("/fact growth zone bids"))["text"]
    for words in ("pls growth zone bids thx", "1. growth zone bids :+1:", "any lines to take on growth zone bids"):
        assert (await scene.asks(f"/fact {words}"))["text"] == plain


async def test_a_word_one_letter_off_shows_the_closest(scene: Scene) -> None:
    reply = await scene.asks("/fact has GOV.UK Chat lunched")
    assert reply["text"].startswith("No fact mentions “lunched”. Perhaps “launched” was meant. The closest we hold:")


async def test_nothing_held_says_so_and_suggests(scene: Scene) -> None:
    reply = await scene.asks("/fact zebras sovereigns lions")
    assert reply["text"].startswith("We hold nothing on “zebras sovereigns lions”.")
    assert scene.content.memorandum.contact in reply["text"]
    near = next(fact for fact in scene.content.current_facts() if (fact.short or fact.statement) in reply["text"])
    assert f"{near.label} · {near.citations[0].source.name}, 2025" in reply["text"]
    assert str(reply["blocks"]).count(near.short or near.statement) == 1, "what is seen says it once"
    answered = await scene.presses(reply, "Show 1")
    assert any(shows(answered["text"], fact) for fact in scene.content.current_facts())


async def test_the_closest_fact_stands_below_what_it_lacks_wherever_it_goes(scene: Scene) -> None:
    reply = await scene.asks("/fact background growth zone bids")
    line = "No fact mentions “background”. The closest we hold:"
    assert reply["text"].startswith(line)
    assert shows(reply["text"], scene.content.facts["growth-zones-bids"])
    await scene.presses(reply, "Post to channel")
    await scene.until(lambda: scene.calls("chat.postMessage"))
    assert scene.last(GRACE)["text"].startswith(line)


async def test_a_correction_is_shown_and_can_be_undone(scene: Scene) -> None:
    reply = await scene.asks("/fact sovereigm")
    assert "sovereign" in reply["text"]
    label = "Search as typed"
    assert labels(reply)[-2:] == ["More related facts", label]
    undone = await scene.presses(reply, label)
    assert undone["text"].startswith("We hold nothing on “sovereigm”. No fact mentions “sovereigm”.")


@pytest.mark.parametrize("text", ["/fact", "/fact help", "/briefing help", "/briefing HELP", "/fact  "])
async def test_help_and_nothing_at_all_get_help(scene: Scene, text: str) -> None:
    reply = await scene.asks(text)
    assert "/fact growth zones" in reply["text"]
    assert len(labels(reply)) == len(scene.content.areas)


@pytest.mark.parametrize("command", ["/fact", "/briefing"])
async def test_over_long_words_are_not_answered_and_the_reason_is_given(scene: Scene, command: str) -> None:
    reply = await scene.asks(f"{command} {'growth zones ' * 50}")
    assert "character" in reply["text"]
    assert "Growth Zones are" not in reply["text"]


HOSTILE = (
    "<!channel> <!here> <@U0GRACE>",
    "@channel @here",
    "'; DROP TABLE facts; --",
    "{{ 7 * 7 }} {% for x in facts %}",
    "*bold* _it_ `code` [a](https://evil.example) <https://evil.example|gov.uk>",
    "\u202egniheirb\u202c \x07 \u200b",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☃ 日本語 مرحبا",
    "((((" * 100,
    '"',
    "AND OR NOT *",
)


@pytest.mark.parametrize("command", ["/fact", "/briefing"])
async def test_hostile_words_get_a_helpful_reply_and_nothing_else(scene: Scene, command: str) -> None:
    for words in HOSTILE:
        reply = await scene.asks(f"{command} {words}")
        assert reply["text"], words
        assert reply["pings"] == [], words
        assert not any("evil.example" in element.get("url", "") for element in _elements(reply["blocks"])), words


def _elements(blocks: object) -> list[dict[str, str]]:
    if isinstance(blocks, dict):
        return [blocks, *(each for value in blocks.values() for each in _elements(value))]
    return [each for item in blocks for each in _elements(item)] if isinstance(blocks, list | tuple) else []


async def test_ampersands_are_read_and_written_once(scene: Scene) -> None:
    reply = await scene.asks("/fact R&D zebra lion tiger bear wolf fox <b>")
    assert "“R&amp;D zebra lion tiger bear wolf fox &lt;b&gt;”" in reply["text"]
    assert "amp;" not in str(reply["blocks"])


async def test_in_a_direct_message_there_is_no_channel_to_post_to(scene: Scene) -> None:
    reply = await scene.asks("/briefing infrastructure", channel=ADAS_DM)
    assert labels(reply) == ["Details"]


async def test_a_reply_leaves_in_the_ack_without_a_call(scene: Scene) -> None:
    before = len(scene.workspace.calls)
    await scene.asks("/fact growth zones")
    await scene.asks("/briefing infrastructure")
    assert len(scene.workspace.calls) == before
    assert [call.method for call in scene.workspace.calls].count("auth.test") == 1


async def test_a_command_is_answered_where_the_bot_is_no_member(scene: Scene) -> None:
    assert (await scene.asks("/fact growth zones", channel=RANDOM))["is_ephemeral"]
