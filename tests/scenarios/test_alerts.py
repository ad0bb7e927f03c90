"""Subscriptions, alerts and corrections, from the message box to what a channel sees."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

import app as wiring
from bot.alerts import subscriptions
from bot.content.models import DatedReason
from bot.messages import ChannelRef
from bot.publishing.impact import impact_of
from bot.publishing.publisher import Origin
from handlers.rendering.blocks import to_text
from tests.scenarios.private_replies import chooses, presses, says
from tests.scenarios.scene import (
    ADA,
    ADAS_DM,
    GENERAL,
    GRACE,
    POLICY,
    RANDOM,
    Scene,
    labels,
    playing,
)
from tests.support.waiting import PATIENCE_S
from workspace.server import Workspace

if TYPE_CHECKING:
    from bot.content.models import Fact

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
BIDS = "growth-zones-bids"
WRONG = DatedReason(on=date(2026, 12, 3), why="The source says 201.")


async def publishes(scene: Scene, note: str | None = None, **fields: Any) -> Fact:  # noqa: ANN401 — a fact's fields
    """Publish a change of one fact."""
    content = (await scene.database.latest()).content
    fact = replace(content.facts[BIDS], short=None, **fields)
    await scene.publisher.publish(replace(content, facts={**content.facts, BIDS: fact}), Origin(note=note))
    return fact


async def until_posted(scene: Scene, words: str, *, user: str = GRACE, channel: str = GENERAL) -> dict[str, Any]:
    """Wait until a user sees a message that holds these words, and return it."""
    await scene.until(lambda: any(words in text for text in scene.sees(user, channel)))
    return next(each for each in scene.workspace.seen_by(user, channel) if words in each["text"])


async def test_an_edit_reaches_a_channel_that_subscribed_and_says_why(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe infrastructure, adoption alerts")
    assert told["is_ephemeral"]
    assert told["text"].startswith(
        "This channel now gets Infrastructure and Public and private sector adoption alerts: every change"
    )
    assert labels(told) == ["Undo", "Also post on a schedule"]
    line = await until_posted(scene, "subscribed this channel")
    assert (
        line["text"] == "Ada subscribed this channel to Infrastructure and Public and private sector adoption alerts."
    )
    assert labels(line) == ["Change"]
    before = (await scene.database.latest()).content
    await publishes(scene, note="Counted again.", statement="There were about 200 bids for AI Growth Zones.")
    alert = await until_posted(scene, "What changed")
    after = await scene.database.latest()
    shown = impact_of(before, after.content, base="main", now=after.published_at, note="Counted again.")
    assert to_text(shown.alert[0]).strip() == alert["text"].strip(), "a pull request shows the alert as it is posted"
    assert "Was: There were over 200 bids" in alert["text"]
    assert "Now: There were about 200 bids" in alert["text"]
    assert "Counted again." in alert["text"]
    assert alert["pings"] == []
    why = await presses(scene, alert, "Why am I seeing this?", user=GRACE)
    assert why["is_ephemeral"]
    cause = "Infrastructure alerts: every change\nAsked for by <@U0ADA> on 25 November 2026."
    assert why["text"] == f"This channel gets this because of:\n\n{cause}", "no other subscription caused it"
    muted = await presses(scene, why, "Mute all alerts", user=GRACE)
    assert re.search(r"Alerts paused by <@U0GRACE> on \d+ \w+ \d{4}\.$", muted["text"])
    assert scene.last(ADA)["ts"] == alert["ts"], "nobody else is told"
    assert "Resume alerts" in labels(muted)


async def test_undo_takes_it_back(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe all alerts")
    undone = await presses(scene, told, "Undo")
    assert undone["ts"] == told["ts"]
    assert undone["text"].startswith("Undone. This channel gets no alerts")


async def test_a_repeat_changes_nothing_and_an_overlap_is_told(scene: Scene) -> None:
    await says(scene, "/briefing subscribe all alerts")
    again = await says(scene, "/briefing subscribe all alerts")
    assert again["text"].startswith("Nothing changed: this channel already gets alerts on all areas")
    overlapping = await says(scene, "/briefing subscribe 3 alerts")
    assert "All areas are subscribed here, so Infrastructure adds nothing" in overlapping["text"]


async def test_unsubscribing(scene: Scene) -> None:
    await says(scene, "/briefing subscribe 2 3 corrections only")
    ended = await says(scene, "/briefing unsubscribe infrastructure")
    assert ended["text"].startswith(
        "This channel no longer gets Infrastructure alerts. It still gets Public and private sector adoption alerts."
    )
    back = await presses(scene, ended, "Undo")
    assert "Infrastructure alerts: corrections and withdrawals only" in back["text"]
    await says(scene, "/briefing unsubscribe all")
    refused = await says(scene, "/briefing unsubscribe infrastructure")
    assert refused["text"] == "There is no subscription to Infrastructure here."
    assert (await says(scene, "/briefing subscriptions"))["text"].startswith("This channel gets no alerts")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/briefing unsubscribe infrastrukture", "No area is called “infrastrukture”. Did you mean Infrastructure?"),
        ("/briefing unsubscribe <!channel> {{ 7 }}", "No area is called"),
        ("/briefing unsubscribe", "This channel gets no alerts and no scheduled posts."),
    ],
)
async def test_words_that_name_no_area(scene: Scene, command: str, answer: str) -> None:
    told = await says(scene, command)
    assert told["text"].startswith(answer)
    assert told["pings"] == []


async def test_where_the_bot_is_no_member_it_says_how_to_invite_it(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe all alerts", channel=RANDOM)
    assert told["text"] == "I am not a member of this channel. Invite me with /invite, then subscribe again."
    await scene.types("/invite @Briefing bot", channel=RANDOM)
    assert "Nothing changed" not in (await says(scene, "/briefing subscribe all alerts", channel=RANDOM))["text"]


async def test_a_direct_message_is_for_me(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe infrastructure corrections only", channel=ADAS_DM)
    assert told["text"].startswith("You now get Infrastructure alerts: corrections and withdrawals")
    await publishes(scene, statement="There were 201 bids for AI Growth Zones.", corrected=WRONG)
    alert = await until_posted(scene, "What changed", user=ADA, channel=ADAS_DM)
    assert "Corrected 3 December 2026: The source says 201." in alert["text"]


async def test_a_correction_follows_the_copies(scene: Scene) -> None:
    await says(scene, "/briefing subscribe all alerts")
    reply = await scene.asks(f"/fact {BIDS}")
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    post = await until_posted(scene, "Posted by Ada")
    await scene.until(lambda: "Posted to this channel." in scene.sees(ADA))
    await publishes(scene, statement="There were 201 bids for AI Growth Zones.", corrected=WRONG)
    edited = await until_posted(scene, "Corrected 3 December 2026: was “There were over 200 bids")
    assert edited["ts"] == post["ts"]
    assert "now “There were 201 bids for AI Growth Zones.”, because: The source says 201." in edited["text"]
    assert "Posted by Ada" in edited["text"]
    assert labels(edited) == labels(post)
    await scene.until(lambda: len(scene.sees(GRACE, thread=post["ts"])) == 2)
    assert scene.sees(GRACE, thread=post["ts"])[-1].startswith("Corrected 3 December 2026. The top of the post says")
    assert edited["text"].count("The source says 201.") == 1, "why is told once"
    assert not any("What changed" in text for text in scene.sees(GRACE))
    await scene.clicks(edited, "Remove")
    await scene.until(lambda: not any("Posted by Ada" in text for text in scene.sees(GRACE)))


async def test_a_mentions_answer_is_a_copy_as_well(scene: Scene) -> None:
    happened = await scene.types("@Briefing bot how many bids for growth zones")
    assert happened.message is not None
    thread = happened.message.ts
    await scene.until(lambda: len(scene.sees(GRACE, thread=thread)) == 2)
    shown = scene.last(GRACE, thread=thread)["text"]
    fact = next(each for each in scene.content.current_facts() if each.statement in shown)
    assert fact.id == BIDS
    await publishes(scene, withdrawn=WRONG)
    await scene.until(lambda: "Withdrawn 3 December 2026" in scene.workspace.seen_by(GRACE, GENERAL, thread)[1]["text"])


async def test_who_asked_to_be_told_is_told_once(scene: Scene) -> None:
    reply = await scene.asks(f"/fact {BIDS}")
    told = await presses(scene, reply, "Tell me if this changes")
    assert told["text"].startswith("I will write to you, once, if this fact changes before")
    assert told["ts"] != reply["ts"], "the answer stays"
    listed = await says(scene, "/briefing subscriptions")
    own = listed["text"].partition("You alone get a message from me, wherever you are:")[2]
    assert "Once, if this changes before " in own
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    direct = await until_posted(scene, "A fact that you asked about changed", user=ADA, channel=ADAS_DM)
    assert "Now: There were about 200 bids" in direct["text"]
    again = await presses(scene, direct, "Tell me again", channel=ADAS_DM)
    assert again["text"].startswith("I will write to you, once, if this fact changes before")


async def test_a_watch_can_be_forgotten(scene: Scene) -> None:
    reply = await scene.asks(f"/fact {BIDS}")
    told = await presses(scene, reply, "Tell me if this changes")
    forgotten = await presses(scene, told, "Forget it")
    assert forgotten["text"] == "I will not write to you about that fact."
    assert "I will write to you" not in (await says(scene, "/briefing subscriptions"))["text"]


async def test_a_channel_that_the_bot_was_removed_from_is_paused_and_says_what_to_do(scene: Scene) -> None:
    async with scene.database.transaction() as connection:
        place = ChannelRef("T0TRY", RANDOM)
        await subscriptions.subscribe(connection, place, subscriptions.wanted(place, ["all"], by=ADA, at=NOON))
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    await scene.until(lambda: scene.calls("chat.postMessage"))
    async with asyncio.timeout(PATIENCE_S):
        while True:
            told = await says(scene, "/briefing subscriptions", channel=RANDOM)
            if "Alerts paused since" in told["text"]:
                break
    assert "I am no longer a member of this channel: invite me with /invite." in told["text"]
    await scene.types("/invite @Briefing bot", channel=RANDOM)
    resumed = await presses(scene, told, "Resume alerts", channel=RANDOM)
    assert "paused" not in resumed["text"]
    await publishes(scene, statement="There were some 200 bids for AI Growth Zones.")
    await until_posted(scene, "some 200 bids", channel=RANDOM)


async def test_two_who_subscribe_at_once_subscribe_once(scene: Scene) -> None:
    await asyncio.gather(
        *(scene.types("/briefing subscribe all alerts", user=user) for user in (ADA, GRACE) for _ in range(3))
    )
    await scene.until(
        lambda: (
            sum("already gets alerts on all areas" in text for user in (ADA, GRACE) for text in scene.sees(user)) == 5
        )
    )
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    await until_posted(scene, "What changed")
    assert sum("What changed" in text for text in scene.sees(GRACE)) == 1


async def test_only_managers_where_they_are_named() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, managers=GRACE, alert_announce="off") as scene:
        refused = await says(scene, "/briefing subscribe all alerts")
        assert refused["text"].startswith("Only this workspace's managers may change what a channel gets.")
        allowed = await says(scene, "/briefing subscribe all alerts", user=GRACE)
        assert allowed["text"].startswith("This channel now gets alerts on all areas")
        assert scene.calls("chat.postMessage") == [], "nothing is announced"
        mine = await says(scene, "/briefing subscribe all alerts", channel=ADAS_DM)
        assert mine["text"].startswith("You now get alerts on all areas")


async def test_the_buttons_change_what_is_posted(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts", channel=POLICY)
    listed = await says(scene, "/briefing subscriptions", channel=POLICY)
    changed = await chooses(scene, listed, "Infrastructure alerts", "Corrections only", channel=POLICY)
    assert "Infrastructure alerts: corrections and withdrawals only" in changed["text"]
    ended = await chooses(scene, changed, "Infrastructure alerts", "Unsubscribe", channel=POLICY)
    assert ended["text"].startswith("This channel no longer gets Infrastructure alerts.")


async def test_a_channel_hears_only_what_it_filtered_for(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe infrastructure when possible becomes intended")
    gets = "This channel now gets Infrastructure alerts: facts that were possible and become intended only; at most one"
    assert told["text"].startswith(gets)
    told = await says(scene, f"/briefing subscribe fact {BIDS} corrections only")
    named = scene.content.facts[BIDS].short or scene.content.facts[BIDS].statement
    assert told["text"].startswith(f"This channel now gets alerts on the fact “{named}”: corrections and")
    listed = await says(scene, "/briefing subscriptions")
    assert "Infrastructure alerts: facts that were possible and become intended only, since" in listed["text"]
    assert f"Alerts on the fact “{named}”: corrections and withdrawals only, since" in listed["text"]
    await publishes(scene, statement="There were about 200 bids for AI Growth Zones.")
    await publishes(scene, statement="There were 201 bids for AI Growth Zones.", corrected=WRONG)
    await until_posted(scene, "There were 201 bids for AI Growth Zones.")
    assert sum("What changed" in text for text in scene.sees(GRACE)) == 1
    ended = await says(scene, f"/briefing unsubscribe fact {BIDS}")
    assert ended["text"].startswith("This channel no longer gets alerts on the fact")
    await presses(scene, ended, "Undo")
    assert "alerts on the fact" in (await says(scene, "/briefing subscriptions"))["text"].casefold()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("fact growth-zone-bids", "No fact is called “growth-zone-bids”. Did you mean growth-zones-bids?"),
        ("all when hopeful becomes intended", "“hopeful” is no certainty. They are: stated, intended"),
    ],
)
async def test_a_filter_that_is_not_understood_is_told(scene: Scene, words: str, told: str) -> None:
    said = await says(scene, f"/briefing subscribe {words} alerts")
    assert told in said["text"]
    assert said["pings"] == []
