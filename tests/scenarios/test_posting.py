"""[Post to channel], [Remove], and what happens where the bot is no member."""

from __future__ import annotations

from dataclasses import replace

from tests.scenarios.scene import ADA, GENERAL, GRACE, RANDOM, Scene, button, labels


async def posts(scene: Scene, command: str, channel: str = GENERAL) -> tuple[str, dict[str, object]]:
    """Ask, post the reply, and return what the asker saw and what everybody sees."""
    reply = await scene.asks(command, channel=channel)
    before = len(scene.sees(GRACE, channel))
    happened = await scene.workspace.press(ADA, channel, reply["ts"], "post")
    assert happened.acked
    await scene.until(lambda: len(scene.sees(GRACE, channel)) > before)
    return reply["text"], scene.last(GRACE, channel)


async def test_everybody_sees_exactly_what_the_asker_saw(scene: Scene) -> None:
    for command in ("/fact growth zones", "/briefing infrastructure", "/briefing"):
        seen, post = await posts(scene, command)
        assert post["text"] == f"{seen}\n\nPosted by ada."
        assert post["pings"] == []
        assert not post["is_ephemeral"]
        await scene.until(lambda: "Posted to this channel." in scene.sees(ADA))
    assert all(call["metadata"]["event_payload"]["posted_by"] == ADA for call in scene.calls("chat.postMessage"))


async def test_a_correction_is_not_posted(scene: Scene) -> None:
    reply = await scene.asks("/fact sovereigm")
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await scene.until(lambda: scene.calls("chat.postMessage"))
    assert "sovereigm" in reply["text"]
    assert "sovereigm" not in scene.last(GRACE)["text"]


async def test_only_the_poster_can_remove_a_post(scene: Scene) -> None:
    _, post = await posts(scene, "/fact growth zones")
    assert labels(post) == ["Tell me if this changes", "Remove"]
    refused = await scene.presses(post, "Remove", user=GRACE)
    assert refused["is_ephemeral"]
    assert refused["text"] == "Only the person who posted this can remove it."
    await scene.workspace.press(ADA, GENERAL, str(post["ts"]), "remove")
    await scene.until(lambda: not any("Posted by ada" in text for text in scene.sees(GRACE)))


async def test_the_details_of_a_post_are_for_whoever_asks(scene: Scene) -> None:
    _, post = await posts(scene, "/briefing infrastructure")
    assert labels(post) == ["Details", "Remove"]
    details = await scene.presses(post, "Details", user=GRACE)
    assert details["is_ephemeral"]
    assert len(details["text"]) > len(str(post["text"])) - 50


async def test_facts_that_changed_meanwhile_are_shown_again_before_they_are_posted(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    fact_id = next(fact.id for fact in scene.content.current_facts() if fact.statement in reply["text"])
    changed = replace(scene.content.facts[fact_id], statement="Something else is now held of growth zones.")
    facts = {**scene.content.facts, fact_id: changed}
    await scene.publisher.publish(replace(scene.content, facts=facts))
    await scene.bot.refresh()
    again = await scene.presses(reply, "Post to channel")
    assert again["text"].startswith("Something else is now held of growth zones.")
    assert "The facts have changed since you read them." in again["text"]
    assert scene.calls("chat.postMessage") == []
    await scene.workspace.press(ADA, GENERAL, again["ts"], "post")
    await scene.until(lambda: "Posted by ada." in scene.last(GRACE)["text"])


async def test_where_the_bot_is_no_member_a_copy_is_offered(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones", channel=RANDOM)
    offer = await scene.presses(reply, "Post to channel", channel=RANDOM)
    assert offer["text"].startswith("I am not a member of this channel. Invite me with /invite")
    await scene.workspace.press(ADA, RANDOM, offer["ts"], button(offer, "Post a copy")["action_id"])
    await scene.until(lambda: any("Posted by ada" in text for text in scene.sees(GRACE, RANDOM)))
    copy = scene.last(GRACE, RANDOM)
    assert copy["text"] == f"{reply['text']}\n\nPosted by ada. This copy cannot be corrected later."
    await scene.workspace.press(ADA, RANDOM, copy["ts"], "remove")
    await scene.until(lambda: not any("Posted by ada" in text for text in scene.sees(GRACE, RANDOM)))


async def test_once_invited_the_bot_can_post(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones", channel=RANDOM)
    await scene.types("/invite @Briefing bot", channel=RANDOM)
    await scene.workspace.press(ADA, RANDOM, reply["ts"], "post")
    await scene.until(lambda: any(text.endswith("Posted by ada.") for text in scene.sees(GRACE, RANDOM)))


async def test_a_refused_post_is_told_to_the_presser(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    scene.workspace.limit("chat.postMessage", 30)
    told = await scene.presses(reply, "Post to channel")
    assert told["text"] == "Slack asks me to wait. Please try again in a minute."
    assert told["ts"] != reply["ts"], "what was being read stays"
