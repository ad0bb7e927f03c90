"""Mentions and direct messages."""

from __future__ import annotations

import pytest

from tests.scenarios.scene import ADA, ADAS_DM, GRACE, Scene, labels


async def mentions(scene: Scene, words: str, *, thread: str | None = None) -> str:
    """Mention the bot in #general, wait for its answer, and return the ts of the thread."""
    before = len(scene.calls("chat.postMessage")) + len(scene.calls("chat.postEphemeral"))
    happened = await scene.types(f"@Briefing bot {words}", thread=thread)
    assert happened.message is not None
    await scene.until(lambda: len(scene.calls("chat.postMessage")) + len(scene.calls("chat.postEphemeral")) > before)
    return thread or happened.message.ts


async def test_an_answer_stands_in_the_thread_for_everybody(scene: Scene) -> None:
    thread = await mentions(scene, "growth zones")
    for user in (ADA, GRACE):
        answer = scene.last(user, thread=thread)
        assert "Growth Zone" in answer["text"]
        assert not answer["is_ephemeral"]
        assert answer["pings"] == []
    (call,) = scene.calls("chat.postMessage")
    assert call["thread_ts"] == thread
    assert not any((call.get("link_names"), call.get("unfurl_links"), call.get("unfurl_media")))


async def test_words_that_name_an_area_get_its_briefing(scene: Scene) -> None:
    thread = await mentions(scene, "infrastructure")
    answer = scene.last(GRACE, thread=thread)
    assert answer["blocks"][0]["text"]["text"] == "Infrastructure"
    assert labels(answer) == ["Details"]
    await scene.clicks(answer, "Details", user=GRACE)
    await scene.until(lambda: scene.last(GRACE, thread=thread)["is_ephemeral"])
    assert not scene.last(ADA, thread=thread)["is_ephemeral"], "details are for whoever asked for them"


NO_ANSWERS = (
    "zebras sovereigns lions",
    "background growth zones",
    "",
    "help",
    "hello",
    "thanks!",
    "changes infrastructure",
)


async def test_a_miss_and_help_go_to_the_asker_alone(scene: Scene) -> None:
    for words in NO_ANSWERS:
        await mentions(scene, words)
        assert scene.last(ADA)["is_ephemeral"], words
        assert scene.calls("chat.postMessage") == [], words
        said = ("We hold nothing", "No fact mentions", "how to ask", "Hello", "You are welcome", "What changed")
        assert not any(text.startswith(said) for text in scene.sees(GRACE)), words


async def test_a_miss_within_a_thread_stays_there(scene: Scene) -> None:
    thread = await mentions(scene, "growth zones")
    await mentions(scene, "zebras sovereigns lions", thread=thread)
    assert scene.last(ADA, thread=thread)["is_ephemeral"]
    assert not scene.last(GRACE, thread=thread)["is_ephemeral"]


async def test_a_correction_is_told_to_the_asker_alone(scene: Scene) -> None:
    thread = await mentions(scene, "sovereigm")
    await scene.until(lambda: scene.calls("chat.postEphemeral"))
    assert labels(scene.last(ADA, thread=thread)) == ["More related facts", "Search as typed"]
    assert "sovereigm" not in scene.last(GRACE, thread=thread)["text"]


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("growth zones", ""),
        ("infrastructure", "Infrastructure"),
        ("briefing infrastructure", "Infrastructure"),
        ("zebras sovereigns lions", "We hold nothing"),
        ("help", "UK–OpenAI memorandum: how to ask"),
        ("hi", "Hello. Ask me about the UK–OpenAI memorandum"),
        ("changes infrastructure since 1 December", "What changed: Infrastructure"),
    ],
)
async def test_a_direct_message_is_answered_where_it_stands(scene: Scene, words: str, start: str) -> None:
    before = len(scene.sees(channel=ADAS_DM))
    await scene.types(words, channel=ADAS_DM)
    await scene.until(lambda: len(scene.sees(channel=ADAS_DM)) == before + 2)
    reply = scene.last(channel=ADAS_DM)
    assert reply["text"].startswith(start)
    assert "Post to channel" not in labels(reply)


async def test_buttons_in_a_direct_message_answer_with_a_new_message(scene: Scene) -> None:
    await scene.types("help", channel=ADAS_DM)
    await scene.until(lambda: "blocks" in scene.last(channel=ADAS_DM))
    reply = scene.last(channel=ADAS_DM)
    pressed = await scene.presses(reply, "Infrastructure", channel=ADAS_DM)
    assert pressed["ts"] != reply["ts"]
    assert pressed["blocks"][0]["text"]["text"] == "Infrastructure"


async def test_talk_that_is_not_for_the_bot_is_left_alone(scene: Scene) -> None:
    await scene.types("growth zones are interesting")
    await mentions(scene, "help")
    assert scene.calls("chat.postMessage") == []


async def test_a_quoted_question_is_not_what_is_asked(scene: Scene) -> None:
    await scene.types("> @Briefing bot who signed the memorandum?\nI asked that yesterday")
    await scene.types("```\n@Briefing bot who signed the memorandum?\n```")
    await mentions(scene, "how many growth zone bids?\n> who signed the memorandum?")
    (call,) = scene.calls("chat.postMessage")
    assert "over 200 bids" in call["text"]
    await scene.types("> who signed the memorandum?\nhow many growth zone bids?", channel=ADAS_DM)
    await scene.until(lambda: "over 200 bids" in scene.last(channel=ADAS_DM)["text"])
    assert scene.calls("chat.postEphemeral") == []
