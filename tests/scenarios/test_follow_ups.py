"""Follow-ups in a thread and in a direct message: about the fact that was answered there last."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

import app as wiring
from bot.content.models import DatedReason
from bot.store.tables import answers, posts
from tests.scenarios.private_replies import says
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, ScenarioClock, Scene, playing
from tests.support.newsroom import shipped
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Column


async def tells(scene: Scene, words: str, *, thread: str | None = None) -> str:
    """Write to the bot directly, and return its answer's text."""
    before = len(scene.calls("chat.postMessage"))
    await scene.types(words, channel=ADAS_DM, thread=thread)
    await scene.until(lambda: len(scene.calls("chat.postMessage")) > before)
    await scene.settled()
    return str(scene.last(channel=ADAS_DM, thread=thread)["text"])


async def mentions(scene: Scene, words: str, *, user: str = ADA, thread: str | None = None) -> str:
    """Mention the bot, wait until it has answered, and return the ts of the thread."""
    before = len(answered(scene))
    happened = await scene.types(f"@Briefing bot {words}", user=user, thread=thread)
    assert happened.message is not None
    await scene.until(lambda: len(answered(scene)) > before)
    await scene.settled()
    return thread or happened.message.ts


async def until_recorded(scene: Scene, column: Column[str], ts: str) -> None:
    """Wait until the database knows a message, a moment after it is seen."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with scene.database.reading() as connection:
                if await connection.scalar(select(column).where(column == ts)) is not None:
                    return
            await asyncio.sleep(0.01)


def answered(scene: Scene) -> list[dict[str, object]]:
    return [*scene.calls("chat.postMessage"), *scene.calls("chat.postEphemeral")]


async def test_a_direct_message_follows_up_on_the_fact_before(scene: Scene) -> None:
    assert "over 200 bids" in await tells(scene, "growth-zones-bids")
    for words, first in {
        "source?": "Source: “OpenAI to expand UK office",
        "how many?": "In the fact: over 200 bids.",
        "and when?": "In the fact: July 2025.",
        "who by?": "In the fact: according to DSIT.",
        "where?": "In the fact: across the country.",
        "is that firm?": "Stated. The source says so without a hedge.",
    }.items():
        reply = await tells(scene, words)
        assert reply.startswith(first), words
        assert "There were over 200 bids" in reply, "the fact stands whole below"


async def test_what_the_fact_does_not_say_is_said(scene: Scene) -> None:
    await tells(scene, "growth-zones-investment")
    reply = await tells(scene, "how much?")
    assert reply.startswith("That fact gives no figure.")
    assert "Possible, not decided" in reply


async def test_another_fact_on_the_same_subject_is_found_by_the_fact_and_marked_as_closest(scene: Scene) -> None:
    await tells(scene, "did Peter Kyle sign the memorandum?")
    reply = await tells(scene, "and when?")
    assert reply.startswith("That fact gives no date of its own. It is as of 21 July 2025. The closest we hold:")
    assert "signed on 21 July 2025" in reply


async def test_two_people_in_one_thread_are_answered_on_the_last_fact_there(scene: Scene) -> None:
    thread = await mentions(scene, "growth-zones-bids")
    await mentions(scene, "how many?", user=GRACE, thread=thread)
    assert scene.last(ADA, thread=thread)["text"].startswith("In the fact: over 200 bids.")
    await mentions(scene, "action-plan-money", user=GRACE, thread=thread)
    await mentions(scene, "and how much?", thread=thread)
    assert scene.last(GRACE, thread=thread)["text"].startswith("In the fact: £2 billion.")


async def test_what_one_person_alone_saw_is_no_subject_for_another(scene: Scene) -> None:
    thread = await mentions(scene, "growth-zones-bids")
    await mentions(scene, "sovereign AI money for wibbles", thread=thread)
    assert scene.last(ADA, thread=thread)["is_ephemeral"]
    await mentions(scene, "how much?", user=GRACE, thread=thread)
    assert scene.last(GRACE, thread=thread)["text"].startswith("In the fact: over 200 bids.")


async def test_threads_and_direct_messages_keep_apart(scene: Scene) -> None:
    thread = await mentions(scene, "growth-zones-bids")
    other = await mentions(scene, "and when?")
    assert other != thread
    assert any("These words name no subject" in text for text in scene.sees(ADA))
    assert "These words name no subject" in await tells(scene, "and when?")
    await tells(scene, "action-plan-money")
    answer = scene.last(channel=ADAS_DM)
    await until_recorded(scene, answers.c.ts, answer["ts"])
    await tells(scene, "growth-zones-bids")
    in_next = await tells(scene, "how many?")
    assert in_next.startswith("In the fact: over 200 bids."), "what begins a conversation is about the last answer"
    in_thread = await tells(scene, "how much?", thread=answer["thread_ts"])
    assert in_thread.startswith("In the fact: £2 billion."), "what goes on in one is about the answer in it"


async def test_a_question_that_stands_for_itself_is_no_follow_up(scene: Scene) -> None:
    await tells(scene, "growth-zones-bids")
    assert "£2 billion" in await tells(scene, "what about the £2bn")
    await tells(scene, "stargate-uk")
    assert "Peter Kyle" in await tells(scene, "who signed the memorandum?")


async def test_another_subject_ends_the_one_before_and_small_talk_does_not(scene: Scene) -> None:
    await tells(scene, "growth-zones-bids")
    await tells(scene, "thanks!")
    assert (await tells(scene, "how many?")).startswith("In the fact: over 200 bids.")
    await tells(scene, "zebras lions unicorns")
    assert "These words name no subject" in await tells(scene, "how many?")
    await tells(scene, "growth-zones-bids")
    await tells(scene, "infrastructure")
    assert "These words name no subject" in await tells(scene, "how many?")


async def test_a_fact_that_was_corrected_or_withdrawn_since_is_told(scene: Scene) -> None:
    await tells(scene, "growth-zones-bids")
    fact = scene.content.facts["growth-zones-bids"]
    today = scene.workspace.clock.now().date()
    anew = replace(
        fact, statement="There were over 210 bids.", short=None, corrected=DatedReason(on=today, why="Typo.")
    )
    for newer, told in (
        (anew, "That fact was corrected since I answered here. In the fact: over 210 bids."),
        (replace(fact, withdrawn=DatedReason(on=today, why="Wrong.")), "That fact was withdrawn on 25 November 2026"),
    ):
        await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, fact.id: newer}))
        await scene.bot.refresh()
        assert (await tells(scene, "how many?")).startswith(told)


async def test_a_doubt_about_the_last_answer_shows_it_with_whom_to_tell(scene: Scene) -> None:
    await tells(scene, "growth-zones-bids")
    reply = await tells(scene, "I don't think that's right")
    assert "There were over 200 bids" in reply
    assert "If a fact is wrong, tell" in reply


async def test_a_restart_loses_no_subject(tmp_path: Path) -> None:
    workspace = Workspace(wiring.read_manifest(), clock=ScenarioClock())
    async with workspace.serve():
        async with playing(workspace, data_dir=tmp_path) as scene:
            await tells(scene, "growth-zones-bids")
        async with playing(workspace, data_dir=tmp_path) as scene:
            assert (await tells(scene, "source?")).startswith("Source: “OpenAI to expand UK office")


HOSTILE = (
    "and <!channel> when?",
    "when?" * 4000,
    "what about `rm -rf` <@U0ADA> *it*",
    "and " * 120,
    "and when?\x00\u202e",
    "it " * 160,
    "what about {{ 7*7 }}",
)


async def test_hostile_follow_ups_are_answered_and_ping_nobody(scene: Scene) -> None:
    for words in HOSTILE:
        await tells(scene, "growth-zones-bids")
        await tells(scene, words)
        assert scene.last(channel=ADAS_DM)["pings"] == [], words


async def test_no_word_of_an_asker_is_kept(scene: Scene) -> None:
    await tells(scene, "over 200 bids, what a wonderful summer")
    await tells(scene, "growth-zones-bids")
    async with scene.database.transaction() as connection:
        rows = (await connection.execute(select(answers))).mappings().all()
    assert len(rows) == 2
    assert "summer" not in str(rows)
    assert set(rows[-1]["facts"]) == {"growth-zones-bids"}
    assert shipped().facts.keys() >= set(rows[-1]["facts"])
    assert GENERAL not in str(rows)


async def test_a_correction_takes_the_old_words_out_of_a_follow_up_too(scene: Scene) -> None:
    thread = await mentions(scene, "growth-zones-bids")
    await mentions(scene, "how many?", thread=thread)
    answer = scene.last(GRACE, thread=thread)
    await until_recorded(scene, posts.c.ts, answer["ts"])
    assert answer["text"].startswith("In the fact: over 200 bids.")
    fact = scene.content.facts["growth-zones-bids"]
    today = scene.workspace.clock.now().date()
    reason = DatedReason(on=today, why="Typo.")
    anew = replace(fact, statement="There were over 210 bids.", short=None, corrected=reason)
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, fact.id: anew}))
    await scene.until(lambda: [each for each in scene.calls("chat.update") if each["ts"] == answer["ts"]])
    (edit,) = [each for each in scene.calls("chat.update") if each["ts"] == answer["ts"]]
    assert "over 210 bids" in edit["text"]
    assert "In the fact" not in edit["text"]


async def test_in_the_thread_of_an_alert_a_follow_up_is_about_its_fact(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts")
    fact = scene.content.facts["growth-zones-bids"]
    anew = replace(fact, statement="There were over 210 bids.", short=None)
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, fact.id: anew}))
    await scene.bot.refresh()
    await scene.until(lambda: any("210" in text for text in scene.sees(GRACE)))
    alert = next(each for each in scene.workspace.seen_by(GRACE, GENERAL) if "210" in each["text"])
    await until_recorded(scene, posts.c.ts, alert["ts"])
    await mentions(scene, "how many?", thread=alert["ts"])
    await scene.until(lambda: "In the fact: over 210 bids." in scene.last(GRACE, thread=alert["ts"])["text"])


async def test_a_fact_shown_by_a_button_in_a_direct_message_is_the_last(scene: Scene) -> None:
    await tells(scene, "zebras sovereigns lions")
    gap = scene.last(channel=ADAS_DM)
    assert gap["text"].startswith("We hold nothing")
    before = len(scene.calls("chat.postMessage"))
    await scene.clicks(gap, "Show 1", channel=ADAS_DM)
    await scene.until(lambda: len(scene.calls("chat.postMessage")) > before)
    await scene.settled()
    shown = scene.last(channel=ADAS_DM)
    reply = await tells(scene, "source?")
    assert reply.startswith(("Source: ", "Sources read: "))
    assert shown["text"].split("\n")[0] in reply
    await until_recorded(scene, answers.c.ts, shown["ts"])
    in_thread = await tells(scene, "is that firm?", thread=shown["thread_ts"])
    assert shown["text"].split("\n")[0] in in_thread
