"""[Post to channel], [Remove], and what happens where the bot is no member."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from bot.alerts.posts import parts_of
from bot.content.models import DatedReason
from bot.errors import DeliveryError
from bot.messages import ChannelRef, Subject
from handlers.rendering import splitting
from handlers.slack.client import SlackClient
from handlers.slack.receiving.requests import take
from tests.scenarios.scene import ADA, GENERAL, GRACE, RANDOM, Scene, labels
from tests.scenarios.test_repeats import settled
from workspace.state.records import TEAM_ID
from workspace.wire.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.rendering.replies import Payload


async def posts(scene: Scene, command: str, channel: str = GENERAL) -> tuple[str, dict[str, object]]:
    """Ask, post the reply, and return what the asker saw and what everybody sees."""
    reply = await scene.asks(command, channel=channel)
    before = len(scene.sees(GRACE, channel))
    happened = await scene.workspace.press(ADA, channel, reply["ts"], "post")
    assert happened.acked
    await scene.until(lambda: any("Posted by" in text for text in scene.sees(GRACE, channel)[before:]))
    found = [each for each in scene.shown(GRACE, channel)[before:] if "Posted by" in each["text"]]
    return reply["text"], found[-1]


async def test_everybody_sees_exactly_what_the_asker_saw(scene: Scene) -> None:
    for command in ("/fact growth zones", "/briefing infrastructure", "/briefing"):
        seen, post = await posts(scene, command)
        assert post["text"] == f"{seen}\n\nPosted by Ada."
        assert post["pings"] == []
        assert not post["is_ephemeral"]
        await scene.until(lambda: "Posted to this channel." in scene.sees(ADA))


async def test_a_correction_is_not_posted(scene: Scene) -> None:
    reply = await scene.asks("/fact sovereigm")
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await scene.until(lambda: scene.calls("chat.postMessage"))
    assert "sovereigm" in reply["text"]
    assert "sovereigm" not in scene.last(GRACE)["text"]


async def test_only_the_poster_can_remove_a_post(scene: Scene) -> None:
    _, post = await posts(scene, "/fact growth zones")
    assert labels(post) == ["Copy citation", "Tell me if this changes", "Suggest a correction", "Sources", "Remove"]
    refused = await scene.presses(post, "Remove", user=GRACE)
    assert refused["is_ephemeral"]
    assert refused["text"] == "Only the person who posted this can remove it."
    await scene.clicks(post, "Remove")
    await scene.until(lambda: not any("Posted by Ada" in text for text in scene.sees(GRACE)))


async def test_the_details_of_a_post_are_for_whoever_asks(scene: Scene) -> None:
    _, post = await posts(scene, "/briefing infrastructure")
    assert labels(post) == ["Details", "Remove"]
    details = await scene.presses(post, "Details", user=GRACE)
    assert details["is_ephemeral"]
    assert len(details["text"]) > len(str(post["text"])) - 50


async def test_facts_that_changed_meanwhile_are_shown_again_before_they_are_posted(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    fact_id = next(fact.id for fact in scene.content.current_facts() if reply["text"].startswith(fact.statement))
    changed = replace(scene.content.facts[fact_id], statement="Something else is now held of growth zones.")
    facts = {**scene.content.facts, fact_id: changed}
    await scene.publisher.publish(replace(scene.content, facts=facts))
    await scene.bot.refresh()
    again = await scene.presses(reply, "Post to channel")
    assert again["text"].startswith("Something else is now held of growth zones.")
    assert "The facts have changed since you read them." in again["text"]
    assert scene.calls("chat.postMessage") == []
    await scene.workspace.press(ADA, GENERAL, again["ts"], "post")
    await scene.until(lambda: "Posted by Ada." in scene.last(GRACE)["text"])


async def test_where_the_bot_is_no_member_a_copy_is_offered(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones", channel=RANDOM)
    offer = await scene.presses(reply, "Post to channel", channel=RANDOM)
    assert offer["text"].startswith("I am not a member of this channel. Invite me with /invite")
    await scene.clicks(offer, "Post a copy", channel=RANDOM)
    await scene.until(lambda: any("Posted by Ada" in text for text in scene.sees(GRACE, RANDOM)))
    copy = scene.last(GRACE, RANDOM)
    assert copy["text"] == f"{reply['text']}\n\nPosted by Ada. This copy cannot be corrected later."
    await scene.clicks(copy, "Remove", channel=RANDOM)
    await scene.until(lambda: not any("Posted by Ada" in text for text in scene.sees(GRACE, RANDOM)))


async def test_once_invited_the_bot_can_post(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones", channel=RANDOM)
    await scene.presses(reply, "Post to channel", channel=RANDOM)
    await scene.types("/invite @Briefing bot", channel=RANDOM)
    await scene.workspace.press(ADA, RANDOM, reply["ts"], "post")
    await scene.until(lambda: any(text.endswith("Posted by Ada.") for text in scene.sees(GRACE, RANDOM)))


def posted_by_ada(scene: Scene, channel: str = GENERAL) -> int:
    """Count what stands in a channel in Ada's name."""
    return sum("Posted by Ada." in text for text in scene.sees(GRACE, channel))


