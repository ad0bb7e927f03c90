"""Subscribing in words: typed directly, or in a mention for its channel, under the same gate as the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.alerts import subscriptions
from bot.messages import ChannelRef
from bot.schedules import schedules
from tests.scenarios.private_replies import private
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, POLICY, Scene, labels
from workspace.state.records import BOT_USER_ID, TEAM_ID

if TYPE_CHECKING:
    from bot.alerts.subscriptions import Subscription

MENTION = "@Briefing bot"


async def told(scene: Scene, words: str, *, user: str = ADA, channel: str = ADAS_DM) -> dict[str, Any]:
    """Type a message and return what its sender alone is told."""
    before = len(private(scene, user, channel)) + channel.startswith("D")
    await scene.types(words, user=user, channel=channel)
    await scene.until(lambda: len(private(scene, user, channel)) > before)
    await scene.settled()
    return private(scene, user, channel)[-1]


async def alerts(scene: Scene, channel: str) -> tuple[Subscription, ...]:
    """Return the alerts that a channel gets."""
    async with scene.database.reading() as connection:
        return tuple(await subscriptions.for_channel(connection, ChannelRef(TEAM_ID, channel)))


async def test_a_direct_message_subscribes_and_ends_it(scene: Scene) -> None:
    reply = await told(scene, "subscribe infrastructure alerts")
    assert reply["text"].startswith("You now get Infrastructure alerts")
    assert [each.area for each in await alerts(scene, ADAS_DM)] == ["infrastructure"]
    assert "Infrastructure" in (await told(scene, "subscriptions"))["text"]
    await told(scene, "Unsubscribe infrastructure")
    assert await alerts(scene, ADAS_DM) == ()


@pytest.mark.parametrize(
    "words", ["Subscribe me to “infrastructure” alerts.", "`/briefing subscribe infrastructure alerts`"]
)
async def test_it_need_not_be_written_as_in_the_manual(scene: Scene, words: str) -> None:
    assert (await told(scene, words))["text"].startswith("You now get Infrastructure alerts")


async def test_a_question_on_subscriptions_is_a_question(scene: Scene) -> None:
    reply = await told(scene, "Subscriptions paid by HMG for ChatGPT")
    assert "Nothing is posted" not in reply["text"]
    assert "Subscribe" not in labels(reply)


async def test_a_pause_until_a_day_pauses_and_resumes_in_words(scene: Scene) -> None:
    await told(scene, f"{MENTION} subscribe all alerts", channel=POLICY)
    reply = await told(scene, f"{MENTION} Please pause until 5 January.", channel=POLICY)
    assert reply["text"].startswith("Paused until 5 January")
    assert all(each.paused_at for each in await alerts(scene, POLICY))
    assert (await told(scene, f"{MENTION} /briefing resume", channel=POLICY))["text"].startswith("Resumed")
    assert not any(each.paused_at for each in await alerts(scene, POLICY))


async def test_days_off_and_defaults_are_set_in_words(scene: Scene) -> None:
    await told(scene, "subscribe infrastructure weekdays 09:00")
    assert (await told(scene, "days off 24 December to 2 January"))["text"].startswith("Days off here: 24 December")
    assert "Defaults are for the whole workspace" in (await told(scene, "defaults infrastructure"))["text"]


async def test_a_direct_message_makes_a_schedule(scene: Scene) -> None:
    await told(scene, "subscribe infrastructure weekdays 09:00")
    async with scene.database.reading() as connection:
        made = await schedules.for_channel(connection, ChannelRef(TEAM_ID, ADAS_DM))
    assert [each.areas for each in made] == [("infrastructure",)]


@pytest.mark.parametrize("words", ["subscribe", "subscribe zebras mon 9:00", "subscribe infrastructure 25:00"])
async def test_words_that_do_not_suffice_get_the_button_that_opens_the_form(scene: Scene, words: str) -> None:
    reply = await told(scene, words)
    assert labels(reply) == ["Choose…"]
    await scene.clicks(reply, "Choose…", channel=ADAS_DM)
    await scene.until(lambda: scene.workspace.modals(ADA))
    assert await alerts(scene, ADAS_DM) == ()


async def test_a_mention_subscribes_its_channel_and_a_pause_shows_the_buttons(scene: Scene) -> None:
    reply = await told(scene, f"{MENTION} subscribe all alerts", channel=POLICY)
    assert reply["text"].startswith("This channel now gets")
    assert reply["is_ephemeral"]
    assert [each.created_by for each in await alerts(scene, POLICY)] == [ADA]
    await scene.until(lambda: any(text.startswith("Ada subscribed this channel") for text in scene.sees(ADA, POLICY)))
    assert "Mute alerts" in labels(await told(scene, f"{MENTION} pause the alerts, please", channel=POLICY))


async def test_a_mention_in_a_thread_is_confirmed_in_the_thread(scene: Scene) -> None:
    root = (await scene.types("What do we get here?", channel=GENERAL)).message
    assert root is not None
    await scene.types(f"{MENTION} subscribe all alerts", channel=GENERAL, thread=root.ts)
    await scene.until(lambda: scene.last(ADA, GENERAL, root.ts)["is_ephemeral"])
    assert scene.last(ADA, GENERAL, root.ts)["text"].startswith("This channel now gets")


@pytest.mark.parametrize(
    "words", ["subscribe all alerts", "unsubscribe all", "subscriptions", "pause", "pause until 5 January"]
)
async def test_who_may_not_by_a_command_may_not_in_words(scene: Scene, words: str) -> None:
    """People of another organisation neither change nor see what a channel gets; guests change nothing."""
    await told(scene, f"{MENTION} subscribe infrastructure alerts", channel=POLICY)
    event = {
        "type": "app_mention",
        "user": "U0FOREIGN",
        "user_team": "T0OTHER",
        "text": f"<@{BOT_USER_ID}> {words}",
        "ts": "1.1",
        "channel": POLICY,
        "event_ts": "1.1",
    }
    body = {"type": "event_callback", "team_id": TEAM_ID, "api_app_id": "A0TRY", "event_id": "Ev7", "event": event}
    await scene.workspace.send_event(body)
    await scene.until(lambda: scene.calls("chat.postEphemeral")[-1]["user"] == "U0FOREIGN")
    assert "Only people of the organisation" in scene.calls("chat.postEphemeral")[-1]["text"]
    assert [each.area for each in await alerts(scene, POLICY)] == ["infrastructure"]


async def test_a_guest_changes_nothing_by_a_mention(scene: Scene) -> None:
    scene.workspace.state.join(POLICY, "U0GUEST")
    reply = await told(scene, f"{MENTION} subscribe all alerts", user="U0GUEST", channel=POLICY)
    assert reply["text"].startswith("Guests of this workspace cannot change")
    assert await alerts(scene, POLICY) == ()