async def test_a_double_click_posts_once(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    await asyncio.gather(*(scene.workspace.press(ADA, GENERAL, reply["ts"], "post") for _ in range(3)))
    await scene.until(lambda: scene.last()["text"] != reply["text"] and "Posted to this channel." in scene.sees(ADA))
    await posts(scene, "/briefing infrastructure")
    assert posted_by_ada(scene) == 2
    assert [dispatch.envelope.payload["trigger_id"] for dispatch in scene.workspace.dispatches[1:3]] != [None, None]


async def test_a_double_click_posts_one_copy(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones", channel=RANDOM)
    offer = await scene.presses(reply, "Post to channel", channel=RANDOM)
    await asyncio.gather(*(scene.workspace.press(ADA, RANDOM, offer["ts"], "copy") for _ in range(3)))
    await scene.until(lambda: "Posted to this channel." in scene.sees(ADA, RANDOM))
    await scene.asks("/fact help", channel=RANDOM)
    assert posted_by_ada(scene, RANDOM) == 1


async def test_a_post_that_stands_is_confirmed_once_slack_takes_the_confirmation(scene: Scene) -> None:
    reply = await scene.asks("/fact growth zones")
    scene.workspace.fault_switches.switch([Fault("rate_limit", "response_url", times=1, seconds=1)])
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await scene.until(lambda: "Posted to this channel." in scene.sees(ADA))
    assert posted_by_ada(scene) == 1


@pytest.mark.parametrize("kind", ["rate_limit", "lost"])
async def test_a_post_that_slack_does_not_confirm_at_once_is_announced_and_posted_once(
    scene: Scene, kind: FaultKind
) -> None:
    reply = await scene.asks("/fact growth zones")
    scene.workspace.fault_switches.switch([Fault(kind, "chat.postMessage", times=1, seconds=1)])
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await scene.until(lambda: any(text.startswith("Slack has not confirmed the post yet.") for text in scene.sees()))
    assert reply["text"] in scene.sees(), "what was being read stays"
    await scene.until(lambda: posted_by_ada(scene) == 1)
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await settled(scene)
    assert posted_by_ada(scene) == 1


async def until_complete(scene: Scene, ts: str, area: str = "infrastructure") -> None:
    """Wait until every message of a posted briefing is recorded."""
    later = len(splitting.split((await scene.bot.briefing(area)).markdown)) - 1
    place = ChannelRef(TEAM_ID, GENERAL)
    while True:
        async with scene.database.reading() as connection:
            if len(await parts_of(connection, place, ts)) == later:
                return
        await asyncio.sleep(0.05)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make briefings need several messages."""
    splitting.split.cache_clear()
    monkeypatch.setattr(splitting, "MESSAGE_BLOCKS", 3)
    yield
    splitting.split.cache_clear()


@pytest.mark.usefixtures("narrow")
async def test_a_correction_reaches_every_message_of_a_long_post(scene: Scene) -> None:
    await scene.asks("/briefing infrastructure")
    await scene.until(lambda: "Post to channel" in labels(scene.last()))
    await scene.workspace.press(ADA, GENERAL, scene.last()["ts"], "post")
    await scene.until(lambda: "Posted to this channel." in scene.sees())
    post = next(each for each in scene.workspace.seen_by(GRACE, GENERAL) if each["text"].startswith("Infrastructure"))

    def standing() -> list[dict[str, Any]]:
        return scene.workspace.seen_by(GRACE, GENERAL, post["ts"])

    await until_complete(scene, post["ts"])
    before = standing()
    fact = scene.content.facts["growth-zones-investment"]
    wrong = fact.short or fact.statement
    (stale,) = [number for number, part in enumerate(before) if wrong in part["text"]]
    assert stale > 0, "it stands in a later message"
    reason = DatedReason(on=date(2026, 12, 3), why="The source says two.")
    right = replace(fact, statement="OpenAI could look at two zones.", short=None, corrected=reason)
    await scene.publisher.publish(replace(scene.content, facts={**scene.content.facts, fact.id: right}))
    await scene.until(lambda: all(part.get("edited") for part in standing()[: len(before)]))
    parts = standing()
    assert parts[0]["text"].startswith("Corrected 3 December 2026: was “")
    assert not any(wrong in part["text"] for part in parts[1 : len(before)])
    assert {label for part in before for label in labels(part)} <= set(labels(parts[0]))
    await scene.clicks(post, "Remove")
    await scene.until(lambda: len(scene.calls("chat.delete")) == len(before))


@pytest.mark.usefixtures("narrow")
async def test_a_long_post_is_removed_whole(scene: Scene) -> None:
    before = scene.workspace.seen_by(GRACE, GENERAL)
    reply = await scene.asks("/briefing infrastructure")
    await scene.until(lambda: "Post to channel" in labels(scene.last()))
    reply = scene.last()
    await scene.workspace.press(ADA, GENERAL, reply["ts"], "post")
    await scene.until(lambda: scene.last(GRACE)["text"].startswith("Infrastructure"))
    post = scene.last(GRACE)
    await until_complete(scene, str(post["ts"]))
    parts = scene.workspace.seen_by(GRACE, GENERAL, post["ts"])
    assert len(parts) > 1
    assert [("Remove" in labels(part)) for part in parts] == [True] + [False] * (len(parts) - 1)
    await scene.clicks(post, "Remove")
    await scene.until(lambda: len(scene.calls("chat.delete")) == len(parts))
    assert scene.workspace.seen_by(GRACE, GENERAL) == before


@pytest.mark.usefixtures("narrow")
async def test_a_copy_that_breaks_off_is_told_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    responding = SlackClient.respond

    async def once(self: SlackClient, url: str, payload: Payload, **how: object) -> None:
        if how.get("response_type") == "in_channel" and posted_by_ada(scene, RANDOM):
            raise DeliveryError("Slack could not be reached.", "Please try again.")
        await responding(self, url, payload, **how)

    await scene.asks("/briefing infrastructure", channel=RANDOM)
    await scene.until(lambda: "Post to channel" in labels(scene.last(channel=RANDOM)))
    offer = await scene.presses(scene.last(channel=RANDOM), "Post to channel", channel=RANDOM)
    monkeypatch.setattr(SlackClient, "respond", once)
    await scene.workspace.press(ADA, RANDOM, offer["ts"], "copy")
    told = "Slack could not be reached. Only a part was posted: remove it there before you press again."
    await scene.until(lambda: scene.last(channel=RANDOM)["text"] == told)


async def presses_as(scene: Scene, action_id: str, value: object) -> dict[str, Any]:
    """Press a button that no version of ours made, and return what comes of it."""
    reply = await scene.asks("/fact growth zones")
    await scene.presses(await scene.asks("/briefing 3"), "Details")
    payload = dict(scene.workspace.dispatches[-1].envelope.payload)
    action = {**payload["actions"][0], "action_id": action_id, "value": value}
    count = len(scene.sees())
    changes = {"trigger_id": f"{action_id}{value}", "actions": [action]}
    assert (await take(scene.bolt, body=payload | changes)).status == 200
    await scene.until(lambda: len(scene.sees()) > count)
    assert reply["text"] in scene.sees()
    return scene.last()


@pytest.mark.parametrize("action", ["post", "copy", "remove", "details"])
async def test_junk_in_a_button_gets_a_reply(scene: Scene, action: str) -> None:
    for value in ("", "{", "[]", '{"facts":5}', None, 5):
        told = await presses_as(scene, action, value)
        assert told["text"].startswith("That button is too old to be understood."), value


async def test_what_can_no_longer_be_shown_is_told_as_it_is(scene: Scene) -> None:
    told = await presses_as(scene, "post", Subject(area="gone", digest="x").pack())
    assert told["text"] == "That area is no longer part of this fact store."
